// Locks of files by flock, which end with their process.
#include "runtime/base/FileLock.h"
#include "runtime/base/FileIdentity.h"

#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vae::runtime {

using namespace detail;

namespace {

/// Whether `name` still means this file: its last owner may have removed it meanwhile.
bool isNameOf(const std::string &name, const Descriptor &file) {
  struct stat named, own;
  return ::fstat(file.get(), &own) == 0 && ::stat(name.c_str(), &named) == 0 && named.st_dev == own.st_dev &&
         named.st_ino == own.st_ino;
}

/// "process 123", as its owner has written it.
std::string ownerText(const Descriptor &file) {
  char digits[24];
  ssize_t length = ::pread(file.get(), digits, sizeof digits, 0);
  return length > 0 ? "process " + std::string(digits, static_cast<size_t>(length)) : "another process";
}

} // namespace

FileLock::~FileLock() {
  if (file.isOpen() && !name.empty())
    ::unlink(name.c_str());
}

Result<FileLock> FileLock::take(const std::string &path) {
  FileLock lock;
  const std::string target = followLinks(path);
  struct stat info;
  if (::stat(target.c_str(), &info) == 0 && !S_ISREG(info.st_mode))
    return lock;
  const std::string name = nameBeside(target, "lock");
  while (true) {
    Descriptor file = openFile(name, O_RDWR | O_CREAT | O_NOFOLLOW, 0666);
    if (!file.isOpen())
      return systemError("write", path, errno);
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
      return fail(StatusCode::io, "'", path, "' is being written by ", ownerText(file),
                  "; wait for it, or name another file");
    if (!isNameOf(name, file))
      continue;
    const std::string number = std::to_string(::getpid());
    if (::ftruncate(file.get(), 0) != 0 || ::pwrite(file.get(), number.data(), number.size(), 0) < 0)
      return systemError("write", path, errno);
    lock.name = name;
    lock.file = std::move(file);
    return lock;
  }
}

} // namespace vae::runtime
