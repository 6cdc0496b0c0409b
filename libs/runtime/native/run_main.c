/* The program `run`: runs a compiled network on .npy files, with nothing installed beside the folder it lies in.
 *
 * `--help` says how it is called. Weights are sought beside the program. Outputs go to FOLDER/NAME.npy, with everything but
 * letters, digits, dot, dash and underscore of the name replaced by an underscore; --bench, which is about times, writes them
 * only where a folder is named.
 */
#define _GNU_SOURCE
#include "loopsmith.h"
#include "npy.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define WARM_UP_SECONDS 0.3
#define WARM_UP_RUNS 3
#define MAX_TENSORS 256
#define MAX_PATH 4096

typedef struct { const char *output_directory, *weights; int threads, bench; const char *inputs[MAX_TENSORS]; int input_count; } options;

static double now_seconds(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return (double)at.tv_sec + (double)at.tv_nsec * 1e-9;
}

static int usage(const char *complaint, const char *what) {
  fprintf(stderr, "run: %s%s\n(add --help for what it takes)\n", complaint, what);
  return 2;
}

static int help(void) {
  fputs("Usage: run [options]\n"
        "\n"
        "Runs the network of this folder once on .npy files and writes one .npy file per output.\n"
        "Without --input and --bench it lists what the network takes and gives.\n"
        "\n"
        "Options:\n"
        "  --input NAME=FILE.npy  value of an input (repeatable)\n"
        "  --output-dir FOLDER    where to write NAME.npy for every output (default: \".\"; with --bench, nowhere)\n"
        "  --threads N            threads to run with (default: those it was compiled for)\n"
        "  --bench N              time N runs after a warm-up: the fastest and the median\n"
        "  --weights FILE         the weights (default: network.weights beside this program)\n"
        "  -h, --help             print this help\n"
        "\n"
        "Example:\n"
        "  $ ./run --input data=image.npy --output-dir out\n"
        "\n"
        "Exit codes: 0 done, 1 failed with the reason, 2 wrong command line.\n", stdout);
  return 0;
}

static int count_of(const char *text) {
  char *end;
  const long count = strtol(text, &end, 10);
  return *text == 0 || *end != 0 || count < 1 || count > 1000000 ? -1 : (int)count;
}

static int read_options(int count, char **arguments, options *read) {
  for (int i = 1; i < count; i += 2) {
    const char *name = arguments[i], *value = i + 1 < count ? arguments[i + 1] : NULL;
    if (strncmp(name, "--", 2) != 0) return usage("unexpected argument ", name);
    if (value == NULL) return usage("a value is missing after ", name);
    if (strcmp(name, "--input") == 0 && read->input_count < MAX_TENSORS) read->inputs[read->input_count++] = value;
    else if (strcmp(name, "--output-dir") == 0) read->output_directory = value;
    else if (strcmp(name, "--weights") == 0) read->weights = value;
    else if (strcmp(name, "--threads") == 0) { if ((read->threads = count_of(value)) < 0) return usage("--threads needs a positive whole number, not ", value); }
    else if (strcmp(name, "--bench") == 0) { if ((read->bench = count_of(value)) < 0) return usage("--bench needs a positive whole number, not ", value); }
    else return usage("unknown option ", name);
  }
  return 0;
}

/* network.weights in the folder of this program. */
static const char *weights_beside(char *path) {
  const ssize_t length = readlink("/proc/self/exe", path, MAX_PATH - 64);
  path[length < 0 ? 0 : length] = 0;
  char *slash = strrchr(path, '/');
  strcpy(slash == NULL ? path : slash + 1, "network.weights");
  return path;
}

static void describe(const char *role, const loopsmith_tensor *tensor) {
  printf("%s %s: %s [", role, tensor->name, tensor->dtype);
  for (int axis = 0; axis < tensor->rank; axis++) printf("%s%lld", axis == 0 ? "" : ", ", (long long)tensor->shape[axis]);
  printf("]\n");
}

/* Whether an --input is NAME=FILE for an input of this name. Names may hold '=', so they are compared and not searched. */
static int is_for(const char *input, const char *name) { const size_t length = strlen(name); return strncmp(input, name, length) == 0 && input[length] == '='; }

/* The file given for an input, or NULL. */
static const char *file_for(const options *given, const char *name) {
  for (int i = 0; i < given->input_count; i++) if (is_for(given->inputs[i], name)) return given->inputs[i] + strlen(name) + 1;
  return NULL;
}

/* Every --input is one of the network's. */
static int check_names(const loopsmith_session *session, const options *given) {
  for (int i = 0; i < given->input_count; i++) {
    int known = 0;
    for (int j = 0; j < loopsmith_input_count(session); j++) known |= is_for(given->inputs[i], loopsmith_input(session, j)->name);
    if (known) continue;
    fprintf(stderr, strchr(given->inputs[i], '=') == NULL ? "run: --input %s is not of the form NAME=FILE.npy" : "run: --input %s names no input of the network", given->inputs[i]);
    fprintf(stderr, "; the inputs are");
    for (int j = 0; j < loopsmith_input_count(session); j++) fprintf(stderr, "%s %s", j == 0 ? "" : ",", loopsmith_input(session, j)->name);
    fprintf(stderr, "\n");
    return 0;
  }
  return 1;
}

static int read_inputs(const loopsmith_session *session, const options *given, const void **inputs) {
  char error[1024];
  if (!check_names(session, given)) return 0;
  for (int i = 0; i < loopsmith_input_count(session); i++) {
    const loopsmith_tensor *tensor = loopsmith_input(session, i);
    const char *file = file_for(given, tensor->name);
    if (file == NULL) { fprintf(stderr, "run: no file is given for input %s; add --input %s=FILE.npy\n", tensor->name, tensor->name); return 0; }
    if ((inputs[i] = npy_read(file, tensor, error, sizeof error)) == NULL) { fprintf(stderr, "run: %s\n", error); return 0; }
  }
  if (given->input_count == loopsmith_input_count(session)) return 1;
  fprintf(stderr, "run: one input is given more than once; give each one file\n");
  return 0;
}

static int ascending(const void *a, const void *b) { const double x = *(const double *)a, y = *(const double *)b; return (x > y) - (x < y); }

static int bench(loopsmith_session *session, const void *const *inputs, void *const *outputs, int runs) {
  const double begin = now_seconds();
  for (int i = 0; i < WARM_UP_RUNS || now_seconds() - begin < WARM_UP_SECONDS; i++) if (loopsmith_run(session, inputs, outputs) != LOOPSMITH_OK) return 0;
  double *seconds = calloc((size_t)runs, sizeof *seconds);
  if (seconds == NULL) return 0;
  for (int i = 0; i < runs; i++) {
    const double start = now_seconds();
    loopsmith_run(session, inputs, outputs);
    seconds[i] = now_seconds() - start;
  }
  qsort(seconds, (size_t)runs, sizeof *seconds, ascending);
  printf("%d runs on %d threads: fastest %.4f ms, median %.4f ms\n", runs, loopsmith_session_threads(session), seconds[0] * 1e3, seconds[runs / 2] * 1e3);
  free(seconds);
  return 1;
}

static int write_outputs(const loopsmith_session *session, void *const *outputs, const char *directory) {
  char error[1024], path[MAX_PATH];
  mkdir(directory, 0777); /* when it is there already, or cannot be, the files tell */
  for (int i = 0; i < loopsmith_output_count(session); i++) {
    const loopsmith_tensor *tensor = loopsmith_output(session, i);
    const int start = snprintf(path, sizeof path, "%s/", directory);
    snprintf(path + start, sizeof path - (size_t)start, "%s.npy", tensor->name);
    for (char *at = path + start; *at != 0; at++) if (!isalnum((unsigned char)*at) && strchr(".-_", *at) == NULL) *at = '_';
    if (!npy_write(path, tensor, outputs[i], error, sizeof error)) { fprintf(stderr, "run: %s\n", error); return 0; }
    printf("output %s: %s\n", tensor->name, path);
  }
  return 1;
}

int main(int count, char **arguments) {
  char beside[MAX_PATH];
  options given = {0};
  for (int i = 1; i < count; i++) if (strcmp(arguments[i], "--help") == 0 || strcmp(arguments[i], "-h") == 0) return help();
  const int wrong = read_options(count, arguments, &given);
  if (wrong != 0) return wrong;
  loopsmith_session *session;
  if (loopsmith_create(given.weights != NULL ? given.weights : weights_beside(beside), given.threads, &session) != LOOPSMITH_OK) { fprintf(stderr, "run: %s\n", loopsmith_error()); return 1; }
  if (given.input_count == 0 && given.bench == 0 && loopsmith_input_count(session) > 0) {
    for (int i = 0; i < loopsmith_input_count(session); i++) describe("input", loopsmith_input(session, i));
    for (int i = 0; i < loopsmith_output_count(session); i++) describe("output", loopsmith_output(session, i));
    loopsmith_destroy(session);
    return 0;
  }
  if (loopsmith_input_count(session) > MAX_TENSORS || loopsmith_output_count(session) > MAX_TENSORS) { fprintf(stderr, "run: the network has more than %d inputs or outputs; use the library\n", MAX_TENSORS); return 1; }
  const void *inputs[MAX_TENSORS];
  void *outputs[MAX_TENSORS];
  if (!read_inputs(session, &given, inputs)) return 1;
  for (int i = 0; i < loopsmith_output_count(session); i++) if ((outputs[i] = malloc(loopsmith_output(session, i)->bytes + 1)) == NULL) { fprintf(stderr, "run: no memory for the outputs\n"); return 1; }
  if (loopsmith_run(session, inputs, outputs) != LOOPSMITH_OK || (given.bench > 0 && !bench(session, inputs, outputs, given.bench))) { fprintf(stderr, "run: %s\n", loopsmith_error()); return 1; }
  const char *directory = given.output_directory == NULL && given.bench == 0 ? "." : given.output_directory;
  if (directory != NULL && !write_outputs(session, outputs, directory)) return 1;
  loopsmith_destroy(session);
  return 0;
}
