/* The one thread pool, linked by the emitted library and by the harness alike, so that what is timed is what ships.
 *
 * A job is one function that every part calls once, the caller being part 0; inside it, loopsmith_pool_barrier makes the
 * parts wait for each other. The pool does not split work, queue jobs or steal: kernels take their share by (part, parts).
 * One job at a time: the owner of a pool serialises its calls of loopsmith_pool_run.
 */
#ifndef LOOPSMITH_POOL_H
#define LOOPSMITH_POOL_H

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
void loopsmith_pool_destroy(loopsmith_pool *pool);

#endif
