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

/// The expanded form of one function, ready to be carried out.
class Expanded {
public:
  explicit Expanded(const std::string &function) {
    DialectRegistry registry;
    registerDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
    module = parseSourceString<ModuleOp>(R"(
      #id = affine_map<(d0) -> (d0)>
      program.kernel @k(%x: tensor<8xf32>) -> (tensor<8xf32>) attributes {ties = array<i64: -1>} {
        %e = tensor.empty() : tensor<8xf32>
        %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"], program.role = "root"}
            ins(%x : tensor<8xf32>) outs(%e : tensor<8xf32>) {
        ^bb0(%a: f32, %o: f32):
          %r = math.)" + function + R"( %a : f32
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

  std::vector<float> operator()(const std::vector<float> &arguments) {
    Block *body = nullptr;
    module->walk([&](linalg::GenericOp generic) { body = generic.getBody(); });
    std::vector<float> results;
    llvm::DenseMap<Value, vae::test::Number> known;
    for (float argument : arguments) {
      known.clear();
      known[body->getArgument(0)] = {argument, 0};
      vae::test::Number result = vae::test::evaluateScalar(body->getTerminator()->getOperand(0), known);
      results.push_back(static_cast<float>(result.real));
    }
    return results;
  }
  float operator()(float argument) { return (*this)(std::vector<float>{argument}).front(); }

private:
  MLIRContext context;
  OwningOpRef<ModuleOp> module;
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

/// The largest distance from the exact result, in units of the exact result's last place.
double getLargestError(Expanded &function, double (*exact)(double), const std::vector<float> &arguments) {
  std::vector<float> results = function(arguments);
  double largest = 0;
  for (size_t i = 0; i < arguments.size(); ++i) {
    double expected = exact(arguments[i]);
    if (std::abs(expected) < 0x1p-126)
      continue;
    double place = std::ldexp(1.0, std::ilogb(expected) - 23);
    largest = std::max(largest, std::abs(results[i] - expected) / place);
  }
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
