// Host memory from the C library, and the allocator that fails on purpose.
#include "runtime/base/Memory.h"
#include "runtime/base/Checked.h"

#include <cstdlib>
#include <cstring>

namespace vae::runtime {

void *Allocator::allocate(uint64_t bytes, uint64_t alignment) {
  std::optional<uint64_t> rounded = checkedAlign(bytes, alignment);
  std::optional<size_t> size = rounded ? checkedNarrow<size_t>(*rounded) : std::nullopt;
  return size ? std::aligned_alloc(static_cast<size_t>(alignment), *size) : nullptr;
}

void Allocator::release(void *memory) { std::free(memory); }

bool Allocator::permit(uint64_t) { return true; }

Allocator &Allocator::standard() {
  static Allocator allocator;
  return allocator;
}

bool FailingAllocator::fails() {
  uint64_t request = ++seen;
  return request == nth || (andAllLater && request > nth);
}

void *FailingAllocator::allocate(uint64_t bytes, uint64_t alignment) {
  return fails() ? nullptr : Allocator::allocate(bytes, alignment);
}

bool FailingAllocator::permit(uint64_t) { return !fails(); }

HostBuffer::HostBuffer(HostBuffer &&other) noexcept
    : address(std::exchange(other.address, nullptr)), length(std::exchange(other.length, 0)), owner(other.owner) {}

HostBuffer &HostBuffer::operator=(HostBuffer &&other) noexcept {
  std::swap(address, other.address);
  std::swap(length, other.length);
  std::swap(owner, other.owner);
  return *this;
}

HostBuffer::~HostBuffer() {
  if (address)
    owner->release(address);
}

Result<HostBuffer> HostBuffer::allocate(uint64_t bytes, uint64_t alignment, Allocator &allocator) {
  HostBuffer buffer;
  if (bytes == 0)
    return buffer;
  std::optional<size_t> size = checkedNarrow<size_t>(bytes);
  void *memory = size ? allocator.allocate(bytes, alignment) : nullptr;
  if (!memory)
    return fail(StatusCode::outOfMemory, "cannot allocate ", bytes, " bytes of host memory");
  std::memset(memory, 0, *size);
  buffer.address = static_cast<std::byte *>(memory);
  buffer.length = *size;
  buffer.owner = &allocator;
  return buffer;
}

} // namespace vae::runtime
