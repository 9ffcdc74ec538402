// Numbers of files as numbers of programs: what keeps its value, and what does not.
#include "runtime/formats/stored/StoredElements.h"
#include "tests/catch.h"

#include <cmath>
#include <cstring>

using namespace vae::runtime;

namespace {

/// `value` as a To, or the text of what did not fit.
template <typename To, typename From> std::pair<To, std::string> convert(From value, StoredType type) {
  To result{};
  auto misfit = convertElements(std::as_bytes(std::span(&value, 1)), type, elementOf<To>(),
                                std::as_writable_bytes(std::span(&result, 1)));
  return {result, misfit ? misfit->value : ""};
}
constexpr StoredType f16{NumberKind::real, 2}, f32{NumberKind::real, 4}, f64{NumberKind::real, 8};
constexpr StoredType i64{NumberKind::signedInteger, 8}, u64{NumberKind::unsignedInteger, 8},
    boolean{NumberKind::boolean, 1};

} // namespace

TEST_CASE("elements: halves have the values of IEEE 754", "[elements]") {
  // numpy.array([...], 'u2').view('f2')
  for (auto [bits, value] : {std::pair<uint16_t, float>(0x3c00, 1.0f),
                             {0xc000, -2.0f},
                             {0x7bff, 65504.0f},
                             {0x0400, 0x1p-14f},
                             {0x0001, 0x1p-24f},
                             {0x83ff, -1023 * 0x1p-24f},
                             {0x3555, 0.333251953125f},
                             {0x7c00, HUGE_VALF},
                             {0xfc00, -HUGE_VALF},
                             {0x0000, 0.0f}})
    REQUIRE(convert<float>(bits, f16) == std::pair(value, std::string()));
  REQUIRE(std::isnan(convert<float, uint16_t>(0x7e00, f16).first));
  REQUIRE(std::signbit(convert<float, uint16_t>(0x8000, f16).first));
}

TEST_CASE("elements: real numbers are rounded, but not to infinity", "[elements]") {
  REQUIRE(convert<float>(0.1, f64).first == 0.1f);
  REQUIRE(convert<float>(HUGE_VAL, f64) == std::pair(HUGE_VALF, std::string()));
  REQUIRE(std::isnan(convert<float>(std::nan(""), f64).first));
  REQUIRE(convert<float>(1e39, f64).second == "1e+39");
  REQUIRE(convert<float>(-1e300, f64).second == "-1e+300");
}

TEST_CASE("elements: whole numbers keep their value or do not fit", "[elements]") {
  REQUIRE(convert<float>(int64_t{1} << 24, i64) == std::pair(16777216.0f, std::string()));
  REQUIRE(convert<float>((int64_t{1} << 24) + 1, i64).second == "16777217");
  REQUIRE(convert<float>(INT64_MAX, i64).second == "9223372036854775807");
  REQUIRE(convert<float>(INT64_MIN, i64) == std::pair(-0x1p63f, std::string()));
  REQUIRE(convert<float>(UINT64_MAX, u64).second == "18446744073709551615");
  REQUIRE(convert<int32_t>(int64_t{INT32_MIN}, i64) == std::pair(INT32_MIN, std::string()));
  REQUIRE(convert<int32_t>(int64_t{INT32_MAX} + 1, i64).second == "2147483648");
  REQUIRE(convert<int32_t>(uint64_t{7}, u64) == std::pair(7, std::string()));
  REQUIRE(convert<int32_t>(3.0f, f32) == std::pair(3, std::string()));
  REQUIRE(convert<int32_t>(-2147483648.0f, f32) == std::pair(INT32_MIN, std::string()));
  for (float value : {2.5f, 2147483648.0f, -2147483904.0f, HUGE_VALF, NAN})
    REQUIRE(!convert<int32_t>(value, f32).second.empty());
  REQUIRE(convert<int32_t>(uint8_t{1}, boolean).first == 1);
  REQUIRE(convert<float>(uint8_t{1}, boolean).first == 1.0f);
}

TEST_CASE("elements: the first that does not fit is named", "[elements]") {
  const double values[] = {1, 2, 0.5, 0.25};
  int32_t out[4];
  auto misfit =
      convertElements(std::as_bytes(std::span(values)), f64, ElementType::i32, std::as_writable_bytes(std::span(out)));
  REQUIRE(misfit->element == 2);
  REQUIRE(misfit->value == "0.5");
}
