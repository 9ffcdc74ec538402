// One writer a file, for as long as it works on it.
#ifndef VAE_RUNTIME_BASE_FILELOCK_H
#define VAE_RUNTIME_BASE_FILELOCK_H

#include "runtime/base/FileCalls.h"

namespace vae::runtime {

/// The right to write a file again and again. It is a small file `.<number>.vae-lock` beside that file, which goes with
/// this object; what a killed process leaves of it is taken over.
class FileLock {
public:
  FileLock(FileLock &&other) noexcept = default;
  FileLock &operator=(FileLock &&) = delete;
  ~FileLock();

  /// Locks `path`, which need not exist; io, with the process's number, where another process has it.
  static Result<FileLock> take(const std::string &path);

private:
  FileLock() = default;
  std::string name;
  detail::Descriptor file;
};

} // namespace vae::runtime

#endif // VAE_RUNTIME_BASE_FILELOCK_H
