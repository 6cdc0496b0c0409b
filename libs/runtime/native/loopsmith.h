/* A compiled network as a C library. Plain functions, no dependency but libc, pthread and libm.
 *
 *   loopsmith_session *session;
 *   if (loopsmith_create("network.weights", 2, &session)) { fputs(loopsmith_error(), stderr); return 1; }
 *   const void *inputs[]  = { image };            // in the order of loopsmith_input(session, 0), ...
 *   void       *outputs[] = { probabilities };
 *   loopsmith_run(session, inputs, outputs);
 *   loopsmith_destroy(session);
 *
 * Tensors are row-major and dense. Sessions are independent; one session runs one call at a time (a second caller waits).
 * Libraries of earlier versions lack the functions that were added since: so far loopsmith_session_error.
 */
#ifndef LOOPSMITH_H
#define LOOPSMITH_H
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

typedef struct loopsmith_session loopsmith_session;

typedef struct {
  const char *name;
  const char *dtype;      /* "f32", "i64", ... */
  int rank;
  const int64_t *shape;
  size_t bytes;
} loopsmith_tensor;

/* Error codes; 0 is success. loopsmith_error() gives the sentence that goes with the last error of the calling thread,
 * loopsmith_session_error that of a session's last run that failed. */
enum {
  LOOPSMITH_OK = 0,
  LOOPSMITH_CPU_LACKS_FEATURE = 1,   /* the library was compiled for an instruction set this CPU does not have */
  LOOPSMITH_WEIGHTS_UNREADABLE = 2,  /* the weights file is missing, truncated or of another library */
  LOOPSMITH_OUT_OF_MEMORY = 3,
  LOOPSMITH_BAD_ARGUMENT = 4,
  LOOPSMITH_NO_DEVICE = 5            /* the device or driver the library runs on is not here, or refuses the work */
};

/* Reads the packed weights and starts threads - 1 workers (threads <= 0: the number the library was compiled for). */
int loopsmith_create(const char *weights_path, int threads, loopsmith_session **session);
/* inputs and outputs in the order of loopsmith_input and loopsmith_output; each `bytes` long, at any address. The network works in that
 * memory where it can, so nobody else writes an input, or reads or writes an output, before the call returns. Outputs may lie over inputs. */
int loopsmith_run(loopsmith_session *session, const void *const *inputs, void *const *outputs);
void loopsmith_destroy(loopsmith_session *session);

/* As loopsmith_run, and tells how long each kernel took: nanoseconds[k] from the moment every thread had done with kernel k - 1
 * until every thread had done with kernel k. loopsmith_kernel_count() of them; manifest.json says which layer a kernel belongs to. */
int loopsmith_run_profiled(loopsmith_session *session, const void *const *inputs, void *const *outputs, uint64_t *nanoseconds);
int loopsmith_kernel_count(void);

int loopsmith_input_count(const loopsmith_session *session);
int loopsmith_output_count(const loopsmith_session *session);
const loopsmith_tensor *loopsmith_input(const loopsmith_session *session, int index);
const loopsmith_tensor *loopsmith_output(const loopsmith_session *session, int index);

/* The threads the library was compiled and tuned for, and those the session runs with. */
int loopsmith_compiled_threads(void);
int loopsmith_session_threads(const loopsmith_session *session);
const char *loopsmith_error(void);
/* Whichever thread ran it; empty while no run has failed. It stays until another run of the session fails. */
const char *loopsmith_session_error(const loopsmith_session *session);

#ifdef __cplusplus
}
#endif
#endif
