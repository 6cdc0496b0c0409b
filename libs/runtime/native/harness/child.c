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

/* By the child's own word: it does not inherit all that is resident in its parent (see guarded_inherit). */
static volatile size_t *own_born_with;
void child_counts_from_here(void) { *own_born_with = resident_bytes(getpid()); }

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

/* Takes the end of an answer off its text, once it is there. */
static int take_mark(char *text, size_t used, int *mark) {
  const char last = used > 0 ? text[used - 1] : 0;
  if (last != CHILD_STAYS && last != CHILD_LEAVES) return 0;
  *mark = last;
  text[used - 1] = 0;
  return 1;
}

/* For a system without descriptors of processes (a kernel before 5.3, a sandbox, too many open files): asked for every WATCH_MS. */
static int has_ended(pid_t child) {
  siginfo_t end = {0};
  return waitid(P_PID, (id_t)child, &end, WEXITED | WNOHANG | WNOWAIT) != 0 || end.si_pid == child;
}

/* Collects the child's text until the child itself is gone (a grandchild may hold the channel open longer), has answered, or is to be killed. */
static child_ending watch(const child *of, long long deadline, child_limits limits, char **text, int *mark) {
  struct pollfd watched[3] = {{.fd = of->answers, .events = POLLIN}, {.fd = of->descriptor, .events = POLLIN}, {.fd = STDIN_FILENO}};
  size_t used = 0;
  for (long long looked = now_ms();;) {
    const int gone = of->descriptor < 0 && has_ended(of->process); /* before the look at the channel, which then holds all its text */
    poll(watched, 3, gone ? 0 : WATCH_MS);
    if (watched[0].fd >= 0 && watched[0].revents != 0) { if (!take_text(of->answers, text, &used)) watched[0].fd = -1; }
    else if (gone || watched[1].revents != 0) return CHILD_ENDED;
    if (mark != NULL && take_mark(*text, used, mark)) return CHILD_ENDED;
    watched[0].revents = 0;
    if (watched[2].revents & POLLHUP) return CHILD_UNWANTED;
    if (now_ms() - looked < WATCH_MS) continue;
    looked = now_ms();
    if (looked > deadline) return CHILD_TIMED_OUT;
    if (limits.memory_bytes != SIZE_MAX && *of->born_with > 0 && resident_bytes(of->process) > *of->born_with + limits.memory_bytes) return CHILD_OUT_OF_MEMORY;
  }
}

static void close_both(const int ends[2]) { close(ends[0]); close(ends[1]); }

/* Forks; in the child `made` is as it is in the parent but for its process, which is 0. -1 when there is no process or pipe left. */
static int begin(child *made, int answers[2]) {
  if (pipe2(answers, O_CLOEXEC) != 0) return -1;
  *made = (child){.words = -1, .answers = answers[0], .born_with = mmap(NULL, sizeof *made->born_with, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)};
  if (made->born_with == MAP_FAILED) { close_both(answers); return -1; }
  fflush(NULL);
  const pid_t parent = getpid();
  made->process = fork();
  if (made->process == 0) {
    close(answers[0]);
    become_child(parent);
    own_born_with = made->born_with;
    child_counts_from_here();
    return 0;
  }
  close(answers[1]);
  if (made->process < 0) { close(answers[0]); munmap((void *)made->born_with, sizeof *made->born_with); return -1; }
  setpgid(made->process, made->process); /* both sides set it, whoever comes first */
  made->descriptor = (int)syscall(SYS_pidfd_open, made->process, 0);
  return 1;
}

/* Takes what is left of it away; answers its status. */
static int finish(child *which, int killed) {
  int status = 0;
  if (killed) kill(which->process, SIGKILL);
  munmap((void *)which->born_with, sizeof *which->born_with);
  if (which->words >= 0) close(which->words);
  close(which->answers);
  if (which->descriptor >= 0) close(which->descriptor);
  while (waitpid(which->process, &status, 0) < 0 && errno == EINTR) {}
  kill(-which->process, SIGKILL); /* whatever it started */
  which->process = 0;
  return status;
}

/* How a child ended that was waited for until it did. */
static void take_status(child_result *result, int status) {
  if (WIFSIGNALED(status)) { result->ending = CHILD_SIGNALLED; result->code = WTERMSIG(status); }
  else if (WEXITSTATUS(status) != 0) { result->ending = CHILD_EXITED; result->code = WEXITSTATUS(status); }
}

static child_result result_within(child_limits limits) {
  return (child_result){.timeout_ms = limits.timeout_ms, .memory_bytes = limits.memory_bytes, .ending = CHILD_NOT_STARTED, .text = calloc(1, 1)};
}

child_result child_run(void (*work)(void *context, int channel), void *context, child_limits limits) {
  child_result result = result_within(limits);
  child started;
  int ends[2];
  const long long deadline = now_ms() + limits.timeout_ms;
  const int side = begin(&started, ends);
  if (side < 0) return result;
  if (side == 0) { work(context, ends[1]); _exit(0); }
  result.ending = watch(&started, deadline, limits, &result.text, NULL);
  const int status = finish(&started, result.ending != CHILD_ENDED);
  if (result.ending == CHILD_ENDED) take_status(&result, status);
  return result;
}

int child_start(child *made, void (*work)(int words, int answers)) {
  int words[2], answers[2];
  if (pipe2(words, O_CLOEXEC) != 0) return 0;
  const int side = begin(made, answers);
  if (side < 0) { close_both(words); return 0; }
  if (side == 0) { close(words[1]); work(words[0], answers[1]); _exit(0); }
  close(words[0]);
  made->words = words[1];
  return 1;
}

int child_tell(const child *to, const void *bytes, size_t count) {
  *to->born_with = 0; /* until it says what counts */
  for (const char *at = bytes; count > 0;) {
    const ssize_t written = write(to->words, at, count);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return 0;
    at += written;
    count -= (size_t)written;
  }
  return 1;
}

child_result child_answer(child *from, child_limits limits, int *leaves) {
  child_result result = result_within(limits);
  int mark = 0;
  result.ending = watch(from, now_ms() + limits.timeout_ms, limits, &result.text, &mark);
  *leaves = mark == CHILD_LEAVES;
  if (result.ending == CHILD_ENDED && mark != 0) return result;
  const int status = finish(from, result.ending != CHILD_ENDED);
  if (result.ending != CHILD_ENDED) return result;
  /* a candidate that calls exit(0) ends it in good order, but without an answer */
  result.ending = CHILD_EXITED;
  take_status(&result, status);
  return result;
}

int child_gone(const child *which) { return has_ended(which->process); }
void child_end(child *which) { finish(which, 1); }

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
