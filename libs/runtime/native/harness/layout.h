/* Layouts in C: where the elements of a logical row-major tensor lie in a stored buffer. The meaning is that of
 * libs/ir/src/tensor/layout.ts: address = sum over stored dimensions of (((i[axis] + offset) / divide) % modulo) * stride. */
#ifndef HARNESS_LAYOUT_H
#define HARNESS_LAYOUT_H
#include "values.h"

#define MAX_RANK 16

typedef struct { int rank; int64_t shape[MAX_RANK]; } tensor_shape;
typedef struct { int axis; int64_t offset, divide, modulo /* 0: none is taken */, size; } layout_dim;
typedef struct { int rank; layout_dim dims[MAX_RANK]; } tensor_layout;

/* For every axis the stored place of each index along it: the place of an element is the sum of one number per axis. */
typedef struct { int rank; size_t elements; int64_t shape[MAX_RANK]; size_t *places[MAX_RANK]; } place_table;

size_t shape_elements(const tensor_shape *shape);
/* Stored elements, padding included. */
size_t layout_elements(const tensor_layout *layout);
/* 0 when memory is short. With `padded`, an axis cut into blocks is taken to the end of its last block. */
int place_table_make(place_table *table, const tensor_shape *shape, const tensor_layout *layout, int padded);
void place_table_free(place_table *table);

/* A walk over the rows of the innermost axis. The stored place of element i of the `count` of a row is `base + places[i]`; its first
 * is element `first` of the logical tensor. */
typedef void (*row_visitor)(void *context, size_t first, size_t base, const size_t *places, size_t count);
void each_row(const place_table *table, row_visitor visit, void *context);

/* Copies every element to its stored place; other places keep what they hold. `element` is the bytes of one. */
void pack(const place_table *table, size_t element, const void *logical, void *stored);
/* "[0, 3, 17]" of a row-major position. */
void describe_position(const tensor_shape *shape, size_t position, char *text, size_t room);

#endif
