// Loops that do nothing but multiply and add, or copy.
#include "runtime/devices/cpu/Peak.h"
#include "runtime/base/Stopwatch.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace vae::runtime::cpu {
namespace {

constexpr int rounds = 6;
/// Enough to hide the latency of a multiply-add (4 cycles, two a cycle), few enough for the registers.
constexpr size_t chains = 12;
constexpr int64_t links = 1 << 20;

template <int lanes> struct Vector {
  using Type __attribute__((vector_size(lanes * sizeof(float)))) = float;
};

template <typename Lanes, size_t... I>
__attribute__((always_inline)) inline void multiplyAdd(Lanes *sums, const Lanes &a, const Lanes &b,
                                                       std::index_sequence<I...>) {
  ((sums[I] = sums[I] * a + b), ...);
}

/// A number that depends on every operation, so that none is left out.
template <int lanes> __attribute__((always_inline)) inline float multiplyAdds() {
  using Lanes = Vector<lanes>::Type;
  Lanes sums[chains] = {}, a = {}, b = {};
  for (int i = 0; i < lanes; ++i) {
    a[i] = 0.5f;
    b[i] = 1.0f + static_cast<float>(i);
  }
  for (int64_t i = 0; i < links; ++i)
    multiplyAdd(sums, a, b, std::make_index_sequence<chains>());
  for (size_t i = 1; i < chains; ++i)
    sums[0] += sums[i];
  return sums[0][0];
}

/// The loop for a width, and floating-point operations of one call.
struct Loop {
  float (*run)();
  int lanes;
  double flops() const { return 2.0 * lanes * chains * static_cast<double>(links); }
};

float generic() { return multiplyAdds<4>(); }
#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) float avx2() { return multiplyAdds<8>(); }
__attribute__((target("avx512f"))) float avx512() { return multiplyAdds<16>(); }
#endif

Loop loopFor([[maybe_unused]] std::string_view target) {
#if defined(__x86_64__)
  if (target == "x86-64-v4")
    return {avx512, 16};
  if (target == "x86-64-v3")
    return {avx2, 8};
#endif
  return {generic, 4};
}

/// The least time of all rounds of a job.
template <typename Job> double leastSeconds(Threads &threads, Job job) {
  double least = 0;
  for (int round = 0; round < rounds; ++round) {
    Stopwatch watch;
    threads.runAll([](void *self, size_t slot) { (*static_cast<Job *>(self))(slot); }, &job);
    least = round ? std::min(least, watch.seconds()) : watch.seconds();
  }
  return std::max(least, 1e-9);
}

} // namespace

double peakFlops(Threads &threads, std::string_view target) {
  const Loop loop = loopFor(target);
  std::atomic<float> sink = 0;
  double seconds = leastSeconds(threads, [&](size_t) { sink = loop.run(); });
  return loop.flops() * threads.count() / seconds;
}

double peakBytes(Threads &threads, Allocator &allocator) {
  constexpr uint64_t bytes = 64u << 20;
  Result<HostBuffer> from = HostBuffer::allocate(bytes, HostBuffer::defaultAlignment, allocator);
  Result<HostBuffer> to = HostBuffer::allocate(bytes, HostBuffer::defaultAlignment, allocator);
  if (!from.ok() || !to.ok())
    return 0;
  std::memset(from->data(), 1, bytes); // a page that nobody wrote is the one page of zeros
  const uint64_t share = bytes / threads.count();
  double seconds = leastSeconds(
      threads, [&](size_t slot) { std::memcpy(to->data() + slot * share, from->data() + slot * share, share); });
  return 2.0 * static_cast<double>(share * threads.count()) / seconds;
}

} // namespace vae::runtime::cpu
