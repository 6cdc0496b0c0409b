/* The one thread pool, linked by the emitted library and by the harness alike, so that what is timed is what ships.
 *
 * A job is one function that every part calls once, the caller being part 0; inside it, loopsmith_pool_barrier makes the
 * parts wait for each other, and loopsmith_pool_call runs a kernel, which splits its own work by (part, parts): each part has
 * a share, in pieces, and one that has done with its own takes pieces of its neighbours. The pool queues no jobs.
 * One job at a time: the owner of a pool serialises its calls of loopsmith_pool_run.
 */
#ifndef LOOPSMITH_POOL_H
#define LOOPSMITH_POOL_H
#include "loopsmith_kernel.h"

typedef struct loopsmith_pool loopsmith_pool;
typedef void (*loopsmith_job)(void *context, int part, int parts);

/* Starts parts - 1 threads (parts >= 1). With cores, part i is pinned to CPU cores[i], the caller too; NULL pins nothing.
 * NULL when memory or threads are not to be had. */
loopsmith_pool *loopsmith_pool_create(int parts, const int *cores);
/* Runs job(context, part, parts) on every part and returns when all are done; their writes are then visible to the caller.
 * Meanwhile subnormal numbers count as zero, on the caller's thread too, whose own setting comes back at the end. */
void loopsmith_pool_run(loopsmith_pool *pool, loopsmith_job job, void *context);
/* Inside a job only, and by every part: returns when all parts have arrived; what any wrote before is visible to all after. */
void loopsmith_pool_barrier(loopsmith_pool *pool);
/* Inside a job only, by every part, at most once between two barriers and with the same kernel: the kernel's whole work is done when all
 * parts have returned. `scratch` is the calling part's. */
void loopsmith_pool_call(loopsmith_pool *pool, loopsmith_kernel kernel, void *const *buffers, void *scratch, int part);
void loopsmith_pool_destroy(loopsmith_pool *pool);

#endif
