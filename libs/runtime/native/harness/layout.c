/* Layouts in C: packs and unpacks as libs/ir/src/tensor/layout.ts does (see layout.h). Checks nothing that the parser has checked. */
#include "layout.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t shape_elements(const tensor_shape *shape) {
  size_t elements = 1;
  for (int axis = 0; axis < shape->rank; axis++) elements *= (size_t)shape->shape[axis];
  return elements;
}

size_t layout_elements(const tensor_layout *layout) {
  size_t elements = 1;
  for (int d = 0; d < layout->rank; d++) elements *= (size_t)layout->dims[d].size;
  return elements;
}

/* The extent of an axis, or with padding the extent that fills the blocks it is cut into. */
static int64_t axis_extent(int axis, int64_t extent, const tensor_layout *layout, int padded) {
  int64_t result = extent;
  for (int d = 0; padded && d < layout->rank; d++) {
    const layout_dim *dim = &layout->dims[d];
    if (dim->axis != axis || dim->modulo == 0) continue;
    const int64_t block = dim->modulo * dim->divide, filled = (extent + dim->offset + block - 1) / block * block - dim->offset;
    if (filled > result) result = filled;
  }
  return result;
}

int place_table_make(place_table *table, const tensor_shape *shape, const tensor_layout *layout, int padded) {
  *table = (place_table){.rank = shape->rank, .elements = 1};
  for (int axis = 0; axis < shape->rank; axis++) {
    table->shape[axis] = axis_extent(axis, shape->shape[axis], layout, padded);
    table->elements *= (size_t)table->shape[axis];
    table->places[axis] = calloc((size_t)table->shape[axis] + 1, sizeof(size_t));
    if (table->places[axis] == NULL) { place_table_free(table); return 0; }
  }
  size_t stride = 1;
  for (int d = layout->rank - 1; d >= 0; d--) {
    const layout_dim *dim = &layout->dims[d];
    for (int64_t i = 0; i < table->shape[dim->axis]; i++) {
      const int64_t divided = (i + dim->offset) / dim->divide;
      table->places[dim->axis][i] += (size_t)(dim->modulo == 0 ? divided : divided % dim->modulo) * stride;
    }
    stride *= (size_t)dim->size;
  }
  return 1;
}

void place_table_free(place_table *table) {
  for (int axis = 0; axis < table->rank; axis++) { free(table->places[axis]); table->places[axis] = NULL; }
}

void each_row(const place_table *table, row_visitor visit, void *context) {
  static const size_t zero = 0;
  if (table->elements == 0) return;
  if (table->rank == 0) { visit(context, 0, 0, &zero, 1); return; }
  const int last = table->rank - 1;
  const size_t count = (size_t)table->shape[last];
  int64_t at[MAX_RANK] = {0};
  for (size_t first = 0; first < table->elements; first += count) {
    size_t base = 0;
    for (int axis = 0; axis < last; axis++) base += table->places[axis][at[axis]];
    visit(context, first, base, table->places[last], count);
    for (int axis = last - 1; axis >= 0 && ++at[axis] == table->shape[axis]; axis--) at[axis] = 0;
  }
}

typedef struct { size_t element; const char *logical; char *stored; } packing;

#define COPY_AS(TYPE) { \
    const TYPE *from = (const TYPE *)work->logical + first; \
    TYPE *to = (TYPE *)work->stored + base; \
    for (size_t i = 0; i < count; i++) to[places[i]] = from[i]; \
  } break

static void pack_row(void *context, size_t first, size_t base, const size_t *places, size_t count) {
  const packing *work = context;
  switch (work->element) {
    case 1: COPY_AS(uint8_t);
    case 2: COPY_AS(uint16_t);
    case 4: COPY_AS(uint32_t);
    default: COPY_AS(uint64_t);
  }
}

void pack(const place_table *table, size_t element, const void *logical, void *stored) {
  packing work = {element, logical, stored};
  each_row(table, pack_row, &work);
}

void describe_position(const tensor_shape *shape, size_t position, char *text, size_t room) {
  int64_t at[MAX_RANK];
  for (int axis = shape->rank - 1; axis >= 0; axis--) {
    at[axis] = (int64_t)(position % (size_t)shape->shape[axis]);
    position /= (size_t)shape->shape[axis];
  }
  size_t used = (size_t)snprintf(text, room, "[");
  for (int axis = 0; axis < shape->rank && used < room; axis++)
    used += (size_t)snprintf(text + used, room - used, "%s%lld", axis == 0 ? "" : ", ", (long long)at[axis]);
  if (used < room) snprintf(text + used, room - used, "]");
}
