/* Stands in for libamdhip64: the part of HIP that hip_driver.c uses, on this CPU. So the host's side of a library is the one that a
 * GPU will meet. Names and values are those of AMD's documentation of HIP. */
#include "modules.h"
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))
enum { INVALID_VALUE = 1, OUT_OF_MEMORY = 2, INVALID_IMAGE = 200, NOT_FOUND = 500, LAUNCH_FAILED = 719 };

EXPORT int hipInit(unsigned flags) { return flags == 0 ? 0 : INVALID_VALUE; }
EXPORT int hipGetDeviceCount(int *count) { *count = 1; return 0; }
EXPORT int hipDeviceGet(int *device, int ordinal) { *device = 0; return ordinal == 0 ? 0 : INVALID_VALUE; }
EXPORT int hipDeviceGetName(char *name, int room, int device) { (void)device; strncpy(name, loopsmith_on_cpu_name, (size_t)room); return 0; }
EXPORT int hipDeviceGetAttribute(int *value, int attribute, int device) { (void)attribute, (void)device; *value = 0; return 0; }
EXPORT int hipDevicePrimaryCtxRetain(void **context, int device) { (void)device; static int only; *context = &only; return 0; }
EXPORT int hipDevicePrimaryCtxRelease(int device) { (void)device; return 0; }
EXPORT int hipCtxSetCurrent(void *context) { return context != NULL ? 0 : INVALID_VALUE; }
EXPORT int hipModuleLoadData(void **module, const void *image) { return image == NULL ? INVALID_VALUE : loopsmith_on_cpu_load(__builtin_return_address(0), module) ? INVALID_IMAGE : 0; }
EXPORT int hipModuleUnload(void *module) { loopsmith_on_cpu_unload(module); return 0; }
EXPORT int hipModuleGetFunction(void **function, void *module, const char *name) { return loopsmith_on_cpu_function(module, name, function) ? NOT_FOUND : 0; }
EXPORT int hipMalloc(void **memory, size_t bytes) { return loopsmith_on_cpu_allocate(memory, bytes) ? OUT_OF_MEMORY : 0; }
EXPORT int hipFree(void *memory) { free(memory); return 0; }
EXPORT int hipMemcpyHtoD(void *to, void *from, size_t bytes) { memcpy(to, from, bytes); return 0; }
EXPORT int hipMemcpyDtoH(void *to, void *from, size_t bytes) { memcpy(to, from, bytes); return 0; }
EXPORT int hipMemcpyDtoD(void *to, void *from, size_t bytes) { memcpy(to, from, bytes); return 0; }
EXPORT int hipModuleLaunchKernel(void *function, unsigned bx, unsigned by, unsigned bz, unsigned tx, unsigned ty, unsigned tz, unsigned shared, void *stream, void **arguments, void **extra) {
  if (shared != 0 || extra != NULL) return INVALID_VALUE;
  return loopsmith_on_cpu_launch(function, (loopsmith_place){bx, by, bz}, (loopsmith_place){tx, ty, tz}, stream, arguments) ? LAUNCH_FAILED : 0;
}
EXPORT int hipDeviceSynchronize(void) { return 0; }
EXPORT int hipStreamCreateWithFlags(void **stream, unsigned flags) { return flags != 1 ? INVALID_VALUE : (*stream = calloc(1, sizeof(loopsmith_stream))) == NULL ? OUT_OF_MEMORY : 0; }
EXPORT int hipStreamDestroy(void *stream) { free(stream); return 0; }
EXPORT int hipStreamBeginCapture(void *stream, int mode) { return stream == NULL || mode != 1 ? INVALID_VALUE : loopsmith_on_cpu_begin(stream) ? OUT_OF_MEMORY : 0; }
EXPORT int hipStreamEndCapture(void *stream, void **graph) { return loopsmith_on_cpu_end(stream, graph) ? INVALID_VALUE : 0; }
/* What runs is the recording itself: the graph is left to who made it to be let go. */
EXPORT int hipGraphInstantiateWithFlags(void **made, void *graph, unsigned long long flags) { *made = graph; return graph != NULL && flags == 0 ? 0 : INVALID_VALUE; }
EXPORT int hipGraphDestroy(void *graph) { (void)graph; return 0; }
EXPORT int hipGraphLaunch(void *made, void *stream) { return stream != NULL ? INVALID_VALUE : loopsmith_on_cpu_replay(made) ? LAUNCH_FAILED : 0; }
EXPORT int hipGraphExecDestroy(void *made) { free(made); return 0; }
EXPORT int hipEventCreateWithFlags(void **event, unsigned flags) { return flags != 0 ? INVALID_VALUE : loopsmith_on_cpu_event(event) ? OUT_OF_MEMORY : 0; }
EXPORT int hipEventDestroy(void *event) { free(event); return 0; }
EXPORT int hipEventRecord(void *event, void *stream) { loopsmith_on_cpu_record(event); return stream == NULL ? 0 : INVALID_VALUE; }
EXPORT int hipEventSynchronize(void *event) { return event != NULL ? 0 : INVALID_VALUE; }
EXPORT int hipEventElapsedTime(float *milliseconds, void *from, void *to) { *milliseconds = loopsmith_on_cpu_elapsed(from, to); return 0; }
EXPORT const char *hipGetErrorString(int code) { return code == INVALID_VALUE ? "an argument that the stand-in does not take" : loopsmith_on_cpu_wrong; }
