/* loopsmith_driver.h on OpenCL 1.2, through libOpenCL found at run time. The few declarations that it needs are here, so that
 * nothing but a C compiler builds it; values are those of the Khronos headers. A kernel takes memory and start of every buffer. */
#include "driver_failure.h"
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct handle *handle;
enum { CL_GPU = 1 << 2, CL_ALL = -1, CL_NAME = 0x102B, CL_BUILD_LOG = 0x1183, CL_MAX_WORK_GROUP = 0x1004, CL_LOCAL_BYTES = 0x1023, CL_KERNEL_LOCAL_BYTES = 0x11B2, CL_NO_PLATFORM = -1001 };

struct loopsmith_driver {
  void *library;
  handle device, context, queue;
  int mark_count;
  double *marks;   /* nanoseconds of the host's clock */
  char name[256];
  size_t work_group;
  uint64_t local_bytes;
  int32_t (*GetPlatformIDs)(uint32_t, handle *, uint32_t *);
  int32_t (*GetDeviceIDs)(handle, uint64_t, uint32_t, handle *, uint32_t *);
  int32_t (*GetDeviceInfo)(handle, uint32_t, size_t, void *, size_t *);
  handle (*CreateContext)(const intptr_t *, uint32_t, const handle *, void *, void *, int32_t *);
  handle (*CreateCommandQueue)(handle, handle, uint64_t, int32_t *);
  handle (*CreateProgramWithSource)(handle, uint32_t, const char *const *, const size_t *, int32_t *);
  int32_t (*BuildProgram)(handle, uint32_t, const handle *, const char *, void *, void *);
  int32_t (*GetProgramBuildInfo)(handle, handle, uint32_t, size_t, void *, size_t *);
  handle (*CreateKernel)(handle, const char *, int32_t *);
  int32_t (*GetKernelWorkGroupInfo)(handle, handle, uint32_t, size_t, void *, size_t *);
  int32_t (*SetKernelArg)(handle, uint32_t, size_t, const void *);
  handle (*CreateBuffer)(handle, uint64_t, size_t, void *, int32_t *);
  int32_t (*EnqueueWriteBuffer)(handle, handle, uint32_t, size_t, size_t, const void *, uint32_t, const handle *, handle *);
  int32_t (*EnqueueReadBuffer)(handle, handle, uint32_t, size_t, size_t, void *, uint32_t, const handle *, handle *);
  int32_t (*EnqueueCopyBuffer)(handle, handle, handle, size_t, size_t, size_t, uint32_t, const handle *, handle *);
  int32_t (*EnqueueNDRangeKernel)(handle, handle, uint32_t, const size_t *, const size_t *, const size_t *, uint32_t, const handle *, handle *);
  int32_t (*Finish)(handle);
  int32_t (*ReleaseMemObject)(handle), (*ReleaseKernel)(handle), (*ReleaseProgram)(handle), (*ReleaseCommandQueue)(handle), (*ReleaseContext)(handle);
};

/* What was compiled together, and the kernels that were asked for of it. */
typedef struct { handle program, *kernels; int kernel_count; } program;

/* Looks every function up by its name; 0 when one is not there. */
static int bind_all(loopsmith_driver *d) {
#define BIND(NAME) if ((*(void **)&d->NAME = dlsym(d->library, "cl" #NAME)) == NULL) return 0
  BIND(GetPlatformIDs); BIND(GetDeviceIDs); BIND(GetDeviceInfo); BIND(CreateContext); BIND(CreateCommandQueue); BIND(CreateProgramWithSource); BIND(BuildProgram);
  BIND(GetProgramBuildInfo); BIND(CreateKernel); BIND(GetKernelWorkGroupInfo); BIND(SetKernelArg); BIND(CreateBuffer); BIND(EnqueueWriteBuffer); BIND(EnqueueReadBuffer); BIND(EnqueueCopyBuffer);
  BIND(EnqueueNDRangeKernel); BIND(Finish); BIND(ReleaseMemObject); BIND(ReleaseKernel); BIND(ReleaseProgram); BIND(ReleaseCommandQueue); BIND(ReleaseContext);
#undef BIND
  return 1;
}

/* The first GPU of any platform, else the first device of any kind. */
static int find_device(loopsmith_driver *d, loopsmith_driver_error *error) {
  handle platforms[16];
  uint32_t count = 0;
  const int32_t code = d->GetPlatformIDs(16, platforms, &count);
  if (code == CL_NO_PLATFORM || (code == 0 && count == 0)) return failed(error, "libOpenCL is here, but no OpenCL driver is registered with it; install the driver of your GPU, or pocl-opencl-icd to run on the CPU");
  if (code != 0) return failed(error, "OpenCL names no platforms (error %d); check the driver with clinfo", code);
  if (count > 16) count = 16;
  const uint64_t kinds[] = {CL_GPU, (uint64_t)0xFFFFFFFF};
  for (int k = 0; k < 2; k++)
    for (uint32_t p = 0; p < count; p++) {
      uint32_t devices = 0;
      if (d->GetDeviceIDs(platforms[p], kinds[k], 1, &d->device, &devices) == 0 && devices > 0) return 0;
    }
  return failed(error, "an OpenCL driver is here, but no device of it can be used; set HOME to a folder that you may write, for drivers keep a cache there, and check the driver with clinfo");
}

static int build(loopsmith_driver *d, program *made, const char *const *code, const size_t *bytes, int count, loopsmith_driver_error *error) {
  int32_t code_of = 0;
  made->program = d->CreateProgramWithSource(d->context, (uint32_t)count, code, bytes, &code_of);
  if (code_of != 0) return failed(error, "OpenCL on %s takes no program (error %d)", d->name, code_of);
  code_of = d->BuildProgram(made->program, 1, &d->device, "", NULL, NULL);
  if (code_of == 0) return 0;
  char log[768] = "";
  size_t used = 0;
  d->GetProgramBuildInfo(made->program, d->device, CL_BUILD_LOG, 0, NULL, &used);
  char *whole = calloc(1, used + 1);
  if (whole != NULL) { d->GetProgramBuildInfo(made->program, d->device, CL_BUILD_LOG, used, whole, NULL); snprintf(log, sizeof log, "%s", whole); free(whole); }
  for (char *at = log; *at != 0; at++) if (*at == '\n') *at = ' ';
  return failed(error, "the OpenCL compiler of %s refuses the kernels (error %d): %s", d->name, code_of, log);
}

int loopsmith_driver_open(loopsmith_driver **made, loopsmith_driver_error *error) {
  loopsmith_driver *d = calloc(1, sizeof *d);
  *made = NULL;
  if (d == NULL) return failed(error, "no memory for an OpenCL device");
  int32_t status = 0;
  int wrong = 0;
  d->library = dlopen("libOpenCL.so.1", RTLD_NOW | RTLD_LOCAL);
  if (d->library == NULL) d->library = dlopen("libOpenCL.so", RTLD_NOW | RTLD_LOCAL);
  if (d->library == NULL) wrong = failed(error, "this library runs on an OpenCL device, and libOpenCL.so.1 is not found; install the driver of your GPU, on Debian also ocl-icd-libopencl1");
  else if (!bind_all(d)) wrong = failed(error, "libOpenCL.so.1 lacks functions of OpenCL 1.2; install a newer driver");
  else wrong = find_device(d, error);
  if (!wrong) {
    d->GetDeviceInfo(d->device, CL_NAME, sizeof d->name - 1, d->name, NULL);
    d->GetDeviceInfo(d->device, CL_MAX_WORK_GROUP, sizeof d->work_group, &d->work_group, NULL);
    d->GetDeviceInfo(d->device, CL_LOCAL_BYTES, sizeof d->local_bytes, &d->local_bytes, NULL);
    d->context = d->CreateContext(NULL, 1, &d->device, NULL, NULL, &status);
    if (status == 0) d->queue = d->CreateCommandQueue(d->context, d->device, 0, &status);
    if (status != 0) wrong = failed(error, "OpenCL cannot open %s (error %d); check the driver with clinfo", d->name, status);
  }
  if (wrong) { loopsmith_driver_close(d); return 1; }
  *made = d;
  return 0;
}

int loopsmith_driver_load(loopsmith_driver *d, const char *const *code, const size_t *bytes, int count, void **made, loopsmith_driver_error *error) {
  program *loaded = calloc(1, sizeof *loaded);
  *made = NULL;
  if (loaded == NULL) return failed(error, "no memory for a program");
  if (build(d, loaded, code, bytes, count, error)) { loopsmith_driver_unload(d, loaded); return 1; }
  *made = loaded;
  return 0;
}

void loopsmith_driver_unload(loopsmith_driver *d, void *loaded) {
  program *gone = loaded;
  if (gone == NULL) return;
  for (int i = 0; i < gone->kernel_count; i++) d->ReleaseKernel(gone->kernels[i]);
  free(gone->kernels);
  if (gone->program != NULL) d->ReleaseProgram(gone->program);
  free(gone);
}

const char *loopsmith_driver_device(const loopsmith_driver *driver) { return driver->name; }

int loopsmith_driver_allocate(loopsmith_driver *d, size_t bytes, void **memory, loopsmith_driver_error *error) {
  int32_t code = 0;
  *memory = d->CreateBuffer(d->context, 1 /* read and write */, bytes == 0 ? 1 : bytes, NULL, &code);
  return code == 0 ? 0 : failed(error, "%s has no memory for %zu bytes (error %d)", d->name, bytes, code);
}
void loopsmith_driver_free(loopsmith_driver *d, void *memory) { if (memory != NULL) d->ReleaseMemObject(memory); }

int loopsmith_driver_upload(loopsmith_driver *d, void *memory, size_t start, const void *from, size_t bytes, loopsmith_driver_error *error) {
  const int32_t code = bytes == 0 ? 0 : d->EnqueueWriteBuffer(d->queue, memory, 1, start, bytes, from, 0, NULL, NULL);
  return code == 0 ? 0 : failed(error, "%zu bytes cannot be copied to %s (error %d)", bytes, d->name, code);
}
int loopsmith_driver_download(loopsmith_driver *d, void *memory, size_t start, void *to, size_t bytes, loopsmith_driver_error *error) {
  const int32_t code = bytes == 0 ? 0 : d->EnqueueReadBuffer(d->queue, memory, 1, start, bytes, to, 0, NULL, NULL);
  return code == 0 ? 0 : failed(error, "%zu bytes cannot be copied from %s (error %d)", bytes, d->name, code);
}

int loopsmith_driver_copy(loopsmith_driver *d, void *memory, size_t to, size_t from, size_t bytes, loopsmith_driver_error *error) {
  const int32_t code = bytes == 0 ? 0 : d->EnqueueCopyBuffer(d->queue, memory, memory, from, to, bytes, 0, NULL, NULL);
  return code == 0 ? 0 : failed(error, "%zu bytes cannot be copied within %s (error %d)", bytes, d->name, code);
}

int loopsmith_driver_kernel(loopsmith_driver *d, void *loaded, const char *name, void **kernel, loopsmith_driver_error *error) {
  int32_t code = 0;
  program *of = loaded;
  handle made = d->CreateKernel(of->program, name, &code);
  if (code != 0) return failed(error, "the program for %s has no kernel %s (error %d)", d->name, name, code);
  handle *grown = realloc(of->kernels, (size_t)(of->kernel_count + 1) * sizeof *grown);
  if (grown == NULL) { d->ReleaseKernel(made); return failed(error, "no memory for a kernel"); }
  of->kernels = grown;
  of->kernels[of->kernel_count++] = made;
  *kernel = made;
  return 0;
}

int loopsmith_driver_launch(loopsmith_driver *d, void *kernel, const loopsmith_launch *launch, const loopsmith_argument *arguments, int count, loopsmith_driver_error *error) {
  size_t global[3], local[3], threads = 1;
  for (int i = 0; i < 3; i++) { local[i] = launch->threads[i]; global[i] = (size_t)launch->blocks[i] * local[i]; threads *= local[i]; }
  /* some drivers abort the process where others answer with an error, so limits are asked for first */
  uint64_t shared = 0;
  d->GetKernelWorkGroupInfo(kernel, d->device, CL_KERNEL_LOCAL_BYTES, sizeof shared, &shared, NULL);
  if (threads > d->work_group) return failed(error, "kernel %s has %zu threads a block, and %s takes %zu", launch->name, threads, d->name, d->work_group);
  if (shared > d->local_bytes) return failed(error, "kernel %s needs %llu bytes of local memory, and %s has %llu", launch->name, (unsigned long long)shared, d->name, (unsigned long long)d->local_bytes);
  for (int i = 0; i < count; i++) {
    const handle memory = arguments[i].memory;
    const uint64_t start = arguments[i].start;
    int32_t code = d->SetKernelArg(kernel, (uint32_t)(2 * i), sizeof memory, &memory);
    if (code == 0) code = d->SetKernelArg(kernel, (uint32_t)(2 * i + 1), sizeof start, &start);
    if (code != 0) return failed(error, "buffer %d of kernel %s is refused by %s (error %d)", i, launch->name, d->name, code);
  }
  const int32_t code = d->EnqueueNDRangeKernel(d->queue, kernel, 3, NULL, global, local, 0, NULL, NULL);
  return code == 0 ? 0 : failed(error, "kernel %s cannot be launched on %s (error %d)", launch->name, d->name, code);
}

int loopsmith_driver_finish(loopsmith_driver *d, loopsmith_driver_error *error) {
  const int32_t code = d->Finish(d->queue);
  return code == 0 ? 0 : failed(error, "the kernels did not end well on %s (error %d)", d->name, code);
}

/* OpenCL 1.2 records nothing. */
int loopsmith_driver_record(loopsmith_driver *d) { (void)d; return 0; }
void *loopsmith_driver_recorded(loopsmith_driver *d) { (void)d; return NULL; }
int loopsmith_driver_replay(loopsmith_driver *d, void *recording, loopsmith_driver_error *error) { (void)recording; return failed(error, "OpenCL on %s replays nothing", d->name); }

/* Events of a queue tell times only where it was made for that, which may slow every launch of it down. */
int loopsmith_driver_mark(loopsmith_driver *d, int mark, loopsmith_driver_error *error) {
  struct timespec now;
  if (mark >= d->mark_count) {
    double *grown = realloc(d->marks, (size_t)(mark + 1) * sizeof *grown);
    if (grown == NULL) return failed(error, "no memory for %d marks of time", mark + 1);
    d->marks = grown;
    d->mark_count = mark + 1;
  }
  const int wrong = loopsmith_driver_finish(d, error);
  clock_gettime(CLOCK_MONOTONIC, &now);
  d->marks[mark] = (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
  return wrong;
}
int loopsmith_driver_between(loopsmith_driver *d, int from, int to, double *nanoseconds, loopsmith_driver_error *error) {
  (void)error;
  *nanoseconds = d->marks[to] - d->marks[from];
  return 0;
}

void loopsmith_driver_close(loopsmith_driver *d) {
  if (d == NULL) return;
  free(d->marks);
  if (d->queue != NULL) d->ReleaseCommandQueue(d->queue);
  if (d->context != NULL) d->ReleaseContext(d->context);
  /* the library stays loaded: drivers do not like to be unloaded */
  free(d);
}
