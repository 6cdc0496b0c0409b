/**
 * Attributes that a node has and no translator asked for: what they say would be lost and the answers others in silence, so the node is refused by
 * name. Which ones decide nothing each format lists, with the reasons; nothing is known of them here.
 */
import type { Attributes } from './attributes.js';
import type { Translation } from './translation.js';

/** Whether an attribute of an operator decides nothing. */
export type IsIdle = (operator: string, attribute: string) => boolean;

/** `names`: `epsilon` of every operator, `Softmax.axis` of one. */
export const idleOf = (names: readonly string[]): IsIdle => {
  const idle = new Set(names);
  return (operator, attribute) => idle.has(attribute) || idle.has(`${operator}.${attribute}`);
};
/** Each attribute of each operator, both as words in a line, as `idleOf` takes them. */
export const attributesOfEach = (operators: string, attributes: string): readonly string[] =>
  operators.split(' ').flatMap((operator) => attributes.split(' ').map((attribute) => `${operator}.${attribute}`));

/** Asked when a node is translated; `names` are those of all its attributes. */
export const refuseUnread = ({ node, refuse }: Pick<Translation, 'node' | 'refuse'>, attributes: Attributes, names: Iterable<string>, isIdle: IsIdle): void => {
  const lost = attributes.unread(names).find((name) => !isIdle(node.operator, name));
  if (lost !== undefined) refuse(`has an attribute ${lost}, which Loopsmith does not read of this operator; export the model without it`);
};
