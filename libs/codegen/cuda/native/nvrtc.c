/* CUDA C to code for one architecture by NVRTC, NVIDIA's compiler as a library, in a process that may end by it:
 *
 *   nvrtc LIBRARY                         prints the version and, where the library tells them, the architectures that it
 *                                         makes code for: "12.9 sm_50 sm_52"
 *   nvrtc LIBRARY ARCHITECTURE BASE...    ARCHITECTURE as sm_80; reads BASE.cu, writes BASE.cubin and BASE.log, what the compiler
 *                                         says of registers included, and prints "ok BASE" or "failed BASE"
 *   nvrtc LIBRARY compute_80 BASE...      writes BASE.ptx and BASE.ptx.log in place of them
 *
 * Status 1 with a sentence on standard error where the library cannot be used at all. Declarations are those of NVRTC's documentation. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef void *program;
static struct {
  int (*Version)(int *, int *);
  int (*CreateProgram)(program *, const char *, const char *, int, const char *const *, const char *const *);
  int (*CompileProgram)(program, int, const char *const *);
  int (*GetProgramLogSize)(program, size_t *);
  int (*GetProgramLog)(program, char *);
  int (*GetCUBINSize)(program, size_t *);
  int (*GetCUBIN)(program, char *);
  int (*GetPTXSize)(program, size_t *);
  int (*GetPTX)(program, char *);
  int (*DestroyProgram)(program *);
  /* since 11.2, else NULL */
  int (*GetNumSupportedArchs)(int *);
  int (*GetSupportedArchs)(int *);
} nvrtc;

static int bind_all(void *library) {
#define BIND(NAME) if ((*(void **)&nvrtc.NAME = dlsym(library, "nvrtc" #NAME)) == NULL) return 0
  BIND(Version); BIND(CreateProgram); BIND(CompileProgram); BIND(GetProgramLogSize); BIND(GetProgramLog); BIND(GetCUBINSize); BIND(GetCUBIN); BIND(GetPTXSize); BIND(GetPTX); BIND(DestroyProgram);
#undef BIND
  *(void **)&nvrtc.GetNumSupportedArchs = dlsym(library, "nvrtcGetNumSupportedArchs");
  *(void **)&nvrtc.GetSupportedArchs = dlsym(library, "nvrtcGetSupportedArchs");
  return 1;
}

static void print_abilities(void) {
  int major = 0, minor = 0, count = 0, architectures[256];
  nvrtc.Version(&major, &minor);
  printf("%d.%d", major, minor);
  if (nvrtc.GetNumSupportedArchs != NULL && nvrtc.GetSupportedArchs != NULL && nvrtc.GetNumSupportedArchs(&count) == 0 && count <= 256 && nvrtc.GetSupportedArchs(architectures) == 0)
    for (int i = 0; i < count; i++) printf(" sm_%d", architectures[i]);
  puts("");
}

/* NVRTC looks for a second library of its own by name alone, which the system finds only in folders that it knows; one that is
 * loaded already is found wherever it lies. */
static void load_builtins(const char *path) {
  const char *slash = strrchr(path, '/');
  char beside[4096];
  int major = 0, minor = 0;
  nvrtc.Version(&major, &minor);
  if (slash == NULL) return;
  snprintf(beside, sizeof beside, "%.*s/libnvrtc-builtins.so.%d.%d", (int)(slash - path), path, major, minor);
  dlopen(beside, RTLD_NOW | RTLD_GLOBAL);
}

static FILE *open_beside(const char *base, const char *ending, const char *mode) {
  char path[4096];
  snprintf(path, sizeof path, "%s%s", base, ending);
  FILE *file = fopen(path, mode);
  if (file == NULL) { fprintf(stderr, "%s cannot be opened\n", path); exit(1); }
  return file;
}

static char *read_text(const char *base) {
  FILE *file = open_beside(base, ".cu", "rb");
  fseek(file, 0, SEEK_END);
  const long bytes = ftell(file);
  rewind(file);
  char *text = calloc(1, (size_t)bytes + 1);
  if (text == NULL || fread(text, 1, (size_t)bytes, file) != (size_t)bytes) { fprintf(stderr, "%s.cu cannot be read\n", base); exit(1); }
  fclose(file);
  return text;
}

static void write_result(program made, const char *base, const char *ending, int (*size)(program, size_t *), int (*get)(program, char *)) {
  size_t bytes = 0;
  size(made, &bytes);
  char *content = calloc(1, bytes + 1);
  if (content == NULL) exit(1);
  get(made, content);
  /* texts are handed over with the zero that ends them */
  if (strcmp(ending, ".cubin") != 0 && bytes > 0 && content[bytes - 1] == 0) bytes--;
  FILE *file = open_beside(base, ending, "wb");
  if (fwrite(content, 1, bytes, file) != bytes || fclose(file) != 0) { fprintf(stderr, "%s%s cannot be written\n", base, ending); exit(1); }
  free(content);
}

int main(int count, char **words) {
  if (count < 2) { fputs("usage: nvrtc LIBRARY [ARCHITECTURE BASE...]\n", stderr); return 1; }
  void *library = dlopen(words[1], RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) { fprintf(stderr, "%s\n", dlerror()); return 1; }
  if (!bind_all(library)) { fprintf(stderr, "%s is too old; version 11.1 or later is needed\n", words[1]); return 1; }
  if (count == 2) { print_abilities(); return 0; }
  load_builtins(words[1]);
  char architecture[64];
  snprintf(architecture, sizeof architecture, "--gpu-architecture=%s", words[2]);
  const int device_code = strncmp(words[2], "sm_", 3) == 0;
  const char *const options[] = {architecture, "--ptxas-options=-v"};
  for (int i = 3; i < count; i++) {
    char *text = read_text(words[i]);
    program made = NULL;
    const int refused = nvrtc.CreateProgram(&made, text, "kernels.cu", 0, NULL, NULL);
    if (refused) { fprintf(stderr, "%s takes no program (NVRTC result %d)\n", words[1], refused); return 1; }
    const int failed = nvrtc.CompileProgram(made, device_code ? 2 : 1, options);
    write_result(made, words[i], device_code ? ".log" : ".ptx.log", nvrtc.GetProgramLogSize, nvrtc.GetProgramLog);
    if (!failed && device_code) write_result(made, words[i], ".cubin", nvrtc.GetCUBINSize, nvrtc.GetCUBIN);
    if (!failed && !device_code) write_result(made, words[i], ".ptx", nvrtc.GetPTXSize, nvrtc.GetPTX);
    printf("%s %s\n", failed ? "failed" : "ok", words[i]);
    nvrtc.DestroyProgram(&made);
    free(text);
  }
  return 0;
}
