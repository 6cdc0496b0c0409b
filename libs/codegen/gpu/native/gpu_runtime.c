/* loopsmith.h for networks whose kernels run on a GPU: one memory for the arena, one for the weights, one for every input and
 * output, and a launch per call of the tables, recorded once where the driver can. It knows no vendor: loopsmith_driver.h is all it
 * sees of the device. */
#define _GNU_SOURCE
#include "loopsmith_library.h"
#include "loopsmith_gpu.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct loopsmith_session {
  loopsmith_driver *driver;
  pthread_mutex_t running;   /* one call at a time */
  void *program;             /* all kernels */
  void *arena, *weights, **inputs, **outputs;
  void **kernels;            /* one per call; calls of one kernel share it */
  loopsmith_argument *arguments; /* buffers of all calls, one after another */
  void *recording;           /* all launches in one piece, or NULL */
  char error[LOOPSMITH_ERROR_ROOM]; /* why the last run that failed did */
};

static const loopsmith_network_tables *const network = &loopsmith_network;
#define fail loopsmith_fail

int loopsmith_session_threads(const loopsmith_session *session) { (void)session; return network->threads; }
const char *loopsmith_session_error(const loopsmith_session *session) { return session == NULL ? "" : session->error; }

static int device_fails(int code, const loopsmith_driver_error *error) { return fail(code, "%s", error->text); }

/* Memory with slack behind it, zeroed so that every session begins alike. */
static int make(loopsmith_session *session, void **memory, size_t bytes) {
  loopsmith_driver_error error;
  bytes += network->slack_bytes + 64;
  char *zeros = calloc(1, bytes);
  if (zeros == NULL) return fail(LOOPSMITH_OUT_OF_MEMORY, "no memory for %zu bytes", bytes);
  const int wrong = loopsmith_driver_allocate(session->driver, bytes, memory, &error) || loopsmith_driver_upload(session->driver, *memory, 0, zeros, bytes, &error);
  free(zeros);
  return wrong ? device_fails(LOOPSMITH_OUT_OF_MEMORY, &error) : LOOPSMITH_OK;
}

static int make_memory(loopsmith_session *session) {
  session->inputs = calloc(network->input_count + 1, sizeof *session->inputs);
  session->outputs = calloc(network->output_count + 1, sizeof *session->outputs);
  if (session->inputs == NULL || session->outputs == NULL) return fail(LOOPSMITH_OUT_OF_MEMORY, "no memory for a session");
  int code = make(session, &session->arena, network->arena_bytes);
  for (uint32_t i = 0; code == LOOPSMITH_OK && i < network->input_count; i++) code = make(session, &session->inputs[i], network->inputs[i].bytes);
  for (uint32_t i = 0; code == LOOPSMITH_OK && i < network->output_count; i++) code = make(session, &session->outputs[i], network->outputs[i].tensor.bytes);
  return code;
}

static int make_weights(loopsmith_session *session, const char *path) {
  loopsmith_driver_error error;
  char *payload = malloc(network->weights_bytes + 1);
  if (payload == NULL) return fail(LOOPSMITH_OUT_OF_MEMORY, "no memory for %zu bytes of weights", (size_t)network->weights_bytes);
  int code = loopsmith_read_weights(path, payload);
  if (code == LOOPSMITH_OK) code = make(session, &session->weights, network->weights_bytes);
  if (code == LOOPSMITH_OK && loopsmith_driver_upload(session->driver, session->weights, 0, payload, network->weights_bytes, &error)) code = device_fails(LOOPSMITH_OUT_OF_MEMORY, &error);
  free(payload);
  return code;
}

static loopsmith_argument resolve(const loopsmith_session *session, loopsmith_place place) {
  switch (place.memory) {
    case LOOPSMITH_ARENA: return (loopsmith_argument){session->arena, place.offset};
    case LOOPSMITH_WEIGHTS: return (loopsmith_argument){session->weights, place.offset};
    case LOOPSMITH_INPUT: return (loopsmith_argument){session->inputs[place.index], place.offset};
    default: return (loopsmith_argument){session->outputs[place.index], place.offset};
  }
}

static int make_calls(loopsmith_session *session) {
  loopsmith_driver_error error;
  size_t total = 0;
  for (uint32_t c = 0; c < network->call_count; c++) total += network->calls[c].buffer_count;
  session->arguments = calloc(total + 1, sizeof *session->arguments);
  session->kernels = calloc(network->call_count + 1, sizeof *session->kernels);
  if (session->arguments == NULL || session->kernels == NULL) return fail(LOOPSMITH_OUT_OF_MEMORY, "no memory for a session");
  loopsmith_argument *next = session->arguments;
  for (uint32_t c = 0; c < network->call_count; c++) {
    for (uint32_t b = 0; b < network->calls[c].buffer_count; b++) *next++ = resolve(session, network->calls[c].buffers[b]);
    for (uint32_t before = 0; before < c && session->kernels[c] == NULL; before++)
      if (strcmp(loopsmith_gpu.launches[before].name, loopsmith_gpu.launches[c].name) == 0) session->kernels[c] = session->kernels[before];
    if (session->kernels[c] == NULL && loopsmith_driver_kernel(session->driver, session->program, loopsmith_gpu.launches[c].name, &session->kernels[c], &error)) return device_fails(LOOPSMITH_NO_DEVICE, &error);
  }
  return LOOPSMITH_OK;
}

/* All kernels in order. `profile`: with a mark around each. */
static int launch_calls(loopsmith_session *session, int profile, loopsmith_driver_error *error) {
  const loopsmith_argument *arguments = session->arguments;
  if (profile && loopsmith_driver_mark(session->driver, 0, error)) return 1;
  for (uint32_t c = 0; c < network->call_count; c++) {
    const int count = (int)network->calls[c].buffer_count;
    if (loopsmith_driver_launch(session->driver, session->kernels[c], &loopsmith_gpu.launches[c], arguments, count, error)) return 1;
    arguments += count;
    if (profile && loopsmith_driver_mark(session->driver, (int)c + 1, error)) return 1;
  }
  return 0;
}

/* A launch that is refused while it is recorded is refused again, and reported, when it runs. */
static void record_calls(loopsmith_session *session) {
  loopsmith_driver_error error;
  if (!loopsmith_driver_record(session->driver)) return;
  const int refused = launch_calls(session, 0, &error);
  void *recording = loopsmith_driver_recorded(session->driver);
  if (!refused) session->recording = recording;
}

/* `threads` means nothing here: the device has as many as it has. */
int loopsmith_create(const char *weights_path, int threads, loopsmith_session **result) {
  (void)threads;
  if (result == NULL) return fail(LOOPSMITH_BAD_ARGUMENT, "loopsmith_create needs a place for the session it makes");
  *result = NULL;
  if (network->abi != LOOPSMITH_TABLES_ABI) return fail(LOOPSMITH_BAD_ARGUMENT, "this library was linked from parts of different versions (tables %u, runtime %u); compile the model again", network->abi, LOOPSMITH_TABLES_ABI);
  loopsmith_session *session = calloc(1, sizeof *session);
  if (session == NULL) return fail(LOOPSMITH_OUT_OF_MEMORY, "no memory for a session");
  pthread_mutex_init(&session->running, NULL);
  loopsmith_driver_error error;
  const int opened = !loopsmith_driver_open(&session->driver, &error)
    && !loopsmith_driver_load(session->driver, loopsmith_gpu.code, loopsmith_gpu.code_bytes, loopsmith_gpu.code_count, &session->program, &error);
  int code = opened ? LOOPSMITH_OK : device_fails(LOOPSMITH_NO_DEVICE, &error);
  if (code == LOOPSMITH_OK) code = make_weights(session, weights_path);
  if (code == LOOPSMITH_OK) code = make_memory(session);
  if (code == LOOPSMITH_OK) code = make_calls(session);
  if (code != LOOPSMITH_OK) { loopsmith_destroy(session); return code; }
  record_calls(session);
  *result = session;
  return LOOPSMITH_OK;
}

/* Times between the marks around every call. */
static int read_profile(loopsmith_session *session, uint64_t *profile, loopsmith_driver_error *error) {
  for (uint32_t c = 0; c < network->call_count; c++) {
    double nanoseconds;
    if (loopsmith_driver_between(session->driver, (int)c, (int)c + 1, &nanoseconds, error)) return 1;
    profile[c] = (uint64_t)nanoseconds;
  }
  return 0;
}

/* `profile`: times of the kernels one by one, or NULL. */
static int run(loopsmith_session *session, const void *const *inputs, void *const *outputs, uint64_t *profile, loopsmith_driver_error *error) {
  for (uint32_t i = 0; i < network->input_count; i++) if (loopsmith_driver_upload(session->driver, session->inputs[i], 0, inputs[i], network->inputs[i].bytes, error)) return 1;
  if (profile == NULL && session->recording != NULL ? loopsmith_driver_replay(session->driver, session->recording, error) : launch_calls(session, profile != NULL, error)) return 1;
  if (loopsmith_driver_finish(session->driver, error)) return 1;
  if (profile != NULL && read_profile(session, profile, error)) return 1;
  for (uint32_t i = 0; i < network->output_count; i++) {
    const loopsmith_argument from = resolve(session, network->outputs[i].source);
    if (loopsmith_driver_download(session->driver, from.memory, from.start, outputs[i], network->outputs[i].tensor.bytes, error)) return 1;
  }
  return 0;
}

static int checked_run(loopsmith_session *session, const void *const *inputs, void *const *outputs, uint64_t *profile) {
  if (session == NULL) return fail(LOOPSMITH_BAD_ARGUMENT, "loopsmith_run needs a session");
  loopsmith_driver_error error;
  pthread_mutex_lock(&session->running);
  int code = loopsmith_check_tensors(inputs, outputs);
  if (code == LOOPSMITH_OK && run(session, inputs, outputs, profile, &error)) code = device_fails(LOOPSMITH_NO_DEVICE, &error);
  if (code != LOOPSMITH_OK) loopsmith_keep_error(session->error);
  pthread_mutex_unlock(&session->running);
  return code;
}

int loopsmith_run(loopsmith_session *session, const void *const *inputs, void *const *outputs) { return checked_run(session, inputs, outputs, NULL); }

int loopsmith_run_profiled(loopsmith_session *session, const void *const *inputs, void *const *outputs, uint64_t *nanoseconds) {
  if (nanoseconds == NULL) return fail(LOOPSMITH_BAD_ARGUMENT, "loopsmith_run_profiled needs a place for %u times", network->call_count);
  return checked_run(session, inputs, outputs, nanoseconds);
}

void loopsmith_destroy(loopsmith_session *session) {
  if (session == NULL) return;
  if (session->driver != NULL) {
    loopsmith_driver_free(session->driver, session->arena);
    loopsmith_driver_free(session->driver, session->weights);
    for (uint32_t i = 0; session->inputs != NULL && i < network->input_count; i++) loopsmith_driver_free(session->driver, session->inputs[i]);
    for (uint32_t i = 0; session->outputs != NULL && i < network->output_count; i++) loopsmith_driver_free(session->driver, session->outputs[i]);
    loopsmith_driver_unload(session->driver, session->program);
    loopsmith_driver_close(session->driver);
  }
  free(session->inputs);
  free(session->outputs);
  free(session->kernels);
  free(session->arguments);
  pthread_mutex_destroy(&session->running);
  free(session);
}
