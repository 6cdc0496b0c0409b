/** The plugins that come with Loopsmith, and the names that stand for the defaults. Loads none of them: the host does. */
import type { PluginSource } from '@loopsmith/host';

export const builtInPlugins: readonly PluginSource[] = [
  { name: '@loopsmith/frontend-onnx', load: () => import('@loopsmith/frontend-onnx') },
  { name: '@loopsmith/frontend-mxnet', load: () => import('@loopsmith/frontend-mxnet') },
  { name: '@loopsmith/frontend-tensorflow', load: () => import('@loopsmith/frontend-tensorflow') },
  { name: '@loopsmith/codegen-x86-avx', load: () => import('@loopsmith/codegen-x86-avx') },
  { name: '@loopsmith/codegen-arm-neon', load: () => import('@loopsmith/codegen-arm-neon') },
  { name: '@loopsmith/codegen-opencl', load: () => import('@loopsmith/codegen-opencl') },
  { name: '@loopsmith/codegen-cuda', load: () => import('@loopsmith/codegen-cuda') },
  { name: '@loopsmith/codegen-rocm', load: () => import('@loopsmith/codegen-rocm') },
  { name: '@loopsmith/search-best-first', load: () => import('@loopsmith/search-best-first') },
  { name: '@loopsmith/search-annealing', load: () => import('@loopsmith/search-annealing') },
  { name: '@loopsmith/search-random', load: () => import('@loopsmith/search-random') },
  { name: '@loopsmith/search-grid', load: () => import('@loopsmith/search-grid') },
  { name: '@loopsmith/search-genetic', load: () => import('@loopsmith/search-genetic') },
  { name: '@loopsmith/search-evolutionary', load: () => import('@loopsmith/search-evolutionary') },
  { name: '@loopsmith/search-droplet', load: () => import('@loopsmith/search-droplet') },
  { name: '@loopsmith/search-portfolio', load: () => import('@loopsmith/search-portfolio') },
  { name: '@loopsmith/search-warm-start', load: () => import('@loopsmith/search-warm-start') },
  { name: '@loopsmith/cost-model-analytical', load: () => import('@loopsmith/cost-model-analytical') },
  { name: '@loopsmith/cost-model-gbt', load: () => import('@loopsmith/cost-model-gbt') },
  { name: '@loopsmith/cost-model-neural', load: () => import('@loopsmith/cost-model-neural') },
  { name: '@loopsmith/cost-model-ensemble', load: () => import('@loopsmith/cost-model-ensemble') },
  { name: '@loopsmith/records-jsonl', load: () => import('@loopsmith/records-jsonl') },
];

export const defaults = { target: 'x86-avx:host', strategy: 'best-first', model: 'gbt', recordStore: 'jsonl', state: '.loopsmith' } as const;

/** What `compare-strategies` compares unless told otherwise: the default pair first, the baselines last. */
export const comparedPairs: readonly string[] = [
  `${defaults.strategy}+${defaults.model}`, 'best-first+ensemble', 'annealing+gbt', 'annealing+analytical', 'evolutionary+gbt', 'portfolio+gbt', 'droplet+analytical', 'genetic+analytical',
  'autotvm+gbt-plain@64', 'autotvm+gbt-plain@64:alone', 'random+analytical', 'random+analytical:alone',
];
