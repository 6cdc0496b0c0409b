/** NumPy's .npy files: one array, read and written. Knows nothing of models. */
export { readNpy } from './read-npy.js';
export { writeNpy } from './write-npy.js';
