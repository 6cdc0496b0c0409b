/** A value that is made when it is first asked for, and kept: for what costs time or memory and may never be needed. Catches nothing. */
export const onDemand = <T>(make: () => T): (() => T) => {
  let pending: (() => T) | undefined = make, value: T;
  return () => {
    if (pending) {
      value = pending();
      // what it was made of may be large
      pending = undefined;
    }
    return value;
  };
};
