// Turns fences.mjs into ESLint rules. It knows syntax and scopes; what is forbidden to whom stands in the fences.
import { FENCES } from './fences.mjs';

function ruleOf(fence) {
  const meta = { type: 'problem', schema: [], messages: { refused: '`{{what}}` is not allowed here. {{why}}' } };
  return { meta, create: (context) => ({ ...importVisitors(fence, context), ...globalVisitors(fence, context) }) };
}

function importVisitors(fence, context) {
  const refuse = (node, what) => context.report({ node, messageId: 'refused', data: { what, why: fence.why } });
  const source = (node, name, typeOnly) => {
    if (typeof name !== 'string' || (fence.values && typeOnly)) return;
    if (fence.imports?.(name)) refuse(node, name);
  };
  const members = (node, name, specifiers) => {
    const refused = fence.members?.[name] ?? [];
    for (const one of specifiers.map(memberOf)) if (refused.includes(one)) refuse(node, one === '*' || one === 'default' ? name : `${name}.${one}`);
  };
  return {
    ImportDeclaration(node) {
      source(node, node.source.value, node.importKind === 'type');
      members(node, node.source.value, node.specifiers);
    },
    ExportNamedDeclaration(node) {
      if (node.source) source(node, node.source.value, node.exportKind === 'type');
    },
    ExportAllDeclaration: (node) => source(node, node.source.value, node.exportKind === 'type'),
    ImportExpression: (node) => source(node, node.source.value, false),
    TSImportType: (node) => source(node, node.source?.value ?? node.argument?.literal?.value, true),
    TSExternalModuleReference: (node) => source(node, node.expression.value, false),
    CallExpression(node) {
      const isRequire = node.callee.type === 'Identifier' && node.callee.name === 'require';
      if (isRequire && node.arguments[0]?.type === 'Literal') source(node, node.arguments[0].value, false);
    },
  };
}

function memberOf(specifier) {
  if (specifier.type === 'ImportDefaultSpecifier') return 'default';
  return specifier.type === 'ImportNamespaceSpecifier' ? '*' : specifier.imported.name;
}

function globalVisitors(fence, context) {
  if (!fence.globals) return {};
  const refused = fence.globals.map((name) => name.split('.'));
  const refuse = (node, path) => context.report({ node, messageId: 'refused', data: { what: path.join('.'), why: fence.why } });
  return {
    // A name that no scope of the file defines is a global of the platform.
    'Program:exit'(program) {
      const scope = context.sourceCode.getScope(program);
      const platform = [...scope.set.values()].filter((variable) => variable.defs.length === 0);
      const unresolved = [...scope.through, ...platform.flatMap((variable) => variable.references)];
      for (const { identifier, isTypeReference } of unresolved) {
        if (isTypeReference) continue;
        for (const path of refused) {
          if (path[0] === identifier.name) matches(identifier, path.slice(1)).forEach((node) => refuse(node, path));
        }
      }
    },
  };
}

/** The nodes, if any, at which `.a.b` is read from an expression: as members or by destructuring. */
function matches(node, members) {
  if (members.length === 0) return [node];
  const [first, ...rest] = members;
  const { parent } = node;
  if (parent.type === 'MemberExpression' && parent.object === node) {
    const name = parent.computed ? parent.property.value : parent.property.name;
    return name === first ? matches(parent, rest) : [];
  }
  if (parent.type === 'VariableDeclarator' && parent.init === node && parent.id.type === 'ObjectPattern') {
    return parent.id.properties.filter((property) => property.key?.name === first);
  }
  return [];
}

export const rules = Object.fromEntries(Object.entries(FENCES).map(([name, fence]) => [name, ruleOf(fence)]));

/** One configuration per fence, switched on where the fence stands. */
export const configs = Object.entries(FENCES).map(([name, fence]) => ({
  files: fence.in,
  ignores: fence.except ?? [],
  rules: { [`loopsmith/${name}`]: 'error' },
}));
