/* Runs kernels that loopsmith_on_cpu.h made C of. */
#ifndef LOOPSMITH_BLOCKS_H
#define LOOPSMITH_BLOCKS_H
#define LOOPSMITH_RUNS_BLOCKS
#include "loopsmith_on_cpu.h"

/* One launch, at most 1024 threads a block. 0, or 1 after one sentence about what went wrong. Threads run upwards in one block
 * and downwards in the next, so that what depends on their order shows. Not for two callers at a time. */
int loopsmith_run_blocks(loopsmith_on_cpu *kernels, loopsmith_entry *entry, void *const *const *arguments, loopsmith_place blocks, loopsmith_place threads, char *wrong, size_t room);

#endif
