// The handler of SIGBUS. It may touch lock-free memory only: a table of fixed size.
#include "runtime/base/MappedRanges.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <mutex>
#include <sys/mman.h>
#include <unistd.h>

namespace vae::runtime::detail {

struct MappedRange {
  std::atomic<bool> taken{false};
  std::atomic<const std::byte *> begin{nullptr}, end{nullptr}; ///< whole pages; begin is null while nothing is watched
  std::atomic<bool> cut{false};
};

namespace {

std::array<MappedRange, 1024> ranges;
struct sigaction previous;
size_t pageSize = 4096;

MappedRange *rangeOf(const std::byte *address) {
  for (MappedRange &range : ranges)
    if (const std::byte *begin = range.begin; begin && begin <= address && address < range.end)
      return &range;
  return nullptr;
}

/// Puts zeros in the place of all that the file no longer has.
bool putZeros(std::byte *address) {
  MappedRange *range = rangeOf(address);
  if (!range)
    return false;
  std::byte *page = address - (address - range->begin) % static_cast<std::ptrdiff_t>(pageSize);
  range->cut = true;
  return ::mmap(page, static_cast<size_t>(range->end - page), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
                0) != MAP_FAILED;
}

void onBusError(int signal, siginfo_t *info, void *context) {
  const int error = errno;
  bool ours = info->si_code == BUS_ADRERR && putZeros(static_cast<std::byte *>(info->si_addr));
  errno = error;
  if (ours)
    return;
  if (previous.sa_flags & SA_SIGINFO)
    previous.sa_sigaction(signal, info, context);
  else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN)
    previous.sa_handler(signal);
  else
    ::sigaction(SIGBUS, &previous, nullptr); // the same read ends the process now
}

void installOnce() {
  static std::once_flag installed;
  std::call_once(installed, [] {
    pageSize = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
    struct sigaction action{};
    action.sa_sigaction = onBusError;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    ::sigaction(SIGBUS, &action, &previous);
  });
}

} // namespace

MappedRange *watch(const void *address, size_t bytes) {
  installOnce();
  for (MappedRange &range : ranges) {
    if (range.taken.exchange(true))
      continue;
    const std::byte *begin = static_cast<const std::byte *>(address); // where a page begins
    range.cut = false;
    range.end = begin + (bytes + pageSize - 1) / pageSize * pageSize;
    range.begin = begin;
    return &range;
  }
  return nullptr;
}

void release(MappedRange *range) {
  range->begin = nullptr;
  range->taken = false;
}

bool wasCut(const MappedRange *range) { return range->cut; }

} // namespace vae::runtime::detail
