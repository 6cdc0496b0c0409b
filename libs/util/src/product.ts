/** The product of numbers: elements of a shape, iterations of a nest. Of none it is 1; nothing is checked. */
export const product = (numbers: readonly number[]): number => numbers.reduce((whole, number) => whole * number, 1);
