/* Preloaded into a tool: from the start of main on, allocation number FAIL_AT fails, and with FAIL_ON all later ones. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);

typedef int main_function(int, char **, char **);
static main_function *tool_main;
static long fail_at, fail_on;
static atomic_long count;
static int counting;

static int fails(void) {
  if (!counting)
    return 0;
  const long now = atomic_fetch_add(&count, 1) + 1;
  if (now != fail_at && !(fail_on && now > fail_at))
    return 0;
  errno = ENOMEM;
  return 1;
}

void *malloc(size_t size) { return fails() ? 0 : __libc_malloc(size); }
void *calloc(size_t number, size_t size) { return fails() ? 0 : __libc_calloc(number, size); }
void *realloc(void *memory, size_t size) { return fails() ? 0 : __libc_realloc(memory, size); }

static int counted_main(int argc, char **argv, char **environment) {
  fail_at = atol(getenv("FAIL_AT"));
  fail_on = getenv("FAIL_ON") != 0;
  counting = 1;
  return tool_main(argc, argv, environment);
}

int __libc_start_main(main_function *main, int argc, char **argv, void (*init)(void), void (*finish)(void),
                      void (*loader)(void), void *stack) {
  int (*start)(main_function *, int, char **, void (*)(void), void (*)(void), void (*)(void), void *) =
      dlsym(RTLD_NEXT, "__libc_start_main");
  tool_main = main;
  return start(counted_main, argc, argv, init, finish, loader, stack);
}
