/* Stands in for libcuda.so.1: the part of CUDA's driver API that cuda_driver.c uses, on this CPU. So the host's side of a library
 * is the one that a GPU will meet. Names and values are those of NVIDIA's documentation of the driver API. */
#include "modules.h"
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))
enum { INVALID_VALUE = 1, OUT_OF_MEMORY = 2, INVALID_IMAGE = 200, NOT_FOUND = 500, LAUNCH_FAILED = 719 };
typedef unsigned long long address;

EXPORT int cuInit(unsigned flags) { return flags == 0 ? 0 : INVALID_VALUE; }
EXPORT int cuDeviceGetCount(int *count) { *count = 1; return 0; }
EXPORT int cuDeviceGet(int *device, int ordinal) { *device = 0; return ordinal == 0 ? 0 : INVALID_VALUE; }
EXPORT int cuDeviceGetName(char *name, int room, int device) { (void)device; strncpy(name, loopsmith_on_cpu_name, (size_t)room); return 0; }
/* Takes whatever was compiled: no architecture of its own. */
EXPORT int cuDeviceGetAttribute(int *value, int attribute, int device) { (void)attribute, (void)device; *value = 0; return 0; }
EXPORT int cuDevicePrimaryCtxRetain(void **context, int device) { (void)device; static int only; *context = &only; return 0; }
EXPORT int cuDevicePrimaryCtxRelease_v2(int device) { (void)device; return 0; }
EXPORT int cuCtxSetCurrent(void *context) { return context != NULL ? 0 : INVALID_VALUE; }
EXPORT int cuModuleLoadData(void **module, const void *image) { return image == NULL ? INVALID_VALUE : loopsmith_on_cpu_load(__builtin_return_address(0), module) ? INVALID_IMAGE : 0; }
EXPORT int cuModuleUnload(void *module) { loopsmith_on_cpu_unload(module); return 0; }
EXPORT int cuModuleGetFunction(void **function, void *module, const char *name) { return loopsmith_on_cpu_function(module, name, function) ? NOT_FOUND : 0; }
EXPORT int cuMemAlloc_v2(address *memory, size_t bytes) {
  void *made;
  const int code = loopsmith_on_cpu_allocate(&made, bytes) ? OUT_OF_MEMORY : 0;
  *memory = (address)(size_t)made;
  return code;
}
EXPORT int cuMemFree_v2(address memory) { free((void *)(size_t)memory); return 0; }
EXPORT int cuMemcpyHtoD_v2(address to, const void *from, size_t bytes) { memcpy((void *)(size_t)to, from, bytes); return 0; }
EXPORT int cuMemcpyDtoH_v2(void *to, address from, size_t bytes) { memcpy(to, (const void *)(size_t)from, bytes); return 0; }
EXPORT int cuMemcpyDtoD_v2(address to, address from, size_t bytes) { memcpy((void *)(size_t)to, (const void *)(size_t)from, bytes); return 0; }
EXPORT int cuLaunchKernel(void *function, unsigned bx, unsigned by, unsigned bz, unsigned tx, unsigned ty, unsigned tz, unsigned shared, void *stream, void **arguments, void **extra) {
  if (shared != 0 || extra != NULL) return INVALID_VALUE;
  return loopsmith_on_cpu_launch(function, (loopsmith_place){bx, by, bz}, (loopsmith_place){tx, ty, tz}, stream, arguments) ? LAUNCH_FAILED : 0;
}
EXPORT int cuCtxSynchronize(void) { return 0; }
EXPORT int cuStreamCreate(void **stream, unsigned flags) { return flags != 1 ? INVALID_VALUE : (*stream = calloc(1, sizeof(loopsmith_stream))) == NULL ? OUT_OF_MEMORY : 0; }
EXPORT int cuStreamDestroy_v2(void *stream) { free(stream); return 0; }
EXPORT int cuStreamBeginCapture_v2(void *stream, int mode) { return stream == NULL || mode != 1 ? INVALID_VALUE : loopsmith_on_cpu_begin(stream) ? OUT_OF_MEMORY : 0; }
EXPORT int cuStreamEndCapture(void *stream, void **graph) { return loopsmith_on_cpu_end(stream, graph) ? INVALID_VALUE : 0; }
/* What runs is the recording itself: the graph is left to who made it to be let go. */
EXPORT int cuGraphInstantiateWithFlags(void **made, void *graph, unsigned long long flags) { *made = graph; return graph != NULL && flags == 0 ? 0 : INVALID_VALUE; }
EXPORT int cuGraphDestroy(void *graph) { (void)graph; return 0; }
EXPORT int cuGraphLaunch(void *made, void *stream) { return stream != NULL ? INVALID_VALUE : loopsmith_on_cpu_replay(made) ? LAUNCH_FAILED : 0; }
EXPORT int cuGraphExecDestroy(void *made) { free(made); return 0; }
EXPORT int cuEventCreate(void **event, unsigned flags) { return flags != 0 ? INVALID_VALUE : loopsmith_on_cpu_event(event) ? OUT_OF_MEMORY : 0; }
EXPORT int cuEventDestroy_v2(void *event) { free(event); return 0; }
EXPORT int cuEventRecord(void *event, void *stream) { loopsmith_on_cpu_record(event); return stream == NULL ? 0 : INVALID_VALUE; }
EXPORT int cuEventSynchronize(void *event) { return event != NULL ? 0 : INVALID_VALUE; }
EXPORT int cuEventElapsedTime(float *milliseconds, void *from, void *to) { *milliseconds = loopsmith_on_cpu_elapsed(from, to); return 0; }
EXPORT int cuGetErrorString(int code, const char **text) { *text = code == INVALID_VALUE ? "an argument that the stand-in does not take" : loopsmith_on_cpu_wrong; return 0; }
