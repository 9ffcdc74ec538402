// The one way to get memory: an allocator for host memory that device allocations ask for leave too, and aligned host
// buffers.
#ifndef VAE_RUNTIME_BASE_MEMORY_H
#define VAE_RUNTIME_BASE_MEMORY_H

#include "runtime/base/Status.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

namespace vae::runtime {

/// Where memory comes from. Safe to use from several threads. Replace it to count allocations, or to make one fail.
class Allocator {
public:
  virtual ~Allocator() = default;

  /// `bytes` (at least 1) of zeroed host memory at a multiple of `alignment` (a power of two, at most 4096); null where
  /// there is none.
  virtual void *allocate(uint64_t bytes, uint64_t alignment);
  /// Frees what `allocate` gave for so many bytes.
  virtual void release(void *memory, uint64_t bytes);
  /// Asked right before every allocation of device memory; false makes it fail.
  virtual bool permit(uint64_t deviceBytes);

  /// The process's own: the C library's heap, every device allocation permitted.
  static Allocator &standard();
};

/// An allocator whose `nth` request (from 1; host and device counted together) fails, and with `andAllLater` those
/// after it. For tests.
class FailingAllocator : public Allocator {
public:
  explicit FailingAllocator(uint64_t nth, bool andAllLater = false) : nth(nth), andAllLater(andAllLater) {}
  void *allocate(uint64_t bytes, uint64_t alignment) override;
  bool permit(uint64_t deviceBytes) override;
  /// Requests seen so far.
  uint64_t requests() const { return seen; }

private:
  bool fails();
  uint64_t nth;
  bool andAllLater;
  std::atomic<uint64_t> seen{0};
};

/// A block of host memory. Move-only; its allocator outlives it.
class HostBuffer {
public:
  static constexpr uint64_t defaultAlignment = 256;

  HostBuffer() = default;
  HostBuffer(HostBuffer &&other) noexcept;
  HostBuffer &operator=(HostBuffer &&other) noexcept;
  ~HostBuffer();

  /// Zeroed memory at a multiple of `alignment`. Zero bytes give a buffer without memory. outOfMemory names the size.
  static Result<HostBuffer> allocate(uint64_t bytes, uint64_t alignment = defaultAlignment,
                                     Allocator &allocator = Allocator::standard());

  std::byte *data() { return address; }
  const std::byte *data() const { return address; }
  size_t size() const { return length; }
  std::span<std::byte> bytes() { return {address, length}; }
  std::span<const std::byte> bytes() const { return {address, length}; }

private:
  std::byte *address = nullptr;
  size_t length = 0;
  Allocator *owner = nullptr;
};

} // namespace vae::runtime

#endif // VAE_RUNTIME_BASE_MEMORY_H
