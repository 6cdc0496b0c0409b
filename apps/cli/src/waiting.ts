/** A line on a terminal while something takes long that has no figures of its own; gone when it ends. Elsewhere nothing is said. */
import { clipped } from './table.js';
import type { Screen } from './world.js';

/** `work` gets what takes the line away before the end: whoever writes something meanwhile calls it first; again is harmless. */
export const whileWaiting = async <T>(screen: Screen, text: string, work: (clear: () => void) => Promise<T>): Promise<T> => {
  if (screen.columns === null) return work(() => undefined);
  let shown = true;
  const clear = (): void => {
    if (shown) screen.write('\r\u001b[K');
    shown = false;
  };
  // a line that is broken would leave its beginning
  screen.write(clipped(`${text} …`, screen.columns - 1));
  try {
    return await work(clear);
  } finally {
    clear();
  }
};
