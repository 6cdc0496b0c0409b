/* Commands as values (see commands.h). The grammar is told at the top of harness.c. */
#define _GNU_SOURCE
#include "commands.h"
#include <stdlib.h>
#include <string.h>

int read_command(FILE *from, command *read) {
  size_t room = 0;
  for (read->count = 0; read->count < MAX_LINES;) {
    char *line = NULL;
    const ssize_t length = getline(&line, &room, from);
    room = 0;
    if (length <= 0) { free(line); return 0; }
    if (line[length - 1] == '\n') line[length - 1] = 0;
    if (strcmp(line, "end") == 0) { free(line); if (read->count > 0) return 1; continue; }
    read->lines[read->count++] = line;
  }
  return 0;
}

char *word(char **line) {
  char *start = *line, *space = strchr(start, ' ');
  if (space == NULL) { *line = start + strlen(start); return start; }
  *space = 0;
  *line = space + 1;
  return start;
}
double number(char **line) { return strtod(word(line), NULL); }
long long whole(char **line) { return strtoll(word(line), NULL, 10); }
int is(const char *a, const char *b) { return strcmp(a, b) == 0; }
void forget_command(command *of) {
  for (int i = 0; i < of->count; i++) free(of->lines[i]);
  of->count = 0;
}

char *command_text(const command *of) {
  size_t bytes = sizeof "end\n";
  for (int i = 0; i < of->count; i++) bytes += strlen(of->lines[i]) + 1;
  char *text = malloc(bytes), *at = text;
  if (text == NULL) return NULL;
  for (int i = 0; i < of->count; i++) { at = stpcpy(at, of->lines[i]); *at++ = '\n'; }
  strcpy(at, "end\n");
  return text;
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

void read_task(const command *of, task *made, const char **reference, int *timeout_ms, failure *fault) {
  for (int i = 1; i < of->count; i++) {
    char *line = of->lines[i];
    const char *what = word(&line);
    if (is(what, "input")) read_input(made, line, fault);
    else if (is(what, "output")) {
      made->output_type = read_dtype(&line, fault);
      read_shape(&line, &made->output_shape, fault);
      snprintf(made->output_label, sizeof made->output_label, "%s", line);
    } else if (is(what, "reference")) *reference = line;
    else if (is(what, "timeout")) *timeout_ms = (int)whole(&line);
    else fail_with(fault, "protocol", "task has no line '%s'", what);
  }
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

void check_candidate(const candidate *subject, const task *of, failure *fault) {
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

void read_cores(char *line, int *cores) { for (int i = 0; *line != 0 && i < MAX_THREADS; i++) cores[i] = (int)whole(&line); }

void read_measurement(const command *of, measurement *work, failure *fault) {
  *work = (measurement){.threads = 1, .cores = {-1}, .weights = WEIGHTS_WARM, .l2_bytes = 1 << 20, .timeout_ms = 10000, .memory_bytes = (size_t)1 << 30};
  int count = 0;
  for (int i = 1; i < of->count; i++) count += strncmp(of->lines[i], "candidate ", 10) == 0;
  work->candidates = calloc((size_t)count + 1, sizeof *work->candidates);
  if (work->candidates == NULL || count == 0) { fail_with(fault, "protocol", "a measurement needs at least one candidate"); return; }
  candidate *subject = NULL;
  for (int i = 1; i < of->count; i++) {
    char *line = of->lines[i];
    const char *what = word(&line);
    if (is(what, "candidate")) { subject = &work->candidates[work->count++]; subject->library = strdup(line); subject->alias = -1; subject->allowance = 1; }
    else if (subject != NULL) read_candidate_line(subject, what, line, fault);
    else if (is(what, "threads")) work->threads = (int)whole(&line);
    else if (is(what, "cores")) read_cores(line, work->cores);
    else if (is(what, "device")) work->on_device = 1;
    else if (is(what, "weights")) work->weights = is(line, "memory") ? WEIGHTS_MEMORY : is(line, "l3") ? WEIGHTS_L3 : WEIGHTS_WARM;
    else if (is(what, "l2")) work->l2_bytes = (size_t)whole(&line);
    else if (is(what, "samples")) { work->samples = (int)whole(&line); work->fewest = (int)whole(&line); work->budget_ns = number(&line); work->cutoff_ns = number(&line); }
    else if (is(what, "timeout")) work->timeout_ms = (int)whole(&line);
    else if (is(what, "memory")) work->memory_bytes = (size_t)whole(&line);
    else if (is(what, "tolerance")) { work->relative = number(&line); work->of_scale = number(&line); work->absolute = number(&line); }
    else fail_with(fault, "protocol", "measure has no line '%s'", what);
  }
}

void forget_measurement(measurement *of) {
  for (int c = 0; c < of->count; c++) candidate_free(&of->candidates[c]);
  free(of->candidates);
}
