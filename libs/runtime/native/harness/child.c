/* Forked children with a time limit and a memory limit (see child.h). */
#define _GNU_SOURCE
#include "child.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* How often resident memory and the deadline are looked at while the child runs: rarely enough not to disturb its timing. */
#define WATCH_MS 20
#define MAX_TEXT (64u << 20)

static long long now_ms(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec * 1000ll + at.tv_nsec / 1000000;
}

static size_t resident_bytes(pid_t process) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/statm", (int)process);
  FILE *file = fopen(path, "r");
  size_t total = 0, resident = 0;
  if (file == NULL) return 0;
  if (fscanf(file, "%zu %zu", &total, &resident) != 2) resident = 0;
  fclose(file);
  return resident * (size_t)sysconf(_SC_PAGESIZE);
}

static void become_child(pid_t parent) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(0);
  const struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  const int nowhere = open("/dev/null", O_RDWR);
  dup2(nowhere, 0);
  dup2(nowhere, 1);
}

/* Appends what is readable; 0 at the end of the stream. */
static int take_text(int channel, char **text, size_t *used) {
  char piece[65536];
  const ssize_t got = read(channel, piece, sizeof piece);
  if (got < 0 && errno == EINTR) return 1;
  if (got <= 0 || *used + (size_t)got > MAX_TEXT) return 0;
  char *grown = realloc(*text, *used + (size_t)got + 1);
  if (grown == NULL) return 0;
  memcpy(grown + *used, piece, (size_t)got);
  *used += (size_t)got;
  grown[*used] = 0;
  *text = grown;
  return 1;
}

/* For a system without descriptors of processes (a kernel before 5.3, a sandbox, too many open files): asked for every WATCH_MS. */
static int has_ended(pid_t child) {
  siginfo_t end = {0};
  return waitid(P_PID, (id_t)child, &end, WEXITED | WNOHANG | WNOWAIT) != 0 || end.si_pid == child;
}

/* Collects the child's text until the child itself is gone (a grandchild may hold the channel open longer) or is to be killed. */
static child_ending watch(pid_t child, int process, int channel, long long deadline, const volatile size_t *born_with, child_limits limits, char **text) {
  struct pollfd watched[3] = {{.fd = channel, .events = POLLIN}, {.fd = process, .events = POLLIN}, {.fd = STDIN_FILENO}};
  size_t used = 0;
  for (long long looked = now_ms();;) {
    const int gone = process < 0 && has_ended(child); /* before the look at the channel, which then holds all its text */
    poll(watched, 3, gone ? 0 : WATCH_MS);
    if (watched[0].fd >= 0 && watched[0].revents != 0) { if (!take_text(channel, text, &used)) watched[0].fd = -1; }
    else if (gone || watched[1].revents != 0) return CHILD_ENDED;
    watched[0].revents = 0;
    if (watched[2].revents & POLLHUP) return CHILD_UNWANTED;
    if (now_ms() - looked < WATCH_MS) continue;
    looked = now_ms();
    if (looked > deadline) return CHILD_TIMED_OUT;
    if (limits.memory_bytes != SIZE_MAX && *born_with > 0 && resident_bytes(child) > *born_with + limits.memory_bytes) return CHILD_OUT_OF_MEMORY;
  }
}

child_result child_run(void (*work)(void *context, int channel), void *context, child_limits limits) {
  child_result result = {.timeout_ms = limits.timeout_ms, .memory_bytes = limits.memory_bytes, .ending = CHILD_NOT_STARTED, .text = calloc(1, 1)};
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return result;
  /* by the child's own word: it does not inherit all that is resident here (see guarded_inherit) */
  volatile size_t *born_with = mmap(NULL, sizeof *born_with, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (born_with == MAP_FAILED) { close(ends[0]); close(ends[1]); return result; }
  const long long deadline = now_ms() + limits.timeout_ms;
  fflush(NULL);
  const pid_t parent = getpid(), child = fork();
  if (child == 0) {
    close(ends[0]);
    become_child(parent);
    *born_with = resident_bytes(getpid());
    work(context, ends[1]);
    _exit(0);
  }
  close(ends[1]);
  if (child < 0) { close(ends[0]); munmap((void *)born_with, sizeof *born_with); return result; }
  setpgid(child, child); /* both sides set it, whoever comes first */
  const int process = (int)syscall(SYS_pidfd_open, child, 0);
  result.ending = watch(child, process, ends[0], deadline, born_with, limits, &result.text);
  int status = 0;
  munmap((void *)born_with, sizeof *born_with);
  if (result.ending != CHILD_ENDED) kill(child, SIGKILL);
  close(ends[0]);
  if (process >= 0) close(process);
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
  kill(-child, SIGKILL); /* whatever it started */
  if (result.ending != CHILD_ENDED) return result;
  if (WIFSIGNALED(status)) { result.ending = CHILD_SIGNALLED; result.code = WTERMSIG(status); }
  else if (WEXITSTATUS(status) != 0) { result.ending = CHILD_EXITED; result.code = WEXITSTATUS(status); }
  return result;
}

void child_describe(const child_result *result, char *text, size_t room) {
  switch (result->ending) {
    case CHILD_ENDED: snprintf(text, room, "ended"); return;
    case CHILD_SIGNALLED: snprintf(text, room, "was killed by SIG%s", sigabbrev_np(result->code)); return;
    case CHILD_EXITED: snprintf(text, room, "called exit(%d)", result->code); return;
    case CHILD_TIMED_OUT: snprintf(text, room, "ran past its limit of %d ms", result->timeout_ms); return;
    case CHILD_OUT_OF_MEMORY: snprintf(text, room, "took more than the %zu MiB of memory it may add", result->memory_bytes >> 20); return;
    case CHILD_UNWANTED: snprintf(text, room, "was stopped because nobody is left to take the answer"); return;
    case CHILD_NOT_STARTED: snprintf(text, room, "could not be started: the system has no process or pipe left"); return;
  }
}
