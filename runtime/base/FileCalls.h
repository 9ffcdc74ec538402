// The gate that every system call on files passes, where tests make one fail. Private to this folder, but for FileFault.
#ifndef VAE_RUNTIME_BASE_FILECALLS_H
#define VAE_RUNTIME_BASE_FILECALLS_H

#include "runtime/base/Status.h"

#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <span>
#include <string>
#include <sys/mman.h>
#include <type_traits>

namespace vae::runtime {

/// The system calls of this module, for tests that make one of them fail.
enum class FileCall { open, status, map, read, write, sync, link, rename, folderSync };

/// Makes the `nth` (from 1) call of this process fail with `error` (an errno value) while this object lives; calls are
/// counted over all kinds, or over one. Short writes are provoked with error 0: the nth write writes only half. One at
/// a time; for tests.
class FileFault {
public:
  FileFault(uint64_t nth, int error);
  FileFault(FileCall only, uint64_t nth, int error);
  ~FileFault();
  FileFault(const FileFault &) = delete;
  FileFault &operator=(const FileFault &) = delete;
  /// Whether the fault has happened.
  bool fired() const;
};

namespace detail {

/// The errno value with which a test wants this call to fail; 0 for none.
int plannedError(FileCall call);

/// What the C library returns for a failed call.
template <typename T> T failure() {
  if constexpr (std::is_pointer_v<T>)
    return MAP_FAILED;
  else
    return -1;
}

/// Runs `call` unless a test makes it fail; errno says why it failed, as after the call itself.
template <typename Call> auto guarded(FileCall kind, Call call) -> decltype(call()) {
  if (int error = plannedError(kind)) {
    errno = error;
    return failure<decltype(call())>();
  }
  while (true) {
    auto result = call();
    if (result != failure<decltype(call())>() || errno != EINTR)
      return result;
  }
}

/// A descriptor that closes itself.
class Descriptor {
public:
  explicit Descriptor(int value = -1) : value(value) {}
  Descriptor(Descriptor &&other) noexcept : value(std::exchange(other.value, -1)) {}
  Descriptor &operator=(Descriptor &&other) noexcept {
    std::swap(value, other.value);
    return *this;
  }
  ~Descriptor();
  int get() const { return value; }
  bool isOpen() const { return value >= 0; }

private:
  int value;
};

/// Opens `path`; not open, with errno set, where that fails.
Descriptor openFile(const std::string &path, int flags, mode_t mode = 0);

/// Opens for writing what may be a pipe. One that nobody reads is an error (ENXIO), and not waited for.
Descriptor openForWriting(const std::string &path, int flags, mode_t mode = 0);

/// "cannot write 'a': No space left on device"
Status systemError(const char *action, const std::string &path, int error);

/// Writes all bytes, in as many calls as it takes; returns an errno value.
int writeAll(int descriptor, std::span<const std::byte> bytes);

/// The folder that holds `path`.
std::string folderOf(const std::string &path);

/// A hidden name in the folder of `path` that is one a file, so that what is left under it is found; short, whatever
/// the file's own length: ".0123456789abcdef.vae-tmp".
std::string nameBeside(const std::string &path, const char *purpose);

} // namespace detail
} // namespace vae::runtime

#endif // VAE_RUNTIME_BASE_FILECALLS_H
