/* How a stand-in for a vendor's driver finds kernels and launches them (see modules.h). It reads no image and runs nothing but what was built for this CPU. */
#define _GNU_SOURCE
#include "modules.h"
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

char loopsmith_on_cpu_wrong[512] = "nothing went wrong";
const char loopsmith_on_cpu_name[] = "this CPU through a header";

typedef struct { void *library; loopsmith_on_cpu *kernels; } module;
typedef struct { loopsmith_on_cpu *kernels; loopsmith_entry *entry; const int *arguments; } function;
typedef struct { const function *of; loopsmith_place blocks, threads; void *values[64]; } launch;
struct loopsmith_recording { int count; launch launches[4096]; };

static int wrong(const char *what, const char *which) { snprintf(loopsmith_on_cpu_wrong, sizeof loopsmith_on_cpu_wrong, "%s%s", what, which); return 1; }

int loopsmith_on_cpu_load(const void *caller, void **made) {
  const char *path = getenv("LOOPSMITH_ON_CPU");
  Dl_info info;
  if (path == NULL) path = dladdr(caller, &info) != 0 ? info.dli_fname : NULL;
  module *loaded = calloc(1, sizeof *loaded);
  if (loaded == NULL) return wrong("no memory for a module", "");
  loaded->library = path == NULL ? NULL : dlopen(path, RTLD_NOW | RTLD_LOCAL);
  loaded->kernels = loaded->library == NULL ? NULL : dlsym(loaded->library, "loopsmith_kernels");
  *made = loaded;
  return loaded->kernels == NULL ? wrong("kernels for this CPU are not in ", path == NULL ? "the program" : path) : 0;
}

void loopsmith_on_cpu_unload(void *gone) {
  if (((module *)gone)->library != NULL) dlclose(((module *)gone)->library);
  free(gone);
}

int loopsmith_on_cpu_function(void *of, const char *name, void **made) {
  char entry[512];
  snprintf(entry, sizeof entry, "%s_on_cpu", name);
  function *found = calloc(1, sizeof *found);
  if (found == NULL) return wrong("no memory for a kernel", "");
  found->kernels = ((module *)of)->kernels;
  *(void **)&found->entry = dlsym(((module *)of)->library, entry);
  snprintf(entry, sizeof entry, "%s_arguments", name);
  found->arguments = dlsym(((module *)of)->library, entry);
  *made = found;
  return found->entry == NULL || found->arguments == NULL ? wrong("there is no kernel ", name) : 0;
}

static int run(const function *of, loopsmith_place blocks, loopsmith_place threads, void **arguments) {
  return loopsmith_run_blocks(of->kernels, of->entry, (void *const *const *)arguments, blocks, threads, loopsmith_on_cpu_wrong, sizeof loopsmith_on_cpu_wrong);
}

int loopsmith_on_cpu_launch(void *launched, loopsmith_place blocks, loopsmith_place threads, void *stream, void **arguments) {
  const function *of = launched;
  if (stream == NULL) return run(of, blocks, threads, arguments);
  loopsmith_recording *into = ((loopsmith_stream *)stream)->recording;
  if (into == NULL) return wrong("streams that do not record run nothing here", "");
  if (into->count == 4096 || *of->arguments > 64) return wrong("more launches, or arguments of one, than a recording holds here", "");
  launch *kept = &into->launches[into->count++];
  *kept = (launch){.of = of, .blocks = blocks, .threads = threads};
  for (int i = 0; i < *of->arguments; i++) kept->values[i] = *(void **)arguments[i];
  return 0;
}

int loopsmith_on_cpu_begin(loopsmith_stream *stream) { return (stream->recording = calloc(1, sizeof *stream->recording)) == NULL ? wrong("no memory for a recording", "") : 0; }
int loopsmith_on_cpu_end(loopsmith_stream *stream, void **recording) {
  *recording = stream->recording;
  stream->recording = NULL;
  return *recording == NULL ? wrong("this stream records nothing", "") : 0;
}
int loopsmith_on_cpu_replay(const loopsmith_recording *recording) {
  for (int l = 0; l < recording->count; l++) {
    const launch *kept = &recording->launches[l];
    void *places[64];
    for (int i = 0; i < *kept->of->arguments; i++) places[i] = (void *)&kept->values[i];
    if (run(kept->of, kept->blocks, kept->threads, places)) return 1;
  }
  return 0;
}

int loopsmith_on_cpu_allocate(void **memory, size_t bytes) {
  *memory = aligned_alloc(256, (bytes + 256) / 256 * 256);
  if (*memory == NULL) return wrong("no memory for a buffer", "");
  memset(*memory, 0xff, bytes);
  return 0;
}

int loopsmith_on_cpu_event(void **made) { return (*made = calloc(1, sizeof(struct timespec))) == NULL ? wrong("no memory for an event", "") : 0; }
void loopsmith_on_cpu_record(void *event) { clock_gettime(CLOCK_MONOTONIC, event); }
float loopsmith_on_cpu_elapsed(const void *from, const void *to) {
  const struct timespec *a = from, *b = to;
  return (float)((double)(b->tv_sec - a->tv_sec) * 1e3 + (double)(b->tv_nsec - a->tv_nsec) * 1e-6);
}
