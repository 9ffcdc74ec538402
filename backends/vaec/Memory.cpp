// Allocation that never gives null: MLIR's and LLVM's own code does not look. Sanitizers have an allocator of their own.
#include "backends/vaec/Quit.h"
#include <cerrno>
#include <cstddef>
#include <cstdlib>

#ifndef VAE_SANITIZE
extern "C" {
void *libcMalloc(size_t size) __asm__("__libc_malloc");
void *libcCalloc(size_t count, size_t size) __asm__("__libc_calloc");
void *libcRealloc(void *memory, size_t size) __asm__("__libc_realloc");
void *libcMemalign(size_t alignment, size_t size) __asm__("__libc_memalign");

static void *checked(void *memory) {
  if (!memory)
    vae::quit("not enough memory", 1);
  return memory;
}

// These stand before the C library's for all that is in this process.
void *malloc(size_t size) { return checked(libcMalloc(size)); }
void *calloc(size_t count, size_t size) { return checked(libcCalloc(count, size)); }
void *realloc(void *memory, size_t size) {
  void *moved = libcRealloc(memory, size);
  return size == 0 ? moved : checked(moved); // of no size: freed
}
void *memalign(size_t alignment, size_t size) { return checked(libcMemalign(alignment, size)); }
void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }
int posix_memalign(void **memory, size_t alignment, size_t size) {
  *memory = memalign(alignment, size);
  return 0;
}
}
#endif
