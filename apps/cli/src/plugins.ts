/** The plugins that come with Loopsmith, with what each contributes, and the names that stand for the defaults. Loads none of them: the host does when one is asked for. */
import type { PluginSource } from '@loopsmith/host';

export const builtInPlugins: readonly PluginSource[] = [
  { name: '@loopsmith/frontend-onnx', offers: { frontends: ['onnx'] }, load: () => import('@loopsmith/frontend-onnx') },
  { name: '@loopsmith/frontend-mxnet', offers: { frontends: ['mxnet'] }, load: () => import('@loopsmith/frontend-mxnet') },
  { name: '@loopsmith/frontend-tensorflow', offers: { frontends: ['tensorflow'] }, load: () => import('@loopsmith/frontend-tensorflow') },
  { name: '@loopsmith/codegen-x86-avx', offers: { hardware: ['x86-avx'] }, load: () => import('@loopsmith/codegen-x86-avx') },
  { name: '@loopsmith/codegen-arm-neon', offers: { hardware: ['arm-neon'] }, load: () => import('@loopsmith/codegen-arm-neon') },
  { name: '@loopsmith/codegen-opencl', offers: { hardware: ['opencl', 'mali-opencl'] }, load: () => import('@loopsmith/codegen-opencl') },
  { name: '@loopsmith/codegen-cuda', offers: { hardware: ['cuda'] }, load: () => import('@loopsmith/codegen-cuda') },
  { name: '@loopsmith/codegen-rocm', offers: { hardware: ['rocm'] }, load: () => import('@loopsmith/codegen-rocm') },
  { name: '@loopsmith/search-best-first', offers: { strategies: ['best-first'] }, load: () => import('@loopsmith/search-best-first') },
  { name: '@loopsmith/search-annealing', offers: { strategies: ['annealing', 'autotvm'] }, load: () => import('@loopsmith/search-annealing') },
  { name: '@loopsmith/search-random', offers: { strategies: ['random'] }, load: () => import('@loopsmith/search-random') },
  { name: '@loopsmith/search-grid', offers: { strategies: ['grid'] }, load: () => import('@loopsmith/search-grid') },
  { name: '@loopsmith/search-genetic', offers: { strategies: ['genetic'] }, load: () => import('@loopsmith/search-genetic') },
  { name: '@loopsmith/search-evolutionary', offers: { strategies: ['evolutionary'] }, load: () => import('@loopsmith/search-evolutionary') },
  { name: '@loopsmith/search-droplet', offers: { strategies: ['droplet'] }, load: () => import('@loopsmith/search-droplet') },
  { name: '@loopsmith/search-portfolio', offers: { strategies: ['portfolio'] }, load: () => import('@loopsmith/search-portfolio') },
  { name: '@loopsmith/search-warm-start', offers: { strategies: ['warm-start'] }, load: () => import('@loopsmith/search-warm-start') },
  { name: '@loopsmith/cost-model-analytical', offers: { costModels: ['analytical'] }, load: () => import('@loopsmith/cost-model-analytical') },
  { name: '@loopsmith/cost-model-gbt', offers: { costModels: ['gbt', 'gbt-plain'] }, load: () => import('@loopsmith/cost-model-gbt') },
  { name: '@loopsmith/cost-model-neural', offers: { costModels: ['neural'] }, load: () => import('@loopsmith/cost-model-neural') },
  { name: '@loopsmith/cost-model-ensemble', offers: { costModels: ['ensemble'] }, load: () => import('@loopsmith/cost-model-ensemble') },
  { name: '@loopsmith/records-jsonl', offers: { recordStores: ['jsonl'] }, load: () => import('@loopsmith/records-jsonl') },
];

export const defaults = { target: 'x86-avx:host', strategy: 'best-first', model: 'gbt', recordStore: 'jsonl', state: '.loopsmith' } as const;

/** What `compare-strategies` compares unless told otherwise: the default pair first, the baselines last. */
export const comparedPairs: readonly string[] = [
  `${defaults.strategy}+${defaults.model}`,
  'best-first+ensemble', 'annealing+gbt', 'annealing+analytical', 'evolutionary+gbt', 'portfolio+gbt', 'droplet+analytical', 'genetic+analytical',
  'autotvm+gbt-plain@64', 'autotvm+gbt-plain@64:alone', 'random+analytical', 'random+analytical:alone',
];
