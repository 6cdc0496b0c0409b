/* Commands of the harness as values: what the lines say of tasks and measurements. It runs nothing and writes no answers. */
#ifndef HARNESS_COMMANDS_H
#define HARNESS_COMMANDS_H
#include "candidate.h"

#define MAX_LINES 8192

typedef struct { char *lines[MAX_LINES]; int count; } command;

/* Reads one command; 0 at the end of the input. */
int read_command(FILE *from, command *read);
void forget_command(command *of);
/* The command as it was read, for another process: only before words are taken off its lines. NULL when memory is short; the caller frees it. */
char *command_text(const command *of);

/* Takes the next word off a line; "" at its end. */
char *word(char **line);
double number(char **line);
long long whole(char **line);
int is(const char *a, const char *b);
void read_cores(char *line, int *cores);

/* What a `task` command says; `reference` is a line of the command. */
void read_task(const command *of, task *made, const char **reference, int *timeout_ms, failure *fault);
/* What a `measure` command says, but for the task that it is of. Also after a failure there is something to forget. */
void read_measurement(const command *of, measurement *work, failure *fault);
void forget_measurement(measurement *of);
/* What a description must say of a candidate before it can be run. */
void check_candidate(const candidate *subject, const task *of, failure *fault);

#endif
