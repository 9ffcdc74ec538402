// Worker threads that sleep between jobs: spinning would take the machine from the caller, who prepares the next one.
#include "runtime/devices/cpu/Threads.h"

#include <algorithm>
#include <exception>
#include <sched.h>

namespace vae::runtime::cpu {
/// Processors that this process may run on.
static uint32_t usableProcessors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof(set), &set) == 0 ? static_cast<uint32_t>(CPU_COUNT(&set)) : 1;
}

Result<std::shared_ptr<Threads>> Threads::create(uint32_t count) {
  constexpr uint32_t most = 1024;
  if (count > most)
    return fail(StatusCode::invalidArgument, count, " threads exceed ", most);
  std::shared_ptr<Threads> threads(new Threads());
  threads->threadCount = std::clamp(count ? count : usableProcessors(), 1u, most);
  return threads;
}

Threads::~Threads() {
  {
    std::lock_guard lock(mutex);
    ending = true;
  }
  wake.notify_all();
  for (std::thread &worker : workers)
    worker.join();
}

void Threads::start() {
  if (started)
    return;
  started = true;
  while (workers.size() + 1 < threadCount && startWorker())
    ;
}

/// False where the system refuses another thread, or memory for it: those that run are enough.
bool Threads::startWorker() {
  try {
    workers.emplace_back([this] { serve(); });
    return true;
  } catch (const std::exception &) {
    return false;
  }
}

void Threads::serve() {
  std::unique_lock lock(mutex);
  while (true) {
    wake.wait(lock, [this] { return ending || (job.work && nextSlot < threadCount); });
    if (ending)
      return;
    ++busy;
    lock.unlock();
    takeSlots();
    lock.lock();
    if (--busy == 0)
      idle.notify_one();
  }
}

void Threads::takeSlots() {
  for (size_t slot; (slot = nextSlot++) < threadCount;)
    job.work(job.context, slot);
}

void Threads::runAll(void (*work)(void *context, size_t slot), void *context) {
  std::lock_guard oneCall(callMutex);
  start();
  {
    std::lock_guard lock(mutex);
    job = {work, context};
    nextSlot = 1;
  }
  wake.notify_all();
  work(context, 0);
  takeSlots();
  std::unique_lock lock(mutex);
  idle.wait(lock, [this] { return busy == 0; });
  job = {};
}

} // namespace vae::runtime::cpu
