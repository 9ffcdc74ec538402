// Host memory from the C library and the system, and the allocator that fails on purpose.
#include "runtime/base/Memory.h"
#include "runtime/base/Checked.h"

#include <cassert>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>

namespace vae::runtime {

/// Whether a block is the system's own, which gets it back at once. Freed blocks of the heap stay with the process:
/// weights that are packed one after the other would leave as many holes as there are weights.
static bool isMapped(uint64_t bytes) { return bytes >= 1 << 20; }

void *Allocator::allocate(uint64_t bytes, uint64_t alignment) {
  assert(alignment <= 4096 && "mappings begin with a page");
  std::optional<uint64_t> rounded = checkedAlign(bytes, alignment);
  std::optional<size_t> size = rounded ? checkedNarrow<size_t>(*rounded) : std::nullopt;
  if (!size)
    return nullptr;
  if (isMapped(bytes)) {
    void *memory = ::mmap(nullptr, *size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? nullptr : memory;
  }
  void *memory = std::aligned_alloc(static_cast<size_t>(alignment), *size);
  return memory ? std::memset(memory, 0, *size) : nullptr;
}

void Allocator::release(void *memory, uint64_t bytes) {
  if (isMapped(bytes))
    ::munmap(memory, static_cast<size_t>(bytes));
  else
    std::free(memory);
}

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
    owner->release(address, length);
}

Result<HostBuffer> HostBuffer::allocate(uint64_t bytes, uint64_t alignment, Allocator &allocator) {
  HostBuffer buffer;
  if (bytes == 0)
    return buffer;
  std::optional<size_t> size = checkedNarrow<size_t>(bytes);
  void *memory = size ? allocator.allocate(bytes, alignment) : nullptr;
  if (!memory)
    return fail(StatusCode::outOfMemory, "cannot allocate ", bytes, " bytes of host memory");
  buffer.address = static_cast<std::byte *>(memory);
  buffer.length = *size;
  buffer.owner = &allocator;
  return buffer;
}

} // namespace vae::runtime
