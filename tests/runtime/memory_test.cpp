// Host buffers and tensors, and allocations that fail.
#include "runtime/base/Memory.h"
#include "runtime/base/Tensor.h"
#include "tests/catch.h"
#include "tests/runtime/TestFiles.h"

#include <algorithm>
#include <limits>

using namespace vae::runtime;

TEST_CASE("buffers start aligned and zeroed", "[memory]") {
  for (uint64_t alignment : {64, 256, 4096}) {
    auto buffer = HostBuffer::allocate(1001, alignment);
    REQUIRE(buffer.ok());
    REQUIRE(reinterpret_cast<uintptr_t>(buffer->data()) % alignment == 0);
    REQUIRE(buffer->size() == 1001);
    REQUIRE(std::all_of(buffer->bytes().begin(), buffer->bytes().end(), [](std::byte b) { return b == std::byte{0}; }));
  }
  auto none = HostBuffer::allocate(0);
  REQUIRE(none.ok());
  REQUIRE(none->size() == 0);
}

TEST_CASE("large buffers are zeroed, also where one was before", "[memory]") {
  for (uint64_t bytes : {(1 << 20) - 1, 1 << 20, (1 << 20) + 1, 5'000'000}) {
    auto buffer = HostBuffer::allocate(bytes);
    REQUIRE(buffer.ok());
    REQUIRE(reinterpret_cast<uintptr_t>(buffer->data()) % HostBuffer::defaultAlignment == 0);
    REQUIRE(std::all_of(buffer->bytes().begin(), buffer->bytes().end(), [](std::byte b) { return b == std::byte{0}; }));
    std::fill(buffer->bytes().begin(), buffer->bytes().end(), std::byte{1});
  }
}

TEST_CASE("impossible sizes are out of memory, not a crash", "[memory]") {
  auto buffer = HostBuffer::allocate(std::numeric_limits<uint64_t>::max() - 10);
  REQUIRE_ERROR(buffer, "cannot allocate 18446744073709551605 bytes");
  REQUIRE(buffer.status().code() == StatusCode::outOfMemory);
}

TEST_CASE("the planned allocation fails, host and device counted together", "[memory]") {
  FailingAllocator allocator(3);
  REQUIRE(HostBuffer::allocate(8, 64, allocator).ok());
  REQUIRE(allocator.permit(8));
  REQUIRE_ERROR(HostBuffer::allocate(8, 64, allocator), "cannot allocate 8 bytes");
  REQUIRE(allocator.permit(8));
  FailingAllocator none(1, true);
  REQUIRE(!none.permit(1));
  REQUIRE(!HostBuffer::allocate(8, 64, none).ok());
}

TEST_CASE("a moved buffer frees once", "[memory]") {
  auto buffer = HostBuffer::allocate(64);
  HostBuffer moved = buffer.take();
  HostBuffer assigned;
  assigned = std::move(moved);
  REQUIRE(assigned.size() == 64);
}

TEST_CASE("tensors know their bytes", "[memory]") {
  auto tensor = HostTensor::create(ElementType::i64, {3, 5});
  REQUIRE(tensor.ok());
  REQUIRE(tensor->bytes().size() == 120);
  REQUIRE(tensor->count() == 15);
  REQUIRE(tensor->reshape({15}).ok());
  REQUIRE_ERROR(tensor->reshape({4, 4}), "cannot reshape [15] to [4, 4]");
  REQUIRE_ERROR(HostTensor::create(ElementType::f32, {-1}), "out of range");
  REQUIRE_ERROR(HostTensor::create(ElementType::f64, {int64_t{1} << 32, int64_t{1} << 31}), "out of range");
  auto scalar = HostTensor::create(ElementType::f32, {});
  REQUIRE(scalar.ok());
  REQUIRE(scalar->count() == 1);
}
