// Parallel loops over the blocks of a dispatch.
#ifndef VAE_RUNTIME_DEVICES_CPU_THREADS_H
#define VAE_RUNTIME_DEVICES_CPU_THREADS_H

#include "runtime/Status.h"
#include "runtime/abi/kernel.h"

#include <cstddef>
#include <memory>

struct pthreadpool;

namespace vae::runtime::cpu {

/// A pool of worker threads. Several threads may use it; their loops run one after the other.
class Threads {
public:
  /// `count` threads, the caller's included; 0 = as many as the process may use.
  static Result<std::shared_ptr<Threads>> create(uint32_t count);
  ~Threads();
  Threads(const Threads &) = delete;
  Threads &operator=(const Threads &) = delete;

  uint32_t count() const { return threadCount; }

  /// Runs `kernel` over blocks [0, blocks). Slot i of `scratch` (count() slots, `scratchStride` bytes apart; null where the kernel needs
  /// none) is used by one thread at a time.
  void run(vae_kernel_fn kernel, const vae_kernel_args &args, int64_t blocks, std::byte *scratch, uint64_t scratchStride);

private:
  Threads() = default;
  pthreadpool *pool = nullptr; ///< null with one thread
  uint32_t threadCount = 1;
};

} // namespace vae::runtime::cpu

#endif // VAE_RUNTIME_DEVICES_CPU_THREADS_H
