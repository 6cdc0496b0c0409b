/* NumPy's .npy files (format: numpy.lib.format, versions 1 to 3). */
#include "npy.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* NumPy has no bfloat16; its bits travel as unsigned integers. */
static const struct { const char *dtype, *descr; } descriptions[] = {
  {"f32", "<f4"}, {"f64", "<f8"}, {"f16", "<f2"}, {"bf16", "<u2"}, {"i8", "|i1"}, {"u8", "|u1"}, {"i16", "<i2"}, {"u16", "<u2"},
  {"i32", "<i4"}, {"u32", "<u4"}, {"i64", "<i8"}, {"u64", "<u8"}, {"bool", "|b1"},
};

static const char *description_of(const char *dtype) {
  for (size_t i = 0; i < sizeof descriptions / sizeof *descriptions; i++) if (strcmp(descriptions[i].dtype, dtype) == 0) return descriptions[i].descr;
  return "?";
}

/* "(1, 3, 224, 224)", "(5,)", "()" as Python prints a tuple. */
static void shape_text(const loopsmith_tensor *tensor, char *text, size_t room) {
  size_t used = (size_t)snprintf(text, room, "(");
  for (int axis = 0; axis < tensor->rank && used < room; axis++) used += (size_t)snprintf(text + used, room - used, "%s%lld", axis == 0 ? "" : ", ", (long long)tensor->shape[axis]);
  if (used < room) snprintf(text + used, room - used, tensor->rank == 1 ? ",)" : ")");
}

/* The value of a key of the header, a Python dictionary: from behind the colon to the comma or brace that ends it. */
static int header_value(const char *header, const char *key, char *value, size_t room) {
  char quoted[32];
  snprintf(quoted, sizeof quoted, "'%s':", key);
  const char *at = strstr(header, quoted);
  if (at == NULL) return 0;
  at += strlen(quoted);
  while (*at == ' ') at++;
  const char *end = *at == '(' ? strchr(at, ')') : at + strcspn(at, ",}");
  if (end == NULL) return 0;
  const size_t length = (size_t)(end - at) + (*at == '(' ? 1 : 0);
  if (length >= room) return 0;
  memcpy(value, at, length);
  value[length] = 0;
  return 1;
}

static char *read_header(FILE *file) {
  unsigned char start[12];
  if (fread(start, 1, 10, file) != 10 || memcmp(start, "\x93NUMPY", 6) != 0) return NULL;
  size_t length = (size_t)start[8] | (size_t)start[9] << 8;
  if (start[6] >= 2) {
    if (fread(start + 10, 1, 2, file) != 2) return NULL;
    length |= (size_t)start[10] << 16 | (size_t)start[11] << 24;
  }
  if (length > 1 << 20) return NULL;
  char *header = calloc(length + 1, 1);
  if (header != NULL && fread(header, 1, length, file) == length) return header;
  free(header);
  return NULL;
}

void *npy_read(const char *path, const loopsmith_tensor *wanted, char *error, size_t room) {
  char shape[512], found_shape[512] = "", descr[64] = "", order[16] = "", quoted[64];
  shape_text(wanted, shape, sizeof shape);
  snprintf(quoted, sizeof quoted, "'%s'", description_of(wanted->dtype));
  FILE *file = fopen(path, "rb");
  if (file == NULL) { snprintf(error, room, "cannot open %s: %s", path, strerror(errno)); return NULL; }
  char *header = read_header(file), *values = NULL;
  if (header == NULL || !header_value(header, "descr", descr, sizeof descr) || !header_value(header, "shape", found_shape, sizeof found_shape) || !header_value(header, "fortran_order", order, sizeof order))
    snprintf(error, room, "%s is not a .npy file", path);
  else if (strcmp(descr, quoted) != 0)
    snprintf(error, room, "%s holds dtype %s; input %s needs %s, %s(%s)", path, descr, wanted->name, wanted->dtype, strcmp(wanted->dtype, "bf16") == 0 ? "as its bits " : "as written by array.astype", quoted);
  else if (strcmp(order, "False") != 0)
    snprintf(error, room, "%s is stored in Fortran order; save it with numpy.ascontiguousarray", path);
  else if (strcmp(found_shape, shape) != 0)
    snprintf(error, room, "%s has shape %s; input %s needs %s", path, found_shape, wanted->name, shape);
  else if ((values = malloc(wanted->bytes + 1)) == NULL)
    snprintf(error, room, "no memory for the %zu bytes of %s", wanted->bytes, path);
  else if (fread(values, 1, wanted->bytes, file) != wanted->bytes) {
    snprintf(error, room, "%s is truncated: its header promises %zu bytes", path, wanted->bytes);
    free(values);
    values = NULL;
  } else if (fgetc(file) != EOF) {
    snprintf(error, room, "%s holds more than the %zu bytes that its header promises; write it again with numpy.save", path, wanted->bytes);
    free(values);
    values = NULL;
  }
  free(header);
  fclose(file);
  return values;
}

int npy_write(const char *path, const loopsmith_tensor *tensor, const void *values, char *error, size_t room) {
  char shape[512], header[1024];
  shape_text(tensor, shape, sizeof shape);
  const int text = snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': %s, }", description_of(tensor->dtype), shape);
  const size_t length = ((size_t)text + 1 + 10 + 63) / 64 * 64 - 10; /* header and its 10 bytes of preamble end at a multiple of 64 */
  FILE *file = fopen(path, "wb");
  int written = file != NULL;
  if (file != NULL) {
    fwrite("\x93NUMPY\x01\x00", 1, 8, file);
    fputc((int)(length & 255), file);
    fputc((int)(length >> 8), file);
    fprintf(file, "%s%*s\n", header, (int)length - text - 1, "");
    written &= fwrite(values, 1, tensor->bytes, file) == tensor->bytes;
    written &= fclose(file) == 0;
  }
  if (!written) snprintf(error, room, "cannot write %s: %s", path, strerror(errno));
  return written;
}
