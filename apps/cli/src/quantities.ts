/** Quantities as people read them: bytes and floating point operations with a prefix, shares in per cent. */

export const bytesText = (bytes: number): string =>
  bytes < 2 ** 20 ? `${(bytes / 1024).toFixed(bytes < 10240 ? 1 : 0)} KiB` : bytes < 2 ** 30 ? `${(bytes / 2 ** 20).toFixed(1)} MiB` : `${(bytes / 2 ** 30).toFixed(2)} GiB`;

/** `3.63 G`: with the unit to follow. */
export const prefixed = (amount: number): string =>
  amount < 1e3 ? String(amount) : amount < 1e6 ? `${(amount / 1e3).toPrecision(3)} k` : amount < 1e9 ? `${(amount / 1e6).toPrecision(3)} M` : `${(amount / 1e9).toPrecision(3)} G`;

/** `12.3 MFLOP`, `7 FLOP`. */
export const flopText = (amount: number): string => `${prefixed(amount)}${amount < 1e3 ? ' ' : ''}FLOP`;

/** `12 %`, with a decimal where less would be nothing: `0.3 %`. */
export const percent = (share: number): string => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
