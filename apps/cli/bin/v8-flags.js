// How V8 is set for a program that does many things a few times each. By version, for an option that it does not know V8 answers with an error on the screen.
// The program takes them from here, and so does the runner of its specs.

/**
 * V8 optimises a function after a fraction of a millisecond in it. Most of what a command runs is done before that pays: optimising, and again after every
 * new shape of object, took a third of the CPU time of `extract`. What runs for seconds is still optimised. Both are fifteen times what V8
 * has: up to Node 20 an amount of code that ran, later a number of calls. `version`: as in `process.versions.v8`.
 */
export const patience = (version) => [Number.parseInt(version, 10) < 12 ? '--interrupt-budget=1000000' : '--invocation-count-for-turbofan=45000'];
