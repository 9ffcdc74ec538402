// Logs that grow.
#ifndef VAE_RUNTIME_BASE_APPENDFILE_H
#define VAE_RUNTIME_BASE_APPENDFILE_H

#include "runtime/base/FileCalls.h"

#include <string_view>

namespace vae::runtime {

/// Appends to a log; creates it where it is missing. Not atomic: a log keeps what it has when the machine stops. No two
/// append to one log at a time.
class AppendFile {
public:
  /// Opens `path` for appending, after dropping what it holds beyond `keep` bytes.
  static Result<AppendFile> open(const std::string &path, uint64_t keep);
  Status write(std::string_view text);

private:
  AppendFile() = default;
  std::string target;
  detail::Descriptor file;
};

} // namespace vae::runtime

#endif // VAE_RUNTIME_BASE_APPENDFILE_H
