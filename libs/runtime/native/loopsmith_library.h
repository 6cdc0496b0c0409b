/* Shared by the runtimes of compiled libraries: the last error, what the tensors are, and reading the weights file. */
#ifndef LOOPSMITH_LIBRARY_H
#define LOOPSMITH_LIBRARY_H
/* The library is compiled with hidden visibility; what loopsmith.h declares is what it shows. */
#pragma GCC visibility push(default)
#include "loopsmith.h"
#pragma GCC visibility pop
#include "loopsmith_tables.h"

/* Keeps the sentence for loopsmith_error of this thread and answers the code. */
int loopsmith_fail(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Reads and checks the payload of the weights file into `payload`, of network->weights_bytes. An error code of loopsmith.h. */
int loopsmith_read_weights(const char *path, char *payload);

#endif
