/** The compiler of the host's side of GPU kernels, and where its C sources are. A table; it builds nothing. */
import { fileURLToPath } from 'node:url';
import { portable } from '@loopsmith/codegen-c-family';
import type { Toolchain } from '@loopsmith/codegen-cpu';

/** Folder of this library's C sources. */
export const gpuNativeDirectory = fileURLToPath(new URL('../native/', import.meta.url));

/** How host code is built: for this machine's baseline. */
export const hostToolchain: Toolchain = {
  compiler: 'gcc', install: 'apt-get install gcc libc6-dev', archiver: 'ar', machine: [], kernelFlags: [], spellings: portable, features: [], program: 'shared',
};
