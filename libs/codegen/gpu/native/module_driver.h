/* loopsmith_driver.h for APIs that load images of compiled kernels: CUDA's driver API and HIP's, which differ in names. Included
 * once, by a file per vendor that defines before it:
 *
 *   VENDOR                  "CUDA", for messages
 *   VENDOR_LIBRARIES        names to look the library up by, in order: "libcuda.so.1"
 *   VENDOR_MISSING          what to install where there is none of them
 *   VENDOR_NO_DEVICE        what to check where it finds no device
 *   VENDOR_FUNCTIONS        names of its functions, in the order of `functions` below
 *   VENDOR_RECORDER         names of the functions that record launches, in the order of `recorder` below; a driver may be too old for them
 *   VENDOR_UNFIT            error codes of an image for another device
 *
 * and after it `vendor_error(driver, code)` and `vendor_describe(driver, ordinal)`, which names the device.
 */
#include "driver_failure.h"
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  int (*Init)(unsigned);
  int (*DeviceGetCount)(int *);
  int (*DeviceGet)(int *, int);
  int (*DeviceGetName)(char *, int, int);
  int (*DeviceGetAttribute)(int *, int, int);
  int (*ContextRetain)(void **, int);
  int (*ContextRelease)(int);
  int (*ContextSetCurrent)(void *);
  int (*ModuleLoadData)(void **, const void *);
  int (*ModuleUnload)(void *);
  int (*ModuleGetFunction)(void **, void *, const char *);
  int (*Allocate)(void **, size_t);
  int (*Free)(void *);
  int (*Upload)(void *, const void *, size_t);
  int (*Download)(void *, void *, size_t);
  int (*Copy)(void *, void *, size_t);
  int (*Launch)(void *, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, void *, void **, void **);
  int (*Synchronize)(void);
  int (*EventCreate)(void **, unsigned);
  int (*EventDestroy)(void *);
  int (*EventRecord)(void *, void *);
  int (*EventSynchronize)(void *);
  int (*EventElapsed)(float *, void *, void *);
  /* CUDA's writes the text through its second argument, HIP's returns it. */
  void *ErrorString;
} functions;

/* Launches on a stream that records become a graph, which is launched as a whole. */
typedef struct {
  int (*StreamCreate)(void **, unsigned);
  int (*StreamDestroy)(void *);
  int (*BeginCapture)(void *, int);
  int (*EndCapture)(void *, void **);
  int (*GraphInstantiate)(void **, void *, unsigned long long);
  int (*GraphDestroy)(void *);
  int (*GraphLaunch)(void *, void *);
  int (*GraphExecDestroy)(void *);
} recorder;

struct loopsmith_driver {
  functions api;
  recorder recorder;
  int records;      /* whether all functions of the recorder are there */
  void *recording;  /* the stream that records now; NULL: launches run */
  void **recorded;  /* graphs */
  int recorded_count;
  int device;
  void *context;
  void **marks;
  int mark_count;
  char name[320];
};

static const char *vendor_error(const loopsmith_driver *driver, int code);
static void vendor_describe(loopsmith_driver *driver);

static const char *const function_names[] = {VENDOR_FUNCTIONS}, *const recorder_names[] = {VENDOR_RECORDER};
_Static_assert(sizeof function_names == sizeof(functions) && sizeof recorder_names == sizeof(recorder), "one name for every function");

/* Looks every function up by its name; the name of one that is not there, or NULL. */
static const char *bind_all(void **functions, const char *const *names, size_t bytes, void *library) {
  for (size_t i = 0; i < bytes / sizeof *names; i++)
    if ((functions[i] = dlsym(library, names[i])) == NULL) return names[i];
  return NULL;
}

static int open_device(loopsmith_driver *d, loopsmith_driver_error *error) {
  static const char *const libraries[] = {VENDOR_LIBRARIES};
  void *library = NULL;
  for (size_t i = 0; library == NULL && i < sizeof libraries / sizeof *libraries; i++) library = dlopen(libraries[i], RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) return failed(error, "this library runs on a GPU through " VENDOR ", and %s is not found; " VENDOR_MISSING, libraries[0]);
  const char *missing = bind_all((void **)&d->api, function_names, sizeof function_names, library);
  if (missing != NULL) return failed(error, "%s lacks the function %s; install a newer driver", libraries[0], missing);
  d->records = bind_all((void **)&d->recorder, recorder_names, sizeof recorder_names, library) == NULL;
  int count = 0, code = d->api.Init(0);
  if (code == 0) code = d->api.DeviceGetCount(&count);
  if (code != 0) return failed(error, "%s is here, but finds no GPU that it can use (%s); " VENDOR_NO_DEVICE, libraries[0], vendor_error(d, code));
  if (count == 0) return failed(error, "%s is here, but there is no GPU; " VENDOR_NO_DEVICE, libraries[0]);
  code = d->api.DeviceGet(&d->device, 0);
  if (code == 0) { vendor_describe(d); code = d->api.ContextRetain(&d->context, d->device); }
  return code == 0 ? 0 : failed(error, "the GPU %s cannot be opened (%s); " VENDOR_NO_DEVICE, d->name, vendor_error(d, code));
}

/* A thread has to say which context it means. */
static void enter(const loopsmith_driver *d) { d->api.ContextSetCurrent(d->context); }

/* The first image that the device takes: made for it, or compiled by its driver. */
int loopsmith_driver_load(loopsmith_driver *d, const char *const *images, const size_t *bytes, int count, void **program, loopsmith_driver_error *error) {
  (void)bytes;
  enter(d);
  static const int unfit[] = {VENDOR_UNFIT};
  int code = 0, is_unfit = 0;
  for (int i = 0; i < count; i++) if ((code = d->api.ModuleLoadData(program, images[i])) == 0) return 0;
  *program = NULL;
  for (size_t i = 0; i < sizeof unfit / sizeof *unfit; i++) is_unfit |= code == unfit[i];
  return failed(error, "%s does not take the kernels of this library (%s)%s", d->name, vendor_error(d, code), is_unfit ? "; compile the model for its architecture" : "");
}

void loopsmith_driver_unload(loopsmith_driver *d, void *program) { if (program != NULL) { enter(d); d->api.ModuleUnload(program); } }

int loopsmith_driver_open(loopsmith_driver **made, loopsmith_driver_error *error) {
  loopsmith_driver *d = calloc(1, sizeof *d);
  *made = NULL;
  if (d == NULL) return failed(error, "no memory for a GPU");
  if (open_device(d, error)) { loopsmith_driver_close(d); return 1; }
  *made = d;
  return 0;
}

const char *loopsmith_driver_device(const loopsmith_driver *driver) { return driver->name; }

int loopsmith_driver_allocate(loopsmith_driver *d, size_t bytes, void **memory, loopsmith_driver_error *error) {
  enter(d);
  const int code = d->api.Allocate(memory, bytes == 0 ? 1 : bytes);
  return code == 0 ? 0 : failed(error, "%s has no memory for %zu bytes (%s)", d->name, bytes, vendor_error(d, code));
}
void loopsmith_driver_free(loopsmith_driver *d, void *memory) { if (memory != NULL) { enter(d); d->api.Free(memory); } }

int loopsmith_driver_upload(loopsmith_driver *d, void *memory, size_t start, const void *from, size_t bytes, loopsmith_driver_error *error) {
  enter(d);
  const int code = bytes == 0 ? 0 : d->api.Upload((char *)memory + start, from, bytes);
  return code == 0 ? 0 : failed(error, "%zu bytes cannot be copied to %s (%s)", bytes, d->name, vendor_error(d, code));
}
int loopsmith_driver_download(loopsmith_driver *d, void *memory, size_t start, void *to, size_t bytes, loopsmith_driver_error *error) {
  enter(d);
  const int code = bytes == 0 ? 0 : d->api.Download(to, (char *)memory + start, bytes);
  return code == 0 ? 0 : failed(error, "%zu bytes cannot be copied from %s (%s)", bytes, d->name, vendor_error(d, code));
}

int loopsmith_driver_copy(loopsmith_driver *d, void *memory, size_t to, size_t from, size_t bytes, loopsmith_driver_error *error) {
  enter(d);
  const int code = bytes == 0 ? 0 : d->api.Copy((char *)memory + to, (char *)memory + from, bytes);
  return code == 0 ? 0 : failed(error, "%zu bytes cannot be copied within %s (%s)", bytes, d->name, vendor_error(d, code));
}

int loopsmith_driver_kernel(loopsmith_driver *d, void *program, const char *name, void **kernel, loopsmith_driver_error *error) {
  enter(d);
  const int code = d->api.ModuleGetFunction(kernel, program, name);
  return code == 0 ? 0 : failed(error, "the kernels for %s have no %s (%s)", d->name, name, vendor_error(d, code));
}

int loopsmith_driver_launch(loopsmith_driver *d, void *kernel, const loopsmith_launch *launch, const loopsmith_argument *arguments, int count, loopsmith_driver_error *error) {
  char *values[64];
  void *places[64];
  if (count > 64) return failed(error, "kernel %s takes %d buffers; 64 are possible", launch->name, count);
  for (int i = 0; i < count; i++) { values[i] = (char *)arguments[i].memory + arguments[i].start; places[i] = &values[i]; }
  enter(d);
  const unsigned *blocks = launch->blocks, *threads = launch->threads;
  const int code = d->api.Launch(kernel, blocks[0], blocks[1], blocks[2], threads[0], threads[1], threads[2], 0, d->recording, places, NULL);
  return code == 0 ? 0 : failed(error, "kernel %s cannot be launched on %s (%s)", launch->name, d->name, vendor_error(d, code));
}

int loopsmith_driver_finish(loopsmith_driver *d, loopsmith_driver_error *error) {
  enter(d);
  const int code = d->api.Synchronize();
  return code == 0 ? 0 : failed(error, "the kernels did not end well on %s (%s)", d->name, vendor_error(d, code));
}

/* Beside the stream that all else is queued on, and not in step with it: others may use that meanwhile. What cannot be recorded is launched one by one. */
int loopsmith_driver_record(loopsmith_driver *d) {
  const unsigned apart = 1;
  const int of_this_thread = 1;
  void *stream = NULL;
  enter(d);
  if (!d->records || d->recorder.StreamCreate(&stream, apart) != 0) return 0;
  if (d->recorder.BeginCapture(stream, of_this_thread) == 0) d->recording = stream; else d->recorder.StreamDestroy(stream);
  return d->recording != NULL;
}

void *loopsmith_driver_recorded(loopsmith_driver *d) {
  void *stream = d->recording, *graph = NULL, *made = NULL;
  d->recording = NULL;
  enter(d);
  void **grown = realloc(d->recorded, (size_t)(d->recorded_count + 1) * sizeof *grown);
  if (grown != NULL) d->recorded = grown;
  if (d->recorder.EndCapture(stream, &graph) != 0) graph = NULL;
  if (graph != NULL && grown != NULL && d->recorder.GraphInstantiate(&made, graph, 0) == 0) grown[d->recorded_count++] = made; else made = NULL;
  if (graph != NULL) d->recorder.GraphDestroy(graph);
  d->recorder.StreamDestroy(stream);
  return made;
}

int loopsmith_driver_replay(loopsmith_driver *d, void *recording, loopsmith_driver_error *error) {
  enter(d);
  const int code = d->recorder.GraphLaunch(recording, NULL);
  return code == 0 ? 0 : failed(error, "the recorded kernels cannot be launched on %s (%s)", d->name, vendor_error(d, code));
}

static int make_marks(loopsmith_driver *d, int count, loopsmith_driver_error *error) {
  void **grown = count <= d->mark_count ? d->marks : realloc(d->marks, (size_t)count * sizeof *grown);
  if (grown == NULL) return failed(error, "no memory for %d marks of time", count);
  d->marks = grown;
  for (; d->mark_count < count; d->mark_count++) {
    const int code = d->api.EventCreate(&d->marks[d->mark_count], 0);
    if (code != 0) return failed(error, "%s makes no mark of time (%s)", d->name, vendor_error(d, code));
  }
  return 0;
}

int loopsmith_driver_mark(loopsmith_driver *d, int mark, loopsmith_driver_error *error) {
  enter(d);
  if (make_marks(d, mark + 1, error)) return 1;
  const int code = d->api.EventRecord(d->marks[mark], NULL);
  return code == 0 ? 0 : failed(error, "%s takes no mark of time (%s)", d->name, vendor_error(d, code));
}

int loopsmith_driver_between(loopsmith_driver *d, int from, int to, double *nanoseconds, loopsmith_driver_error *error) {
  float milliseconds = 0;
  enter(d);
  int code = d->api.EventSynchronize(d->marks[to]);
  if (code == 0) code = d->api.EventElapsed(&milliseconds, d->marks[from], d->marks[to]);
  *nanoseconds = (double)milliseconds * 1e6;
  return code == 0 ? 0 : failed(error, "the kernels did not end well on %s (%s)", d->name, vendor_error(d, code));
}

void loopsmith_driver_close(loopsmith_driver *d) {
  if (d == NULL) return;
  if (d->context != NULL) enter(d);
  for (int i = 0; i < d->mark_count; i++) d->api.EventDestroy(d->marks[i]);
  free(d->marks);
  for (int i = 0; i < d->recorded_count; i++) d->recorder.GraphExecDestroy(d->recorded[i]);
  free(d->recorded);
  if (d->context != NULL) d->api.ContextRelease(d->device);
  /* the library stays loaded: drivers do not like to be unloaded */
  free(d);
}
