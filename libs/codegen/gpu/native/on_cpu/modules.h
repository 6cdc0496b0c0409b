/* What the libraries that stand in for vendors' drivers have in common: kernels found by name in a shared object that
 * loopsmith_on_cpu.h made, and launched by blocks.c. Functions answer 0 or 1; the sentence is in loopsmith_on_cpu_wrong. */
#ifndef LOOPSMITH_MODULES_H
#define LOOPSMITH_MODULES_H
#include "blocks.h"

extern char loopsmith_on_cpu_wrong[512];
/* For people, in place of a device's name. */
extern const char loopsmith_on_cpu_name[];

/* The object that the environment names as LOOPSMITH_ON_CPU, else the one that holds `caller`. The image itself is not read. */
int loopsmith_on_cpu_load(const void *caller, void **module);
void loopsmith_on_cpu_unload(void *module);
int loopsmith_on_cpu_function(void *module, const char *name, void **function);
/* On a stream that records the launch is kept, with its arguments' values. */
int loopsmith_on_cpu_launch(void *function, loopsmith_place blocks, loopsmith_place threads, void *stream, void **arguments);
/* A stream does nothing but record, once: from `begin` to `end`, which hands over what it kept. `replay` runs that; its memory stays. */
typedef struct loopsmith_recording loopsmith_recording;
typedef struct { loopsmith_recording *recording; } loopsmith_stream;
int loopsmith_on_cpu_begin(loopsmith_stream *stream);
int loopsmith_on_cpu_end(loopsmith_stream *stream, void **recording);
int loopsmith_on_cpu_replay(const loopsmith_recording *recording);
/* Aligned as a device's memory is, and full of NaN. */
int loopsmith_on_cpu_allocate(void **memory, size_t bytes);
/* Events, whose time is this CPU's; freed by `free`. Milliseconds between two. */
int loopsmith_on_cpu_event(void **event);
void loopsmith_on_cpu_record(void *event);
float loopsmith_on_cpu_elapsed(const void *from, const void *to);

#endif
