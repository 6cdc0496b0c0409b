/* The child that stays: it opens a device once and measures there what one command after another asks for. It is begun when it is
 * first needed, and anew after it has died, was killed for what a candidate did, or found its device lost. */
#ifndef HARNESS_STANDING_H
#define HARNESS_STANDING_H
#include "candidate.h"
#include "child.h"

/* Measures there; `text` is the command. The result is as child_run's: its text is the answer where it ended well. */
child_result standing_measure(const measurement *of, const char *text, child_limits limits);
/* To be called before a task is freed. */
void standing_drop(const task *gone);
void standing_end(void);

#endif
