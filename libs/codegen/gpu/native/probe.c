/* Prints the name of the device that loopsmith_driver_open takes, or why there is none, with status 1. A program of its own,
 * because a driver may end the process that asks it. */
#include "loopsmith_driver.h"
#include <stdio.h>

int main(void) {
  loopsmith_driver *driver;
  loopsmith_driver_error error;
  if (loopsmith_driver_open(&driver, &error)) { printf("%s\n", error.text); return 1; }
  printf("%s\n", loopsmith_driver_device(driver));
  loopsmith_driver_close(driver);
  return 0;
}
