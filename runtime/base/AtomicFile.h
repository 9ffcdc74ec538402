// Writes that appear whole or not at all.
#ifndef VAE_RUNTIME_BASE_ATOMICFILE_H
#define VAE_RUNTIME_BASE_ATOMICFILE_H

#include "runtime/base/FileCalls.h"

#include <span>
#include <string_view>

namespace vae::runtime {

/// A file being written. Its bytes have no name until all are there; a process that is killed leaves nothing behind.
/// Destroyed before `publish`, or when anything fails, it leaves the target as it was.
///
/// A target that exists keeps its mode and owner; a symbolic link is followed, one to nothing too, so that it stays a
/// link. A target that exists and is not a regular file (a pipe, a device) is written in place.
class AtomicFile {
public:
  AtomicFile(AtomicFile &&other) noexcept;
  AtomicFile &operator=(AtomicFile &&) = delete;
  ~AtomicFile();

  static Result<AtomicFile> create(const std::string &path);

  Status write(std::span<const std::byte> bytes);
  Status write(std::string_view text) { return write(std::as_bytes(std::span(text))); }
  /// Once all is written: syncs it, and gives it a name beside the target. Of several files all are settled before the
  /// first is published, so that a full disk leaves none of them.
  Status settle();
  /// Once it is settled: moves it over the target, and syncs the folder.
  Status publish();
  Status commit();

private:
  AtomicFile() = default;
  Status fail(const char *action, int error);
  Status open();
  Status openNamed();
  Status takeName();
  void keepMode();
  void abandon();

  std::string target;
  std::string temporary; ///< the name beside the target, while there is one
  bool inPlace = false;
  detail::Descriptor file; ///< locked, so that others see that its temporary name is in use
};

/// Replaces `path` by `bytes`, atomically.
Status writeFile(const std::string &path, std::span<const std::byte> bytes);
inline Status writeFile(const std::string &path, std::string_view text) {
  return writeFile(path, std::as_bytes(std::span(text)));
}

} // namespace vae::runtime

#endif // VAE_RUNTIME_BASE_ATOMICFILE_H
