/* What the printer of network.c and the generic runtime agree on: a compiled network as constant tables, version 2.
 *
 * network.c holds one definition, `const loopsmith_network_tables loopsmith_network = {...};`, the arrays it points to and
 * the declarations of the kernels. It holds no code. loopsmith_runtime.c walks it; nothing else reads it.
 *
 * Weights file ("network.weights"), little endian:
 *   0   8 bytes  magic "LSWEIGHT"
 *   8   u32      version, 1
 *   12  u32      0
 *   16  u64      payload bytes, a multiple of 64
 *   24  u32[4]   checksum of the payload
 *   40  24 bytes 0
 *   64  payload; offsets in the tables count from here. Segments are aligned to 64 bytes.
 * Checksum: the payload as u32 words w[0], w[1], ...; four lanes start at 0x811c9dc5; lane[i % 4] = (lane[i % 4] ^ w[i]) * 0x01000193
 * modulo 2^32 (FNV-1a by words: quick in C and in JavaScript, and no single flipped bit can hide).
 */
#ifndef LOOPSMITH_TABLES_H
#define LOOPSMITH_TABLES_H
#include "loopsmith.h"
#include "loopsmith_kernel.h"

#define LOOPSMITH_TABLES_ABI 2

/* Memory that a place counts from. Inputs and outputs are the caller's tensors where calls may work on them as they lie, else
 * staging buffers of the session, with slack, that run copies them into and out of: a caller's tensor is not readable past its end. */
enum { LOOPSMITH_ARENA = 0, LOOPSMITH_WEIGHTS = 1, LOOPSMITH_INPUT = 2, LOOPSMITH_OUTPUT = 3 };

typedef struct {
  uint32_t memory;   /* LOOPSMITH_ARENA ... LOOPSMITH_OUTPUT */
  uint32_t index;    /* which input or output; 0 otherwise */
  uint64_t offset;   /* bytes; a multiple of 64, or where a slice of a larger tensor starts: of the element's size */
} loopsmith_place;

/* One kernel call. A program of several kernels is several calls with the same buffers. Between two calls of the table
 * every part waits for all others. */
typedef struct {
  loopsmith_kernel kernel;
  uint32_t buffer_count;
  const loopsmith_place *buffers;  /* in the order of the kernel ABI */
} loopsmith_call;

/* A model output: its description, and where its value lies when the last call is done. That is its own memory
 * {LOOPSMITH_OUTPUT, i, 0} as a rule, and may be any place: an output that is an input, a constant, or read by later calls. */
typedef struct { loopsmith_tensor tensor; loopsmith_place source; } loopsmith_output_table;

typedef struct {
  uint32_t abi;                        /* LOOPSMITH_TABLES_ABI */
  int32_t threads;                     /* compiled and tuned for */
  const char *const *cpu_features;     /* "avx2", "fma", "avx512f", ...; ends with NULL */
  uint64_t arena_bytes;
  uint64_t scratch_bytes;              /* of one part: the largest any call needs */
  uint64_t slack_bytes;                /* readable past the end of every memory: the largest slack of any buffer */
  uint64_t weights_bytes;              /* payload; 0: the network has no weights and no file is read */
  uint32_t weights_checksum[4];
  uint32_t input_count, output_count, call_count;
  const loopsmith_tensor *inputs;
  const loopsmith_output_table *outputs;
  const loopsmith_call *calls;
  const uint8_t *exact_inputs, *exact_outputs;  /* of each, whether every call keeps within its bytes */
} loopsmith_network_tables;

extern const loopsmith_network_tables loopsmith_network;

#endif
