// Faults for tests, and the calls that reading and writing share.
#include "runtime/base/FileCalls.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <functional>
#include <unistd.h>

namespace vae::runtime {
namespace {

struct FaultPlan {
  std::atomic<int> only{-2}; // -2: no fault planned, -1: any call, else a FileCall
  std::atomic<uint64_t> remaining{0};
  std::atomic<int> error{0};
  std::atomic<bool> fired{false};
};
FaultPlan plan;

/// Whether this call is the one that a test wants to fail.
bool faultHits(FileCall call) {
  int only = plan.only.load(std::memory_order_relaxed);
  if (only == -2 || (only != -1 && only != static_cast<int>(call)))
    return false;
  if (plan.remaining.fetch_sub(1) != 1)
    return false;
  plan.fired = true;
  return true;
}

void arm(int only, uint64_t nth, int error) {
  plan.remaining = nth;
  plan.error = error;
  plan.fired = false;
  plan.only = only;
}

} // namespace

FileFault::FileFault(uint64_t nth, int error) { arm(-1, nth, error); }
FileFault::FileFault(FileCall only, uint64_t nth, int error) { arm(static_cast<int>(only), nth, error); }
FileFault::~FileFault() { plan.only = -2; }
bool FileFault::fired() const { return plan.fired; }

namespace detail {

int plannedError(FileCall call) { return plan.error != 0 && faultHits(call) ? plan.error.load() : 0; }

/// Whether a test wants this write to be half of one.
static bool writesHalf() { return plan.error == 0 && faultHits(FileCall::write); }

Descriptor::~Descriptor() {
  if (value >= 0)
    ::close(value);
}

Descriptor openFile(const std::string &path, int flags, mode_t mode) {
  return Descriptor(guarded(FileCall::open, [&] { return ::open(path.c_str(), flags | O_CLOEXEC | O_NOCTTY, mode); }));
}

Descriptor openForWriting(const std::string &path, int flags, mode_t mode) {
  Descriptor file = openFile(path, O_WRONLY | O_NONBLOCK | flags, mode);
  // Writing itself waits.
  if (file.isOpen())
    ::fcntl(file.get(), F_SETFL, ::fcntl(file.get(), F_GETFL) & ~O_NONBLOCK);
  return file;
}

Status systemError(const char *action, const std::string &path, int error) {
  StatusCode code = error == ENOENT ? StatusCode::notFound : StatusCode::io;
  if (error == ENOMEM)
    code = StatusCode::outOfMemory;
  // The system's own words for it are "No such device or address".
  const char *text = error == ENXIO ? "a pipe that nobody reads, or no device" : std::strerror(error);
  return {code, concat("cannot ", action, " '", path, "': ", text)};
}

int writeAll(int descriptor, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    // Linux writes at most 2^31 - 4096 bytes a call.
    size_t count = std::min<size_t>(bytes.size(), size_t{1} << 30);
    if (writesHalf())
      count = (count + 1) / 2;
    ssize_t written = guarded(FileCall::write, [&] { return ::write(descriptor, bytes.data(), count); });
    if (written < 0)
      return errno;
    if (written == 0)
      return EIO;
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
  return 0;
}

std::string nameBeside(const std::string &path, const char *purpose) {
  char name[48];
  std::snprintf(name, sizeof name, "/.%016zx.vae-%s", std::hash<std::string>()(path.substr(path.rfind('/') + 1)),
                purpose);
  return folderOf(path) + name;
}

std::string folderOf(const std::string &path) {
  size_t slash = path.rfind('/');
  if (slash == std::string::npos)
    return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

} // namespace detail
} // namespace vae::runtime
