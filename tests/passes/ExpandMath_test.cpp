// Accuracy of the expanded functions: every op of a kernel's body carried out in f32, against the C library in double
// precision.
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "passes/Passes.h"
#include "passes/Pipelines.h"
#include "tests/catch.h"
#include "llvm/ADT/TypeSwitch.h"
#include <bit>
#include <cmath>
#include <limits>
#include <random>

using namespace mlir;
using namespace vae;

namespace {

using Words = std::vector<uint32_t>; // one 32-bit value a sample; floats by their bits

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float notANumber = std::numeric_limits<float>::quiet_NaN();

float real(uint32_t word) { return std::bit_cast<float>(word); }
uint32_t word(float value) { return std::bit_cast<uint32_t>(value); }

bool compare(arith::CmpFPredicate predicate, float a, float b) {
  switch (predicate) {
  case arith::CmpFPredicate::OEQ:
    return a == b;
  case arith::CmpFPredicate::OGT:
    return a > b;
  case arith::CmpFPredicate::OGE:
    return a >= b;
  case arith::CmpFPredicate::OLT:
    return a < b;
  case arith::CmpFPredicate::OLE:
    return a <= b;
  case arith::CmpFPredicate::UNO:
    return std::isnan(a) || std::isnan(b);
  default:
    FAIL("a comparison that this test doesn't know");
    return false;
  }
}

/// Carries out one op on one sample.
uint32_t evaluate(Operation *op, ArrayRef<uint32_t> x) {
  return llvm::TypeSwitch<Operation *, uint32_t>(op)
      .Case([&](arith::AddFOp) { return word(real(x[0]) + real(x[1])); })
      .Case([&](arith::SubFOp) { return word(real(x[0]) - real(x[1])); })
      .Case([&](arith::MulFOp) { return word(real(x[0]) * real(x[1])); })
      .Case([&](arith::DivFOp) { return word(real(x[0]) / real(x[1])); })
      .Case([&](arith::CmpFOp cmp) { return compare(cmp.getPredicate(), real(x[0]), real(x[1])) ? 1u : 0u; })
      .Case([&](arith::SelectOp) { return x[0] ? x[1] : x[2]; })
      .Case([&](arith::BitcastOp) { return x[0]; })
      .Case([&](arith::AddIOp) { return x[0] + x[1]; })
      .Case([&](arith::AndIOp) { return x[0] & x[1]; })
      .Case([&](arith::OrIOp) { return x[0] | x[1]; })
      .Case([&](arith::ShLIOp) { return x[0] << x[1]; })
      .Case([&](arith::ShRSIOp) { return static_cast<uint32_t>(static_cast<int32_t>(x[0]) >> x[1]); })
      .Case([&](arith::SIToFPOp) { return word(static_cast<float>(static_cast<int32_t>(x[0]))); })
      .Case([&](arith::FPToSIOp) {
        // Anything else would be undefined on a device.
        REQUIRE(std::abs(real(x[0])) < 1000.0f);
        return static_cast<uint32_t>(static_cast<int32_t>(real(x[0])));
      })
      .Case([&](math::FloorOp) { return word(std::floor(real(x[0]))); })
      .Case([&](math::AbsFOp) { return word(std::abs(real(x[0]))); })
      .Default([](Operation *other) {
        FAIL("unexpected op " << other->getName().getStringRef().str());
        return 0u;
      });
}

uint32_t constantWord(arith::ConstantOp op) {
  if (auto number = dyn_cast<FloatAttr>(op.getValue()))
    return word(number.getValue().convertToFloat());
  return static_cast<uint32_t>(cast<IntegerAttr>(op.getValue()).getValue().getSExtValue());
}

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
    llvm::DenseMap<Value, Words> values;
    for (float argument : arguments)
      values[body->getArgument(0)].push_back(word(argument));
    for (Operation &op : body->without_terminator())
      values[op.getResult(0)] = evaluateAll(&op, values, arguments.size());
    std::vector<float> results;
    for (uint32_t bits : values[body->getTerminator()->getOperand(0)])
      results.push_back(real(bits));
    return results;
  }
  float operator()(float argument) { return (*this)(std::vector<float>{argument}).front(); }

private:
  static Words evaluateAll(Operation *op, llvm::DenseMap<Value, Words> &values, size_t count) {
    if (auto constant = dyn_cast<arith::ConstantOp>(op))
      return Words(count, constantWord(constant));
    Words results(count);
    SmallVector<const Words *> operands =
        llvm::map_to_vector(op->getOperands(), [&](Value value) -> const Words * { return &values[value]; });
    SmallVector<uint32_t> sample(operands.size());
    for (size_t i = 0; i < count; ++i) {
      for (auto [slot, operand] : llvm::zip_equal(sample, operands))
        slot = (*operand)[i];
      results[i] = evaluate(op, sample);
    }
    return results;
  }

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
