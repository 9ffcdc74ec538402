// Kernels of the toy package as the compiler would emit them: the same maths as tests/runtime/vulkan/*.spvasm, 16
// elements a block.
#include "runtime/abi/kernel.h"

#define BLOCK 16

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

// y[i] = a[i] + b[i]
void toy_add(const vae_kernel_args *args, int64_t begin, int64_t end, void *scratch) {
  (void)scratch;
  const float *a = args->buffers[0], *b = args->buffers[1];
  float *y = args->buffers[2];
  for (int64_t i = begin * BLOCK; i < least(end * BLOCK, args->sizes[0]); ++i)
    y[i] = a[i] + b[i];
}

// x[i] += 1
void toy_increment(const vae_kernel_args *args, int64_t begin, int64_t end, void *scratch) {
  (void)scratch;
  float *x = args->buffers[0];
  for (int64_t i = begin * BLOCK; i < least(end * BLOCK, args->sizes[0]); ++i)
    x[i] += 1.0f;
}

// y[i] = x[i] * s[0]
void toy_scale(const vae_kernel_args *args, int64_t begin, int64_t end, void *scratch) {
  (void)scratch;
  const float *x = args->buffers[0], *s = args->buffers[1];
  float *y = args->buffers[2];
  for (int64_t i = begin * BLOCK; i < least(end * BLOCK, args->sizes[0]); ++i)
    y[i] = x[i] * s[0];
}

// y[i] = x[n - 1 - i], through scratch memory, so that threads sharing it would show.
void toy_reverse(const vae_kernel_args *args, int64_t begin, int64_t end, void *scratch) {
  const float *x = args->buffers[0];
  float *y = args->buffers[1], *row = scratch;
  int64_t n = args->sizes[0];
  for (int64_t block = begin; block < end; ++block) {
    int64_t first = block * BLOCK, count = least(BLOCK, n - first);
    for (int64_t i = 0; i < count; ++i)
      row[i] = x[n - 1 - first - i];
    for (int64_t i = 0; i < count; ++i)
      y[first + i] = row[i];
  }
}

// y[c * m + r] = x[r * n + c]; a block is one row of x
void toy_transpose(const vae_kernel_args *args, int64_t begin, int64_t end, void *scratch) {
  (void)scratch;
  const float *x = args->buffers[0];
  float *y = args->buffers[1];
  int64_t m = args->sizes[0], n = args->sizes[1];
  for (int64_t r = begin; r < end; ++r)
    for (int64_t c = 0; c < n; ++c)
      y[c * m + r] = x[r * n + c];
}

// Which library this is: y[0] = TARGET.
void toy_target(const vae_kernel_args *args, int64_t begin, int64_t end, void *scratch) {
  (void)scratch;
  float *y = args->buffers[0];
  for (int64_t i = begin; i < end; ++i)
    y[i] = TARGET;
}
