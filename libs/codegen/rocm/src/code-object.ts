/**
 * What an AMD code object says of its kernels: registers, spills and memory, from the note that the compiler leaves in the ELF
 * file (LLVM, User Guide for AMDGPU Backend, "Code Object V3 Metadata" and later). It loads nothing and disassembles nothing.
 */
import type { KernelResources } from '@loopsmith/contracts';
import { decode } from '@msgpack/msgpack';

export interface CodeObject {
  /** `amdgcn-amd-amdhsa--gfx90a`. */
  readonly target: string;
  /** By kernel function. */
  readonly resources: ReadonlyMap<string, KernelResources>;
}

/** Type of the note, and whose types these are. */
const metadataNote = { type: 32, owner: 'AMDGPU' } as const;
const noteSegment = 4;
const registerBytes = 4;
const align4 = (size: number): number => Math.ceil(size / 4) * 4;

/** Bytes that are no AMD code object are an Error: they come from the compiler that was just run. */
export const readCodeObject = (bytes: Uint8Array): CodeObject => {
  const metadata = mapOf(decode(findNote(bytes)), 'the metadata of a code object');
  const { 'amdhsa.kernels': kernels, 'amdhsa.target': target } = metadata;
  if (!Array.isArray(kernels) || typeof target !== 'string') throw new Error('the metadata of a code object names no kernels, or no target');
  return { target, resources: new Map((kernels as readonly unknown[]).map((kernel) => resourcesOf(mapOf(kernel, 'the metadata of a kernel')))) };
};

type Metadata = Readonly<Record<string, unknown>>;

const mapOf = (value: unknown, what: string): Metadata => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${what} is no map`);
  return value as Metadata;
};

const resourcesOf = (kernel: Metadata): readonly [string, KernelResources] => {
  const number = (key: string): number => {
    const value = kernel[key];
    if (typeof value !== 'number') throw new Error(`the metadata of a kernel has no number ${key}`);
    return value;
  };
  const { '.name': name } = kernel;
  if (typeof name !== 'string') throw new Error('a kernel of a code object has no name');
  return [name, {
    registers: number('.vgpr_count'), scalarRegisters: number('.sgpr_count'), sharedBytes: number('.group_segment_fixed_size'),
    // memory of a thread's own is where registers end that did not fit, and arrays that could not be kept in them
    spilledBytes: Math.max(registerBytes * number('.vgpr_spill_count'), number('.private_segment_fixed_size')),
  }];
};

/** The metadata note of a 64-bit little-endian ELF file. */
const findNote = (bytes: Uint8Array): Uint8Array => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 64 || view.getUint32(0) !== 0x7f454c46 || bytes[4] !== 2 || bytes[5] !== 1) throw new Error('a code object is no 64-bit little-endian ELF file');
  const place = (at: number): number => Number(view.getBigUint64(at, true));
  const segments = place(32), segmentBytes = view.getUint16(54, true), count = view.getUint16(56, true);
  for (let segment = 0; segment < count; segment++) {
    const head = segments + segment * segmentBytes;
    if (view.getUint32(head, true) !== noteSegment) continue;
    const end = place(head + 8) + place(head + 32);
    for (let at = place(head + 8); at + 12 <= end;) {
      const nameBytes = view.getUint32(at, true), noteBytes = view.getUint32(at + 4, true), type = view.getUint32(at + 8, true);
      const name = at + 12, note = name + align4(nameBytes);
      const owner = new TextDecoder().decode(bytes.subarray(name, name + Math.max(0, nameBytes - 1)));
      if (type === metadataNote.type && owner === metadataNote.owner) return bytes.subarray(note, note + noteBytes);
      at = note + align4(noteBytes);
    }
  }
  throw new Error('a code object carries no metadata of its kernels');
};
