/* loopsmith_driver.h on CUDA's driver API, through libcuda found at run time. Nothing of NVIDIA is needed to build it; names and
 * values are those of the driver API's documentation. Images are tried in their order: a cubin of one architecture, then PTX. */
#define VENDOR "CUDA"
#define VENDOR_LIBRARIES "libcuda.so.1"
#define VENDOR_MISSING "install the driver of your NVIDIA GPU, on Debian nvidia-driver"
#define VENDOR_NO_DEVICE "check the driver with nvidia-smi"
#define VENDOR_FUNCTIONS "cuInit", "cuDeviceGetCount", "cuDeviceGet", "cuDeviceGetName", "cuDeviceGetAttribute", "cuDevicePrimaryCtxRetain", "cuDevicePrimaryCtxRelease_v2", \
  "cuCtxSetCurrent", "cuModuleLoadData", "cuModuleUnload", "cuModuleGetFunction", "cuMemAlloc_v2", "cuMemFree_v2", "cuMemcpyHtoD_v2", "cuMemcpyDtoH_v2", "cuMemcpyDtoD_v2", "cuLaunchKernel", \
  "cuCtxSynchronize", "cuEventCreate", "cuEventDestroy_v2", "cuEventRecord", "cuEventSynchronize", "cuEventElapsedTime", "cuGetErrorString"
/* of 11.4 and later */
#define VENDOR_RECORDER "cuStreamCreate", "cuStreamDestroy_v2", "cuStreamBeginCapture_v2", "cuStreamEndCapture", "cuGraphInstantiateWithFlags", "cuGraphDestroy", "cuGraphLaunch", "cuGraphExecDestroy"
/* CUDA_ERROR_NO_BINARY_FOR_GPU, CUDA_ERROR_INVALID_PTX, CUDA_ERROR_UNSUPPORTED_PTX_VERSION */
#define VENDOR_UNFIT 209, 218, 222
#include "module_driver.h"

static const char *vendor_error(const loopsmith_driver *driver, int code) {
  static _Thread_local char number[32];
  const char *text = NULL;
  int (*look_up)(int, const char **) = (int (*)(int, const char **))driver->api.ErrorString;
  if (look_up(code, &text) == 0 && text != NULL) return text;
  snprintf(number, sizeof number, "error %d", code);
  return number;
}

/* `NVIDIA H100 PCIe (sm_90)`; the architecture is left out where the device tells none. */
static void vendor_describe(loopsmith_driver *d) {
  int major = 0, minor = 0;
  char name[256] = "";
  d->api.DeviceGetName(name, sizeof name - 1, d->device);
  d->api.DeviceGetAttribute(&major, 75, d->device);
  d->api.DeviceGetAttribute(&minor, 76, d->device);
  if (major > 0) snprintf(d->name, sizeof d->name, "%s (sm_%d%d)", name, major, minor); else snprintf(d->name, sizeof d->name, "%s", name);
}
