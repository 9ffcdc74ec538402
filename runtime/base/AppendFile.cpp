// Appending.
#include "runtime/base/AppendFile.h"
#include "runtime/base/Checked.h"

#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vae::runtime {

using namespace detail;

Result<AppendFile> AppendFile::open(const std::string &path, uint64_t keep) {
  AppendFile log;
  log.target = path;
  log.file = openForWriting(path, O_CREAT | O_APPEND, 0666);
  if (!log.file.isOpen())
    return systemError("write", path, errno);
  struct stat info;
  if (guarded(FileCall::status, [&] { return ::fstat(log.file.get(), &info); }) != 0)
    return systemError("write", path, errno);
  if (!S_ISREG(info.st_mode))
    return log;
  if (::flock(log.file.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    return fail(StatusCode::io, "cannot write '", path, "': another process is writing it");
  std::optional<off_t> length = checkedNarrow<off_t>(keep);
  if (length && info.st_size > *length && ::ftruncate(log.file.get(), *length) != 0)
    return systemError("write", path, errno);
  return log;
}

Status AppendFile::write(std::string_view text) {
  if (int error = writeAll(file.get(), std::as_bytes(std::span(text))))
    return systemError("write", target, error);
  return {};
}

} // namespace vae::runtime
