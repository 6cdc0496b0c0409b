/* Threads of a GPU's block as fibers of one thread of this CPU (see loopsmith_on_cpu.h). A fiber runs until it waits; when all of
 * a warp wait at one shuffle, or all of the block at one barrier, they go on. Compiled without sanitizers also where kernels are
 * compiled with them: it tells them of the fibers, and what it writes itself is no race.
 */
#define _GNU_SOURCE
#include "blocks.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#ifndef __x86_64__
#include <ucontext.h>
#endif

#define STACK_BYTES ((size_t)64 << 10)
#define PAGE ((size_t)4096)
#define MOST_THREADS 1024

typedef enum { READY, AT_BARRIER, AT_SHUFFLE, DONE } fiber_state;
typedef struct {
#ifdef __x86_64__
  void *stack_pointer;
#else
  ucontext_t context;
#endif
  char *stack;
  loopsmith_place thread;
  fiber_state state;
  int line;               /* where it waits */
  char value[16];         /* what it shows others in a shuffle */
  void *tsan, *fake_stack;
} fiber;

static fiber fibers[MOST_THREADS], scheduler, *running;
static int thread_count, warp;
static loopsmith_blocks at;
static loopsmith_entry *entry_of;
static void *const *const *arguments_of;

/* gcc's sanitizers, where the program has them. */
extern void *__tsan_get_current_fiber(void) __attribute__((weak));
extern void *__tsan_create_fiber(unsigned) __attribute__((weak));
extern void __tsan_switch_to_fiber(void *, unsigned) __attribute__((weak));
extern void __tsan_acquire(void *) __attribute__((weak));
extern void __tsan_release(void *) __attribute__((weak));
extern void __sanitizer_start_switch_fiber(void **, const void *, size_t) __attribute__((weak));
extern void __sanitizer_finish_switch_fiber(void *, const void **, size_t *) __attribute__((weak));
static const void *own_stack;
static size_t own_stack_bytes;

/* What a thread did before it waited is seen by those that wait with it, and by nobody else. */
static char order_of_start, order_of_barrier, order_of_end, order_of_warp[MOST_THREADS];
static void *order_of(fiber_state state) { return state == AT_BARRIER ? &order_of_barrier : state == DONE ? &order_of_end : &order_of_warp[(running - fibers) / warp]; }
static void release(void *order) { if (__tsan_release != NULL) __tsan_release(order); }
static void acquire(void *order) { if (__tsan_acquire != NULL) __tsan_acquire(order); }

#ifdef __x86_64__
/* Keeps what a called function has to keep, and goes on where `to` was left. */
void loopsmith_switch(void **save, void *to) __attribute__((visibility("hidden")));
__asm__(".text\n.hidden loopsmith_switch\n.globl loopsmith_switch\n.type loopsmith_switch, @function\nloopsmith_switch:\n"
        "pushq %rbp\npushq %rbx\npushq %r12\npushq %r13\npushq %r14\npushq %r15\nmovq %rsp, (%rdi)\nmovq %rsi, %rsp\n"
        "popq %r15\npopq %r14\npopq %r13\npopq %r12\npopq %rbx\npopq %rbp\nret\n.size loopsmith_switch, .-loopsmith_switch\n");
static void jump(fiber *from, fiber *to) { loopsmith_switch(&from->stack_pointer, to->stack_pointer); }
static void prepare(fiber *made, void (*start)(void)) {
  void **top = (void **)(made->stack + STACK_BYTES);
  *--top = NULL;
  *--top = (void *)start;
  for (int saved = 0; saved < 6; saved++) *--top = NULL;
  made->stack_pointer = top;
}
#else
/* Slower: each switch also asks the kernel for its signal mask. */
static void jump(fiber *from, fiber *to) { swapcontext(&from->context, &to->context); }
static void prepare(fiber *made, void (*start)(void)) {
  getcontext(&made->context);
  made->context.uc_stack.ss_sp = made->stack;
  made->context.uc_stack.ss_size = STACK_BYTES;
  made->context.uc_link = NULL;
  makecontext(&made->context, start, 0);
}
#endif

/* From a thread to the scheduler, until it is resumed. */
static void wait_as(fiber_state state, int line) {
  fiber *const me = running;
  void *const order = order_of(state);
  me->state = state;
  me->line = line;
  release(order);
  if (__tsan_switch_to_fiber != NULL) __tsan_switch_to_fiber(scheduler.tsan, 1);
  if (__sanitizer_start_switch_fiber != NULL) __sanitizer_start_switch_fiber(state == DONE ? NULL : &me->fake_stack, own_stack, own_stack_bytes);
  jump(me, &scheduler);
  if (__sanitizer_finish_switch_fiber != NULL) __sanitizer_finish_switch_fiber(me->fake_stack, &own_stack, &own_stack_bytes);
  acquire(order);
}

static void run_thread(void) {
  acquire(&order_of_start);
  if (__sanitizer_finish_switch_fiber != NULL) __sanitizer_finish_switch_fiber(NULL, &own_stack, &own_stack_bytes);
  entry_of(arguments_of);
  wait_as(DONE, 0);
}

static void resume(fiber *thread) {
  running = thread;
  at.thread = thread->thread;
  at.number = (int)(thread - fibers);
  if (__tsan_switch_to_fiber != NULL) __tsan_switch_to_fiber(thread->tsan, 1);
  if (__sanitizer_start_switch_fiber != NULL) __sanitizer_start_switch_fiber(&scheduler.fake_stack, thread->stack, STACK_BYTES);
  jump(&scheduler, thread);
  if (__sanitizer_finish_switch_fiber != NULL) __sanitizer_finish_switch_fiber(scheduler.fake_stack, NULL, NULL);
}

static void barrier(int line) { wait_as(AT_BARRIER, line); }

static void shuffle(void *value, size_t bytes, int lane, int line) {
  const int me = (int)(running - fibers), other = me / warp * warp + lane;
  memcpy(fibers[me].value, value, bytes);
  wait_as(AT_SHUFFLE, line);
  memcpy(value, lane < 0 || lane >= warp || other >= thread_count ? fibers[me].value : fibers[other].value, bytes);
  /* all have read before one writes for the next shuffle; the negative line tells the two apart */
  wait_as(AT_SHUFFLE, -line);
}

static int fails(char *wrong, size_t room, const char *what, int line, int other) {
  char lines[64] = "";
  if (other != 0) snprintf(lines, sizeof lines, "lines %d and %d", abs(line), abs(other)); else snprintf(lines, sizeof lines, "line %d", abs(line));
  snprintf(wrong, room, "%s: %s, block %u %u %u", what, lines, at.block.x, at.block.y, at.block.z);
  return 1;
}

/* Runs the threads of one warp until none can go on without the rest of the block. */
static int run_warp(int first, int end, int down, char *wrong, size_t room) {
  for (;;) {
    for (int i = first; i < end; i++) { fiber *const thread = fibers + (down ? end - 1 - (i - first) : i); if (thread->state == READY) resume(thread); }
    int shuffling = 0, line = 0;
    for (int i = first; i < end; i++) {
      if (fibers[i].state != AT_SHUFFLE) continue;
      if (shuffling++ > 0 && fibers[i].line != line) return fails(wrong, room, "threads of one warp wait at different shuffles", line, fibers[i].line);
      line = fibers[i].line;
    }
    if (shuffling == 0) return 0;
    if (shuffling < end - first) return fails(wrong, room, "part of a warp waits at a shuffle to which the rest does not come", line, 0);
    for (int i = first; i < end; i++) fibers[i].state = READY;
  }
}

static int run_block(int down, char *wrong, size_t room) {
  for (int i = 0; i < thread_count; i++) { prepare(&fibers[i], run_thread); fibers[i].state = READY; }
  release(&order_of_start);
  for (const int warps = (thread_count + warp - 1) / warp;;) {
    for (int w = 0; w < warps; w++) {
      const int first = (down ? warps - 1 - w : w) * warp, end = first + warp < thread_count ? first + warp : thread_count;
      if (run_warp(first, end, down, wrong, room)) return 1;
    }
    int waiting = 0, line = 0;
    for (int i = 0; i < thread_count; i++) {
      if (fibers[i].state == DONE) continue;
      if (waiting++ > 0 && fibers[i].line != line) return fails(wrong, room, "threads of one block wait at different barriers", line, fibers[i].line);
      line = fibers[i].line;
    }
    if (waiting == 0) { acquire(&order_of_end); return 0; }
    if (waiting < thread_count) return fails(wrong, room, "part of a block waits at a barrier to which the rest does not come", line, 0);
    for (int i = 0; i < thread_count; i++) fibers[i].state = READY;
  }
}

/* A stack whose overflow is a fault. */
static int make_fiber(fiber *made) {
  if (made->stack != NULL) return 1;
  char *memory = mmap(NULL, STACK_BYTES + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return 0;
  mprotect(memory, PAGE, PROT_NONE);
  made->stack = memory + PAGE;
  if (__tsan_create_fiber != NULL) made->tsan = __tsan_create_fiber(0);
  return 1;
}

int loopsmith_run_blocks(loopsmith_on_cpu *kernels, loopsmith_entry *entry, void *const *const *arguments, loopsmith_place blocks, loopsmith_place threads, char *wrong, size_t room) {
  const uint64_t wanted = (uint64_t)threads.x * threads.y * threads.z;
  if (wanted == 0 || wanted > MOST_THREADS) { snprintf(wrong, room, "a block of %llu threads; 1 to %d are possible", (unsigned long long)wanted, MOST_THREADS); return 1; }
  thread_count = (int)wanted;
  warp = kernels->warp;
  entry_of = entry;
  arguments_of = arguments;
  at = (loopsmith_blocks){.threads = threads, .blocks = blocks, .barrier = barrier, .shuffle = shuffle};
  kernels->at = &at;
  if (__tsan_get_current_fiber != NULL) scheduler.tsan = __tsan_get_current_fiber();
  for (int i = 0; i < thread_count; i++) {
    if (!make_fiber(&fibers[i])) { snprintf(wrong, room, "no memory for the stacks of %d threads", thread_count); return 1; }
    fibers[i].thread = (loopsmith_place){(unsigned)i % threads.x, (unsigned)i / threads.x % threads.y, (unsigned)i / (threads.x * threads.y)};
  }
  static int down;
  for (unsigned z = 0; z < blocks.z; z++) for (unsigned y = 0; y < blocks.y; y++) for (unsigned x = 0; x < blocks.x; x++) {
    at.block = (loopsmith_place){x, y, z};
    if (kernels->shared != NULL) memset(kernels->shared, 0xff, (size_t)(kernels->shared_end - kernels->shared));
    if (run_block(down ^= 1, wrong, room)) return 1;
  }
  return 0;
}
