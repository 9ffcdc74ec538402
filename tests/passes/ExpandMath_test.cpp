// Accuracy of the expanded functions: a kernel's body carried out in f32, against the C library in double precision.
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "passes/Passes.h"
#include "passes/Pipelines.h"
#include "tests/catch.h"
#include "tests/ops/values/Interpreter.h"
#include <bit>
#include <cmath>
#include <limits>
#include <random>

using namespace mlir;
using namespace vae;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float notANumber = std::numeric_limits<float>::quiet_NaN();

uint32_t word(float value) { return std::bit_cast<uint32_t>(value); }

/// The expanded form of one function of `a`, or of `a` and `b`, ready to be carried out.
class Expanded {
public:
  explicit Expanded(const std::string &function, const std::string &operands = "%a") {
    DialectRegistry registry;
    registerDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
    module = parseSourceString<ModuleOp>(R"(
      #id = affine_map<(d0) -> (d0)>
      program.kernel @k(%x: tensor<8xf32>, %z: tensor<8xf32>) -> (tensor<8xf32>) attributes {ties = array<i64: -1>} {
        %e = tensor.empty() : tensor<8xf32>
        %y = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"], program.role = "root"}
            ins(%x, %z : tensor<8xf32>, tensor<8xf32>) outs(%e : tensor<8xf32>) {
        ^bb0(%a: f32, %b: f32, %o: f32):
          %r = math.)" + function + " " + operands +
                                             R"( : f32
          linalg.yield %r : f32
        } -> tensor<8xf32>
        program.yield %y : tensor<8xf32>
      })",
                                         &context);
    REQUIRE(module);
    PassManager manager(&context);
    manager.addNestedPass<program::KernelOp>(createExpandMath());
    REQUIRE(succeeded(manager.run(*module)));
  }

  float operator()(float a, float b = 0) {
    Block *body = nullptr;
    module->walk([&](linalg::GenericOp generic) { body = generic.getBody(); });
    known.clear();
    known[body->getArgument(0)] = {a, 0};
    known[body->getArgument(1)] = {b, 0};
    return static_cast<float>(vae::test::evaluateScalar(body->getTerminator()->getOperand(0), known).real);
  }

private:
  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  llvm::DenseMap<Value, vae::test::Number> known;
};

/// Values between two bounds: half spread evenly, half by magnitude.
std::vector<float> spread(float low, float high) {
  std::mt19937 engine(17);
  std::uniform_real_distribution<double> even(low, high), unit(0, 1);
  std::vector<float> values{low, high};
  for (int i = 0; i < 40000; ++i) {
    values.push_back(static_cast<float>(even(engine)));
    double magnitude = std::pow(10.0, -9 * unit(engine));
    values.push_back(static_cast<float>(unit(engine) < 0.5 ? low * magnitude : high * magnitude));
  }
  return values;
}

/// A distance from the exact result, in units of the exact result's last place; 0 for results that no float holds.
double getError(float result, double expected) {
  if (std::abs(expected) < 0x1p-126 || std::abs(expected) > std::numeric_limits<float>::max())
    return 0;
  return std::abs(result - expected) / std::ldexp(1.0, std::ilogb(expected) - 23);
}

double getLargestError(Expanded &function, double (*exact)(double), const std::vector<float> &arguments) {
  double largest = 0;
  for (float argument : arguments)
    largest = std::max(largest, getError(function(argument), exact(argument)));
  return largest;
}

} // namespace

TEST_CASE("exp") {
  Expanded exp("exp");
  CHECK(getLargestError(exp, std::exp, spread(-87.33f, 88.72f)) < 1.0);
  CHECK(exp(0.0f) == 1.0f);
  CHECK(exp(-87.4f) == 0.0f); // the exact result is below 2^-126
  CHECK(exp(-infinity) == 0.0f);
  CHECK(exp(88.73f) == infinity);
  CHECK(exp(infinity) == infinity);
  CHECK(std::isnan(exp(notANumber)));
}

TEST_CASE("expm1") {
  Expanded expm1("expm1");
  CHECK(getLargestError(expm1, std::expm1, spread(-20.0f, 88.72f)) < 1.7);
  CHECK(getLargestError(expm1, std::expm1, spread(-1.0f, 1.0f)) < 1.7);
  CHECK(word(expm1(-0.0f)) == word(-0.0f));
  CHECK(expm1(-infinity) == -1.0f);
  CHECK(expm1(infinity) == infinity);
  CHECK(std::isnan(expm1(notANumber)));
}

TEST_CASE("log") {
  Expanded log("log");
  CHECK(getLargestError(log, std::log, spread(1.0e-28f, 3.0e38f)) < 0.9);
  CHECK(getLargestError(log, std::log, spread(0.5f, 2.0f)) < 0.9);
  CHECK(log(1.0f) == 0.0f);
  CHECK(log(0.0f) == -infinity);
  CHECK(log(-0.0f) == -infinity);
  CHECK(log(1.0e-40f) == -infinity); // counts as zero
  CHECK(log(infinity) == infinity);
  CHECK(std::isnan(log(-1.0f)));
  CHECK(std::isnan(log(-infinity)));
  CHECK(std::isnan(log(notANumber)));
}

TEST_CASE("log1p") {
  Expanded log1p("log1p");
  CHECK(getLargestError(log1p, std::log1p, spread(-0.99999f, 1.0e30f)) < 1.5);
  CHECK(getLargestError(log1p, std::log1p, spread(-0.9f, 4.0f)) < 1.5);
  CHECK(word(log1p(-0.0f)) == word(-0.0f));
  CHECK(log1p(-1.0f) == -infinity);
  CHECK(log1p(infinity) == infinity);
  CHECK(std::isnan(log1p(-1.5f)));
  CHECK(std::isnan(log1p(notANumber)));
}

TEST_CASE("tanh") {
  Expanded tanh("tanh");
  CHECK(getLargestError(tanh, std::tanh, spread(-10.0f, 10.0f)) < 1.5);
  CHECK(word(tanh(-0.0f)) == word(-0.0f));
  CHECK(tanh(infinity) == 1.0f);
  CHECK(tanh(-infinity) == -1.0f);
  CHECK(std::isnan(tanh(notANumber)));
}

TEST_CASE("erf") {
  Expanded erf("erf");
  CHECK(getLargestError(erf, std::erf, spread(-5.0f, 5.0f)) < 1.5);
  CHECK(word(erf(-0.0f)) == word(-0.0f));
  CHECK(erf(infinity) == 1.0f);
  CHECK(erf(-infinity) == -1.0f);
  CHECK(std::isnan(erf(notANumber)));
}

static void checkWave(const std::string &name, double (*exact)(double)) {
  Expanded wave(name);
  CHECK(getLargestError(wave, exact, spread(-4.0f, 4.0f)) < 1.5);
  CHECK(getLargestError(wave, exact, spread(-1000.0f, 1000.0f)) < 1.5);
  CHECK(getLargestError(wave, exact, spread(-3.4e38f, 3.4e38f)) < 1.5);
  // The floats that lie nearest to multiples of pi / 2, for their size.
  CHECK(getLargestError(wave, exact,
                        {0x1.921fb6p+0f, 0x1.921fb6p+1f, 0x1.2d97c8p+2f, 16367173.0f * 0x1p+72f, 0x1.6ac5b2p+119f}) <
        1.5);
  CHECK(std::isnan(wave(infinity)));
  CHECK(std::isnan(wave(-infinity)));
  CHECK(std::isnan(wave(notANumber)));
}

TEST_CASE("sin") {
  checkWave("sin", std::sin);
  Expanded sin("sin");
  CHECK(word(sin(-0.0f)) == word(-0.0f));
  CHECK(sin(-0x1p-126f) == -0x1p-126f);
}

TEST_CASE("cos") {
  checkWave("cos", std::cos);
  CHECK(Expanded("cos")(-0.0f) == 1.0f);
}

TEST_CASE("pow") {
  Expanded pow("powf", "%a, %b");
  std::mt19937 engine(17);
  std::uniform_real_distribution<double> unit(-1, 1);
  double largest = 0;
  for (int i = 0; i < 40000; ++i) {
    // Bases near 1 and far from it, with exponents that lead anywhere between the ends of a float.
    auto x = static_cast<float>(std::exp(unit(engine) * std::pow(10.0, 2 * unit(engine) - 0.1)));
    auto y = static_cast<float>(unit(engine) * 88 / std::max(std::abs(std::log(x)), 1e-6f));
    largest = std::max(largest, getError(pow(x, y), std::pow(static_cast<double>(x), static_cast<double>(y))));
  }
  CHECK(largest < 4);
  float values[] = {0.0f, 0.5f, 1.0f, 1.5f, 2.0f, 3.0f, 7.0f, 0x1p+24f, 1e20f, 3e38f, infinity, 0x1p-100f};
  for (float x : values)
    for (float y : values)
      for (auto [a, b] : {std::pair(x, y), {-x, y}, {x, -y}, {-x, -y}}) {
        INFO(a << " to the power of " << b);
        double expected = std::pow(static_cast<double>(a), static_cast<double>(b));
        float result = pow(a, b), rounded = static_cast<float>(expected);
        bool isNormal = std::isnormal(rounded);
        CHECK(std::isnan(result) == std::isnan(expected));
        CHECK((std::isnan(expected) || std::signbit(result) == std::signbit(expected)));
        CHECK((isNormal ? getError(result, expected) < 4
                        : std::isnan(expected) || std::abs(rounded - result) < 0x1p-126f || rounded == result));
      }
  CHECK(pow(notANumber, 0.0f) == 1.0f);
  CHECK(pow(1.0f, notANumber) == 1.0f);
  CHECK(std::isnan(pow(notANumber, 2.0f)));
  CHECK(std::isnan(pow(2.0f, notANumber)));
}

TEST_CASE("ceil and roundeven") {
  Expanded ceil("ceil"), round("roundeven");
  for (float x : {0.0f, 0.3f, 0.5f, 0.7f, 1.0f, 1.5f, 2.5f, 3.5f, 0x1.fffffep+21f, 0x1p+22f + 0.5f, 0x1p+23f - 0.5f,
                  0x1p+24f, 3e38f, infinity})
    for (float value : {x, -x}) {
      INFO(value);
      CHECK(word(ceil(value)) == word(std::ceil(value)));
      CHECK(word(round(value)) == word(std::nearbyint(value)));
    }
  CHECK(std::isnan(ceil(notANumber)));
  CHECK(std::isnan(round(notANumber)));
}
