// All file access of the runtime: map, read, and writes that appear whole or not at all.
#ifndef VAE_RUNTIME_BASE_FILE_H
#define VAE_RUNTIME_BASE_FILE_H

#include "runtime/base/Status.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vae::runtime {

/// A whole file, mapped read-only. Move-only; the bytes live as long as this object.
class MappedFile {
public:
  MappedFile() = default;
  MappedFile(MappedFile &&other) noexcept;
  MappedFile &operator=(MappedFile &&other) noexcept;
  ~MappedFile();

  /// Maps `path`, a regular file. An empty file gives no bytes. notFound where there is none, unsupported where it is
  /// no regular file, else io.
  static Result<MappedFile> open(const std::string &path);

  std::span<const std::byte> bytes() const { return {static_cast<const std::byte *>(address), length}; }

private:
  void *address = nullptr;
  size_t length = 0;
};

/// The bytes of `path`, which may be a pipe; an io error beyond `limit` bytes.
Result<std::vector<std::byte>> readFile(const std::string &path, uint64_t limit = UINT64_C(1) << 34);

/// A file being written. Bytes go to a temporary file beside the target; `commit` syncs it, renames it over the target
/// and syncs the folder. Destroyed without a commit, or when anything fails, it leaves the target as it was and no
/// temporary file behind. A target that exists and is no regular file (a pipe, a device) is written in place; a
/// symbolic link is followed.
class AtomicFile {
public:
  AtomicFile(AtomicFile &&other) noexcept;
  AtomicFile &operator=(AtomicFile &&) = delete;
  ~AtomicFile();

  static Result<AtomicFile> create(const std::string &path);

  Status write(std::span<const std::byte> bytes);
  Status write(std::string_view text) { return write(std::as_bytes(std::span(text))); }
  Status commit();

private:
  AtomicFile() = default;
  Status fail(const char *action, int error);
  void abandon();

  std::string target;
  std::string temporary; // empty for a target that is written in place
  int descriptor = -1;
};

/// Replaces `path` by `bytes`, atomically.
Status writeFile(const std::string &path, std::span<const std::byte> bytes);
inline Status writeFile(const std::string &path, std::string_view text) {
  return writeFile(path, std::as_bytes(std::span(text)));
}

/// Appends to a log; creates it where it is missing. Not atomic: a log keeps what it has when the machine stops.
class AppendFile {
public:
  AppendFile(AppendFile &&other) noexcept;
  AppendFile &operator=(AppendFile &&other) noexcept;
  ~AppendFile();
  /// Opens `path` for appending, after dropping what it holds beyond `keep` bytes.
  static Result<AppendFile> open(const std::string &path, uint64_t keep);
  Status write(std::string_view text);

private:
  AppendFile() = default;
  std::string target;
  int descriptor = -1;
};

/// Whether `path` is a folder.
bool isFolder(const std::string &path);

/// Paths of the files in a folder whose names end so, in the order of their names' bytes.
Result<std::vector<std::string>> listFolder(const std::string &path, std::string_view ending);

/// Creates a folder (and those above it); an existing one is fine.
Status makeFolder(const std::string &path);

/// The system calls of this module, for tests that make one of them fail.
enum class FileCall { open, status, map, read, write, sync, rename, folderSync, close };

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

} // namespace vae::runtime

#endif // VAE_RUNTIME_BASE_FILE_H
