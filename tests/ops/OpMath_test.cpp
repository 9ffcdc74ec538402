// What ops compute, in double precision: values against closed forms, gradients against central differences. Every op with a gradient is here.
#include "ir/TensorBuilder.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Parser/Parser.h"
#include "tests/catch.h"
#include "tests/ops/Interpreter.h"
#include <cmath>
#include <functional>
#include <limits>
#include <numbers>
#include <random>
#include <set>

using namespace mlir;
using namespace vae;
using namespace vae::test;

namespace {
/// One op to differentiate: the text of its line (operands %a, %b, %c; result %y), its types, and where its arguments lie.
struct Case {
  std::string op;
  std::vector<std::string> arguments;
  std::string result;
  std::string line;
  double low = -2, high = 2;
};

struct Fixture {
  MLIRContext context;
  Fixture() { context.loadDialect<VaeDialect, program::ProgramDialect, func::FuncDialect, arith::ArithDialect, math::MathDialect>(); }
};

const double kInfinity = std::numeric_limits<double>::infinity(), kNaN = std::numeric_limits<double>::quiet_NaN();
const std::string kBatch = "tensor<?x4xf64, #program.shape<\"B\", 4>>";
} // namespace

static OwningOpRef<ModuleOp> parse(MLIRContext &context, const Case &test) {
  std::string text = "func.func @f(";
  for (size_t i = 0; i < test.arguments.size(); ++i)
    text += std::string(i ? ", " : "") + "%" + static_cast<char>('a' + i) + ": " + test.arguments[i];
  text += ") -> " + test.result + " {\n  " + test.line + "\n  return %y : " + test.result + "\n}";
  INFO(text);
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
  REQUIRE(module);
  return module;
}

static func::FuncOp functionOf(ModuleOp module) { return *module.getOps<func::FuncOp>().begin(); }

/// Replaces decomposable ops until none is left.
static void decomposeAll(func::FuncOp function) {
  for (bool changed = true; changed;) {
    changed = false;
    for (Operation &op : llvm::make_early_inc_range(function.getBody().front())) {
      auto decomposable = dyn_cast<DecomposableOpInterface>(op);
      if (!decomposable)
        continue;
      OpBuilder builder(&op);
      op.replaceAllUsesWith(decomposable.decompose(builder));
      op.erase();
      changed = true;
    }
  }
}

/// Makes the function return the gradients of its arguments, given one more argument: the gradient of its result.
static void differentiate(func::FuncOp function) {
  Block &block = function.getBody().front();
  Operation *terminator = block.getTerminator();
  std::vector<Operation *> ops;
  for (Operation &op : block.without_terminator())
    ops.push_back(&op);
  std::vector<Value> arguments(block.args_begin(), block.args_end());
  DenseMap<Value, Value> gradients;
  gradients[terminator->getOperand(0)] = block.addArgument(terminator->getOperand(0).getType(), function.getLoc());
  OpBuilder builder(terminator);
  for (Operation *op : llvm::reverse(ops)) {
    auto differentiable = dyn_cast<DifferentiableOpInterface>(op);
    Value result = gradients.lookup(op->getResult(0));
    if (!differentiable || !result)
      continue;
    SmallVector<Value> operandGradients;
    differentiable.buildVjp(builder, result, operandGradients);
    REQUIRE(operandGradients.size() == op->getNumOperands());
    for (auto [operand, gradient] : llvm::zip_equal(op->getOperands(), operandGradients)) {
      if (!gradient)
        continue;
      REQUIRE(gradient.getType() == operand.getType());
      Value &sum = gradients[operand];
      sum = sum ? AddOp::create(builder, op->getLoc(), sum, gradient).getResult() : gradient;
    }
  }
  SmallVector<Value> results;
  for (Value argument : arguments) {
    Value gradient = gradients.lookup(argument);
    TensorBuilder t(builder, function.getLoc());
    results.push_back(gradient ? gradient : t.zeros(program::getSizes(cast<RankedTensorType>(argument.getType())), argument));
  }
  func::ReturnOp::create(builder, function.getLoc(), results);
  terminator->erase();
}

static Array randomArray(std::vector<int64_t> shape, double low, double high, std::mt19937_64 &random) {
  Array array{std::move(shape), {}};
  int64_t count = 1;
  for (int64_t size : array.shape)
    count *= size;
  std::uniform_real_distribution<double> uniform(low, high);
  for (int64_t i = 0; i < count; ++i)
    array.data.push_back(uniform(random));
  return array;
}

static double dot(const Array &a, const Array &b) {
  double sum = 0;
  for (auto [x, y] : llvm::zip_equal(a.data, b.data))
    sum += x * y;
  return sum;
}

/// Compares each argument's gradient under a random cotangent with central differences.
static void checkGradients(const Case &test) {
  INFO(test.op << ": " << test.line);
  Fixture fixture;
  OwningOpRef<ModuleOp> forward = parse(fixture.context, test), backward = parse(fixture.context, test);
  decomposeAll(functionOf(*forward));
  decomposeAll(functionOf(*backward));
  differentiate(functionOf(*backward));
  Interpreter interpreter({{"B", 3}});
  std::mt19937_64 random(7);
  std::vector<Array> arguments;
  for (Type type : functionOf(*forward).getArgumentTypes())
    arguments.push_back(randomArray(interpreter.shapeOf(type), test.low, test.high, random));
  Array cotangent = randomArray(interpreter.run(functionOf(*forward), arguments)[0].shape, -1, 1, random);
  std::vector<Array> withCotangent = arguments;
  withCotangent.push_back(cotangent);
  std::vector<Array> gradients = interpreter.run(functionOf(*backward), withCotangent);
  const double step = 1e-5;
  for (size_t argument = 0; argument < arguments.size(); ++argument)
    for (size_t i = 0; i < arguments[argument].data.size(); ++i) {
      std::vector<Array> up = arguments, down = arguments;
      up[argument].data[i] += step;
      down[argument].data[i] -= step;
      double difference = dot(interpreter.run(functionOf(*forward), up)[0], cotangent) - dot(interpreter.run(functionOf(*forward), down)[0], cotangent);
      INFO("argument " << argument << ", element " << i);
      CHECK(gradients[argument].data[i] == Approx(difference / (2 * step)).epsilon(1e-6).margin(1e-8));
    }
}

//===-- Gradients -----------------------------------------------------------------------===//

static Case unary(std::string op, double low = -2, double high = 2, std::string attributes = "") {
  std::string line = "%y = vae." + op + " %a" + attributes + " : " + kBatch;
  return {std::move(op), {kBatch}, kBatch, std::move(line), low, high};
}

static Case binary(const std::string &op, double low = -2, double high = 2) {
  // [B, 4], [3, B, 1]: each is broadcast somewhere, one at a leading axis.
  std::string a = "tensor<?x4xf64, #program.shape<\"B\", 4>>", b = "tensor<2x?x1xf64, #program.shape<2, \"B\", 1>>";
  std::string y = "tensor<2x?x4xf64, #program.shape<2, \"B\", 4>>";
  return {op, {a, b}, y, "%y = vae." + op + " %a, %b : " + a + ", " + b, low, high};
}

static Case loss(const std::string &op, const std::string &reduction, double low, double high) {
  std::string y = reduction == "none" ? kBatch : "tensor<f64>";
  return {op, {kBatch, kBatch}, y, "%y = vae." + op + " %a, %b {reduction = \"" + reduction + "\"} : (" + kBatch + ", " + kBatch + ") -> " + y, low, high};
}

static std::vector<Case> elementwiseCases() {
  std::vector<Case> cases = {unary("relu"), unary("silu"), unary("tanh"), unary("sigmoid"), unary("softplus"), unary("erf"), unary("exp"),
                             unary("log", 0.2, 3), unary("sqrt", 0.2, 3), unary("square"), unary("abs"), unary("neg"),
                             unary("leaky_relu", -2, 2, " {slope = 0.2 : f64}"), unary("gelu"), unary("gelu", -2, 2, " {approximate = \"tanh\"}"),
                             unary("clamp", -2, 2, " {hi = 1.0 : f64, lo = -0.5 : f64}"),
                             binary("add"), binary("sub"), binary("mul"), binary("div", 0.5, 2), binary("min"), binary("max")};
  for (const char *op : {"greater", "greater_equal", "less", "less_equal", "equal", "not_equal"})
    cases.push_back(binary(op));
  cases.push_back({"where", {kBatch, "tensor<4xf64>"}, kBatch,
                   "%m = vae.greater %a, %b : " + kBatch + ", tensor<4xf64>\n  %y = vae.where %m, %a, %b : " + kBatch + ", " + kBatch + ", tensor<4xf64>"});
  return cases;
}

static std::vector<Case> shapeCases() {
  std::string all = "(" + kBatch + ") -> tensor<f64>", rows = "(" + kBatch + ") -> tensor<?xf64, #program.shape<\"B\">>";
  std::string flat = "tensor<?xf64, #program.shape<\"4*B\">>", turned = "tensor<4x?xf64, #program.shape<4, \"B\">>";
  return {{"sum", {kBatch}, "tensor<f64>", "%y = vae.sum %a : " + all},
          {"sum", {kBatch}, "tensor<?xf64, #program.shape<\"B\">>", "%y = vae.sum %a {axis = array<i64: 1>} : " + rows},
          {"sum", {"tensor<2x3x4xf64>"}, "tensor<1x3x1xf64>", "%y = vae.sum %a {axis = array<i64: 0, -1>, keep = true} : (tensor<2x3x4xf64>) -> tensor<1x3x1xf64>"},
          {"mean", {kBatch}, "tensor<f64>", "%y = vae.mean %a : " + all},
          {"reshape", {kBatch}, flat, "%y = vae.reshape %a to <\"4*B\"> : (" + kBatch + ") -> " + flat},
          {"broadcast", {"tensor<4x1xf64>"}, "tensor<2x4x3xf64>", "%y = vae.broadcast %a to <2, 4, 3> : (tensor<4x1xf64>) -> tensor<2x4x3xf64>"},
          {"transpose", {kBatch}, turned, "%y = vae.transpose %a {axes = array<i64: -1, 0>} : (" + kBatch + ") -> " + turned},
          {"transpose", {"tensor<2x3x4xf64>"}, "tensor<4x2x3xf64>", "%y = vae.transpose %a {axes = array<i64: 2, 0, 1>} : (tensor<2x3x4xf64>) -> tensor<4x2x3xf64>"},
          {"concat", {kBatch, "tensor<2x4xf64>", kBatch}, "tensor<?x4xf64, #program.shape<\"2*B + 2\", 4>>",
           "%y = vae.concat %a, %b, %c {axis = 0 : i64} : (" + kBatch + ", tensor<2x4xf64>, " + kBatch + ") -> tensor<?x4xf64, #program.shape<\"2*B + 2\", 4>>"},
          {"slice", {kBatch}, "tensor<?x2xf64, #program.shape<\"B\", 2>>",
           "%y = vae.slice %a {axis = 1 : i64, bounds = #program.shape<1, 3>} : (" + kBatch + ") -> tensor<?x2xf64, #program.shape<\"B\", 2>>"},
          {"slice", {kBatch}, "tensor<?x4xf64, #program.shape<\"B - 1\", 4>>",
           "%y = vae.slice %a {axis = 0 : i64, bounds = #program.shape<1, \"B\">} : (" + kBatch + ") -> tensor<?x4xf64, #program.shape<\"B - 1\", 4>>"}};
}

static Case matmul(const std::string &a, const std::string &b, const std::string &y, const std::string &attributes) {
  return {"matmul", {a, b}, y, "%y = vae.matmul %a, %b " + attributes + " : (" + a + ", " + b + ") -> " + y};
}

static std::vector<Case> layerCases() {
  std::string weight = "tensor<5x4xf64>", bias = "tensor<5xf64>", y = "tensor<?x5xf64, #program.shape<\"B\", 5>>";
  return {matmul("tensor<2x3xf64>", "tensor<3x4xf64>", "tensor<2x4xf64>", ""),
          matmul("tensor<2x3xf64>", "tensor<4x3xf64>", "tensor<2x4xf64>", "{transpose_b = true}"),
          matmul("tensor<3x2xf64>", "tensor<3x4xf64>", "tensor<2x4xf64>", "{transpose_a = true}"),
          matmul("tensor<3x2xf64>", "tensor<4x3xf64>", "tensor<2x4xf64>", "{transpose_a = true, transpose_b = true}"),
          matmul("tensor<2x2x3xf64>", "tensor<2x3x4xf64>", "tensor<2x2x4xf64>", ""),
          {"linear", {kBatch, weight, bias}, y, "%y = vae.linear %a, %b, %c : (" + kBatch + ", " + weight + ", " + bias + ") -> " + y},
          {"linear", {"tensor<2x3x4xf64>", weight}, "tensor<2x3x5xf64>", "%y = vae.linear %a, %b : (tensor<2x3x4xf64>, " + weight + ") -> tensor<2x3x5xf64>"},
          {"linear", {"tensor<4xf64>", weight}, bias, "%y = vae.linear %a, %b : (tensor<4xf64>, " + weight + ") -> " + bias}};
}

static std::vector<Case> lossCases() {
  std::vector<Case> cases;
  for (const char *reduction : {"mean", "sum", "total", "none"}) {
    cases.push_back(loss("bce", reduction, 0.1, 0.9));
    cases.push_back(loss("bce_with_logits", reduction, -3, 3));
    cases.push_back(loss("mse", reduction, -2, 2));
    cases.push_back(loss("kl", reduction, -2, 2));
  }
  cases.push_back({"bce_term", {kBatch, kBatch}, kBatch, "%y = vae.bce_term %a, %b : " + kBatch, 0.1, 0.9});
  cases.push_back({"bce_with_logits_term", {kBatch, kBatch}, kBatch, "%y = vae.bce_with_logits_term %a, %b : " + kBatch});
  return cases;
}

static std::vector<Case> allCases() {
  std::vector<Case> cases = elementwiseCases();
  for (const std::vector<Case> &more : {shapeCases(), layerCases(), lossCases()})
    cases.insert(cases.end(), more.begin(), more.end());
  return cases;
}

TEST_CASE("gradients equal central differences") {
  for (const Case &test : allCases())
    checkGradients(test);
}

TEST_CASE("every op with a gradient or a decomposition has a gradient test") {
  // Noise has no gradient but through reparameterize, which is checked with its noise given; stop_gradient differs by design; zeros has no operand.
  std::set<std::string> tested = {"normal", "uniform", "reparameterize", "stop_gradient", "zeros"};
  for (const Case &test : allCases())
    tested.insert(test.op);
  Fixture fixture;
  for (RegisteredOperationName name : fixture.context.getRegisteredOperations())
    if (name.getDialectNamespace() == "vae" && (name.hasInterface<DifferentiableOpInterface>() || name.hasInterface<DecomposableOpInterface>())) {
      INFO(name.stripDialect().str());
      CHECK(tested.count(name.stripDialect().str()) == 1);
    }
}

TEST_CASE("no gradient passes stop_gradient") {
  Fixture fixture;
  OwningOpRef<ModuleOp> module = parse(fixture.context, unary("stop_gradient"));
  differentiate(functionOf(*module));
  Interpreter interpreter({{"B", 1}});
  std::vector<Array> gradients = interpreter.run(functionOf(*module), {{{1, 4}, {1, 2, 3, 4}}, {{1, 4}, {1, 1, 1, 1}}});
  CHECK(gradients[0].data == std::vector<double>(4, 0.0));
}

TEST_CASE("reparameterize is differentiable with its noise held") {
  Fixture fixture;
  OwningOpRef<ModuleOp> module = parse(fixture.context, {"reparameterize", {kBatch, kBatch, kBatch}, kBatch, "%y = vae.add %a, %b : " + kBatch + ", " + kBatch});
  func::FuncOp function = functionOf(*module);
  Block &block = function.getBody().front();
  OpBuilder builder(&block.front());
  Value rng = RngOp::create(builder, function.getLoc());
  auto draw = ReparameterizeOp::create(builder, function.getLoc(), rng, block.getArgument(0), block.getArgument(1), builder.getI64IntegerAttr(5));
  Value z = draw.buildFromNoise(builder, block.getArgument(2)).front();
  block.getTerminator()->setOperand(0, z);
  draw.erase();
  rng.getDefiningOp()->erase();
  Interpreter interpreter({{"B", 1}});
  Array mu{{1, 4}, {0.5, -1, 2, 0}}, logvar{{1, 4}, {0, 1, -1, 0.3}}, eps{{1, 4}, {1, -2, 0.5, 3}}, one{{1, 4}, {1, 1, 1, 1}};
  std::vector<double> value = interpreter.run(function, {mu, logvar, eps})[0].data;
  differentiate(function);
  std::vector<Array> gradients = interpreter.run(function, {mu, logvar, eps, one});
  for (size_t i = 0; i < 4; ++i) {
    double deviation = std::exp(logvar.data[i] / 2);
    CHECK(value[i] == Approx(mu.data[i] + deviation * eps.data[i]));
    CHECK(gradients[0].data[i] == 1);
    CHECK(gradients[1].data[i] == Approx(0.5 * deviation * eps.data[i]));
  }
}

//===-- Values ----------------------------------------------------------------------------===//

/// The op's value at each of some points, one after another.
static std::vector<double> valuesAt(const std::string &op, const std::string &attributes, std::vector<std::vector<double>> operands) {
  Fixture fixture;
  std::string type = "tensor<" + std::to_string(operands[0].size()) + "xf64>";
  Case test{op, {}, type, "%y = vae." + op + " "};
  std::vector<Array> arguments;
  for (size_t i = 0; i < operands.size(); ++i) {
    test.arguments.push_back(type);
    test.line += std::string(i ? ", " : "") + "%" + static_cast<char>('a' + i);
    arguments.push_back({{static_cast<int64_t>(operands[i].size())}, operands[i]});
  }
  test.line += attributes + " : ";
  size_t named = op.find("_term") != std::string::npos ? 1 : operands.size();
  for (size_t i = 0; i < named; ++i)
    test.line += std::string(i ? ", " : "") + type;
  OwningOpRef<ModuleOp> module = parse(fixture.context, test);
  return Interpreter({}).run(functionOf(*module), arguments)[0].data;
}

TEST_CASE("elementwise ops compute their formulas") {
  std::vector<double> points = {-30, -3, -1, -0.25, 0, 0.25, 1, 3, 30};
  using Function = std::function<double(double)>;
  std::vector<std::tuple<std::string, std::string, Function>> formulas = {
      {"relu", "", [](double x) { return std::max(x, 0.0); }},
      {"leaky_relu", "", [](double x) { return x > 0 ? x : 0.01 * x; }},
      {"leaky_relu", " {slope = 0.3 : f64}", [](double x) { return x > 0 ? x : 0.3 * x; }},
      {"silu", "", [](double x) { return x / (1 + std::exp(-x)); }},
      {"gelu", "", [](double x) { return x * 0.5 * std::erfc(-x / std::numbers::sqrt2); }},
      {"gelu", " {approximate = \"tanh\"}", [](double x) { return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x))); }},
      {"tanh", "", [](double x) { return std::tanh(x); }},
      {"sigmoid", "", [](double x) { return 1 / (1 + std::exp(-x)); }},
      {"softplus", "", [](double x) { return x > 20 ? x + std::exp(-x) : std::log1p(std::exp(x)); }},
      {"erf", "", [](double x) { return std::erf(x); }},
      {"exp", "", [](double x) { return std::exp(x); }},
      {"square", "", [](double x) { return x * x; }},
      {"abs", "", [](double x) { return std::abs(x); }},
      {"neg", "", [](double x) { return -x; }},
      {"stop_gradient", "", [](double x) { return x; }},
      {"clamp", " {hi = 2.0 : f64, lo = -0.5 : f64}", [](double x) { return std::min(std::max(x, -0.5), 2.0); }}};
  for (const auto &[op, attributes, formula] : formulas) {
    std::vector<double> values = valuesAt(op, attributes, {points});
    for (size_t i = 0; i < points.size(); ++i) {
      INFO(op << " of " << points[i]);
      CHECK(values[i] == Approx(formula(points[i])).epsilon(1e-12).margin(1e-15));
    }
  }
  CHECK(valuesAt("log", "", {{1, std::numbers::e, 0}}) == std::vector<double>{0, 1, -kInfinity});
  CHECK(valuesAt("sqrt", "", {{0, 2.25}}) == std::vector<double>{0, 1.5});
}

TEST_CASE("binary ops and where compute their formulas") {
  std::vector<double> a = {1, 2, -3, 0.5}, b = {2, 2, 4, -0.25};
  CHECK(valuesAt("add", "", {a, b}) == std::vector<double>{3, 4, 1, 0.25});
  CHECK(valuesAt("sub", "", {a, b}) == std::vector<double>{-1, 0, -7, 0.75});
  CHECK(valuesAt("mul", "", {a, b}) == std::vector<double>{2, 4, -12, -0.125});
  CHECK(valuesAt("div", "", {a, b}) == std::vector<double>{0.5, 1, -0.75, -2});
  CHECK(valuesAt("min", "", {a, b}) == std::vector<double>{1, 2, -3, -0.25});
  CHECK(valuesAt("max", "", {a, b}) == std::vector<double>{2, 2, 4, 0.5});
  CHECK(valuesAt("greater", "", {a, b}) == std::vector<double>{0, 0, 0, 1});
  CHECK(valuesAt("greater_equal", "", {a, b}) == std::vector<double>{0, 1, 0, 1});
  CHECK(valuesAt("less", "", {a, b}) == std::vector<double>{1, 0, 1, 0});
  CHECK(valuesAt("less_equal", "", {a, b}) == std::vector<double>{1, 1, 1, 0});
  CHECK(valuesAt("equal", "", {a, b}) == std::vector<double>{0, 1, 0, 0});
  CHECK(valuesAt("not_equal", "", {a, b}) == std::vector<double>{1, 0, 1, 1});
  CHECK(valuesAt("where", "", {{0, 1, -0.0, 0.5}, a, b}) == std::vector<double>{2, 2, 4, 0.5});
}

TEST_CASE("nan comes out where it goes in") {
  for (const char *op : {"relu", "leaky_relu", "silu", "gelu", "tanh", "sigmoid", "softplus", "erf", "exp", "log", "sqrt", "square", "abs", "neg"}) {
    INFO(op);
    CHECK(std::isnan(valuesAt(op, "", {{kNaN}})[0]));
  }
  CHECK(std::isnan(valuesAt("clamp", " {hi = 1.0 : f64, lo = 0.0 : f64}", {{kNaN}})[0]));
  for (const char *op : {"add", "sub", "mul", "div", "min", "max", "bce_term", "bce_with_logits_term"}) {
    INFO(op);
    CHECK(std::isnan(valuesAt(op, "", {{kNaN}, {0.5}})[0]));
    CHECK(std::isnan(valuesAt(op, "", {{0.5}, {kNaN}})[0]));
  }
}

TEST_CASE("functions keep their limits") {
  CHECK(valuesAt("sigmoid", "", {{-kInfinity, kInfinity}}) == std::vector<double>{0, 1});
  CHECK(valuesAt("softplus", "", {{-kInfinity, kInfinity, -1000, 1000}}) == std::vector<double>{0, kInfinity, 0, 1000});
  CHECK(valuesAt("tanh", "", {{-kInfinity, kInfinity}}) == std::vector<double>{-1, 1});
  CHECK(valuesAt("silu", "", {{-1000, 1000}}) == std::vector<double>{0, 1000});
  CHECK(valuesAt("bce_with_logits_term", "", {{1000, -1000, 1000, -1000}, {1, 0, 0, 1}}) == std::vector<double>{0, 0, 1000, 1000});
}

/// `op(y, x, reduction)` of [2, 3] tensors.
static std::vector<double> lossOf(const std::string &op, const std::string &reduction, std::vector<double> a, std::vector<double> b) {
  Fixture fixture;
  std::string type = "tensor<2x3xf64>", result = reduction == "none" ? type : "tensor<f64>";
  OwningOpRef<ModuleOp> module = parse(fixture.context, {op, {type, type}, result, "%y = vae." + op + " %a, %b {reduction = \"" + reduction + "\"} : (" + type + ", " + type + ") -> " + result});
  decomposeAll(functionOf(*module));
  return Interpreter({}).run(functionOf(*module), {{{2, 3}, std::move(a)}, {{2, 3}, std::move(b)}})[0].data;
}

TEST_CASE("losses compute their formulas under each reduction") {
  std::vector<double> y = {0.1, 0.5, 0.9, 0.25, 0.75, 0.6}, x = {0, 1, 0.5, 0.2, 1, 0};
  using Formula = std::function<double(double, double)>;
  std::vector<std::pair<std::string, Formula>> formulas = {
      {"bce", [](double y, double x) { return -(x * std::log(y) + (1 - x) * std::log(1 - y)); }},
      {"bce_with_logits", [](double l, double x) { return std::max(l, 0.0) - l * x + std::log1p(std::exp(-std::abs(l))); }},
      {"mse", [](double y, double x) { return (y - x) * (y - x); }},
      {"kl", [](double mu, double logvar) { return -0.5 * (1 + logvar - mu * mu - std::exp(logvar)); }}};
  for (const auto &[op, formula] : formulas) {
    INFO(op);
    double total = 0;
    std::vector<double> terms = lossOf(op, "none", y, x);
    for (size_t i = 0; i < 6; ++i) {
      CHECK(terms[i] == Approx(formula(y[i], x[i])));
      total += formula(y[i], x[i]);
    }
    CHECK(lossOf(op, "total", y, x)[0] == Approx(total));
    CHECK(lossOf(op, "mean", y, x)[0] == Approx(total / 6));
    CHECK(lossOf(op, "sum", y, x)[0] == Approx(total / 2));
  }
}

TEST_CASE("bce at certainty is limited as in PyTorch") {
  std::vector<double> values = lossOf("bce", "none", {0, 1, 0, 1, 0.5, 0.5}, {1, 0, 0, 1, 1, 0});
  CHECK(values[0] == 100);
  CHECK(values[1] == 100);
  CHECK(values[2] == 0);
  CHECK(values[3] == 0);
  Fixture fixture;
  OwningOpRef<ModuleOp> module = parse(fixture.context, {"bce_term", {"tensor<2xf64>", "tensor<2xf64>"}, "tensor<2xf64>", "%y = vae.bce_term %a, %b : tensor<2xf64>"});
  differentiate(functionOf(*module));
  std::vector<Array> gradients = Interpreter({}).run(functionOf(*module), {{{2}, {0, 1}}, {{2}, {1, 1}}, {{2}, {1, 1}}});
  CHECK(gradients[0].data[0] == Approx(-1e12));
  CHECK(gradients[0].data[1] == 0);
}

TEST_CASE("equal operands share the gradient of max and min") {
  for (const char *op : {"max", "min"}) {
    Fixture fixture;
    std::string type = "tensor<2xf64>";
    OwningOpRef<ModuleOp> module = parse(fixture.context, {op, {type, type}, type, std::string("%y = vae.") + op + " %a, %b : " + type + ", " + type});
    differentiate(functionOf(*module));
    std::vector<Array> gradients = Interpreter({}).run(functionOf(*module), {{{2}, {1, 5}}, {{2}, {1, 5}}, {{2}, {1, 4}}});
    CHECK(gradients[0].data == std::vector<double>{0.5, 2});
    CHECK(gradients[1].data == std::vector<double>{0.5, 2});
  }
}

TEST_CASE("adam takes PyTorch's step") {
  Fixture fixture;
  std::string t = "tensor<2xf64>", s = "tensor<f64>";
  OwningOpRef<ModuleOp> module = parse(fixture.context, {"adam", {t, t, t, t, s, s}, t,
      "%y, %m, %v = vae.adam %a, %b, %c, %d, %e, %f : (" + t + ", " + t + ", " + t + ", " + t + ", " + s + ", " + s + ") -> (" + t + ", " + t + ", " + t + ")"});
  std::vector<double> p = {1, -2}, m = {0, 0}, v = {0, 0};
  // Two steps from PyTorch 2 (lr = 0.1): torch.optim.Adam on p = [1, -2] with gradients [0.5, -1], then [0.25, 3].
  std::vector<std::vector<double>> gradients = {{0.5, -1}, {0.25, 3}}, expected = {{0.900000002, -1.900000001}, {0.806782040, -1.949418984}};
  for (int step = 0; step < 2; ++step) {
    double rate = 0.1 / (1 - std::pow(0.9, step + 1)), correction = std::sqrt(1 - std::pow(0.999, step + 1));
    Block &block = functionOf(*module).getBody().front();
    block.getTerminator()->setOperands(block.front().getResults());
    std::vector<Array> results = Interpreter({}).run(functionOf(*module), {{{2}, p}, {{2}, gradients[step]}, {{2}, m}, {{2}, v}, {{}, {rate}}, {{}, {correction}}});
    p = results[0].data, m = results[1].data, v = results[2].data;
    for (int i = 0; i < 2; ++i)
      CHECK(p[i] == Approx(expected[step][i]).epsilon(1e-6));
  }
}

TEST_CASE("adam's scalars are formulas over the step") {
  Fixture fixture;
  Builder b(&fixture.context);
  auto arguments = b.getDictionaryAttr({b.getNamedAttr("lr", b.getF64FloatAttr(1e-3)), b.getNamedAttr("beta1", b.getF64FloatAttr(0.9)),
                                        b.getNamedAttr("beta2", b.getF64FloatAttr(0.999)), b.getNamedAttr("eps", b.getF64FloatAttr(1e-8))});
  SmallVector<std::string> formulas = AdamOp::getScalarFormulas(arguments);
  CHECK(formulas[0] == "0.001 1 0.9 step 1 + pow - /");
  CHECK(formulas[1] == "1 0.999 step 1 + pow - sqrt");
}
