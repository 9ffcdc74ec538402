// Worker threads by pthreadpool.
#include "runtime/devices/cpu/Threads.h"

#include <algorithm>
#include <pthreadpool.h>
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
  if (pool)
    pthreadpool_destroy(pool);
}

void Threads::runAll(void (*work)(void *context, size_t slot), void *context) {
  if (threadCount > 1)
    std::call_once(started, [this] { pool = pthreadpool_create(threadCount); });
  // Workers sleep between runs: spinning would take the machine from the caller, who prepares the next run.
  if (pool)
    pthreadpool_parallelize_1d(pool, work, context, threadCount, PTHREADPOOL_FLAG_YIELD_WORKERS);
  else
    work(context, 0);
}

} // namespace vae::runtime::cpu
