/* The child that stays (see standing.h). It holds tasks of its own: told by the command that the harness was told them by, with the
 * reference's answers behind it, drawn and packed as there. What is measured is told by its command, and measured in the child itself. */
#define _GNU_SOURCE
#include "standing.h"
#include "commands.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Candidates after which it is ended: what a driver leaks with every module and memory does not grow without bound, and one opening in so many is little. */
#define MOST_CANDIDATES 500
#define TELLING_MS 60000

/* The harness's side. */
static child standing;          /* process 0: none */
static unsigned serial;         /* of the one that runs; tasks know whom they were told to */
static int measured;

/* The child's side: it learns tasks, measures, and forgets tasks. */
static void learn(const command *of, const char *id, FILE *words, FILE *answers) {
  failure fault = {0};
  const char *reference = "";
  int timeout = 0;
  task *made = calloc(1, sizeof *made);
  if (made == NULL) _exit(1);
  snprintf(made->id, sizeof made->id, "%s", id);
  read_task(of, made, &reference, &timeout, &fault);
  /* without room for it the answers behind the command could not be told from the next one */
  if (!task_begin(made)) _exit(1);
  for (int set = 0; set < SETS; set++) if (fread(made->reference[set], 1, task_answer_bytes(made), words) != task_answer_bytes(made)) _exit(1);
  task_scale(made);
  made->next = tasks;
  tasks = made;
  fprintf(answers, "ok\n%c", CHILD_STAYS);
}

static void take_measurement(const command *of, const char *id, FILE *answers) {
  failure fault = {0};
  measurement work;
  read_measurement(of, &work, &fault);
  work.subject = task_find(id);
  if (work.subject == NULL) _exit(1);
  for (task *other = tasks; other != NULL; other = other->next) if (other != work.subject) task_trim(other, PACKED_BYTES_OF_OTHERS);
  const int lost = measure_staying(&work, answers);
  forget_measurement(&work);
  fprintf(answers, "%c", lost ? CHILD_LEAVES : CHILD_STAYS);
}

static void stay(int told, int channel) {
  static command next;
  while (tasks != NULL) task_drop(tasks->id); /* of the harness, as they were when this began */
  FILE *words = fdopen(told, "r"), *answers = fdopen(channel, "w");
  while (words != NULL && answers != NULL && read_command(words, &next)) {
    char *line = next.lines[0];
    const char *what = word(&line);
    if (is(what, "task")) learn(&next, line, words, answers);
    else if (is(what, "measure")) take_measurement(&next, line, answers);
    else { task_drop(line); fprintf(answers, "%c", CHILD_STAYS); }
    fflush(answers);
    forget_command(&next);
  }
}

/* Tells it something small and waits for its word. */
static int told(const char *text, const task *of) {
  int leaves;
  if (!child_tell(&standing, text, strlen(text))) return 0;
  for (int set = 0; of != NULL && set < SETS; set++) if (!child_tell(&standing, of->reference[set], task_answer_bytes(of))) return 0;
  child_result result = child_answer(&standing, (child_limits){TELLING_MS, SIZE_MAX}, &leaves);
  free(result.text);
  return result.ending == CHILD_ENDED;
}

static int ready(task *subject) {
  if (standing.process > 0 && (measured >= MOST_CANDIDATES || child_gone(&standing))) standing_end();
  if (standing.process <= 0) {
    if (!child_start(&standing, stay)) return 0;
    serial++;
    measured = 0;
  }
  if (subject->told == serial) return 1;
  if (!told(subject->text, subject)) return 0;
  subject->told = serial;
  return 1;
}

child_result standing_measure(const measurement *of, const char *text, child_limits limits) {
  int leaves = 0;
  if (!ready(of->subject) || !child_tell(&standing, text, strlen(text))) {
    standing_end();
    return (child_result){.ending = CHILD_NOT_STARTED, .text = calloc(1, 1)};
  }
  measured += of->count;
  child_result result = child_answer(&standing, limits, &leaves);
  if (leaves) standing_end();
  return result;
}

void standing_drop(const task *gone) {
  char text[sizeof gone->id + 16];
  if (standing.process <= 0 || gone->told != serial) return;
  snprintf(text, sizeof text, "drop %s\nend\n", gone->id);
  if (!told(text, NULL)) standing_end();
}

void standing_end(void) {
  if (standing.process > 0) child_end(&standing);
}
