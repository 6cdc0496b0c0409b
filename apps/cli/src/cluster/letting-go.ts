/** Lets a connection go at the end of a command. Ends no process: this may be somebody else's. */
import type { Transport } from '@loopsmith/wire';

/** A broker that is away may hold neither what was closed nor what could not be, and what it says to that changes nothing of what was done. */
export const letGo = async (transport: Pick<Transport, 'close'>, milliseconds = 3000): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<void>((resolve) => { timer = setTimeout(resolve, milliseconds); });
  await Promise.race([transport.close().catch(() => undefined), enough]);
  clearTimeout(timer);
};
