// Reading files, and folders.
#ifndef VAE_RUNTIME_BASE_FILE_H
#define VAE_RUNTIME_BASE_FILE_H

#include "runtime/base/FileCalls.h"
#include "runtime/base/MappedRanges.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vae::runtime {

/// A whole regular file, mapped read-only. Move-only; the bytes live as long as this object.
///
/// The file stays under the rule of others: one that is cut short reads as zeros behind its new end, which `check` tells.
class MappedFile {
public:
  MappedFile() = default;
  MappedFile(MappedFile &&other) noexcept;
  MappedFile &operator=(MappedFile &&other) noexcept;
  ~MappedFile();

  /// Maps `path`. An empty file gives no bytes. notFound where there is none, unsupported where it is not a regular
  /// file (a folder, a pipe, a device), else io.
  static Result<MappedFile> open(const std::string &path);

  const std::string &path() const { return name; }
  std::span<const std::byte> bytes() const { return {static_cast<const std::byte *>(address), length}; }

  /// Asked after the last read: io where the file was cut short since it was opened, so that zeros may have been read.
  Status check() const;
  /// Asked in its place where reads come long after the opening: io where the file was written to at all.
  Status checkUnwritten() const;

  /// Lets go of the memory behind some of `bytes`, which come from the file again when they are read again.
  void forget(std::span<const std::byte> part) const;

private:
  std::string name;
  detail::Descriptor file; ///< of a file with bytes
  void *address = nullptr;
  size_t length = 0;
  int64_t modified = 0; ///< when the file was last written to, as it was opened: nanoseconds since 1970
  detail::MappedRange *range = nullptr;
};

/// What `read(bytes)`, which gives a Result, makes of a file; io where the file was cut short meanwhile.
template <typename Read>
auto readMapped(const std::string &path, Read read) -> decltype(read(std::span<const std::byte>())) {
  VAE_ASSIGN_OR_RETURN(MappedFile file, MappedFile::open(path));
  auto result = read(file.bytes());
  VAE_RETURN_IF_ERROR(file.check());
  return result;
}

/// A regular file, read at any place; what is read of it takes no memory beyond the reader's. Move-only.
class RandomAccessFile {
public:
  /// Errors as MappedFile::open.
  static Result<RandomAccessFile> open(const std::string &path);

  /// Bytes, when it was opened.
  uint64_t size() const { return length; }
  /// Fills `out` from `offset` on; io where the file ends before, because it was cut short since.
  Status read(uint64_t offset, std::span<std::byte> out) const;

private:
  std::string name;
  detail::Descriptor file;
  size_t length = 0;
};

/// Whether `path` is a folder.
bool isFolder(const std::string &path);

enum class FolderPart { files, folders };

/// Paths of the files, or of the folders, in a folder, in the order of their names' bytes.
Result<std::vector<std::string>> listFolder(const std::string &path, FolderPart part);

/// Creates a folder (and those above it); an existing one is fine.
Status makeFolder(const std::string &path);

} // namespace vae::runtime

#endif // VAE_RUNTIME_BASE_FILE_H
