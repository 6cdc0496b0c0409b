/** The product of numbers; of none it is 1. */
export const product = (numbers: readonly number[]): number => numbers.reduce((whole, number) => whole * number, 1);
