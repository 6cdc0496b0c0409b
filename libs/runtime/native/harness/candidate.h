/* A candidate as the command describes it, and as it stands loaded in the measuring child. */
#ifndef HARNESS_CANDIDATE_H
#define HARNESS_CANDIDATE_H
#include "../loopsmith_kernel.h"
#include "../loopsmith_offload.h"
#include "../pool.h"
#include "task.h"
#include <stdio.h>

#define MAX_BUFFERS 96
#define MAX_SYMBOLS 32
#define MAX_THREADS 256

typedef enum { ROLE_INPUT, ROLE_COMPILE, ROLE_OUTPUT, ROLE_TEMPORARY } buffer_role;

typedef struct {
  buffer_role role;
  int input;                     /* of the task; -1: none */
  char *path;                    /* logical values of a compile-time stage, or NULL */
  stored_form form;
  char label[64];
  const guarded *packed[SETS];   /* inputs and compile-time stages, placed by the parent */
  guarded own;                   /* outputs and temporaries, placed by the child */
} candidate_buffer;

typedef struct {
  char *library;
  int symbol_count;
  char *symbols[MAX_SYMBOLS];
  size_t scratch_bytes;          /* of one part */
  int alias;                     /* position of the input whose memory the output takes, or -1 */
  int output;                    /* position of the output */
  double allowance;              /* times the tolerance of the measurement */
  int buffer_count;
  candidate_buffer buffers[MAX_BUFFERS];
  /* in the child: */
  void *loaded;                  /* the library */
  loopsmith_kernel kernels[MAX_SYMBOLS];
  const loopsmith_offload *offload;  /* NULL: kernels are functions of this process */
  void *device;                  /* what offload->open made */
  guarded *scratch;              /* one per part */
  void *pointers[SETS][MAX_BUFFERS];
  failure fault;
  double error;                  /* largest |out - ref| / tolerance so far */
  double *samples;               /* nanoseconds of calls: of a search those that ran undisturbed, of a comparison one of each round */
  int sample_count;
  double *disturbed;             /* of calls during which the system took a core away */
  int disturbed_count;
  int finished;                  /* no more samples wanted */
  int repeats;                   /* runs of a sample, of an offloaded candidate */
  int copies;                    /* of an offloaded candidate's weights, taken by turns; 0: not opened */
  int has_weights;               /* whether the device has them, which are those of both sets */
} candidate;

/* How warm weights are when a timed call begins: not in any cache; in L3 but not in L2; as the call before left them. */
typedef enum { WEIGHTS_MEMORY, WEIGHTS_L3, WEIGHTS_WARM } temperature;
/* Whether a program may push a line out of all caches; without that weights cannot be measured as cold as memory. */
#if defined(__x86_64__) || defined(__i386__) || defined(__aarch64__)
#define EVICTS_LINES 1
#else
#define EVICTS_LINES 0
#endif

typedef struct {
  task *subject;
  int threads;
  int cores[MAX_THREADS];        /* of each part; cores[0] < 0 pins nothing */
  int on_device;                 /* candidates are handed over to a device that stays open */
  temperature weights;
  size_t l2_bytes;               /* of one core, or of a device */
  int samples;                   /* at most, of each candidate */
  int fewest;                    /* unless the cutoff says stop */
  double budget_ns;              /* time the sampling of one candidate may take, preparation included */
  double cutoff_ns;              /* 0: none */
  int timeout_ms;
  size_t memory_bytes;
  double relative, of_scale, absolute; /* tolerance = relative*|ref| + of_scale*scale(set) + absolute */
  int count;
  candidate *candidates;
} measurement;

/* Parent: packs what the candidate reads. */
void candidate_pack(candidate *subject, task *of, failure *fault);
/* Child: loads the library, places output, temporaries and scratch. A reason for refusal goes to subject->fault. */
void candidate_load(candidate *subject, const measurement *of);
/* Child, for offloaded candidates, nothing for others: opens the device unless this process has it open; then makes kernels and buffers ready there. */
void candidate_open_device(candidate *subject);
void candidate_place(candidate *subject, const measurement *of);
/* Child: gives back what it took, on the device too, but for its samples. The device itself stays open. */
void candidate_unload(candidate *subject, const measurement *of);
/* Everything a kernel must write or may not read is poisoned again; an aliased input is copied afresh from `set`. */
void candidate_reset(candidate *subject, int set);
void candidate_refill_alias(const candidate *subject, int set);
/* One run of the kernel sequence on every part of the pool, or on the device of an offloaded candidate. */
void candidate_run(candidate *subject, int set, loopsmith_pool *pool);
/* For offloaded candidates: `repeats` runs in one queue, and the nanoseconds of one by the device's clock. */
double candidate_run_queued(candidate *subject, int repeats);
/* For offloaded candidates, nothing for others: buffers of `set` to the device; what kernels wrote back from it. */
void candidate_upload(candidate *subject, int set);
void candidate_upload_alias(candidate *subject, int set);
void candidate_download(candidate *subject);
void candidate_free(candidate *subject);
/* Names the buffer that an address belongs to and where the address lies; 0 when it is in none. */
int candidate_blame(const candidate *subject, int threads, const void *address, char *text, size_t room);

/* Compares the output with the reference of `set`, then looks for writes outside the buffers. */
void verify_output(const measurement *of, candidate *subject, int set);
/* Parent: what samples of such weights need. 0 when memory is short. */
int make_sweeps(const measurement *of);
/* Takes samples of all candidates that have no fault, one each by turns; of a comparison, round by round. */
void take_samples(measurement *of, loopsmith_pool *pool, volatile int *current);

/* Runs the whole measurement in a child and prints one line per candidate to `out`. `text`: the command it was asked for by. */
void measure(measurement *of, const char *text, FILE *out);
/* In the child that stays: the whole measurement, one line per candidate to `out`. Whether the child had better be begun anew. */
int measure_staying(measurement *of, FILE *out);

#endif
