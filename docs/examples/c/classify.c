/* Runs a compiled network on zeros and prints the largest element of its first output.
 *
 *   gcc -Imodel classify.c model/network.so -Wl,-rpath,'$ORIGIN/model' -o classify && ./classify model/network.weights
 *
 * or with everything in one program:
 *
 *   gcc -Imodel classify.c model/network.a -pthread -lm -o classify
 */
#include "loopsmith.h"
#include <stdio.h>
#include <stdlib.h>

int main(int count, char **arguments) {
  loopsmith_session *session;
  if (count != 2) { fprintf(stderr, "usage: classify WEIGHTS\n"); return 2; }
  /* 0 threads: as many as the library was compiled for */
  if (loopsmith_create(arguments[1], 0, &session) != LOOPSMITH_OK) { fprintf(stderr, "%s\n", loopsmith_error()); return 1; }

  const void **inputs = calloc((size_t)loopsmith_input_count(session), sizeof *inputs);
  void **outputs = calloc((size_t)loopsmith_output_count(session), sizeof *outputs);
  for (int i = 0; i < loopsmith_input_count(session); i++) inputs[i] = calloc(1, loopsmith_input(session, i)->bytes);
  for (int i = 0; i < loopsmith_output_count(session); i++) outputs[i] = malloc(loopsmith_output(session, i)->bytes);

  if (loopsmith_run(session, inputs, outputs) != LOOPSMITH_OK) { fprintf(stderr, "%s\n", loopsmith_error()); return 1; }

  const loopsmith_tensor *scores = loopsmith_output(session, 0);
  const float *score = outputs[0];
  size_t best = 0;
  for (size_t i = 1; i < scores->bytes / sizeof *score; i++) if (score[i] > score[best]) best = i;
  printf("%s: %zu is the largest, %g\n", scores->name, best, score[best]);

  for (int i = 0; i < loopsmith_input_count(session); i++) free((void *)inputs[i]);
  for (int i = 0; i < loopsmith_output_count(session); i++) free(outputs[i]);
  free(inputs);
  free(outputs);
  loopsmith_destroy(session);
  return 0;
}
