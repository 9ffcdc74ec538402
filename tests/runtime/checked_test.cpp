// Checked arithmetic at its edges.
#include "runtime/base/Checked.h"
#include "tests/catch.h"

#include <vector>

using namespace vae::runtime;

namespace {
constexpr uint64_t max64 = std::numeric_limits<uint64_t>::max();
constexpr int64_t max63 = std::numeric_limits<int64_t>::max();
} // namespace

TEST_CASE("sums, differences and products that overflow are nothing", "[checked]") {
  REQUIRE(checkedAdd<uint64_t>(max64 - 1, 1) == max64);
  REQUIRE(!checkedAdd<uint64_t>(max64, 1));
  REQUIRE(!checkedAdd<int64_t>(max63, 1));
  REQUIRE(checkedSub<uint64_t>(3, 3) == 0);
  REQUIRE(!checkedSub<uint64_t>(3, 4));
  REQUIRE(checkedMul<uint64_t>(uint64_t{1} << 32, (uint64_t{1} << 32) - 1) == max64 - ((uint64_t{1} << 32) - 1));
  REQUIRE(!checkedMul<uint64_t>(uint64_t{1} << 32, uint64_t{1} << 32));
}

TEST_CASE("narrowing keeps the value or gives nothing", "[checked]") {
  REQUIRE(checkedNarrow<uint8_t>(255) == 255);
  REQUIRE(!checkedNarrow<uint8_t>(256));
  REQUIRE(!checkedNarrow<uint8_t>(-1));
  REQUIRE(!checkedNarrow<int64_t>(max64));
  REQUIRE(checkedNarrow<int64_t>(static_cast<uint64_t>(max63)) == max63);
}

TEST_CASE("alignment goes up and refuses what is no power of two", "[checked]") {
  REQUIRE(checkedAlign<uint64_t>(0, 64) == 0);
  REQUIRE(checkedAlign<uint64_t>(1, 64) == 64);
  REQUIRE(checkedAlign<uint64_t>(64, 64) == 64);
  REQUIRE(!checkedAlign<uint64_t>(max64 - 5, 64));
  REQUIRE(!checkedAlign<uint64_t>(5, 0));
  REQUIRE(!checkedAlign<uint64_t>(5, 48));
}

TEST_CASE("ranges that wrap around are outside", "[checked]") {
  REQUIRE(checkedRange(10, 0, 10));
  REQUIRE(checkedRange(4, 6, 10));
  REQUIRE(!checkedRange(4, 7, 10));
  REQUIRE(!checkedRange(11, 0, 10));
  REQUIRE(!checkedRange(5, max64, 10));
  REQUIRE(!checkedRange(max64, 5, 10));
}

TEST_CASE("a zero size does not hide an overflow in the others", "[checked]") {
  REQUIRE(checkedProduct(std::vector<int64_t>{}) == 1);
  REQUIRE(checkedProduct(std::vector<int64_t>{2, 3, 0}) == 0);
  REQUIRE(!checkedProduct(std::vector<int64_t>{2, -3}));
  REQUIRE(!checkedProduct(std::vector<int64_t>{max63, 0, 2}));
  REQUIRE(!checkedByteSize(std::vector<int64_t>{max63}, 4));
  REQUIRE(checkedByteSize(std::vector<int64_t>{5, 7}, 4) == 140);
}

TEST_CASE("little-endian reads stop at the end", "[checked]") {
  const std::byte bytes[] = {std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}, std::byte{5}};
  REQUIRE(readLittle<uint32_t>(bytes, 1) == 0x05040302u);
  REQUIRE(!readLittle<uint32_t>(bytes, 2));
  REQUIRE(!readLittle<uint32_t>(bytes, max64));
}
