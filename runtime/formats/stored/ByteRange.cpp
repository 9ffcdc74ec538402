// Reading from files and from memory alike.
#include "runtime/formats/stored/ByteRange.h"
#include "runtime/base/Checked.h"

#include <algorithm>
#include <cstring>

namespace vae::runtime {

Result<ByteRange> ByteRange::open(const std::string &path) {
  VAE_ASSIGN_OR_RETURN(RandomAccessFile opened, RandomAccessFile::open(path));
  ByteRange range;
  range.length = opened.size();
  range.file = std::make_shared<const RandomAccessFile>(std::move(opened));
  return range;
}

ByteRange ByteRange::own(HostBuffer buffer) {
  ByteRange range;
  range.buffer = std::make_shared<const HostBuffer>(std::move(buffer));
  range.memory = range.buffer->data();
  range.length = range.buffer->size();
  return range;
}

ByteRange ByteRange::view(std::span<const std::byte> bytes) {
  ByteRange range;
  range.memory = bytes.data();
  range.length = bytes.size();
  return range;
}

Status ByteRange::check(uint64_t offset, uint64_t count) const {
  if (checkedRange(offset, count, length))
    return {};
  return invalidFile(count, " bytes at ", offset, " are beyond the ", length, " bytes of the file");
}

Result<ByteRange> ByteRange::part(uint64_t offset, uint64_t count) const {
  VAE_RETURN_IF_ERROR(check(offset, count));
  ByteRange result = *this;
  result.start += offset;
  result.length = count;
  return result;
}

Status ByteRange::read(uint64_t offset, std::span<std::byte> out) const {
  VAE_RETURN_IF_ERROR(check(offset, out.size()));
  if (file)
    return file->read(start + offset, out);
  if (!out.empty())
    std::memcpy(out.data(), memory + start + offset, out.size());
  return {};
}

Result<std::vector<std::byte>> ByteRange::head(uint64_t count) const {
  std::vector<std::byte> bytes(static_cast<size_t>(std::min(count, length)));
  VAE_RETURN_IF_ERROR(read(0, bytes));
  return bytes;
}

Result<HostBuffer> ByteRange::load() const {
  VAE_ASSIGN_OR_RETURN(HostBuffer bytes, HostBuffer::allocate(length));
  VAE_RETURN_IF_ERROR(read(0, bytes.bytes()));
  return bytes;
}

} // namespace vae::runtime
