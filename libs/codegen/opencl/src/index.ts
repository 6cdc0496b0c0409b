/** What OpenCL adds. */
export {};
