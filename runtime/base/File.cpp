// Mapped files and folders over POSIX calls.
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

MappedFile::MappedFile(MappedFile &&other) noexcept
    : name(std::move(other.name)), file(std::move(other.file)), address(std::exchange(other.address, nullptr)),
      length(std::exchange(other.length, 0)), modified(other.modified), range(std::exchange(other.range, nullptr)) {}

MappedFile &MappedFile::operator=(MappedFile &&other) noexcept {
  std::swap(name, other.name);
  std::swap(file, other.file);
  std::swap(address, other.address);
  std::swap(length, other.length);
  std::swap(modified, other.modified);
  std::swap(range, other.range);
  return *this;
}

MappedFile::~MappedFile() {
  if (range)
    release(range);
  if (address)
    ::munmap(address, length);
}

/// When the file was last written to, in nanoseconds since 1970.
static int64_t modificationTime(const Descriptor &file) {
  struct stat info;
  return ::fstat(file.get(), &info) == 0 ? info.st_mtim.tv_sec * INT64_C(1'000'000'000) + info.st_mtim.tv_nsec : 0;
}

/// Opens a file whose size is known then, so no pipe, folder or device.
static Result<Descriptor> openRegular(const std::string &path, size_t &size) {
  Descriptor file = openFile(path, O_RDONLY | O_NONBLOCK); // so that a pipe is refused and not waited for
  if (!file.isOpen())
    return systemError("open", path, errno);
  struct stat info;
  if (guarded(FileCall::status, [&] { return ::fstat(file.get(), &info); }) != 0)
    return systemError("read", path, errno);
  if (!S_ISREG(info.st_mode))
    return fail(StatusCode::unsupported, "cannot read '", path, "': not a regular file");
  std::optional<size_t> found = checkedNarrow<size_t>(info.st_size);
  if (!found)
    return fail(StatusCode::io, "cannot read '", path, "': the size is out of range");
  size = *found;
  return file;
}

Result<MappedFile> MappedFile::open(const std::string &path) {
  MappedFile result;
  result.name = path;
  size_t size = 0;
  VAE_ASSIGN_OR_RETURN(Descriptor file, openRegular(path, size));
  if (size == 0)
    return result;
  void *address =
      guarded(FileCall::map, [&]() -> void * { return ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0); });
  if (address == MAP_FAILED)
    return systemError("map", path, errno);
  result.address = address;
  result.length = size;
  result.modified = modificationTime(file);
  result.file = std::move(file);
  result.range = watch(address, size);
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

Result<RandomAccessFile> RandomAccessFile::open(const std::string &path) {
  RandomAccessFile result;
  result.name = path;
  VAE_ASSIGN_OR_RETURN(result.file, openRegular(path, result.length));
  return result;
}

Status RandomAccessFile::read(uint64_t offset, std::span<std::byte> out) const {
  while (!out.empty()) {
    ssize_t count = guarded(FileCall::read, [&] {
      // Linux reads at most 2^31 - 4096 bytes a call.
      return ::pread(file.get(), out.data(), std::min<size_t>(out.size(), size_t{1} << 30), static_cast<off_t>(offset));
    });
    if (count < 0)
      return systemError("read", name, errno);
    if (count == 0)
      return fail(StatusCode::io, "cannot read '", name, "': it was cut short while it was read");
    offset += static_cast<uint64_t>(count);
    out = out.subspan(static_cast<size_t>(count));
  }
  return {};
}

Status MappedFile::checkUnwritten() const {
  VAE_RETURN_IF_ERROR(check());
  if (length > 0 && modificationTime(file) != modified)
    return fail(StatusCode::io, "cannot read '", name, "': it was written to since it was opened");
  return {};
}

void MappedFile::forget(std::span<const std::byte> part) const {
  if (!address || part.empty())
    return;
  const uintptr_t page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  // From the start of the page that the part begins in.
  const uintptr_t before = reinterpret_cast<uintptr_t>(part.data()) % page;
  ::madvise(const_cast<std::byte *>(part.data()) - before, part.size() + before, MADV_DONTNEED);
}

bool isFolder(const std::string &path) {
  struct stat info;
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

Result<std::vector<std::string>> listFolder(const std::string &path, FolderPart part) {
  auto close = [](DIR *folder) { ::closedir(folder); };
  std::unique_ptr<DIR, decltype(close)> folder(::opendir(path.c_str()), close);
  if (!folder)
    return systemError("open the folder", path, errno);
  std::vector<std::string> files;
  errno = 0;
  while (const dirent *entry = ::readdir(folder.get())) {
    std::string file = path + (path.ends_with('/') ? "" : "/") + entry->d_name;
    std::string_view name(entry->d_name);
    if (name != "." && name != ".." && isFolder(file) == (part == FolderPart::folders))
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
