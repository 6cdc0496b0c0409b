/* A compiled network for a GPU: what network.c holds beside the tables of loopsmith_tables.h, whose calls name no kernel here. */
#ifndef LOOPSMITH_GPU_H
#define LOOPSMITH_GPU_H
#include "loopsmith_driver.h"

typedef struct {
  /* Text or image of all kernels, in pieces. */
  int code_count;
  const char *const *code;
  const size_t *code_bytes;
  /* One per call of the network, in order. */
  const loopsmith_launch *launches;
} loopsmith_gpu_network;

extern const loopsmith_gpu_network loopsmith_gpu;

#endif
