// The worker threads of a CPU device.
#ifndef VAE_RUNTIME_DEVICES_CPU_THREADS_H
#define VAE_RUNTIME_DEVICES_CPU_THREADS_H

#include "runtime/base/Status.h"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace vae::runtime::cpu {

/// A pool of worker threads. Several threads may use it; their calls run one after the other.
class Threads {
public:
  /// `count` threads, the caller's included; 0 = as many as the process may use. They start when first needed; where
  /// the system refuses some, the others do their work.
  static Result<std::shared_ptr<Threads>> create(uint32_t count);
  ~Threads();
  Threads(const Threads &) = delete;
  Threads &operator=(const Threads &) = delete;

  uint32_t count() const { return threadCount; }

  /// Calls work(context, slot) once for each slot in [0, count()), slot 0 on the caller's thread, the others on as many
  /// threads as are free: calls may also follow each other on one thread, so none may wait for another to begin. Returns
  /// when all have returned. `work` throws nothing.
  void runAll(void (*work)(void *context, size_t slot), void *context);

private:
  struct Job {
    void (*work)(void *context, size_t slot) = nullptr;
    void *context = nullptr;
  };

  Threads() = default;
  void start();
  bool startWorker();
  void serve();
  void takeSlots();

  uint32_t threadCount = 1;
  std::mutex callMutex; ///< held by the caller whose job runs
  std::vector<std::thread> workers;
  bool started = false;

  std::mutex mutex; ///< of what follows; a job stays while a worker is busy
  std::condition_variable wake, idle;
  Job job;
  uint32_t busy = 0;
  bool ending = false;
  std::atomic<size_t> nextSlot{0};
};

} // namespace vae::runtime::cpu

#endif // VAE_RUNTIME_DEVICES_CPU_THREADS_H
