/** A line on a terminal while something takes long that has no figures of its own; gone when it ends. Elsewhere nothing is said. */
import type { Screen } from './world.js';

export const whileWaiting = async <T>(screen: Screen, text: string, work: () => Promise<T>): Promise<T> => {
  if (screen.columns === null) return work();
  screen.write(`${text} …`);
  try {
    return await work();
  } finally {
    screen.write('\r\u001b[K');
  }
};
