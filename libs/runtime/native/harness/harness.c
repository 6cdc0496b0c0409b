/* The harness: a fork server that checks and times candidate kernels, one process per device. It decides nothing: what is
 * slow, right enough or worth a second look is said by whoever sends the commands.
 *
 *   harness LOCK_DIRECTORY     commands on standard input, answers on standard output; standard error is the candidates'
 *
 * It greets with "loopsmith-harness 1", the version of this protocol. A command is a line with its name, lines of
 * "word arguments", and the line "end". Arguments are separated by one space; a path or label is the rest of its line. An
 * answer is its lines and the line "end". What fails answers "failed CLASS TEXT"; the harness goes on.
 *
 * task ID                                     prepares a task; answers "ok"
 *   input DTYPE run|compile GENERATOR A B KEY RANK EXTENT.. LABEL   in the reference's order; generators: see values.h
 *   output DTYPE RANK EXTENT.. LABEL
 *   reference PATH                            shared object with loopsmith_reference(const void *const *inputs, void *output):
 *                                             row-major inputs in their dtypes, row-major double output
 *   timeout MILLISECONDS
 * drop ID                                     forgets a task; answers "ok"
 * dump ID                                     writes reference answers as doubles; answers "ok COUNT"
 *   set 0|1
 *   path PATH
 * measure ID                                  one line per candidate: "ok ERROR NANOSECONDS.." or "failed CLASS TEXT"
 *   threads COUNT
 *   cores NUMBER..                            one per thread; their locks are held; without it nothing is pinned or locked
 *   weights memory|l3|warm                    how cold weights are before each timed call; on a device memory or warm
 *   l2 BYTES                                  of one core, or of the device that runs the kernels
 *   samples MOST FEWEST BUDGET_NS CUTOFF_NS   MOST 0: check only; CUTOFF_NS 0: none. Calls during which the system took a core
 *                                             away are repeated and stand in only where FEWEST cannot be had otherwise. Of several
 *                                             candidates with FEWEST = MOST and no cutoff, sample i of each is of round i, and a
 *                                             round in which one was disturbed is repeated whole, until BUDGET_NS are spent
 *   timeout MILLISECONDS                      for the whole command, waiting for locks not included
 *   memory BYTES                              the kernels may add
 *   tolerance RELATIVE OF_SCALE ABSOLUTE      relative*|ref| + of_scale*rms(ref) + absolute
 *   then for each candidate:
 *   candidate LIBRARY_PATH
 *   symbol NAME                               kernels in order, a team barrier between two
 *   scratch BYTES                             of one part
 *   buffer ROLE INPUT DTYPE SIZE SLACK RANK EXTENT.. DIMS (AXIS OFFSET DIVIDE MODULO SIZE).. LABEL
 *                                             in the order of the kernel ABI; ROLE input|compile|output|temporary; INPUT is the
 *                                             task's input or -1; MODULO 0: none
 *   values PATH                               of the buffer above, when it is a compile-time stage: row-major, in its dtype
 *   alias BUFFER                              position of the input whose memory the output takes
 *   allowance FACTOR                          times the tolerance, for an algorithm that rounds more; without it 1
 * peak sse|avx2|avx512|generic                answers "ok FLOPS L3_BYTES_PER_S MEMORY_BYTES_PER_S PING_PONG_NS LOADS_PER_S"
 *   threads COUNT / cores NUMBER.. / l2 BYTES / l3 BYTES    of l3 0 the figures between are 0: only what the cores do alone is measured
 *
 * A library that exports loopsmith_offload_table (loopsmith_offload.h) runs its kernels on a device of its own: opened in the
 * measuring child, its buffers copied before and after. Caches are as the run before left them; with weights as cold as memory
 * each run takes the next of so many copies of them that L2 does not hold all.
 *
 * Classes: wrong-answer, not-a-number, out-of-bounds, crash, timeout, memory (of the kernel), no-memory (of the machine), load-failed, build-failed and run-failed (of a device), interrupted
 * (by another candidate of the same command), lock-failed, unsupported, protocol (the command itself is wrong). When whoever sends the commands
 * is gone, the measurement at work is given up and the harness ends.
 */
#define _GNU_SOURCE
#include "candidate.h"
#include "child.h"
#include "peak.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define MAX_LINES 8192

typedef struct { char *lines[MAX_LINES]; int count; } command;

static task *tasks;
static const char *lock_directory;
static int lock_files[CPU_SETSIZE];   /* 0: not opened yet */

/* Reads one command; 0 at the end of the input. */
static int read_command(command *read) {
  size_t room = 0;
  for (read->count = 0; read->count < MAX_LINES;) {
    char *line = NULL;
    const ssize_t length = getline(&line, &room, stdin);
    room = 0;
    if (length <= 0) { free(line); return 0; }
    if (line[length - 1] == '\n') line[length - 1] = 0;
    if (strcmp(line, "end") == 0) { free(line); if (read->count > 0) return 1; continue; }
    read->lines[read->count++] = line;
  }
  return 0;
}

/* Takes the next word off a line; "" at its end. */
static char *word(char **line) {
  char *start = *line, *space = strchr(start, ' ');
  if (space == NULL) { *line = start + strlen(start); return start; }
  *space = 0;
  *line = space + 1;
  return start;
}
static double number(char **line) { return strtod(word(line), NULL); }
static long long whole(char **line) { return strtoll(word(line), NULL, 10); }
static int is(const char *a, const char *b) { return strcmp(a, b) == 0; }

static task *find_task(const char *id) {
  task *at = tasks;
  while (at != NULL && !is(at->id, id)) at = at->next;
  return at;
}

static void read_shape(char **line, tensor_shape *shape, failure *fault) {
  shape->rank = (int)whole(line);
  if (shape->rank < 0 || shape->rank > MAX_RANK) { fail_with(fault, "protocol", "a tensor of rank %d; at most %d axes are supported", shape->rank, MAX_RANK); shape->rank = 0; }
  for (int axis = 0; axis < shape->rank; axis++) shape->shape[axis] = whole(line);
}

static dtype read_dtype(char **line, failure *fault) {
  const char *name = word(line);
  const dtype type = dtype_named(name);
  if (type == DTYPES) { fail_with(fault, "protocol", "the dtype %s is not known", name); return F32; }
  return type;
}

static void read_input(task *made, char *line, failure *fault) {
  if (made->input_count == MAX_INPUTS) { fail_with(fault, "protocol", "more than %d inputs", MAX_INPUTS); return; }
  task_input *input = &made->inputs[made->input_count++];
  input->type = read_dtype(&line, fault);
  input->compile = is(word(&line), "compile");
  input->source.kind = generator_named(word(&line));
  if (input->source.kind == GENERATORS) fail_with(fault, "protocol", "input %d names no known generator", made->input_count - 1);
  input->source.a = number(&line);
  input->source.b = number(&line);
  input->source.key = (uint32_t)whole(&line);
  read_shape(&line, &input->shape, fault);
  snprintf(input->label, sizeof input->label, "%s", line);
}

static void do_task(const command *of, char *id) {
  failure fault = {0};
  task *made = calloc(1, sizeof *made);
  if (made == NULL) { puts("failed memory no memory for a task"); return; }
  snprintf(made->id, sizeof made->id, "%s", id);
  const char *reference = "";
  int timeout = 60000;
  for (int i = 1; i < of->count; i++) {
    char *line = of->lines[i];
    const char *what = word(&line);
    if (is(what, "input")) read_input(made, line, &fault);
    else if (is(what, "output")) {
      made->output_type = read_dtype(&line, &fault);
      read_shape(&line, &made->output_shape, &fault);
      snprintf(made->output_label, sizeof made->output_label, "%s", line);
    } else if (is(what, "reference")) reference = line;
    else if (is(what, "timeout")) timeout = (int)whole(&line);
    else fail_with(&fault, "protocol", "task has no line '%s'", what);
  }
  if (fault.class[0] == 0) task_prepare(made, reference, timeout, &fault);
  if (fault.class[0] != 0) {
    printf("failed %s %s\n", fault.class, fault.text);
    task_free(made);
    return;
  }
  made->next = tasks;
  tasks = made;
  puts("ok");
}

static void do_drop(const char *id) {
  for (task **link = &tasks; *link != NULL; link = &(*link)->next)
    if (is((*link)->id, id)) { task *gone = *link; *link = gone->next; task_free(gone); break; }
  puts("ok");
}

static void do_dump(const command *of, const char *id) {
  const task *subject = find_task(id);
  const char *path = "";
  int set = 0;
  for (int i = 1; i < of->count; i++) {
    char *line = of->lines[i];
    if (is(word(&line), "set")) set = whole(&line) != 0; else path = line;
  }
  if (subject == NULL) { printf("failed protocol no task %s is prepared\n", id); return; }
  const size_t count = shape_elements(&subject->output_shape);
  FILE *file = fopen(path, "wb");
  // the last bytes are written when it is closed
  const int written = file != NULL && fwrite(subject->reference[set], sizeof(double), count, file) == count;
  const int closed = file != NULL && fclose(file) == 0;
  if (written && closed) printf("ok %zu\n", count);
  else printf("failed file-unwritable right answers cannot be written to %s (%s); make room there, or make it writable\n", path, strerror(errno));
}

static void read_buffer(candidate *subject, char *line, failure *fault) {
  if (subject->buffer_count == MAX_BUFFERS) { fail_with(fault, "protocol", "more than %d buffers", MAX_BUFFERS); return; }
  const int position = subject->buffer_count++;
  candidate_buffer *buffer = &subject->buffers[position];
  const char *role = word(&line);
  buffer->role = is(role, "input") ? ROLE_INPUT : is(role, "compile") ? ROLE_COMPILE : is(role, "output") ? ROLE_OUTPUT : ROLE_TEMPORARY;
  if (buffer->role == ROLE_OUTPUT) subject->output = position;
  buffer->input = (int)whole(&line);
  stored_form *form = &buffer->form;
  form->type = read_dtype(&line, fault);
  form->size = (size_t)whole(&line);
  form->slack = (size_t)whole(&line);
  read_shape(&line, &form->shape, fault);
  form->layout.rank = (int)whole(&line);
  if (form->layout.rank < 0 || form->layout.rank > MAX_RANK) { fail_with(fault, "protocol", "a layout of %d dimensions; at most %d are supported", form->layout.rank, MAX_RANK); form->layout.rank = 0; }
  for (int d = 0; d < form->layout.rank; d++) {
    layout_dim *dim = &form->layout.dims[d];
    dim->axis = (int)whole(&line);
    dim->offset = whole(&line), dim->divide = whole(&line), dim->modulo = whole(&line), dim->size = whole(&line);
    if (dim->axis < 0 || dim->axis >= form->shape.rank || dim->divide < 1) fail_with(fault, "protocol", "buffer %d has a layout that does not fit its shape", position);
  }
  if (layout_elements(&form->layout) > form->size) fail_with(fault, "protocol", "buffer %d stores %zu elements in %zu", position, layout_elements(&form->layout), form->size);
  snprintf(buffer->label, sizeof buffer->label, "%s", line);
}

/* What a description must say of every candidate before it can be run. */
static void check_candidate(const candidate *subject, const task *of, failure *fault) {
  int outputs = 0;
  for (int b = 0; b < subject->buffer_count; b++) {
    const candidate_buffer *buffer = &subject->buffers[b];
    outputs += buffer->role == ROLE_OUTPUT;
    const int given = buffer->role == ROLE_INPUT || buffer->role == ROLE_COMPILE;
    if (given && buffer->path == NULL && (buffer->input < 0 || buffer->input >= of->input_count)) { fail_with(fault, "protocol", "buffer %s holds no input of the task and names no values", buffer->label); return; }
    if (given && buffer->path == NULL && (shape_elements(&buffer->form.shape) != shape_elements(&of->inputs[buffer->input].shape) || buffer->form.type != of->inputs[buffer->input].type))
      fail_with(fault, "protocol", "buffer %s and input %s differ in dtype or number of elements", buffer->label, of->inputs[buffer->input].label);
    if (buffer->role == ROLE_OUTPUT && shape_elements(&buffer->form.shape) != shape_elements(&of->output_shape)) fail_with(fault, "protocol", "buffer %s and the output of the task differ in number of elements", buffer->label);
  }
  if (outputs != 1 || subject->symbol_count == 0) fail_with(fault, "protocol", "a candidate needs one output and at least one kernel; this one has %d and %d", outputs, subject->symbol_count);
  if (subject->alias >= subject->buffer_count || (subject->alias >= 0 && subject->buffers[subject->alias].form.size != subject->buffers[subject->output].form.size)) fail_with(fault, "protocol", "the aliased input is not stored as the output is");
}

static void read_candidate_line(candidate *subject, const char *what, char *line, failure *fault) {
  if (is(what, "symbol")) { if (subject->symbol_count < MAX_SYMBOLS) subject->symbols[subject->symbol_count++] = strdup(line); else fail_with(fault, "protocol", "more than %d kernels", MAX_SYMBOLS); }
  else if (is(what, "scratch")) subject->scratch_bytes = (size_t)whole(&line);
  else if (is(what, "buffer")) read_buffer(subject, line, fault);
  else if (is(what, "values") && subject->buffer_count > 0) subject->buffers[subject->buffer_count - 1].path = strdup(line);
  else if (is(what, "alias")) subject->alias = (int)whole(&line);
  else if (is(what, "allowance")) subject->allowance = number(&line);
  else fail_with(fault, "protocol", "measure has no line '%s'", what);
}

static void read_cores(char *line, int *cores) { for (int i = 0; *line != 0 && i < MAX_THREADS; i++) cores[i] = (int)whole(&line); }

/* The lock file of a core. Opened before it is created: a shared folder may refuse O_CREAT on a file of another user. */
static int open_lock(int core) {
  char path[4096];
  snprintf(path, sizeof path, "%s/loopsmith-core-%d.lock", lock_directory, core);
  int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0) file = open(path, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
  return file;
}

/* Every core that is measured on is locked host-wide, in ascending order, so that two harnesses can never wait for each other. */
static void lock_cores(const int *cores, int threads, failure *fault) {
  for (int core = 0; cores[0] >= 0 && core < CPU_SETSIZE && fault->class[0] == 0; core++) {
    int mine = 0;
    for (int i = 0; i < threads; i++) mine |= cores[i] == core;
    if (!mine) continue;
    if (lock_files[core] <= 0) lock_files[core] = open_lock(core);
    if (lock_files[core] < 0 || flock(lock_files[core], LOCK_EX) != 0) fail_with(fault, "lock-failed", "the lock of core %d in %s cannot be taken: %s; set TMPDIR to a folder that you may write", core, lock_directory, strerror(errno));
  }
}
static void unlock_cores(void) { for (int core = 0; core < CPU_SETSIZE; core++) if (lock_files[core] > 0) flock(lock_files[core], LOCK_UN); }

/* Many tasks are held at once: those that are not measured keep few of their inputs packed. */
#define PACKED_BYTES_OF_OTHERS ((size_t)32 << 20)

static void do_measure(const command *of, const char *id) {
  failure fault = {0};
  measurement work = {.subject = find_task(id), .threads = 1, .cores = {-1}, .weights = WEIGHTS_WARM, .l2_bytes = 1 << 20, .timeout_ms = 10000, .memory_bytes = (size_t)1 << 30};
  for (int i = 1; i < of->count; i++) work.count += strncmp(of->lines[i], "candidate ", 10) == 0;
  work.candidates = calloc((size_t)work.count + 1, sizeof *work.candidates);
  if (work.subject == NULL) fail_with(&fault, "protocol", "no task %s is prepared", id);
  if (work.candidates == NULL || work.count == 0) { puts("failed protocol a measurement needs at least one candidate"); free(work.candidates); return; }
  candidate *subject = NULL;
  for (int i = 1; i < of->count; i++) {
    char *line = of->lines[i];
    const char *what = word(&line);
    if (is(what, "candidate")) { subject = subject == NULL ? work.candidates : subject + 1; subject->library = strdup(line); subject->alias = -1; subject->allowance = 1; }
    else if (subject != NULL) read_candidate_line(subject, what, line, &fault);
    else if (is(what, "threads")) work.threads = (int)whole(&line);
    else if (is(what, "cores")) read_cores(line, work.cores);
    else if (is(what, "weights")) work.weights = is(line, "memory") ? WEIGHTS_MEMORY : is(line, "l3") ? WEIGHTS_L3 : WEIGHTS_WARM;
    else if (is(what, "l2")) work.l2_bytes = (size_t)whole(&line);
    else if (is(what, "samples")) { work.samples = (int)whole(&line); work.fewest = (int)whole(&line); work.budget_ns = number(&line); work.cutoff_ns = number(&line); }
    else if (is(what, "timeout")) work.timeout_ms = (int)whole(&line);
    else if (is(what, "memory")) work.memory_bytes = (size_t)whole(&line);
    else if (is(what, "tolerance")) { work.relative = number(&line); work.of_scale = number(&line); work.absolute = number(&line); }
    else fail_with(&fault, "protocol", "measure has no line '%s'", what);
  }
  if (work.weights == WEIGHTS_MEMORY && !EVICTS_LINES) fail_with(&fault, "unsupported", "this CPU has no instruction that evicts a cache line; measure with l3 or warm weights");
  if (work.threads < 1 || work.threads > MAX_THREADS) fail_with(&fault, "protocol", "%d threads; 1 to %d are supported", work.threads, MAX_THREADS);
  for (int c = 0; c < work.count && fault.class[0] == 0; c++) check_candidate(&work.candidates[c], work.subject, &fault);
  for (task *other = tasks; other != NULL; other = other->next) if (other != work.subject) task_trim(other, PACKED_BYTES_OF_OTHERS);
  if (fault.class[0] == 0) lock_cores(work.cores, work.threads, &fault);
  if (fault.class[0] == 0) measure(&work, stdout);
  else for (int c = 0; c < work.count; c++) printf("failed %s %s\n", fault.class, fault.text);
  unlock_cores();
  for (int c = 0; c < work.count; c++) candidate_free(&work.candidates[c]);
  free(work.candidates);
}

typedef struct { peak_isa isa; int threads; int cores[MAX_THREADS]; size_t l2, l3; } peak_command;

/* In a child, because the pool pins the thread that calls it. */
static void peak_in_child(void *context, int channel) {
  const peak_command *of = context;
  peak_figures figures;
  if (!measure_peak(of->isa, of->threads, of->cores[0] < 0 ? NULL : of->cores, of->l2, of->l3, &figures)) dprintf(channel, "failed unsupported this CPU lacks the instructions, or memory is short\n");
  else dprintf(channel, "ok %.0f %.0f %.0f %.1f %.0f\n", figures.flops, figures.l3_bytes, figures.memory_bytes, figures.ping_pong_ns, figures.loads);
}

static void do_peak(const command *of, const char *isa) {
  peak_command work = {.isa = is(isa, "avx512") ? PEAK_AVX512 : is(isa, "avx2") ? PEAK_AVX2 : is(isa, "sse") ? PEAK_SSE : PEAK_GENERIC, .threads = 1, .cores = {-1}, .l2 = 1 << 20, .l3 = 32 << 20};
  for (int i = 1; i < of->count; i++) {
    char *line = of->lines[i];
    const char *what = word(&line);
    if (is(what, "threads")) work.threads = (int)whole(&line);
    else if (is(what, "cores")) read_cores(line, work.cores);
    else if (is(what, "l2")) work.l2 = (size_t)whole(&line);
    else if (is(what, "l3")) work.l3 = (size_t)whole(&line);
  }
  failure fault = {0};
  lock_cores(work.cores, work.threads, &fault);
  if (fault.class[0] != 0) { printf("failed %s %s\n", fault.class, fault.text); unlock_cores(); return; }
  child_result result = child_run(peak_in_child, &work, (child_limits){60000, SIZE_MAX});
  unlock_cores();
  char how[256];
  child_describe(&result, how, sizeof how);
  if (result.ending == CHILD_ENDED) fputs(result.text, stdout);
  else printf("failed crash the peak measurement %s\n", how);
  free(result.text);
}

int main(int count, char **arguments) {
  static command next;
  if (count != 2) { fprintf(stderr, "usage: harness LOCK_DIRECTORY\n"); return 2; }
  lock_directory = arguments[1];
  signal(SIGPIPE, SIG_IGN);
  printf("loopsmith-harness 1\n");
  fflush(stdout);
  while (read_command(&next)) {
    char *line = next.lines[0];
    const char *what = word(&line);
    if (is(what, "task")) do_task(&next, line);
    else if (is(what, "drop")) do_drop(line);
    else if (is(what, "dump")) do_dump(&next, line);
    else if (is(what, "measure")) do_measure(&next, line);
    else if (is(what, "peak")) do_peak(&next, line);
    else printf("failed protocol there is no command '%s'\n", what);
    puts("end");
    fflush(stdout);
    for (int i = 0; i < next.count; i++) free(next.lines[i]);
  }
  return 0;
}
