/* A kernel of a candidate as the generated file describes it. Kernels of one candidate share their code. */
#ifndef LOOPSMITH_GPU_CANDIDATE_H
#define LOOPSMITH_GPU_CANDIDATE_H
#include "loopsmith_driver.h"

typedef struct { const char *code; size_t bytes; loopsmith_launch launch; } loopsmith_gpu_kernel;

#endif
