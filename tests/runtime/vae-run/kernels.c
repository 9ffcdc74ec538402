// Kernels of the line package: one block each, rows of four elements.
#include "runtime/abi/kernel.h"

#define WIDTH 4

// y[r][i] = x[r][i] * w[i]
void line_apply(const vae_kernel_args *args, int64_t begin, int64_t end, void *scratch) {
  (void)begin, (void)end, (void)scratch;
  const float *x = args->buffers[0], *w = args->buffers[1];
  float *y = args->buffers[2];
  for (int64_t i = 0; i < args->sizes[0] * WIDTH; ++i)
    y[i] = x[i] * w[i % WIDTH];
}

// A number in [0, 1) that depends on everything that random numbers may depend on; not a good generator.
static float draw(const int32_t *rng, int64_t index) {
  uint32_t h = (uint32_t)rng[0] * 2654435761u ^ (uint32_t)rng[2] * 40503u ^ (uint32_t)index * 2246822519u;
  h ^= h >> 15;
  h *= 2654435761u;
  h ^= h >> 13;
  return (float)(h >> 8) * 0x1p-24f;
}

// y[i] = a number drawn
void line_draw(const vae_kernel_args *args, int64_t begin, int64_t end, void *scratch) {
  (void)begin, (void)end, (void)scratch;
  const int32_t *rng = args->buffers[0];
  float *y = args->buffers[1];
  for (int64_t i = 0; i < args->sizes[0] * WIDTH; ++i)
    y[i] = draw(rng, i);
}

// match = the sum over rows of |label[r] - 3 * x[r][0]|
void line_match(const vae_kernel_args *args, int64_t begin, int64_t end, void *scratch) {
  (void)begin, (void)end, (void)scratch;
  const float *x = args->buffers[0];
  const int32_t *label = args->buffers[1];
  float *match = args->buffers[2];
  *match = 0;
  for (int64_t r = 0; r < args->sizes[0]; ++r) {
    float d = (float)label[r] - 3 * x[r * WIDTH];
    *match += d < 0 ? -d : d;
  }
}

// One step of w towards the mean of x + noise / 8 with momentum m: loss = mean over rows of sum (w - target)^2, far =
// its largest row.
void line_train(const vae_kernel_args *args, int64_t begin, int64_t end, void *scratch) {
  (void)begin, (void)end, (void)scratch;
  const float *x = args->buffers[0], *noise = args->buffers[1], *rate = args->buffers[2];
  float *w = args->buffers[3], *m = args->buffers[4], *loss = args->buffers[5], *far = args->buffers[6];
  int64_t rows = args->sizes[0];
  float gradient[WIDTH] = {0}, total = 0, most = 0;
  for (int64_t r = 0; r < rows; ++r) {
    float row = 0;
    for (int64_t i = 0; i < WIDTH; ++i) {
      float d = w[i] - (x[r * WIDTH + i] + noise[r * WIDTH + i] / 8);
      row += d * d;
      gradient[i] += 2 * d / (float)rows;
    }
    total += row;
    most = row > most ? row : most;
  }
  for (int64_t i = 0; i < WIDTH; ++i) {
    m[i] = 0.5f * m[i] + gradient[i];
    w[i] -= rate[0] * m[i];
  }
  *loss = total / (float)rows;
  *far = most;
}
