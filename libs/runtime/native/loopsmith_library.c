/* What every compiled library has, whatever runs its kernels (see loopsmith_library.h). It writes no file and runs nothing. */
#define _GNU_SOURCE
#include "loopsmith_library.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WEIGHTS_HEADER 64

static const loopsmith_network_tables *const network = &loopsmith_network;
static _Thread_local char last_error[LOOPSMITH_ERROR_ROOM];

int loopsmith_fail(int code, const char *format, ...) {
  va_list list;
  va_start(list, format);
  vsnprintf(last_error, sizeof last_error, format, list);
  va_end(list);
  return code;
}

void loopsmith_keep_error(char *sentence) { memcpy(sentence, last_error, sizeof last_error); }

const char *loopsmith_error(void) { return last_error; }
int loopsmith_compiled_threads(void) { return network->threads; }
int loopsmith_kernel_count(void) { return (int)network->call_count; }
int loopsmith_input_count(const loopsmith_session *session) { (void)session; return (int)network->input_count; }
int loopsmith_output_count(const loopsmith_session *session) { (void)session; return (int)network->output_count; }

const loopsmith_tensor *loopsmith_input(const loopsmith_session *session, int index) {
  (void)session;
  return index < 0 || index >= (int)network->input_count ? NULL : &network->inputs[index];
}
const loopsmith_tensor *loopsmith_output(const loopsmith_session *session, int index) {
  (void)session;
  return index < 0 || index >= (int)network->output_count ? NULL : &network->outputs[index].tensor;
}

int loopsmith_check_tensors(const void *const *inputs, void *const *outputs) {
  for (uint32_t i = 0; i < network->input_count; i++) if (inputs == NULL || inputs[i] == NULL) return loopsmith_fail(LOOPSMITH_BAD_ARGUMENT, "input %u (%s) is NULL", i, network->inputs[i].name);
  for (uint32_t i = 0; i < network->output_count; i++) if (outputs == NULL || outputs[i] == NULL) return loopsmith_fail(LOOPSMITH_BAD_ARGUMENT, "output %u (%s) is NULL", i, network->outputs[i].tensor.name);
  return LOOPSMITH_OK;
}

static int read_whole(int file, char *target, size_t bytes) {
  while (bytes > 0) {
    const ssize_t got = read(file, target, bytes);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return 0;
    target += got;
    bytes -= (size_t)got;
  }
  return 1;
}

static uint32_t word_at(const char *at) { uint32_t word; memcpy(&word, at, sizeof word); return word; }

/* The checksum that loopsmith_tables.h describes. Four lanes, so that multiplications overlap: as fast as memory. */
static void checksum_of(const char *payload, size_t bytes, uint32_t lanes[4]) {
  uint32_t a = 0x811c9dc5u, b = a, c = a, d = a;
  for (size_t at = 0; at < bytes; at += 16) {
    a = (a ^ word_at(payload + at)) * 0x01000193u;
    b = (b ^ word_at(payload + at + 4)) * 0x01000193u;
    c = (c ^ word_at(payload + at + 8)) * 0x01000193u;
    d = (d ^ word_at(payload + at + 12)) * 0x01000193u;
  }
  lanes[0] = a, lanes[1] = b, lanes[2] = c, lanes[3] = d;
}

/* Read, not mapped: the weights are streamed on every run, and anonymous memory can lie in huge pages. */
int loopsmith_read_weights(const char *path, char *payload_to) {
  const size_t bytes = network->weights_bytes;
  if (bytes == 0) return LOOPSMITH_OK;
  if (path == NULL) return loopsmith_fail(LOOPSMITH_BAD_ARGUMENT, "loopsmith_create needs the path of the weights file that was written with this library");
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return loopsmith_fail(LOOPSMITH_WEIGHTS_UNREADABLE, "cannot open the weights file %s: %s; it is written beside the library, and both move together", path, strerror(errno));
  char header[WEIGHTS_HEADER];
  uint64_t payload = 0;
  uint32_t lanes[4];
  struct stat found = {0};
  int code = LOOPSMITH_OK;
  if (fstat(file, &found) != 0 || !S_ISREG(found.st_mode) || !read_whole(file, header, sizeof header) || memcmp(header, "LSWEIGHT", 8) != 0)
    code = loopsmith_fail(LOOPSMITH_WEIGHTS_UNREADABLE, "%s is not a weights file of this kind of library; compile the model again", path);
  else if (word_at(header + 8) != 1)
    code = loopsmith_fail(LOOPSMITH_WEIGHTS_UNREADABLE, "%s has version %u of the weights format, this library reads version 1; compile the model again", path, word_at(header + 8));
  else if (memcpy(&payload, header + 16, sizeof payload), payload != bytes || memcmp(header + 24, network->weights_checksum, sizeof lanes) != 0)
    code = loopsmith_fail(LOOPSMITH_WEIGHTS_UNREADABLE, "%s belongs to another library; use the weights file that was written together with this one", path);
  else if ((uint64_t)found.st_size != WEIGHTS_HEADER + payload || !read_whole(file, payload_to, bytes))
    code = loopsmith_fail(LOOPSMITH_WEIGHTS_UNREADABLE, "%s is truncated: it has %lld bytes where %llu are expected; copy it again", path, (long long)found.st_size, (unsigned long long)(WEIGHTS_HEADER + payload));
  else if (checksum_of(payload_to, bytes, lanes), memcmp(lanes, network->weights_checksum, sizeof lanes) != 0)
    code = loopsmith_fail(LOOPSMITH_WEIGHTS_UNREADABLE, "%s is damaged: its checksum is not the one this library was compiled with; copy it again", path);
  close(file);
  return code;
}
