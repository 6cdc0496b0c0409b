/* Loading a candidate and running it (see candidate.h). Checks and clocks are in verify.c and timing.c. */
#include "candidate.h"
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

/* More copies of small weights would take longer to make than they are worth. */
#define MOST_COPIES 1000

static size_t form_bytes(const stored_form *form) { return form->size * dtype_bytes(form->type); }
static size_t slack_bytes(const stored_form *form) { return form->slack * dtype_bytes(form->type); }

void candidate_pack(candidate *subject, task *of, failure *fault) {
  for (int b = 0; b < subject->buffer_count; b++) {
    candidate_buffer *buffer = &subject->buffers[b];
    for (int set = 0; set < SETS; set++) {
      if (buffer->path != NULL) buffer->packed[set] = task_packed_file(of, buffer->path, &buffer->form, fault);
      else if (buffer->input >= 0) buffer->packed[set] = task_packed(of, buffer->input, set, &buffer->form, fault);
    }
  }
}

static int place_own(candidate *subject, candidate_buffer *buffer) {
  if (guarded_make(&buffer->own, form_bytes(&buffer->form), slack_bytes(&buffer->form), dtype_poison(buffer->form.type))) return 1;
  fail_with(&subject->fault, "no-memory", "%s: no memory for a buffer of %zu bytes", buffer->label, form_bytes(&buffer->form));
  return 0;
}

/* Weights as cold as memory: so many of them, by turns, that a device's cache has let go of a copy before it is its turn again. What is written to between runs stays warm. */
static int copies_of_weights(const candidate *subject, const measurement *of) {
  size_t bytes = 0;
  for (int b = 0; b < subject->buffer_count; b++) if (subject->buffers[b].role == ROLE_COMPILE) bytes += form_bytes(&subject->buffers[b].form);
  if (of->weights != WEIGHTS_MEMORY || bytes == 0) return 1;
  const size_t copies = 1 + of->l2_bytes / bytes;
  return copies > MOST_COPIES ? MOST_COPIES : (int)copies;
}

/* Of this process, opened by the first candidate that needs it. */
static void *device;

/* The library that opened the device stays loaded: its driver may have left something in this process that leads back to it. */
void candidate_open_device(candidate *subject) {
  loopsmith_offload_error error;
  if (device != NULL || subject->offload == NULL || subject->fault.class[0] != 0) return;
  device = subject->offload->device(&error);
  if (device == NULL) fail_with(&subject->fault, error.class, "%s", error.text);
  else dlopen(subject->library, RTLD_NOW | RTLD_LOCAL);
}

void candidate_place(candidate *subject, const measurement *of) {
  if (subject->offload == NULL || subject->fault.class[0] != 0) return;
  loopsmith_offload_error error;
  unsigned char turns[MAX_BUFFERS];
  const void *symbols[MAX_SYMBOLS];
  size_t bytes[MAX_BUFFERS];
  for (int s = 0; s < subject->symbol_count; s++) symbols[s] = *(void **)&subject->kernels[s];
  for (int b = 0; b < subject->buffer_count; b++) {
    bytes[b] = form_bytes(&subject->buffers[b].form) + slack_bytes(&subject->buffers[b].form);
    turns[b] = subject->buffers[b].role == ROLE_COMPILE;
  }
  subject->copies = copies_of_weights(subject, of);
  subject->device = subject->offload->open(device, symbols, subject->symbol_count, subject->pointers[0], bytes, turns, subject->copies, subject->buffer_count, &error);
  if (subject->device == NULL) fail_with(&subject->fault, error.class, "%s", error.text);
}

void candidate_load(candidate *subject, const measurement *of) {
  const int threads = of->threads;
  void *library = subject->loaded = dlopen(subject->library, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) { fail_with(&subject->fault, "load-failed", "the library of the candidate cannot be loaded: %s", dlerror()); return; }
  subject->offload = dlsym(library, "loopsmith_offload_table");
  if (subject->offload != NULL && subject->offload->abi != LOOPSMITH_OFFLOAD_ABI) { fail_with(&subject->fault, "load-failed", "the candidate was built for version %d of offloading, this harness has %d", subject->offload->abi, LOOPSMITH_OFFLOAD_ABI); return; }
  for (int s = 0; s < subject->symbol_count; s++) {
    *(void **)&subject->kernels[s] = dlsym(library, subject->symbols[s]);
    if (subject->kernels[s] == NULL) { fail_with(&subject->fault, "load-failed", "%s does not export the kernel %s that its description names", subject->library, subject->symbols[s]); return; }
  }
  for (int b = 0; b < subject->buffer_count; b++) {
    candidate_buffer *buffer = &subject->buffers[b];
    const int owned = buffer->role == ROLE_OUTPUT || buffer->role == ROLE_TEMPORARY;
    if (owned && !place_own(subject, buffer)) return;
    for (int set = 0; set < SETS; set++) subject->pointers[set][b] = owned ? buffer->own.data : buffer->packed[set]->data;
  }
  if (subject->alias >= 0)
    for (int set = 0; set < SETS; set++) subject->pointers[set][subject->alias] = subject->buffers[subject->output].own.data;
  subject->scratch = calloc((size_t)threads, sizeof *subject->scratch);
  for (int part = 0; part < threads; part++)
    if (subject->scratch == NULL || !guarded_make(&subject->scratch[part], subject->scratch_bytes, 0, 0xff)) {
      fail_with(&subject->fault, "no-memory", "no memory for %zu bytes of scratch on each of %d threads", subject->scratch_bytes, threads);
      return;
    }
}

void candidate_unload(candidate *subject, const measurement *of) {
  if (subject->device != NULL) subject->offload->close(subject->device);
  for (int b = 0; b < subject->buffer_count; b++) guarded_free(&subject->buffers[b].own);
  for (int part = 0; subject->scratch != NULL && part < of->threads; part++) guarded_free(&subject->scratch[part]);
  free(subject->scratch);
  free(subject->disturbed);
  if (subject->loaded != NULL) dlclose(subject->loaded);
}

static void take_error(candidate *subject, int failed, const loopsmith_offload_error *error) { if (failed) fail_with(&subject->fault, error->class, "%s", error->text); }
/* A buffer that shares the memory of another one is copied as that one. */
static int shares(const candidate *subject, int buffer) { return buffer == subject->alias; }

void candidate_upload(candidate *subject, int set) {
  loopsmith_offload_error error;
  for (int b = 0; subject->offload != NULL && subject->fault.class[0] == 0 && b < subject->buffer_count; b++)
    if (!shares(subject, b) && !(subject->has_weights && subject->buffers[b].role == ROLE_COMPILE)) take_error(subject, subject->offload->upload(subject->device, b, subject->pointers[set][b], &error), &error);
  subject->has_weights = 1;
}

void candidate_upload_alias(candidate *subject, int set) {
  loopsmith_offload_error error;
  if (subject->offload == NULL || subject->alias < 0 || subject->fault.class[0] != 0) return;
  take_error(subject, subject->offload->upload(subject->device, subject->output, subject->pointers[set][subject->output], &error), &error);
}

void candidate_download(candidate *subject) {
  loopsmith_offload_error error;
  for (int b = 0; subject->offload != NULL && subject->fault.class[0] == 0 && b < subject->buffer_count; b++)
    if (subject->buffers[b].own.mapping != NULL) take_error(subject, subject->offload->download(subject->device, b, subject->buffers[b].own.data, &error), &error);
}

void candidate_refill_alias(const candidate *subject, int set) {
  if (subject->alias < 0) return;
  const candidate_buffer *input = &subject->buffers[subject->alias];
  memcpy(subject->buffers[subject->output].own.data, input->packed[set]->data, form_bytes(&input->form));
}

void candidate_reset(candidate *subject, int set) {
  for (int b = 0; b < subject->buffer_count; b++) {
    candidate_buffer *buffer = &subject->buffers[b];
    if (buffer->own.mapping != NULL) memset(buffer->own.data, buffer->own.poison, buffer->own.bytes);
  }
  candidate_refill_alias(subject, set);
}

typedef struct { candidate *subject; int set; loopsmith_pool *pool; } run_job;

static void run_part(void *context, int part, int parts) {
  const run_job *job = context;
  candidate *subject = job->subject;
  (void)parts;
  for (int s = 0; s < subject->symbol_count; s++) {
    if (s > 0) loopsmith_pool_barrier(job->pool);
    loopsmith_pool_call(job->pool, subject->kernels[s], subject->pointers[job->set], subject->scratch[part].data, part);
  }
}

double candidate_run_queued(candidate *subject, int repeats) {
  loopsmith_offload_error error;
  double nanoseconds = 0;
  take_error(subject, subject->offload->run(subject->device, repeats, &nanoseconds, &error), &error);
  return nanoseconds;
}

void candidate_run(candidate *subject, int set, loopsmith_pool *pool) {
  if (subject->offload != NULL) { candidate_run_queued(subject, 1); return; }
  run_job job = {subject, set, pool};
  loopsmith_pool_run(pool, run_part, &job);
}

void candidate_free(candidate *subject) {
  free(subject->library);
  for (int s = 0; s < subject->symbol_count; s++) free(subject->symbols[s]);
  for (int b = 0; b < subject->buffer_count; b++) free(subject->buffers[b].path);
}

static void describe_address(const char *label, const guarded *region, const char *address, char *text, size_t room) {
  if (address < region->data) snprintf(text, room, "%s, %ld bytes before its start", label, (long)(region->data - address));
  else if (address < region->data + region->bytes) snprintf(text, room, "%s, which it may only read", label);
  else snprintf(text, room, "%s, %ld bytes past its end", label, (long)(address - region->data - (long)region->bytes) + 1);
}

int candidate_blame(const candidate *subject, int threads, const void *address, char *text, size_t room) {
  for (int b = 0; b < subject->buffer_count; b++) {
    const candidate_buffer *buffer = &subject->buffers[b];
    const guarded *places[] = {buffer->packed[0], buffer->packed[1], &buffer->own};
    for (int p = 0; p < 3; p++)
      if (places[p] != NULL && guarded_holds(places[p], address)) { describe_address(buffer->label, places[p], address, text, room); return 1; }
  }
  for (int part = 0; subject->scratch != NULL && part < threads; part++)
    if (guarded_holds(&subject->scratch[part], address)) { describe_address("scratch", &subject->scratch[part], address, text, room); return 1; }
  return 0;
}
