/* loopsmith_offload.h on a driver: how the harness runs a candidate's kernels on a device. Every buffer has a tail of its own
 * behind it, whose bytes no kernel may touch. Symbols of the library are loopsmith_gpu_kernel. */
#include "gpu_candidate.h"
#include "loopsmith_offload.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TAIL 1024
#define TAIL_BYTE 0xA5

typedef struct {
  loopsmith_driver *driver;
  int kernel_count, count;
  const loopsmith_gpu_kernel *sources[64];
  void *kernels[64];
  loopsmith_argument *arguments;
  size_t *bytes;
} candidate;

static int answer(loopsmith_offload_error *to, const char *class, const loopsmith_driver_error *from) {
  snprintf(to->class, sizeof to->class, "%s", class);
  snprintf(to->text, sizeof to->text, "%s", from->text);
  return 1;
}

static int allocate(candidate *made, void *const *hosts, loopsmith_driver_error *error) {
  unsigned char tail[TAIL];
  memset(tail, TAIL_BYTE, sizeof tail);
  for (int b = 0; b < made->count; b++) {
    /* buffers in one place on the host are one on the device */
    for (int other = 0; other < b && made->arguments[b].memory == NULL; other++) if (hosts[other] == hosts[b]) made->arguments[b] = made->arguments[other];
    if (made->arguments[b].memory != NULL) continue;
    if (loopsmith_driver_allocate(made->driver, made->bytes[b] + TAIL, &made->arguments[b].memory, error)) return 1;
    if (loopsmith_driver_upload(made->driver, made->arguments[b].memory, made->bytes[b], tail, TAIL, error)) return 1;
  }
  return 0;
}

static void *offload_open(const void *const *symbols, int symbol_count, void *const *hosts, const size_t *bytes, int count, loopsmith_offload_error *fault) {
  loopsmith_driver_error error = {"no memory for a candidate"};
  candidate *made = calloc(1, sizeof *made);
  if (made != NULL) { made->arguments = calloc((size_t)count + 1, sizeof *made->arguments); made->bytes = calloc((size_t)count + 1, sizeof *made->bytes); }
  if (made == NULL || made->arguments == NULL || made->bytes == NULL || symbol_count > 64) { answer(fault, "no-memory", &error); return NULL; }
  memcpy(made->sources, symbols, (size_t)symbol_count * sizeof *symbols);
  made->kernel_count = symbol_count;
  made->count = count;
  memcpy(made->bytes, bytes, (size_t)count * sizeof *bytes);
  if (loopsmith_driver_open(&made->sources[0]->code, &made->sources[0]->bytes, 1, &made->driver, &error)) { answer(fault, "build-failed", &error); return NULL; }
  for (int k = 0; k < symbol_count; k++)
    if (loopsmith_driver_kernel(made->driver, made->sources[k]->launch.name, &made->kernels[k], &error)) { answer(fault, "build-failed", &error); return NULL; }
  if (allocate(made, hosts, &error)) { answer(fault, "no-memory", &error); return NULL; }
  return made;
}

static int offload_upload(void *state, int buffer, const void *from, loopsmith_offload_error *fault) {
  candidate *at = state;
  loopsmith_driver_error error;
  return loopsmith_driver_upload(at->driver, at->arguments[buffer].memory, 0, from, at->bytes[buffer], &error) ? answer(fault, "run-failed", &error) : 0;
}

static int offload_run(void *state, int repeats, double *nanoseconds, loopsmith_offload_error *fault) {
  candidate *at = state;
  loopsmith_driver_error error;
  if (loopsmith_driver_mark(at->driver, 0, &error)) return answer(fault, "run-failed", &error);
  for (int r = 0; r < repeats; r++)
    for (int k = 0; k < at->kernel_count; k++)
      if (loopsmith_driver_launch(at->driver, at->kernels[k], &at->sources[k]->launch, at->arguments, at->count, &error)) return answer(fault, "run-failed", &error);
  if (loopsmith_driver_mark(at->driver, 1, &error) || loopsmith_driver_between(at->driver, 0, 1, nanoseconds, &error)) return answer(fault, "run-failed", &error);
  *nanoseconds /= repeats;
  return 0;
}

static int offload_download(void *state, int buffer, void *to, loopsmith_offload_error *fault) {
  candidate *at = state;
  loopsmith_driver_error error;
  unsigned char tail[TAIL];
  if (loopsmith_driver_download(at->driver, at->arguments[buffer].memory, 0, to, at->bytes[buffer], &error)
      || loopsmith_driver_download(at->driver, at->arguments[buffer].memory, at->bytes[buffer], tail, TAIL, &error)) return answer(fault, "run-failed", &error);
  for (int i = 0; i < TAIL; i++)
    if (tail[i] != TAIL_BYTE) { snprintf(error.text, sizeof error.text, "a write %d bytes past the end of buffer %d and its slack", i + 1, buffer); return answer(fault, "out-of-bounds", &error); }
  return 0;
}

__attribute__((visibility("default"))) const loopsmith_offload loopsmith_offload_table = {LOOPSMITH_OFFLOAD_ABI, offload_open, offload_upload, offload_run, offload_download};
