/* Guarded memory (see guarded.h). Layout of a mapping, the poison in front less than a page:
 *   [unreadable] [poison] [data, 64-byte aligned] [slack] [poison, < 64 bytes] [unreadable] */
#define _GNU_SOURCE
#include "guarded.h"
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HUGE_PAGE (2u << 20)
/* Wide enough for most strides of a wrong index; unreadable pages cost no memory. */
#define GUARD (1u << 20)

static size_t page(void) { return (size_t)sysconf(_SC_PAGESIZE); }

int guarded_make(guarded *region, size_t bytes, size_t slack, unsigned char poison) {
  const size_t used = (bytes + slack + 63) / 64 * 64, inner = (used + page() - 1) / page() * page();
  *region = (guarded){.mapped = inner + 2 * GUARD, .bytes = bytes, .slack = slack, .poison = poison};
  region->mapping = mmap(NULL, region->mapped, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (region->mapping == MAP_FAILED) { region->mapping = NULL; return 0; }
  char *start = region->mapping + GUARD;
  if (inner > 0 && mprotect(start, inner, PROT_READ | PROT_WRITE) != 0) { guarded_free(region); return 0; }
  if (inner >= HUGE_PAGE) madvise(start, inner, MADV_HUGEPAGE); /* a hint; the library's arena asks for the same */
  region->data = start + inner - used;
  memset(start, poison, inner);
  return 1;
}

void guarded_free(guarded *region) {
  if (region->mapping != NULL) munmap(region->mapping, region->mapped);
  region->mapping = NULL;
}

void guarded_seal(guarded *region) { mprotect(region->mapping + GUARD, region->mapped - 2 * GUARD, PROT_READ); }

void guarded_inherit(const guarded *region, int inherited) { madvise(region->mapping, region->mapped, inherited ? MADV_DOFORK : MADV_DONTFORK); }

long guarded_stray(const guarded *region) {
  for (const char *at = region->data - 1; at >= region->mapping + GUARD; at--)
    if ((unsigned char)*at != region->poison) return at - region->data;
  const char *end = region->data + region->bytes;
  for (const char *at = end; at < region->mapping + region->mapped - GUARD; at++)
    if ((unsigned char)*at != region->poison) return at - end + 1;
  return 0;
}

int guarded_holds(const guarded *region, const void *address) {
  return region->mapping != NULL && (const char *)address >= region->mapping && (const char *)address < region->mapping + region->mapped;
}
