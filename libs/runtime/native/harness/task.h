/* One task as the harness holds it: its inputs in two seeded sets, the reference's answers to both, and inputs packed in the
 * layouts that candidates ask for. Prepared once, then shared with every forked candidate by copy on write. */
#ifndef HARNESS_TASK_H
#define HARNESS_TASK_H
#include "guarded.h"
#include "layout.h"

#define SETS 2
#define MAX_INPUTS 64

typedef struct {
  dtype type;
  tensor_shape shape;
  generator source;
  int compile;              /* known when the library is built: the same in both sets, as weights are */
  char label[64];
  void *logical[SETS];      /* row-major */
} task_input;

/* An input, or the values of a compile-time stage read from a file, as some candidate stores it. */
typedef struct packed_tensor {
  struct packed_tensor *next;
  char *key;
  guarded region;
} packed_tensor;

typedef struct task {
  struct task *next;
  char id[128];
  int input_count;
  task_input inputs[MAX_INPUTS];
  dtype output_type;
  tensor_shape output_shape;
  char output_label[64];
  double *reference[SETS];  /* row-major, shared with the child that computes it */
  double scale[SETS];       /* root mean square of the finite reference values */
  packed_tensor *packed;    /* most recently used first */
  size_t packed_bytes;
  char *text;               /* the command that it was told by */
  unsigned told;            /* number of the child that stays which holds it too */
} task;

/* What a buffer of a candidate asks for. */
typedef struct { dtype type; tensor_shape shape; tensor_layout layout; size_t size, slack; } stored_form;

/* A failure: `class` is empty while there is none. */
typedef struct { char class[32]; char text[4096]; } failure;
void fail_with(failure *fault, const char *class, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* All that this process holds. */
extern task *tasks;
/* NULL: there is none of that id. */
task *task_find(const char *id);
void task_drop(const char *id);
/* Memory for the answers, which children share, and the inputs drawn. 0 when memory is short. */
int task_begin(task *subject);
/* Of one set. */
size_t task_answer_bytes(const task *subject);
/* To be called when the answers are there. */
void task_scale(task *subject);
/* Begins it, and has the library's loopsmith_reference compute the answers, in a child of its own. */
void task_prepare(task *subject, const char *library, int timeout_ms, failure *fault);
void task_free(task *subject);
/* Input `input` of `set` in that form, sealed; NULL after a failure. Lives until the task is freed or the cache is full. */
const guarded *task_packed(task *subject, int input, int set, const stored_form *form, failure *fault);
/* The same for logical values that lie in a file, row-major in the form's dtype. */
const guarded *task_packed_file(task *subject, const char *path, const stored_form *form, failure *fault);
/* Many tasks are held at once: those that are not measured keep few of their inputs packed. */
#define PACKED_BYTES_OF_OTHERS ((size_t)32 << 20)
/* Drops what was least recently used until at most `bytes` are kept. Not while a candidate is being set up. */
void task_trim(task *subject, size_t bytes);

#endif
