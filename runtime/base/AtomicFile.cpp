// Files without a name (O_TMPFILE) where the file system has them, else under a temporary one.
#include "runtime/base/AtomicFile.h"
#include "runtime/base/FileIdentity.h"

#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vae::runtime {

using namespace detail;

namespace {

/// Makes a rename in `folder` survive a power failure. File systems that cannot sync a folder say EINVAL; that is no
/// failure.
int syncFolder(const std::string &folder) {
  Descriptor file = openFile(folder, O_RDONLY | O_DIRECTORY);
  if (!file.isOpen())
    return errno;
  if (guarded(FileCall::folderSync, [&] { return ::fsync(file.get()); }) != 0 && errno != EINVAL)
    return errno;
  return 0;
}

/// Whether the file system, or the machine, has no files without a name.
bool wantsName(int error) { return error == EOPNOTSUPP || error == EISDIR || error == EINVAL; }

bool lock(int descriptor) { return ::flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK; }

bool hasName(int descriptor) {
  struct stat info;
  return ::fstat(descriptor, &info) == 0 && info.st_nlink > 0;
}

/// Removes what a killed process left under a temporary name: nobody holds its lock. Waits a moment where somebody does.
void removeStale(const std::string &temporary) {
  Descriptor file = openFile(temporary, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (file.isOpen() && !lock(file.get()))
    ::usleep(1000);
  else if (file.isOpen() && hasName(file.get()))
    ::unlink(temporary.c_str());
}

constexpr int maxTries = 1000;

} // namespace

AtomicFile::AtomicFile(AtomicFile &&other) noexcept
    : target(std::move(other.target)), temporary(std::exchange(other.temporary, {})), inPlace(other.inPlace),
      file(std::move(other.file)) {}

AtomicFile::~AtomicFile() { abandon(); }

void AtomicFile::abandon() {
  if (!temporary.empty())
    ::unlink(temporary.c_str());
  temporary.clear();
  file = Descriptor();
}

Status AtomicFile::fail(const char *action, int error) {
  abandon();
  return systemError(action, target, error);
}

Result<AtomicFile> AtomicFile::create(const std::string &path) {
  AtomicFile file;
  file.target = followLinks(path);
  Status opened = file.open();
  if (!opened.ok())
    return opened;
  return file;
}

Status AtomicFile::open() {
  struct stat info;
  bool exists = ::stat(target.c_str(), &info) == 0;
  inPlace = exists && !S_ISREG(info.st_mode);
  if (exists && S_ISDIR(info.st_mode))
    return fail("write", EISDIR);
  if (exists && ::access(target.c_str(), W_OK) != 0)
    return fail("write", errno);
  bool unnamed = !inPlace && ::access("/proc/self/fd", X_OK) == 0;
  if (inPlace || unnamed)
    file = openForWriting(inPlace ? target : folderOf(target), inPlace ? 0 : O_TMPFILE, 0666);
  if (!file.isOpen() && !inPlace && (!unnamed || wantsName(errno)))
    return openNamed();
  if (!file.isOpen())
    return fail("write", errno);
  if (!inPlace)
    lock(file.get());
  keepMode();
  return {};
}

Status AtomicFile::openNamed() {
  const std::string name = nameBeside(target, "tmp");
  for (int i = 0; i < maxTries; ++i) {
    file = openFile(name, O_WRONLY | O_CREAT | O_EXCL, 0666);
    if (!file.isOpen() && errno != EEXIST)
      return fail("write", errno);
    if (file.isOpen() && lock(file.get()) && hasName(file.get())) {
      temporary = name;
      keepMode();
      return {};
    }
    removeStale(name);
  }
  return fail("write", EBUSY);
}

/// The mode and, where that is allowed, the owner of the file that is replaced.
void AtomicFile::keepMode() {
  struct stat info;
  if (inPlace || ::stat(target.c_str(), &info) != 0)
    return;
  mode_t mode = info.st_mode & 07777;
  if (::fchown(file.get(), info.st_uid, info.st_gid) != 0)
    mode &= 0777;
  (void)::fchmod(file.get(), mode);
}

Status AtomicFile::takeName() {
  const std::string name = nameBeside(target, "tmp"), number = "/proc/self/fd/" + std::to_string(file.get());
  for (int i = 0; i < maxTries; ++i) {
    auto link = [&] { return ::linkat(AT_FDCWD, number.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW); };
    if (guarded(FileCall::link, link) == 0) {
      temporary = name;
      return {};
    }
    if (errno != EEXIST)
      return fail("write", errno);
    removeStale(name);
  }
  return fail("write", EBUSY);
}

Status AtomicFile::write(std::span<const std::byte> bytes) {
  if (!file.isOpen())
    return runtime::fail(StatusCode::io, "cannot write '", target, "': an earlier write failed");
  if (int error = writeAll(file.get(), bytes))
    return fail("write", error);
  return {};
}

Status AtomicFile::settle() {
  if (!file.isOpen())
    return runtime::fail(StatusCode::io, "cannot write '", target, "': an earlier write failed");
  if (inPlace)
    return {};
  if (guarded(FileCall::sync, [&] { return ::fsync(file.get()); }) != 0)
    return fail("sync", errno);
  return temporary.empty() ? takeName() : Status();
}

Status AtomicFile::publish() {
  if (inPlace)
    return {};
  if (guarded(FileCall::rename, [&] { return ::rename(temporary.c_str(), target.c_str()); }) != 0)
    return fail("write", errno);
  temporary.clear();
  file = Descriptor();
  if (int error = syncFolder(folderOf(target)))
    return systemError("sync the folder of", target, error);
  return {};
}

Status AtomicFile::commit() {
  VAE_RETURN_IF_ERROR(settle());
  return publish();
}

Status writeFile(const std::string &path, std::span<const std::byte> bytes) {
  VAE_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::create(path));
  VAE_RETURN_IF_ERROR(file.write(bytes));
  return file.commit();
}

} // namespace vae::runtime
