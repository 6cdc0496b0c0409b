/** A toolchain: which programs build for one instruction set of a CPU, and how they are asked. A table; builder, packaging and references follow it. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { PipelineModel, Spellings } from '@loopsmith/codegen-c-family';
import { fail, succeed, type Outcome } from '@loopsmith/util';

export interface Toolchain {
  /** The compiler driver, which links too: `gcc`, `clang-19`, `aarch64-linux-gnu-gcc`. */
  readonly compiler: string;
  readonly archiver: string;
  /** How compiler and archiver come to this machine, for messages: `apt-get install gcc libc6-dev`. */
  readonly install: string;
  /** What every compile and link is told: the machine and its baseline, as `--target=arm-linux-gnueabihf`. */
  readonly machine: readonly string[];
  /** What kernels are compiled with beside that. */
  readonly kernelFlags: readonly string[];
  /** Flags of an instruction set that references may use beside that: their rows of sums become its vectors, the same to the bit. */
  readonly referenceFlags?: readonly string[];
  readonly spellings: Spellings;
  /** CPU features that kernels need, as `libs/runtime/native/loopsmith_runtime.c` names them; the library checks them before it runs. */
  readonly features: readonly string[];
  /** `static`: the run program carries library and C library in itself, so that nothing of the target has to be installed where it runs. */
  readonly program: 'shared' | 'static';
  /** Puts modelled figures into every build report, for processors that are rarely here to be measured: a model of their pipelines, or null where there is none. */
  readonly modelled?: { readonly pipelines: PipelineModel | null };
}

/** All that kernels are compiled with. */
export const kernelFlagsOf = ({ machine, kernelFlags }: Toolchain): readonly string[] => [...machine, ...kernelFlags];

/** First line of `compiler --version`, or the way to get one. */
export const compilerVersion = async ({ compiler, install }: Pick<Toolchain, 'compiler' | 'install'>): Promise<Outcome<string>> => {
  try {
    const { stdout } = await promisify(execFile)(compiler, ['--version']);
    return succeed(stdout.split('\n')[0]!.trim());
  } catch (error) {
    return fail({ code: 'compiler-missing', stage: 'build', message: `${compiler} is not installed or not on PATH; install it (Debian: ${install})`, text: String(error) });
  }
};
