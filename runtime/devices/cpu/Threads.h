// The worker threads of a CPU device.
#ifndef VAE_RUNTIME_DEVICES_CPU_THREADS_H
#define VAE_RUNTIME_DEVICES_CPU_THREADS_H

#include "runtime/base/Status.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

struct pthreadpool;

namespace vae::runtime::cpu {

/// A pool of worker threads. Several threads may use it; their calls run one after the other.
class Threads {
public:
  /// `count` threads, the caller's included; 0 = as many as the process may use.
  static Result<std::shared_ptr<Threads>> create(uint32_t count);
  ~Threads();
  Threads(const Threads &) = delete;
  Threads &operator=(const Threads &) = delete;

  uint32_t count() const { return threadCount; }

  /// Calls work(context, slot) once for each slot in [0, count()), on as many threads as are free: calls may also
  /// follow each other on one thread, so none may wait for another to begin. Returns when all have returned.
  void runAll(void (*work)(void *context, size_t slot), void *context);

private:
  Threads() = default;
  std::once_flag started;
  pthreadpool *pool = nullptr; ///< started when first needed; null with one thread, or where the system refuses more
  uint32_t threadCount = 1;
};

} // namespace vae::runtime::cpu

#endif // VAE_RUNTIME_DEVICES_CPU_THREADS_H
