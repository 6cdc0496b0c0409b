/* Memory that a kernel may not overstep: the data end at an unreadable page, and the rest of their own pages holds a
 * pattern that is checked afterwards. So a stray write is named after the buffer it belongs to. */
#ifndef HARNESS_GUARDED_H
#define HARNESS_GUARDED_H
#include "values.h"

typedef struct {
  char *mapping; size_t mapped;      /* all of it, unreadable pages at both ends */
  char *data;                        /* 64-byte aligned */
  size_t bytes;                      /* that may be written */
  size_t slack;                      /* that may be read after them */
  unsigned char poison;              /* fills slack and what surrounds the data */
} guarded;

/* 0 when memory is short. Everything readable is filled with `poison`; large regions ask for huge pages. */
int guarded_make(guarded *region, size_t bytes, size_t slack, unsigned char poison);
void guarded_free(guarded *region);
/* From now on a write is a fault. */
void guarded_seal(guarded *region);
/* Whether processes forked from now on have it: what they do not need costs them time at their start and at their end, page by page. */
void guarded_inherit(const guarded *region, int inherited);
/* Bytes before (negative) or after the data of the first stray write found, or 0 when there is none. */
long guarded_stray(const guarded *region);
int guarded_holds(const guarded *region, const void *address);

#endif
