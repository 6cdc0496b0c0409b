// The invariants of the house that are about single files: who may import what, and who may touch clock, chance and environment.
// Each becomes an ESLint rule `loopsmith/<name>`. Which library may import which is not here: eslint.config.mjs has the layers.
import { builtinModules } from 'node:module';

const PURE = ['libs/ir/**', 'libs/lowering/**', 'libs/search/**', 'libs/cost-models/**', 'libs/comparison/**'];
const SPECS = ['**/*.spec.ts'];

/** Built-in modules that neither touch the world outside nor tell the time. */
const HARMLESS = ['node:assert', 'node:assert/strict', 'node:buffer'];

const isPackage = (...names) => (source) => names.some((name) => source === name || source.startsWith(`${name}/`));
const isBuiltin = (source) => source.startsWith('node:') || builtinModules.includes(source);

/** A module under both its names. */
const both = (name, members) => ({ [name]: members, [`node:${name}`]: members });

/**
 * in, except: globs of files · imports: which module names are refused · values: refuse only what survives to run time
 * members: refused names of a module, `*` for the whole of it · globals: refused uses, as dotted names; a bare name refuses every use
 * why: what the message says after the name
 */
export const FENCES = {
  'inversify-in-modules-only': {
    in: ['**/*.ts'],
    except: ['**/*.module.ts', 'libs/kernel/host/**'],
    imports: isPackage('inversify'),
    why: 'Only *.module.ts files and libs/kernel/host know the container; export a factory and bind it in the module.',
  },
  'reflect-metadata-in-host-only': {
    in: ['**/*.ts'],
    except: ['libs/kernel/host/**'],
    imports: isPackage('reflect-metadata'),
    why: 'Only libs/kernel/host loads reflect-metadata, once.',
  },
  'onnx-proto-in-onnx-file-only': {
    in: ['**/*.ts'],
    except: ['libs/formats/onnx-file/**'],
    imports: isPackage('onnx-proto', 'protobufjs', 'long'),
    why: 'Only libs/formats/onnx-file knows the bytes of ONNX; use what @loopsmith/onnx-file exports.',
  },
  'kafkajs-in-pipeline-only': {
    in: ['**/*.ts'],
    except: ['libs/pipeline/kafka/**'],
    imports: isPackage('kafkajs'),
    why: 'Only libs/pipeline/kafka knows Kafka; speak to the Channel contract.',
  },
  'tfjs-in-cost-models-only': {
    in: ['**/*.ts'],
    except: ['libs/cost-models/**'],
    imports: isPackage('@tensorflow'),
    why: 'Only a cost model may use tfjs.',
  },
  'testing-in-specs-only': {
    in: ['libs/**/*.ts', 'apps/**/*.ts'],
    except: [...SPECS, '**/*.fixture.ts', '**/testing/**'],
    // entry points and folders of that name too: the package is made without them
    imports: (source) => isPackage('@loopsmith/testing', 'chai', 'fast-check', 'mocha')(source) || /\/testing(\/|$)/.test(source),
    why: 'Test helpers never ship: import them from *.spec.ts files and folders called testing only.',
  },
  'kits-in-specs-only': {
    in: ['libs/**/*.ts', 'apps/**/*.ts'],
    except: [...SPECS, 'libs/kernel/kits/**', 'apps/cli/src/plugin.ts'],
    imports: isPackage('@loopsmith/kits'),
    why: 'Conformance kits are for specs, here and of third parties (loopsmith/plugin hands them on).',
  },
  'contracts-are-types': {
    in: ['libs/kernel/contracts/**/*.ts'],
    except: SPECS,
    imports: (source) => !source.startsWith('.'),
    values: true,
    why: 'Contracts import nothing at run time; write `import type`.',
  },
  pure: {
    in: PURE.map((folder) => `${folder}/*.ts`),
    // createRequire, to load tfjs when it is needed: an import in all but name
    except: [...SPECS, 'libs/cost-models/neural/src/backend.ts'],
    imports: (source) => isBuiltin(source) && !HARMLESS.includes(source),
    globals: ['process', 'globalThis.process', 'fetch', 'setTimeout', 'setInterval', 'setImmediate'],
    why: 'This library is pure: no files, processes, network or timers. Take the value as a parameter.',
  },
  'no-streams-in-forms': {
    in: ['libs/ir/**/*.ts', 'libs/lowering/**/*.ts'],
    imports: isPackage('rxjs'),
    why: 'The forms of a program and the way between them are plain functions; streams belong to the stages.',
  },
  'no-clock-no-chance': {
    in: [...PURE, 'libs/util/**', 'libs/formats/**', 'libs/kernel/contracts/**', 'libs/frontends/**', 'libs/codegen/c-family/**', 'libs/pipeline/stages/**'].map((folder) => `${folder}/*.ts`),
    except: SPECS,
    imports: isPackage('node:perf_hooks', 'perf_hooks'),
    members: both('crypto', ['randomBytes', 'randomInt', 'randomUUID', 'randomFillSync', 'getRandomValues', 'webcrypto', 'default', '*']),
    globals: ['Date', 'performance', 'process.hrtime', 'Math.random', 'crypto.randomUUID', 'crypto.getRandomValues'],
    why: 'Clock and random numbers are injected, so that a run can be replayed; take a Clock or a seeded generator.',
  },
  'no-environment-below-apps': {
    in: ['libs/**/*.ts'],
    except: ['libs/kernel/testing/**'],
    globals: ['process.env', 'globalThis.process.env'],
    members: both('process', ['env', 'default', '*']),
    why: 'Only apps read the environment; make it an option of what needs it.',
  },
};
