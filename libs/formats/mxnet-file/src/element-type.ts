/** MXNet's numbers for element types (mshadow's TypeFlag). */
import type { ElementType } from '@loopsmith/util';

const names = ['f32', 'f64', 'f16', 'u8', 'i32', 'i8', 'i64', 'bool', 'i16', 'u16', 'u32', 'u64', 'bf16'] as const satisfies readonly ElementType[];

export const mxnetDType = (flag: number): ElementType | undefined => names[flag];
export const typeFlagOf = (dtype: ElementType): number => names.indexOf(dtype);
