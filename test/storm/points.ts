/** The moments at which a worker of the storm can be told to die. */
export const points = ['fetched', 'built', 'worked', 'journalled', 'sent'] as const;
export type Point = (typeof points)[number];

export const pointNames: Readonly<Record<Point, string>> = {
  fetched: 'after a message is taken', built: 'in the middle of a build or a measurement', worked: 'worked, not in the outbox', journalled: 'in the outbox, not sent', sent: 'sent, not committed',
};
/** What a worker of the storm is told by its parent. */
export type Order = { readonly die: Point } | 'weigh';
/** What it answers to `weigh`, in bytes: what is still used after a collection of garbage (that of buffers included), and what the process holds. */
export interface Weight { readonly used: number; readonly resident: number }
