// Noise: Philox against its authors' test vectors, the normal table against the error function, the ops' bodies against
// both.
#include "ir/Dialect.h"
#include "ir/builders/NormalTable.h"
#include "ir/builders/TensorBuilder.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Parser/Parser.h"
#include "tests/catch.h"
#include "tests/ops/values/Interpreter.h"
#include <bit>
#include <cmath>
#include <numbers>

using namespace mlir;
using namespace vae;
using namespace vae::test;

using Words4 = std::array<uint32_t, 4>;

/// Philox4x32-10 written from the paper.
static Words4 philox(Words4 c, uint32_t k0, uint32_t k1) {
  for (int round = 0; round < 10; ++round, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u) {
    uint64_t p0 = uint64_t{0xD2511F53u} * c[0], p1 = uint64_t{0xCD9E8D57u} * c[2];
    c = {static_cast<uint32_t>(p1 >> 32) ^ c[1] ^ k0, static_cast<uint32_t>(p1),
         static_cast<uint32_t>(p0 >> 32) ^ c[3] ^ k1, static_cast<uint32_t>(p0)};
  }
  return c;
}

TEST_CASE("philox gives the known answers of Random123") {
  CHECK(philox({0, 0, 0, 0}, 0, 0) == Words4{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox({~0u, ~0u, ~0u, ~0u}, ~0u, ~0u) == Words4{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0xa4093822, 0x299f31d0) ==
        Words4{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

/// What `normal` or `uniform` draws at a site, evaluated from its scalar body.
static std::vector<double> draw(const std::string &line, std::array<double, 4> state, int64_t count) {
  MLIRContext context;
  context.loadDialect<VaeDialect, program::ProgramDialect, func::FuncDialect, arith::ArithDialect, math::MathDialect>();
  std::string type = "tensor<" + std::to_string(count) + "xf32>";
  std::string text = "func.func @f(%r: tensor<4xi32>) -> " + type + " {\n  %y = vae." + line + " : " + type +
                     "\n  return %y : " + type + "\n}";
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
  REQUIRE(module);
  Array rng{{4}, {state.begin(), state.end()}};
  return Interpreter({}).run(*module->getOps<func::FuncOp>().begin(), rng)[0].data;
}

TEST_CASE("element i of a uniform site is lane i mod 4 of block i / 4") {
  std::array<double, 4> state = {0x89abcdefu, 0x01234567u, 17, 0};
  std::vector<double> values = draw("uniform %r <23> {site = 5 : i64}", state, 23);
  for (uint32_t i = 0; i < values.size(); ++i) {
    uint32_t bits = philox({i / 4, 0, 17, 5}, 0x89abcdefu, 0x01234567u)[i % 4];
    CHECK(values[i] == (bits >> 8) * 0x1p-24);
  }
}

TEST_CASE("uniform noise spans its interval") {
  std::array<double, 4> state = {3, 0, 0, 0};
  std::vector<double> unit = draw("uniform %r <64> {site = 0 : i64}", state, 64);
  std::vector<double> wide = draw("uniform %r <64> {hi = 3.0 : f64, lo = -1.0 : f64, site = 0 : i64}", state, 64);
  for (size_t i = 0; i < unit.size(); ++i)
    CHECK(wide[i] == static_cast<float>(-1 + static_cast<float>(unit[i] * 4)));
}

//===-- Normal ------------------------------------------------------------------------===//

TEST_CASE("the upper quantile inverts the normal distribution function") {
  // Tables of the normal distribution.
  CHECK(upperNormalQuantile(0.5) == Approx(0).margin(1e-15));
  CHECK(upperNormalQuantile(0.025) == Approx(1.959963984540054).epsilon(1e-14));
  CHECK(upperNormalQuantile(0.001) == Approx(3.090232306167813).epsilon(1e-14));
  CHECK(upperNormalQuantile(1e-9) == Approx(5.997807015007686).epsilon(1e-14));
  for (double p = 0x1p-34; p <= 0.5; p *= 1.07)
    CHECK(std::erfc(upperNormalQuantile(p) / std::numbers::sqrt2) / 2 == Approx(p).epsilon(1e-13));
}

/// The table's value at f, as the kernel computes it: Horner's rule in single precision, multiply and add apart.
static float tableValue(const NormalTable &table, float f) {
  uint32_t bits = std::bit_cast<uint32_t>(f);
  const std::array<float, normalTableTerms> &row = table[(bits >> 20) - (0x3F000000u >> 20)];
  float t = static_cast<float>(bits & 0xFFFFFu) * 0x1p-20f, value = row.back();
  for (unsigned term = normalTableTerms - 1; term-- > 0;) {
    volatile float product = value * t; // volatile: never one fused operation
    value = product + row[term];
  }
  return value;
}

TEST_CASE("the normal table is right to single precision in every segment") {
  NormalTable table = makeNormalTable();
  double worst = 0;
  for (unsigned segment = 0; segment < normalTableSegments; ++segment)
    for (uint32_t low = 0; low < 1u << 20; low += 16411) {
      float f = std::bit_cast<float>(0x3F000000u + (segment << 20) + low);
      double exact = upperNormalQuantile(static_cast<double>(f) * 0x1p-32), value = tableValue(table, f);
      worst = std::max(worst, std::abs(value - exact) / std::max(1.0, exact));
    }
  INFO("worst error " << worst);
  CHECK(worst < 2e-7);
}

TEST_CASE("a normal deviate is the quantile of its bits") {
  std::array<double, 4> state = {11, 0, 2, 0};
  std::vector<double> values = draw("normal %r <400> {site = 1 : i64}", state, 400);
  NormalTable table = makeNormalTable();
  for (uint32_t i = 0; i < values.size(); ++i) {
    uint32_t bits = philox({i / 4, 0, 2, 1}, 11, 0)[i % 4], magnitude = bits & 0x7FFFFFFFu;
    if (magnitude >= 1u << 24)
      magnitude &= ~127u;
    float f = static_cast<float>(magnitude) + 0.5f;
    double exact = upperNormalQuantile(static_cast<double>(f) * 0x1p-32) * (bits >> 31 ? -1 : 1);
    CHECK(values[i] == Approx(exact).epsilon(2e-7).margin(2e-7));
    CHECK(std::abs(values[i]) == std::abs(tableValue(table, f)));
  }
}

TEST_CASE("seed, step and site each change every draw") {
  std::vector<double> base = draw("normal %r <8> {site = 0 : i64}", {1, 0, 0, 0}, 8);
  CHECK(draw("normal %r <8> {site = 0 : i64}", {1, 0, 0, 0}, 8) == base);
  for (const std::vector<double> &other : {draw("normal %r <8> {site = 0 : i64}", {2, 0, 0, 0}, 8),
                                           draw("normal %r <8> {site = 0 : i64}", {1, 1, 0, 0}, 8),
                                           draw("normal %r <8> {site = 0 : i64}", {1, 0, 1, 0}, 8),
                                           draw("normal %r <8> {site = 1 : i64}", {1, 0, 0, 0}, 8)})
    for (size_t i = 0; i < base.size(); ++i)
      CHECK(other[i] != base[i]);
}
