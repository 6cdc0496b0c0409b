/* What the host side of a GPU library needs of a driver: OpenCL now, CUDA and HIP by a file of the same functions each. One of
 * them is linked into a library; it finds the vendor's own library when it runs, so that a folder can be built and copied
 * anywhere. Functions answer 0, or another number after they have written one sentence, with its way out, to `error`.
 *
 * Work is queued in order on one device; only download, finish and between wait for it.
 */
#ifndef LOOPSMITH_DRIVER_H
#define LOOPSMITH_DRIVER_H
#include <stddef.h>

typedef struct { char text[1024]; } loopsmith_driver_error;

/* A kernel function of the compiled text and how it is launched. */
typedef struct { const char *name; unsigned blocks[3], threads[3]; } loopsmith_launch;
/* A buffer of a kernel: bytes from the start of a memory. */
typedef struct { void *memory; size_t start; } loopsmith_argument;

typedef struct loopsmith_driver loopsmith_driver;

/* Opens the first GPU, or the first device there is. */
int loopsmith_driver_open(loopsmith_driver **made, loopsmith_driver_error *error);
void loopsmith_driver_close(loopsmith_driver *driver);
/* Compiles or loads `code` for the device: texts one after another, or the first image of several that fits. `unload` ends its kernels too. */
int loopsmith_driver_load(loopsmith_driver *driver, const char *const *code, const size_t *bytes, int count, void **program, loopsmith_driver_error *error);
void loopsmith_driver_unload(loopsmith_driver *driver, void *program);
/* The device's name, as the driver gives it. */
const char *loopsmith_driver_device(const loopsmith_driver *driver);
int loopsmith_driver_allocate(loopsmith_driver *driver, size_t bytes, void **memory, loopsmith_driver_error *error);
void loopsmith_driver_free(loopsmith_driver *driver, void *memory);
int loopsmith_driver_upload(loopsmith_driver *driver, void *memory, size_t start, const void *from, size_t bytes, loopsmith_driver_error *error);
int loopsmith_driver_download(loopsmith_driver *driver, void *memory, size_t start, void *to, size_t bytes, loopsmith_driver_error *error);
/* From one place of a memory to another that it does not overlap, without the host. */
int loopsmith_driver_copy(loopsmith_driver *driver, void *memory, size_t to, size_t from, size_t bytes, loopsmith_driver_error *error);
int loopsmith_driver_kernel(loopsmith_driver *driver, void *program, const char *name, void **kernel, loopsmith_driver_error *error);
int loopsmith_driver_launch(loopsmith_driver *driver, void *kernel, const loopsmith_launch *launch, const loopsmith_argument *arguments, int count, loopsmith_driver_error *error);
int loopsmith_driver_finish(loopsmith_driver *driver, loopsmith_driver_error *error);
/* Launches in one piece, which takes less of the host than one by one: between `record` and `recorded` a launch is not queued but
 * kept, its buffers with it, and `replay` queues all of them in order, as often as it is called. `record` answers 0 where this
 * driver keeps nothing, `recorded` NULL where it cannot after all: launch one by one. No other call in between; a recording ends with its driver. */
int loopsmith_driver_record(loopsmith_driver *driver);
void *loopsmith_driver_recorded(loopsmith_driver *driver);
int loopsmith_driver_replay(loopsmith_driver *driver, void *recording, loopsmith_driver_error *error);
/* Times by the device's own clock: `mark` queues the note, under a number from 0 up, of when all work before it is done; `between`
 * tells the time from one mark to a later one. Where the device has no clock it is the host's, and every mark waits. */
int loopsmith_driver_mark(loopsmith_driver *driver, int mark, loopsmith_driver_error *error);
int loopsmith_driver_between(loopsmith_driver *driver, int from, int to, double *nanoseconds, loopsmith_driver_error *error);

#endif
