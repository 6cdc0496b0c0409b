/* How a file that implements loopsmith_driver.h tells a failure: one sentence as by printf, and the answer 1. Included once, by such a file. */
#ifndef LOOPSMITH_DRIVER_FAILURE_H
#define LOOPSMITH_DRIVER_FAILURE_H
#include "loopsmith_driver.h"
#include <stdarg.h>
#include <stdio.h>

static int failed(loopsmith_driver_error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int failed(loopsmith_driver_error *error, const char *format, ...) {
  va_list list;
  va_start(list, format);
  vsnprintf(error->text, sizeof error->text, format, list);
  va_end(list);
  return 1;
}

#endif
