/* NumPy's .npy files, read into and written from plain memory. Little endian and C order only. */
#ifndef LOOPSMITH_NPY_H
#define LOOPSMITH_NPY_H
#include "loopsmith.h"

/* The array in a file as bytes of `wanted`; the caller frees them. NULL and a sentence in `error` when the file is not such an
 * array of exactly that dtype and shape. */
void *npy_read(const char *path, const loopsmith_tensor *wanted, char *error, size_t room);
/* 0 and a sentence in `error` when the file cannot be written. */
int npy_write(const char *path, const loopsmith_tensor *tensor, const void *values, char *error, size_t room);

#endif
