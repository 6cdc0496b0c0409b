/** The name of a target, `x86-avx:avx2`: the hardware plugin and its ISA. Asks no plugin whether it has it, and imports nothing: `--help` passes through here. */

export interface TargetName { readonly hardware: string; readonly isa: string }

/** Null where it is none. `host` as an ISA is this machine's, and may be left out: `opencl` is `opencl:host`. */
export const readTargetName = (text: string): TargetName | null => {
  const [, hardware, isa = 'host'] = /^([^:]+)(?::([^:]+))?$/.exec(text) ?? [];
  return hardware === undefined ? null : { hardware, isa };
};
