/* Is the answer right? The whole output against the reference, and no write anywhere else (see candidate.h). */
#include "candidate.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  const measurement *of;
  const candidate_buffer *output;
  const double *reference;
  double relative, base;         /* tolerance = relative*|ref| + base */
  double *row;
  double worst;                  /* largest |out - ref| / tolerance */
  size_t wrong, nans, unwritten; /* elements */
  size_t first;                  /* first wrong element */
  double expected, got;
} comparison;

static int is_unwritten(const comparison *work, size_t place) {
  const size_t element = dtype_bytes(work->output->form.type);
  const unsigned char *bytes = (const unsigned char *)work->output->own.data + place * element;
  for (size_t i = 0; i < element; i++) if (bytes[i] != work->output->own.poison) return 0;
  return 1;
}

static void count_wrong(comparison *work, size_t element, size_t place, double expected, double got) {
  if (work->wrong++ == 0) { work->first = element; work->expected = expected; work->got = got; }
  if (is_unwritten(work, place)) work->unwritten++;
  else if (isnan(got)) work->nans++;
}

static void compare_row(void *context, size_t first, size_t base, const size_t *places, size_t count) {
  comparison *work = context;
  const dtype type = work->output->form.type;
  const double *reference = work->reference + first, relative = work->relative, absolute = work->base;
  load_elements(type, work->output->own.data + base * dtype_bytes(type), places, count, work->row);
  double worst = work->worst;
  for (size_t i = 0; i < count; i++) {
    const double expected = reference[i], got = work->row[i];
    if (!isfinite(expected) || !isfinite(got)) {
      /* infinities with their sign, NaN where the reference has NaN */
      if (!(expected == got || (isnan(expected) && isnan(got) && !is_unwritten(work, base + places[i])))) count_wrong(work, first + i, base + places[i], expected, got);
      continue;
    }
    const double difference = fabs(got - expected), tolerance = relative * fabs(expected) + absolute;
    if (difference > tolerance) count_wrong(work, first + i, base + places[i], expected, got);
    else if (difference > worst * tolerance) worst = difference / tolerance;
  }
  work->worst = worst;
}

static void blame_values(const comparison *work, candidate *subject, int set, size_t elements) {
  char at[256];
  describe_position(&work->of->subject->output_shape, work->first, at, sizeof at);
  const char *const name = work->output->label;
  const char which = set == 0 ? 'A' : 'B';
  if (work->unwritten == work->wrong)
    fail_with(&subject->fault, "wrong-answer", "%s: %zu of %zu elements still hold the pattern of memory that was never written, the first at %s, where %.9g is expected (input set %c)", name, work->wrong, elements, at, work->expected, which);
  else if (work->nans > 0)
    fail_with(&subject->fault, "not-a-number", "%s: %zu of %zu elements are NaN where the reference has none; the first wrong one at %s: expected %.9g, got %.9g (input set %c)", name, work->nans, elements, at, work->expected, work->got, which);
  else
    fail_with(&subject->fault, "wrong-answer", "%s: %zu of %zu elements differ from the reference, the first at %s: expected %.9g, got %.9g, tolerance %.3g (input set %c)", name, work->wrong, elements, at, work->expected, work->got, work->relative * fabs(work->expected) + work->base, which);
}

static void mark_row(void *context, size_t first, size_t base, const size_t *places, size_t count) {
  unsigned char *own = (unsigned char *)context + base;
  (void)first;
  for (size_t i = 0; i < count; i++) own[places[i]] = 1;
}

/* Stored places that belong to somebody else must be left alone. Padding of blocks is the tensor's own, and may hold anything. */
static void check_other_places(candidate *subject) {
  const candidate_buffer *output = &subject->buffers[subject->output];
  const stored_form *form = &output->form;
  const comparison probe = {.output = output};
  if (subject->alias >= 0 || form->size == shape_elements(&form->shape)) return;
  unsigned char *own = calloc(form->size, 1);
  place_table padded;
  if (own == NULL || !place_table_make(&padded, &form->shape, &form->layout, 1)) {
    free(own);
    fail_with(&subject->fault, "no-memory", "no memory to check what lies around %s", output->label);
    return;
  }
  each_row(&padded, mark_row, own);
  for (size_t place = 0; place < form->size; place++)
    if (!own[place] && !is_unwritten(&probe, place))
      fail_with(&subject->fault, "out-of-bounds", "%s: a write at stored place %zu, which belongs to no element and no padding of it", output->label, place);
  free(own);
  place_table_free(&padded);
}

static void check_region(candidate *subject, const char *label, const guarded *region) {
  const long stray = region->mapping == NULL ? 0 : guarded_stray(region);
  if (stray < 0) fail_with(&subject->fault, "out-of-bounds", "%s: a write %ld bytes before its start", label, -stray);
  if (stray > 0) fail_with(&subject->fault, "out-of-bounds", "%s: a write %ld bytes past its end", label, stray);
}

void verify_output(const measurement *of, candidate *subject, int set) {
  const candidate_buffer *output = &subject->buffers[subject->output];
  /* Stray writes first: they explain wrong values. */
  for (int b = 0; b < subject->buffer_count; b++) check_region(subject, subject->buffers[b].label, &subject->buffers[b].own);
  for (int part = 0; part < of->threads; part++) check_region(subject, "scratch", &subject->scratch[part]);
  place_table table;
  comparison work = {.of = of, .output = output, .reference = of->subject->reference[set], .relative = subject->allowance * of->relative,
    .base = subject->allowance * (of->of_scale * of->subject->scale[set] + of->absolute)};
  const tensor_shape *shape = &output->form.shape;
  if (!place_table_make(&table, shape, &output->form.layout, 0)) { fail_with(&subject->fault, "no-memory", "no memory to compare %s", output->label); return; }
  work.row = malloc(sizeof(double) * (size_t)(shape->rank == 0 ? 1 : shape->shape[shape->rank - 1] + 1));
  if (work.row == NULL) { fail_with(&subject->fault, "no-memory", "no memory to compare %s", output->label); return; }
  each_row(&table, compare_row, &work);
  if (work.wrong > 0) blame_values(&work, subject, set, table.elements);
  if (work.worst > subject->error) subject->error = work.worst;
  free(work.row);
  place_table_free(&table);
  check_other_places(subject);
}
