/** The moments at which a worker of the storm can be told to die. */
export const points = ['fetched', 'built', 'worked', 'journalled', 'sent'] as const;
export type Point = (typeof points)[number];

export const pointNames: Readonly<Record<Point, string>> = {
  fetched: 'after a message is taken', built: 'in the middle of a build or a measurement', worked: 'worked, not in the outbox', journalled: 'in the outbox, not sent', sent: 'sent, not committed',
};
export interface Order { readonly die: Point }
