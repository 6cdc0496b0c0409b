/* Shared by the runtimes of compiled libraries: the last error, what the tensors are and whether a run has them all, and reading the weights file. */
#ifndef LOOPSMITH_LIBRARY_H
#define LOOPSMITH_LIBRARY_H
/* The library is compiled with hidden visibility; what loopsmith.h declares is what it shows. */
#pragma GCC visibility push(default)
#include "loopsmith.h"
#pragma GCC visibility pop
#include "loopsmith_tables.h"

/* Keeps the sentence for loopsmith_error of this thread and answers the code. */
int loopsmith_fail(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Bytes of a session's sentence. */
#define LOOPSMITH_ERROR_ROOM 512
/* Copies the sentence of this thread's last failure, so that it is found from other threads too. `sentence` has LOOPSMITH_ERROR_ROOM bytes. */
void loopsmith_keep_error(char *sentence);
/* Whether a run is given every input and output. */
int loopsmith_check_tensors(const void *const *inputs, void *const *outputs);
/* Reads and checks the payload of the weights file into `payload`, of network->weights_bytes. An error code of loopsmith.h. */
int loopsmith_read_weights(const char *path, char *payload);

#endif
