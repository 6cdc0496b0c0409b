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
  loopsmith_driver *driver;   /* of the process */
  void *program;
  int kernel_count, count;
  const loopsmith_gpu_kernel *sources[64];
  void *kernels[64];
  loopsmith_argument *arguments;   /* of the first copy, of the second.. */
  int copies, turn;
  size_t *bytes;
  unsigned char *turns;
} candidate;

static int answer(loopsmith_offload_error *to, const char *class, const loopsmith_driver_error *from) {
  snprintf(to->class, sizeof to->class, "%s", class);
  snprintf(to->text, sizeof to->text, "%s", from->text);
  return 1;
}

/* Where a copy of a buffer that is there several times starts: as far apart as a device's own allocations are aligned. */
static size_t start_of(const candidate *at, int buffer, int copy) { return at->turns[buffer] ? (at->bytes[buffer] + 255) / 256 * 256 * (size_t)copy : 0; }

static int allocate(candidate *made, void *const *hosts, loopsmith_driver_error *error) {
  unsigned char tail[TAIL];
  memset(tail, TAIL_BYTE, sizeof tail);
  for (int b = 0; b < made->count; b++) {
    /* buffers in one place on the host are one on the device */
    for (int other = 0; other < b && made->arguments[b].memory == NULL; other++) if (hosts[other] == hosts[b]) made->arguments[b] = made->arguments[other];
    if (made->arguments[b].memory != NULL) continue;
    const size_t end = start_of(made, b, made->copies - 1) + made->bytes[b];
    if (loopsmith_driver_allocate(made->driver, end + TAIL, &made->arguments[b].memory, error)) return 1;
    if (loopsmith_driver_upload(made->driver, made->arguments[b].memory, end, tail, TAIL, error)) return 1;
  }
  for (int c = 1; c < made->copies; c++)
    for (int b = 0; b < made->count; b++) made->arguments[c * made->count + b] = (loopsmith_argument){made->arguments[b].memory, start_of(made, b, c)};
  return 0;
}

static void *offload_device(loopsmith_offload_error *fault) {
  loopsmith_driver_error error;
  loopsmith_driver *driver;
  /* of the place: no candidate is to blame */
  if (loopsmith_driver_open(&driver, &error)) { answer(fault, "load-failed", &error); return NULL; }
  return driver;
}

/* Buffers in one place on the device are freed once. */
static void offload_close(void *state) {
  candidate *at = state;
  for (int b = 0; at->arguments != NULL && b < at->count; b++) {
    int shared = 0;
    for (int other = 0; other < b; other++) shared |= at->arguments[other].memory == at->arguments[b].memory;
    if (!shared) loopsmith_driver_free(at->driver, at->arguments[b].memory);
  }
  loopsmith_driver_unload(at->driver, at->program);
  free(at->arguments);
  free(at->bytes);
  free(at->turns);
  free(at);
}

static void *refuse(candidate *made, loopsmith_offload_error *fault, const char *class, const loopsmith_driver_error *error) {
  answer(fault, class, error);
  if (made != NULL) offload_close(made);
  return NULL;
}

static void *offload_open(void *device, const void *const *symbols, int symbol_count, void *const *hosts, const size_t *bytes, const unsigned char *turns, int copies, int count, loopsmith_offload_error *fault) {
  loopsmith_driver_error error = {"no memory for a candidate"};
  candidate *made = calloc(1, sizeof *made);
  if (made != NULL) { made->driver = device; made->arguments = calloc((size_t)copies * (size_t)count + 1, sizeof *made->arguments); made->bytes = calloc((size_t)count + 1, sizeof *made->bytes); made->turns = calloc((size_t)count + 1, 1); }
  if (made == NULL || made->arguments == NULL || made->bytes == NULL || made->turns == NULL || symbol_count > 64) return refuse(made, fault, "no-memory", &error);
  memcpy(made->sources, symbols, (size_t)symbol_count * sizeof *symbols);
  made->kernel_count = symbol_count;
  made->count = count;
  made->copies = copies;
  memcpy(made->bytes, bytes, (size_t)count * sizeof *bytes);
  memcpy(made->turns, turns, (size_t)count);
  if (loopsmith_driver_load(made->driver, &made->sources[0]->code, &made->sources[0]->bytes, 1, &made->program, &error)) return refuse(made, fault, "build-failed", &error);
  for (int k = 0; k < symbol_count; k++)
    if (loopsmith_driver_kernel(made->driver, made->program, made->sources[k]->launch.name, &made->kernels[k], &error)) return refuse(made, fault, "build-failed", &error);
  if (allocate(made, hosts, &error)) return refuse(made, fault, "no-memory", &error);
  return made;
}

/* Through the host once; the other copies are made on the device, twice as many by each step. */
static int offload_upload(void *state, int buffer, const void *from, loopsmith_offload_error *fault) {
  candidate *at = state;
  loopsmith_driver_error error;
  void *memory = at->arguments[buffer].memory;
  const int copies = at->turns[buffer] ? at->copies : 1;
  if (loopsmith_driver_upload(at->driver, memory, 0, from, at->bytes[buffer], &error)) return answer(fault, "run-failed", &error);
  for (int made = 1; made < copies; made *= 2) {
    const int more = copies - made < made ? copies - made : made;
    if (loopsmith_driver_copy(at->driver, memory, start_of(at, buffer, made), 0, start_of(at, buffer, more - 1) + at->bytes[buffer], &error)) return answer(fault, "run-failed", &error);
  }
  return 0;
}

static int offload_run(void *state, int repeats, double *nanoseconds, loopsmith_offload_error *fault) {
  candidate *at = state;
  loopsmith_driver_error error;
  if (loopsmith_driver_mark(at->driver, 0, &error)) return answer(fault, "run-failed", &error);
  for (int r = 0; r < repeats; r++, at->turn = (at->turn + 1) % at->copies)
    for (int k = 0; k < at->kernel_count; k++)
      if (loopsmith_driver_launch(at->driver, at->kernels[k], &at->sources[k]->launch, &at->arguments[at->turn * at->count], at->count, &error)) return answer(fault, "run-failed", &error);
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

__attribute__((visibility("default"))) const loopsmith_offload loopsmith_offload_table = {LOOPSMITH_OFFLOAD_ABI, offload_device, offload_open, offload_upload, offload_run, offload_download, offload_close};
