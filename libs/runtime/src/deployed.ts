/** Names of the files in the folder that `compile` writes. Whoever writes or opens such a folder takes them from here. */
export const deployedFiles = {
  library: 'network.so',
  archive: 'network.a',
  header: 'loopsmith.h',
  weights: 'network.weights',
  manifest: 'manifest.json',
  program: 'run',
} as const;
