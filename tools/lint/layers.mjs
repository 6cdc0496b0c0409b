// Which library may import which, by the `layer:` and `kind:` tags in nx.tags of each package.json.
// Plugins never import plugins: no list names layer:plugin. What single files may do is in fences.mjs.

const BASE = ['layer:util', 'layer:testing'];
const IR = [...BASE, 'layer:ir'];
const LOWERING = [...IR, 'layer:lowering'];
const CONTRACTS = [...LOWERING, 'layer:contracts'];

/** A library imports lower layers only. Constraints add up, so a plugin obeys its layer and its kind. */
export const LAYERS = [
  { sourceTag: 'layer:testing', onlyDependOnLibsWithTags: [] },
  { sourceTag: 'layer:util', onlyDependOnLibsWithTags: BASE },
  { sourceTag: 'layer:formats', onlyDependOnLibsWithTags: BASE },
  { sourceTag: 'layer:ir', onlyDependOnLibsWithTags: IR },
  { sourceTag: 'layer:lowering', onlyDependOnLibsWithTags: LOWERING },
  { sourceTag: 'layer:contracts', onlyDependOnLibsWithTags: LOWERING },
  { sourceTag: 'layer:kits', onlyDependOnLibsWithTags: [...IR, 'layer:contracts'] },
  { sourceTag: 'layer:host', onlyDependOnLibsWithTags: [...IR, 'layer:contracts'] },
  { sourceTag: 'layer:stages', onlyDependOnLibsWithTags: CONTRACTS },
  { sourceTag: 'layer:comparison', onlyDependOnLibsWithTags: [...CONTRACTS, 'layer:stages', 'layer:kits'] },
  { sourceTag: 'layer:wire', onlyDependOnLibsWithTags: [...IR, 'layer:contracts'] },
  { sourceTag: 'layer:transport', onlyDependOnLibsWithTags: [...IR, 'layer:contracts', 'layer:wire', 'layer:kits'] },
  { sourceTag: 'layer:workers', onlyDependOnLibsWithTags: [...CONTRACTS, 'layer:formats', 'layer:stages', 'layer:wire', 'layer:transport'] },
  { sourceTag: 'layer:runtime', onlyDependOnLibsWithTags: [...CONTRACTS, 'layer:formats'] },
  { sourceTag: 'layer:codegen', onlyDependOnLibsWithTags: [...CONTRACTS, 'layer:codegen', 'layer:runtime'] },
  { sourceTag: 'layer:frontend-helpers', onlyDependOnLibsWithTags: CONTRACTS },
  { sourceTag: 'layer:search-helpers', onlyDependOnLibsWithTags: [...IR, 'layer:contracts'] },
  { sourceTag: 'layer:cost-model-helpers', onlyDependOnLibsWithTags: [...IR, 'layer:contracts'] },
  { sourceTag: 'layer:zoo', onlyDependOnLibsWithTags: [...IR, 'layer:formats'] },
  { sourceTag: 'layer:plugin', onlyDependOnLibsWithTags: [...CONTRACTS, 'layer:formats', 'layer:codegen', 'layer:runtime', 'layer:search-helpers', 'layer:cost-model-helpers', 'layer:frontend-helpers', 'layer:kits'] },
  { sourceTag: 'kind:frontend', onlyDependOnLibsWithTags: [...CONTRACTS, 'layer:formats', 'layer:frontend-helpers', 'layer:kits'] },
  { sourceTag: 'kind:hardware', onlyDependOnLibsWithTags: [...CONTRACTS, 'layer:codegen', 'layer:runtime', 'layer:kits'] },
  { sourceTag: 'kind:search', onlyDependOnLibsWithTags: [...IR, 'layer:contracts', 'layer:search-helpers', 'layer:kits'] },
  { sourceTag: 'kind:cost-model', onlyDependOnLibsWithTags: [...IR, 'layer:contracts', 'layer:cost-model-helpers', 'layer:kits'] },
  { sourceTag: 'kind:records', onlyDependOnLibsWithTags: [...IR, 'layer:contracts', 'layer:kits'] },
  { sourceTag: 'layer:app', onlyDependOnLibsWithTags: ['*'] },
];
