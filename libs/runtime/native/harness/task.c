/* Preparing a task: seeded inputs, reference answers, packed inputs (see task.h). */
#define _GNU_SOURCE
#include "task.h"
#include "child.h"
#include <dlfcn.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

void fail_with(failure *fault, const char *class, const char *format, ...) {
  if (fault->class[0] != 0) return; /* the first one is the cause */
  snprintf(fault->class, sizeof fault->class, "%s", class);
  va_list list;
  va_start(list, format);
  vsnprintf(fault->text, sizeof fault->text, format, list);
  va_end(list);
}

static void *map_memory(size_t bytes, int sharing) {
  void *memory = mmap(NULL, bytes == 0 ? 1 : bytes, PROT_READ | PROT_WRITE, sharing | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? NULL : memory;
}
static void unmap_memory(void *memory, size_t bytes) { if (memory != NULL) munmap(memory, bytes == 0 ? 1 : bytes); }

static size_t input_bytes(const task_input *input) { return shape_elements(&input->shape) * dtype_bytes(input->type); }
size_t task_answer_bytes(const task *subject) { return shape_elements(&subject->output_shape) * sizeof(double); }

static int draw_inputs(task *subject) {
  for (int i = 0; i < subject->input_count; i++) {
    task_input *input = &subject->inputs[i];
    for (int set = 0; set < SETS; set++) {
      if (input->compile && set > 0) { input->logical[set] = input->logical[0]; continue; }
      if ((input->logical[set] = map_memory(input_bytes(input), MAP_PRIVATE)) == NULL) return 0;
      generate(&input->source, set, input->type, input->logical[set], shape_elements(&input->shape));
    }
  }
  return 1;
}

int task_begin(task *subject) {
  for (int set = 0; set < SETS; set++) subject->reference[set] = map_memory(task_answer_bytes(subject), MAP_SHARED);
  return subject->reference[0] != NULL && subject->reference[1] != NULL && draw_inputs(subject);
}

task *tasks;

task *task_find(const char *id) {
  task *at = tasks;
  while (at != NULL && strcmp(at->id, id) != 0) at = at->next;
  return at;
}

void task_drop(const char *id) {
  for (task **link = &tasks; *link != NULL; link = &(*link)->next)
    if (strcmp((*link)->id, id) == 0) { task *gone = *link; *link = gone->next; task_free(gone); return; }
}

typedef struct { task *subject; const char *library; } reference_job;
typedef void (*reference_function)(const void *const *inputs, void *output);

/* Runs in a child: a mistake in the reference must not take the harness along. */
static void compute_reference(void *context, int channel) {
  reference_job *job = context;
  void *library = dlopen(job->library, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) { dprintf(channel, "load-failed %s\n", dlerror()); return; }
  reference_function reference;
  *(void **)&reference = dlsym(library, "loopsmith_reference");
  if (reference == NULL) { dprintf(channel, "load-failed %s\n", dlerror()); return; }
  for (int set = 0; set < SETS; set++) {
    const void *inputs[MAX_INPUTS];
    for (int i = 0; i < job->subject->input_count; i++) inputs[i] = job->subject->inputs[i].logical[set];
    reference(inputs, job->subject->reference[set]);
  }
  dprintf(channel, "ok\n");
}

static double root_mean_square(const double *values, size_t count) {
  double sum = 0;
  size_t finite = 0;
  for (size_t i = 0; i < count; i++) if (isfinite(values[i])) { sum += values[i] * values[i]; finite++; }
  return finite == 0 ? 0 : sqrt(sum / (double)finite);
}

void task_scale(task *subject) { for (int set = 0; set < SETS; set++) subject->scale[set] = root_mean_square(subject->reference[set], shape_elements(&subject->output_shape)); }

void task_prepare(task *subject, const char *library, int timeout_ms, failure *fault) {
  if (!task_begin(subject)) {
    fail_with(fault, "no-memory", "the inputs and reference answers of the task do not fit in memory");
    return;
  }
  reference_job job = {subject, library};
  child_result result = child_run(compute_reference, &job, (child_limits){.timeout_ms = timeout_ms, .memory_bytes = SIZE_MAX});
  if (result.ending != CHILD_ENDED) {
    char how[256];
    child_describe(&result, how, sizeof how);
    fail_with(fault, result.ending == CHILD_TIMED_OUT ? "timeout" : "crash", "the reference implementation %s", how);
  } else if (strncmp(result.text, "ok", 2) != 0) {
    char *line_end = strchr(result.text, '\n'), *space = strchr(result.text, ' ');
    if (line_end != NULL) *line_end = 0;
    fail_with(fault, "load-failed", "the reference implementation cannot be loaded: %s", space == NULL ? "it gave no answer" : space + 1);
  }
  free(result.text);
  /* from here on only this process packs them */
  for (int i = 0; i < subject->input_count; i++)
    for (int set = 0; set < (subject->inputs[i].compile ? 1 : SETS); set++) madvise(subject->inputs[i].logical[set], input_bytes(&subject->inputs[i]), MADV_DONTFORK);
  task_scale(subject);
}

static void packed_free(task *subject, packed_tensor *packed) {
  subject->packed_bytes -= packed->region.mapped;
  guarded_free(&packed->region);
  free(packed->key);
  free(packed);
}

void task_trim(task *subject, size_t bytes) {
  packed_tensor **link = &subject->packed;
  for (size_t kept = 0; *link != NULL;) {
    packed_tensor *packed = *link;
    kept += packed->region.mapped;
    if (kept <= bytes) { link = &packed->next; continue; }
    *link = packed->next;
    packed_free(subject, packed);
  }
}

void task_free(task *subject) {
  task_trim(subject, 0);
  for (int i = 0; i < subject->input_count; i++)
    for (int set = 0; set < (subject->inputs[i].compile ? 1 : SETS); set++)
      unmap_memory(subject->inputs[i].logical[set], input_bytes(&subject->inputs[i]));
  for (int set = 0; set < SETS; set++) unmap_memory(subject->reference[set], task_answer_bytes(subject));
  free(subject->text);
  free(subject);
}

/* One text per tensor and form. */
static char *packed_key(const char *what, const stored_form *form) {
  char *key = NULL;
  size_t room = 0;
  FILE *out = open_memstream(&key, &room);
  fprintf(out, "%s|%d|%zu|%zu", what, form->type, form->size, form->slack);
  for (int d = 0; d < form->layout.rank; d++) {
    const layout_dim *dim = &form->layout.dims[d];
    fprintf(out, "|%d %lld %lld %lld %lld", dim->axis, (long long)dim->offset, (long long)dim->divide, (long long)dim->modulo, (long long)dim->size);
  }
  fclose(out);
  return key;
}

static packed_tensor *find_packed(task *subject, const char *key) {
  for (packed_tensor **link = &subject->packed; *link != NULL; link = &(*link)->next) {
    packed_tensor *packed = *link;
    if (strcmp(packed->key, key) != 0) continue;
    *link = packed->next;
    packed->next = subject->packed;
    subject->packed = packed;
    return packed;
  }
  return NULL;
}

/* Padding of what is known at compile time is zero, as the library's weights are. Of run-time tensors nothing is promised of it, since
 * tensors take each other's bytes over: floats are NaN, another one than what was never written, so that a kernel that lets padding
 * into an answer is found out. Integers repeat the first element, so that an index stays an index. */
static void fill_padding(const stored_form *form, int compile, const void *logical, char *stored) {
  const size_t element = dtype_bytes(form->type);
  if (compile || shape_elements(&form->shape) == 0) { memset(stored, 0, form->size * element); return; }
  _Alignas(double) unsigned char filler[sizeof(double)];
  if (dtype_is_float(form->type)) store_element(form->type, filler, 0, NAN);
  else memcpy(filler, logical, element);
  for (size_t i = 0; i < form->size; i++) memcpy(stored + i * element, filler, element);
}

/* Takes `key` over, whatever comes of it. */
static const guarded *pack_new(task *subject, char *key, const stored_form *form, int compile, const void *logical, failure *fault) {
  packed_tensor *packed = calloc(1, sizeof *packed);
  place_table table;
  const size_t element = dtype_bytes(form->type);
  if (packed == NULL || !place_table_make(&table, &form->shape, &form->layout, 0)) { free(key); free(packed); fail_with(fault, "no-memory", "no memory to pack an input"); return NULL; }
  if (!guarded_make(&packed->region, form->size * element, form->slack * element, dtype_poison(form->type))) {
    fail_with(fault, "no-memory", "no memory to pack an input of %zu bytes", form->size * element);
    place_table_free(&table);
    free(key);
    free(packed);
    return NULL;
  }
  if (form->size > table.elements || compile) fill_padding(form, compile, logical, packed->region.data);
  pack(&table, element, logical, packed->region.data);
  place_table_free(&table);
  guarded_seal(&packed->region);
  guarded_inherit(&packed->region, 0); /* whoever is measured asks for it */
  packed->key = key;
  packed->next = subject->packed;
  subject->packed = packed;
  subject->packed_bytes += packed->region.mapped;
  return &packed->region;
}

const guarded *task_packed(task *subject, int input, int set, const stored_form *form, failure *fault) {
  const task_input *source = &subject->inputs[input];
  if (source->compile) set = 0;
  char what[64];
  snprintf(what, sizeof what, "input %d set %d", input, set);
  char *key = packed_key(what, form);
  packed_tensor *known = find_packed(subject, key);
  if (known != NULL) { free(key); return &known->region; }
  return pack_new(subject, key, form, source->compile, source->logical[set], fault);
}

const guarded *task_packed_file(task *subject, const char *path, const stored_form *form, failure *fault) {
  char *key = packed_key(path, form);
  packed_tensor *known = find_packed(subject, key);
  if (known != NULL) { free(key); return &known->region; }
  const size_t bytes = shape_elements(&form->shape) * dtype_bytes(form->type);
  void *logical = map_memory(bytes, MAP_PRIVATE);
  FILE *file = fopen(path, "rb");
  const guarded *region = NULL;
  if (logical == NULL) fail_with(fault, "no-memory", "no memory for the %zu bytes of %s", bytes, path);
  else if (file == NULL || fread(logical, 1, bytes, file) != bytes) fail_with(fault, "protocol", "%s does not hold the %zu bytes of its tensor", path, bytes);
  else { region = pack_new(subject, key, form, 1, logical, fault); key = NULL; }
  free(key);
  if (file != NULL) fclose(file);
  unmap_memory(logical, bytes);
  return region;
}
