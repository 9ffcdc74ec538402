// File access over POSIX calls; each passes one gate where tests can make it fail.
#include "runtime/base/File.h"
#include "runtime/base/Checked.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/mman.h>
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

/// Writes all bytes, in as many calls as it takes; returns an errno value.
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

} // namespace

MappedFile::MappedFile(MappedFile &&other) noexcept
    : name(std::move(other.name)), file(std::move(other.file)), address(std::exchange(other.address, nullptr)),
      length(std::exchange(other.length, 0)), range(std::exchange(other.range, nullptr)) {}

MappedFile &MappedFile::operator=(MappedFile &&other) noexcept {
  std::swap(name, other.name);
  std::swap(file, other.file);
  std::swap(address, other.address);
  std::swap(length, other.length);
  std::swap(range, other.range);
  return *this;
}

MappedFile::~MappedFile() {
  if (range)
    release(range);
  if (address)
    ::munmap(address, length);
}

Result<MappedFile> MappedFile::open(const std::string &path) {
  MappedFile result;
  result.name = path;
  Descriptor file = openFile(path, O_RDONLY | O_NONBLOCK); // so that a pipe is refused and not waited for
  if (!file.isOpen())
    return systemError("open", path, errno);
  struct stat info;
  if (guarded(FileCall::status, [&] { return ::fstat(file.get(), &info); }) != 0)
    return systemError("read", path, errno);
  if (!S_ISREG(info.st_mode))
    return fail(StatusCode::unsupported, "cannot read '", path, "': not a regular file");
  std::optional<size_t> size = checkedNarrow<size_t>(info.st_size);
  if (!size)
    return fail(StatusCode::io, "cannot read '", path, "': the size is out of range");
  if (*size == 0)
    return result;
  void *address =
      guarded(FileCall::map, [&]() -> void * { return ::mmap(nullptr, *size, PROT_READ, MAP_PRIVATE, file.get(), 0); });
  if (address == MAP_FAILED)
    return systemError("map", path, errno);
  result.address = address;
  result.length = *size;
  result.file = std::move(file);
  result.range = watch(address, *size);
  if (!result.range)
    return systemError("map", path, EMFILE);
  return result;
}

Status MappedFile::check() const {
  struct stat info;
  if (length == 0)
    return {};
  if (guarded(FileCall::status, [&] { return ::fstat(file.get(), &info); }) != 0)
    return systemError("read", name, errno);
  if (wasCut(range) || checkedNarrow<size_t>(info.st_size) < length)
    return fail(StatusCode::io, "cannot read '", name, "': it was cut short while it was read");
  return {};
}

AtomicFile::AtomicFile(AtomicFile &&other) noexcept
    : target(std::move(other.target)), temporary(std::exchange(other.temporary, {})),
      descriptor(std::exchange(other.descriptor, -1)) {}

AtomicFile::~AtomicFile() { abandon(); }

void AtomicFile::abandon() {
  if (descriptor >= 0)
    ::close(descriptor);
  if (!temporary.empty())
    ::unlink(temporary.c_str());
  descriptor = -1;
  temporary.clear();
}

Status AtomicFile::fail(const char *action, int error) {
  abandon();
  return systemError(action, target, error);
}

/// Where a write to `path` really goes: a symbolic link is followed, so that it stays a link.
static std::string resolveTarget(const std::string &path) {
  struct stat info;
  char resolved[PATH_MAX];
  if (::lstat(path.c_str(), &info) == 0 && S_ISLNK(info.st_mode) && ::realpath(path.c_str(), resolved))
    return resolved;
  return path;
}

Result<AtomicFile> AtomicFile::create(const std::string &path) {
  static std::atomic<unsigned> counter{0};
  AtomicFile file;
  file.target = resolveTarget(path);
  struct stat info;
  bool exists = ::stat(file.target.c_str(), &info) == 0;
  if (exists && S_ISDIR(info.st_mode))
    return systemError("write", path, EISDIR);
  if (exists && !S_ISREG(info.st_mode)) {
    file.descriptor = openFile(file.target, O_WRONLY).release();
  } else {
    file.temporary = file.target + ".tmp." + std::to_string(::getpid()) + "." + std::to_string(counter++);
    file.descriptor = openFile(file.temporary, O_WRONLY | O_CREAT | O_EXCL, 0666).release();
  }
  if (file.descriptor < 0) {
    int error = errno;
    file.temporary.clear();
    return systemError("write", path, error);
  }
  return file;
}

Status AtomicFile::write(std::span<const std::byte> bytes) {
  if (descriptor < 0)
    return runtime::fail(StatusCode::io, "cannot write '", target, "': an earlier write failed");
  if (int error = writeAll(descriptor, bytes))
    return fail("write", error);
  return {};
}

Status AtomicFile::commit() {
  if (descriptor < 0)
    return runtime::fail(StatusCode::io, "cannot write '", target, "': an earlier write failed");
  if (!temporary.empty() && guarded(FileCall::sync, [&] { return ::fsync(descriptor); }) != 0)
    return fail("sync", errno);
  int closing = std::exchange(descriptor, -1);
  if (guarded(FileCall::close, [&] { return ::close(closing); }) != 0)
    return fail("write", errno);
  if (temporary.empty())
    return {};
  if (guarded(FileCall::rename, [&] { return ::rename(temporary.c_str(), target.c_str()); }) != 0)
    return fail("write", errno);
  temporary.clear();
  if (int error = syncFolder(folderOf(target)))
    return systemError("sync the folder of", target, error);
  return {};
}

Status writeFile(const std::string &path, std::span<const std::byte> bytes) {
  VAE_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::create(path));
  VAE_RETURN_IF_ERROR(file.write(bytes));
  return file.commit();
}

AppendFile::AppendFile(AppendFile &&other) noexcept
    : target(std::move(other.target)), descriptor(std::exchange(other.descriptor, -1)) {}

AppendFile &AppendFile::operator=(AppendFile &&other) noexcept {
  std::swap(target, other.target);
  std::swap(descriptor, other.descriptor);
  return *this;
}

AppendFile::~AppendFile() {
  if (descriptor >= 0)
    ::close(descriptor);
}

Result<AppendFile> AppendFile::open(const std::string &path, uint64_t keep) {
  AppendFile file;
  file.target = path;
  file.descriptor = openFile(path, O_WRONLY | O_CREAT | O_APPEND, 0666).release();
  if (file.descriptor < 0)
    return systemError("write", path, errno);
  struct stat info;
  if (guarded(FileCall::status, [&] { return ::fstat(file.descriptor, &info); }) != 0)
    return systemError("write", path, errno);
  std::optional<off_t> length = checkedNarrow<off_t>(keep);
  if (S_ISREG(info.st_mode) && length && info.st_size > *length && ::ftruncate(file.descriptor, *length) != 0)
    return systemError("write", path, errno);
  return file;
}

Status AppendFile::write(std::string_view text) {
  if (int error = writeAll(descriptor, std::as_bytes(std::span(text))))
    return systemError("write", target, error);
  return {};
}

bool isFolder(const std::string &path) {
  struct stat info;
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

Result<std::vector<std::string>> listFolder(const std::string &path, std::string_view ending) {
  auto close = [](DIR *folder) { ::closedir(folder); };
  std::unique_ptr<DIR, decltype(close)> folder(::opendir(path.c_str()), close);
  if (!folder)
    return systemError("open the folder", path, errno);
  std::vector<std::string> files;
  errno = 0;
  while (const dirent *entry = ::readdir(folder.get())) {
    std::string file = path + (path.ends_with('/') ? "" : "/") + entry->d_name;
    if (file.ends_with(ending) && !isFolder(file))
      files.push_back(std::move(file));
    errno = 0;
  }
  if (errno != 0)
    return systemError("read the folder", path, errno);
  std::sort(files.begin(), files.end());
  return files;
}

Status makeFolder(const std::string &path) {
  for (size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1))
    if (::mkdir(path.substr(0, slash).c_str(), 0777) != 0 && errno != EEXIST)
      return systemError("create the folder", path, errno);
  if (::mkdir(path.c_str(), 0777) == 0)
    return {};
  int error = errno;
  struct stat info;
  if (error == EEXIST && ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode))
    return {};
  return systemError("create the folder", path, error);
}

} // namespace vae::runtime
