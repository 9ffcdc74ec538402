// Bytes to read a format from: a file's, or memory's, read at any place.
#ifndef VAE_RUNTIME_FORMATS_STORED_BYTERANGE_H
#define VAE_RUNTIME_FORMATS_STORED_BYTERANGE_H

#include "runtime/base/File.h"
#include "runtime/base/Memory.h"

#include <memory>

namespace vae::runtime {

/// Part of a file or of memory. Copies share what they read from.
class ByteRange {
public:
  /// A whole file, of which nothing is read yet.
  static Result<ByteRange> open(const std::string &path);
  /// Memory of its own.
  static ByteRange own(HostBuffer buffer);
  /// Memory of somebody else, who keeps it for as long.
  static ByteRange view(std::span<const std::byte> bytes);

  uint64_t size() const { return length; }
  /// `count` bytes from `offset` on; invalidFile where they are not all there.
  Result<ByteRange> part(uint64_t offset, uint64_t count) const;
  /// Fills `out` from `offset` on; invalidFile where the range ends before.
  Status read(uint64_t offset, std::span<std::byte> out) const;
  /// Up to `count` bytes from the start.
  Result<std::vector<std::byte>> head(uint64_t count) const;
  /// All of it, in memory.
  Result<HostBuffer> load() const;

private:
  Status check(uint64_t offset, uint64_t count) const;

  std::shared_ptr<const RandomAccessFile> file;
  std::shared_ptr<const HostBuffer> buffer;
  const std::byte *memory = nullptr; ///< where there is no file
  uint64_t start = 0, length = 0;
};

} // namespace vae::runtime

#endif // VAE_RUNTIME_FORMATS_STORED_BYTERANGE_H
