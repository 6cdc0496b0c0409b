/* loopsmith_driver.h on HIP, through libamdhip64 found at run time. Nothing of ROCm is needed to build it; names and values are
 * those of HIP's documentation. An image is a code object of one architecture. */
#define VENDOR "HIP"
#define VENDOR_LIBRARIES "libamdhip64.so", "libamdhip64.so.7", "libamdhip64.so.6", "libamdhip64.so.5"
#define VENDOR_MISSING "install ROCm's runtime for your AMD GPU, on Debian libamdhip64-5"
#define VENDOR_NO_DEVICE "check the driver with rocminfo"
#define VENDOR_FUNCTIONS "hipInit", "hipGetDeviceCount", "hipDeviceGet", "hipDeviceGetName", "hipDeviceGetAttribute", "hipDevicePrimaryCtxRetain", "hipDevicePrimaryCtxRelease", \
  "hipCtxSetCurrent", "hipModuleLoadData", "hipModuleUnload", "hipModuleGetFunction", "hipMalloc", "hipFree", "hipMemcpyHtoD", "hipMemcpyDtoH", "hipMemcpyDtoD", "hipModuleLaunchKernel", \
  "hipDeviceSynchronize", "hipEventCreateWithFlags", "hipEventDestroy", "hipEventRecord", "hipEventSynchronize", "hipEventElapsedTime", "hipGetErrorString"
#define VENDOR_RECORDER "hipStreamCreateWithFlags", "hipStreamDestroy", "hipStreamBeginCapture", "hipStreamEndCapture", "hipGraphInstantiateWithFlags", "hipGraphDestroy", "hipGraphLaunch", "hipGraphExecDestroy"
/* hipErrorNoBinaryForGpu */
#define VENDOR_UNFIT 209
#include "module_driver.h"

/* Where the kernel's driver tells of every processor, a folder each. */
#ifndef LOOPSMITH_KFD_NODES
#define LOOPSMITH_KFD_NODES "/sys/class/kfd/kfd/topology/nodes"
#endif

static const char *vendor_error(const loopsmith_driver *driver, int code) {
  const char *(*look_up)(int) = (const char *(*)(int))driver->api.ErrorString;
  const char *text = look_up(code);
  return text != NULL ? text : "an error without a name";
}

/* Of the first GPU: 90010 is gfx90a, two decimal digits for each of the later parts. 0 where nobody tells: HIP's own answer is in
 * a structure whose layout changes from version to version. Processors that are no GPU have version 0. */
static unsigned gfx_version(void) {
  for (int node = 0; node < 64; node++) {
    char line[256];
    unsigned version = 0;
    snprintf(line, sizeof line, LOOPSMITH_KFD_NODES "/%d/properties", node);
    FILE *file = fopen(line, "r");
    if (file == NULL) return 0;
    while (version == 0 && fgets(line, sizeof line, file) != NULL) sscanf(line, "gfx_target_version %u", &version);
    fclose(file);
    if (version > 0) return version;
  }
  return 0;
}

/* `AMD Instinct MI210 (gfx90a)`; the architecture is left out where nobody tells it. */
static void vendor_describe(loopsmith_driver *d) {
  char name[256] = "";
  d->api.DeviceGetName(name, sizeof name - 1, d->device);
  const unsigned version = gfx_version();
  if (version > 0) snprintf(d->name, sizeof d->name, "%s (gfx%u%x%x)", name, version / 10000, version / 100 % 100, version % 100); else snprintf(d->name, sizeof d->name, "%s", name);
}
