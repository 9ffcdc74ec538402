// Parallel loops on pthreadpool.
#include "runtime/devices/cpu/Threads.h"

#include <algorithm>
#include <atomic>
#include <pthreadpool.h>
#include <sched.h>

namespace vae::runtime::cpu {
namespace {

/// Stretches of blocks that a thread takes at a time: enough of them to even out threads of different speed.
constexpr int64_t stretchesPerThread = 8;

struct Loop {
  vae_kernel_fn kernel;
  const vae_kernel_args *args;
  int64_t blocks, stretch;
  std::byte *scratch;
  uint64_t scratchStride;
  std::atomic<int64_t> next{0};
};

/// One task per thread, so that its index can choose the scratch memory; each takes stretches until none is left.
void work(void *context, size_t slot) {
  Loop &loop = *static_cast<Loop *>(context);
  void *scratch = loop.scratch ? loop.scratch + slot * loop.scratchStride : nullptr;
  for (;;) {
    int64_t begin = loop.next.fetch_add(loop.stretch, std::memory_order_relaxed);
    if (begin >= loop.blocks)
      return;
    loop.kernel(loop.args, begin, std::min(begin + loop.stretch, loop.blocks), scratch);
  }
}

uint32_t usableProcessors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof(set), &set) == 0 ? static_cast<uint32_t>(CPU_COUNT(&set)) : 1;
}

} // namespace

Result<std::shared_ptr<Threads>> Threads::create(uint32_t count) {
  constexpr uint32_t most = 1024;
  if (count > most)
    return fail(StatusCode::invalidArgument, count, " threads exceed ", most);
  std::shared_ptr<Threads> threads(new Threads());
  threads->threadCount = std::clamp(count ? count : usableProcessors(), 1u, most);
  if (threads->threadCount == 1)
    return threads;
  threads->pool = pthreadpool_create(threads->threadCount);
  if (!threads->pool)
    return fail(StatusCode::outOfMemory, "cannot start ", threads->threadCount, " threads");
  return threads;
}

Threads::~Threads() {
  if (pool)
    pthreadpool_destroy(pool);
}

void Threads::run(vae_kernel_fn kernel, const vae_kernel_args &args, int64_t blocks, std::byte *scratch,
                  uint64_t scratchStride) {
  int64_t tasks = std::min<int64_t>(blocks, threadCount);
  if (tasks <= 1) {
    kernel(&args, 0, blocks, scratch);
    return;
  }
  Loop loop{kernel, &args, blocks, std::max<int64_t>(1, blocks / (tasks * stretchesPerThread)), scratch, scratchStride, {}};
  pthreadpool_parallelize_1d(pool, work, &loop, static_cast<size_t>(tasks), 0);
}

} // namespace vae::runtime::cpu
