// Gradients of ops against central differences, in double precision.
#include "ir/ops/Latent.h"
#include "tests/catch.h"
#include "tests/ops/values/OpCase.h"
#include <cmath>
#include <map>
#include <random>

using namespace mlir;
using namespace vae;
using namespace vae::test;

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
static void checkGradients(const OpCase &test) {
  INFO(test.op << ": " << test.line);
  Fixture fixture;
  OwningOpRef<ModuleOp> forward = parse(fixture.context, test), backward = parse(fixture.context, test);
  decomposeAll(functionOf(*forward));
  decomposeAll(functionOf(*backward), /*keepDifferentiable=*/true);
  differentiate(functionOf(*backward));
  decomposeAll(functionOf(*backward));
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
      double difference = dot(interpreter.run(functionOf(*forward), up)[0], cotangent) -
                          dot(interpreter.run(functionOf(*forward), down)[0], cotangent);
      INFO("argument " << argument << ", element " << i);
      CHECK(gradients[argument].data[i] == Approx(difference / (2 * step)).epsilon(1e-6).margin(1e-8));
    }
}

//===-- Gradients -----------------------------------------------------------------------===//

static OpCase unary(std::string op, double low = -2, double high = 2, std::string attributes = "") {
  std::string line = "%y = vae." + op + " %a" + attributes + " : " + kBatch;
  return {std::move(op), {kBatch}, kBatch, std::move(line), low, high};
}

static OpCase binary(const std::string &op, double low = -2, double high = 2) {
  // [B, 4], [3, B, 1]: each is broadcast somewhere, one at a leading axis.
  std::string a = "tensor<?x4xf64, #program.shape<\"B\", 4>>", b = "tensor<2x?x1xf64, #program.shape<2, \"B\", 1>>";
  std::string y = "tensor<2x?x4xf64, #program.shape<2, \"B\", 4>>";
  return {op, {a, b}, y, "%y = vae." + op + " %a, %b : " + a + ", " + b, low, high};
}

static OpCase loss(const std::string &op, const std::string &reduction, double low, double high) {
  std::string y = reduction == "none" ? kBatch : "tensor<f64>";
  return {
      op,  {kBatch, kBatch},
      y,   "%y = vae." + op + " %a, %b {reduction = \"" + reduction + "\"} : (" + kBatch + ", " + kBatch + ") -> " + y,
      low, high};
}

static std::vector<OpCase> elementwiseCases() {
  std::vector<OpCase> cases = {unary("relu"),
                               unary("silu"),
                               unary("tanh"),
                               unary("sigmoid"),
                               unary("softplus"),
                               unary("erf"),
                               unary("exp"),
                               unary("log", 0.2, 3),
                               unary("sqrt", 0.2, 3),
                               unary("rsqrt", 0.2, 3),
                               unary("sin"),
                               unary("cos"),
                               unary("sign"),
                               unary("floor"),
                               unary("ceil"),
                               unary("round"),
                               unary("quick_gelu"),
                               unary("square"),
                               unary("abs"),
                               unary("neg"),
                               unary("leaky_relu", -2, 2, " {slope = 0.2 : f64}"),
                               unary("gelu"),
                               unary("gelu", -2, 2, " {approximate = \"tanh\"}"),
                               unary("clamp", -2, 2, " {hi = 1.0 : f64, lo = -0.5 : f64}"),
                               binary("add"),
                               binary("sub"),
                               binary("mul"),
                               binary("div", 0.5, 2),
                               binary("pow", 0.5, 2),
                               binary("min"),
                               binary("max")};
  for (const char *op : {"greater", "greater_equal", "less", "less_equal", "equal", "not_equal"})
    cases.push_back(binary(op));
  cases.push_back({"where",
                   {kBatch, "tensor<4xf64>"},
                   kBatch,
                   "%m = vae.greater %a, %b : " + kBatch + ", tensor<4xf64>\n  %y = vae.where %m, %a, %b : " + kBatch +
                       ", " + kBatch + ", tensor<4xf64>"});
  return cases;
}

static std::vector<OpCase> shapeCases() {
  std::string all = "(" + kBatch + ") -> tensor<f64>",
              rows = "(" + kBatch + ") -> tensor<?xf64, #program.shape<\"B\">>";
  std::string flat = "tensor<?xf64, #program.shape<\"4*B\">>", turned = "tensor<4x?xf64, #program.shape<4, \"B\">>";
  return {{"sum", {kBatch}, "tensor<f64>", "%y = vae.sum %a : " + all},
          {"sum", {kBatch}, "tensor<?xf64, #program.shape<\"B\">>", "%y = vae.sum %a {axis = array<i64: 1>} : " + rows},
          {"sum",
           {"tensor<2x3x4xf64>"},
           "tensor<1x3x1xf64>",
           "%y = vae.sum %a {axis = array<i64: 0, -1>, keep = true} : (tensor<2x3x4xf64>) -> tensor<1x3x1xf64>"},
          {"mean", {kBatch}, "tensor<f64>", "%y = vae.mean %a : " + all},
          {"reshape", {kBatch}, flat, "%y = vae.reshape %a to <\"4*B\"> : (" + kBatch + ") -> " + flat},
          {"broadcast",
           {"tensor<4x1xf64>"},
           "tensor<2x4x3xf64>",
           "%y = vae.broadcast %a to <2, 4, 3> : (tensor<4x1xf64>) -> tensor<2x4x3xf64>"},
          {"transpose",
           {kBatch},
           turned,
           "%y = vae.transpose %a {axes = array<i64: -1, 0>} : (" + kBatch + ") -> " + turned},
          {"transpose",
           {"tensor<2x3x4xf64>"},
           "tensor<4x2x3xf64>",
           "%y = vae.transpose %a {axes = array<i64: 2, 0, 1>} : (tensor<2x3x4xf64>) -> tensor<4x2x3xf64>"},
          {"concat",
           {kBatch, "tensor<2x4xf64>", kBatch},
           "tensor<?x4xf64, #program.shape<\"2*B + 2\", 4>>",
           "%y = vae.concat %a, %b, %c {axis = 0 : i64} : (" + kBatch + ", tensor<2x4xf64>, " + kBatch +
               ") -> tensor<?x4xf64, #program.shape<\"2*B + 2\", 4>>"},
          {"slice",
           {kBatch},
           "tensor<?x2xf64, #program.shape<\"B\", 2>>",
           "%y = vae.slice %a {axis = 1 : i64, bounds = #program.shape<1, 3>} : (" + kBatch +
               ") -> tensor<?x2xf64, #program.shape<\"B\", 2>>"},
          {"slice",
           {kBatch},
           "tensor<?x4xf64, #program.shape<\"B - 1\", 4>>",
           "%y = vae.slice %a {axis = 0 : i64, bounds = #program.shape<1, \"B\">} : (" + kBatch +
               ") -> tensor<?x4xf64, #program.shape<\"B - 1\", 4>>"}};
}

static OpCase matmul(const std::string &a, const std::string &b, const std::string &y, const std::string &attributes) {
  return {"matmul", {a, b}, y, "%y = vae.matmul %a, %b " + attributes + " : (" + a + ", " + b + ") -> " + y};
}

static std::vector<OpCase> layerCases() {
  std::string weight = "tensor<5x4xf64>", bias = "tensor<5xf64>", y = "tensor<?x5xf64, #program.shape<\"B\", 5>>";
  return {matmul("tensor<2x3xf64>", "tensor<3x4xf64>", "tensor<2x4xf64>", ""),
          matmul("tensor<2x3xf64>", "tensor<4x3xf64>", "tensor<2x4xf64>", "{transpose_b = true}"),
          matmul("tensor<3x2xf64>", "tensor<3x4xf64>", "tensor<2x4xf64>", "{transpose_a = true}"),
          matmul("tensor<3x2xf64>", "tensor<4x3xf64>", "tensor<2x4xf64>", "{transpose_a = true, transpose_b = true}"),
          matmul("tensor<2x2x3xf64>", "tensor<2x3x4xf64>", "tensor<2x2x4xf64>", ""),
          matmul("tensor<2x3xf64>", "tensor<2x3x4xf64>", "tensor<2x2x4xf64>", ""),
          matmul("tensor<2x3x2xf64>", "tensor<3x2x4x3xf64>", "tensor<3x2x2x4xf64>",
                 "{transpose_a = true, transpose_b = true}"),
          {"linear",
           {kBatch, weight, bias},
           y,
           "%y = vae.linear %a, %b, %c : (" + kBatch + ", " + weight + ", " + bias + ") -> " + y},
          {"linear",
           {"tensor<2x3x4xf64>", weight},
           "tensor<2x3x5xf64>",
           "%y = vae.linear %a, %b : (tensor<2x3x4xf64>, " + weight + ") -> tensor<2x3x5xf64>"},
          {"linear",
           {"tensor<4xf64>", weight},
           bias,
           "%y = vae.linear %a, %b : (tensor<4xf64>, " + weight + ") -> " + bias}};
}

/// `to` is the height and width that a transposed convolution makes.
static OpCase convolution(std::string op, const std::vector<std::string> &types, const std::string &y,
                          const std::string &attributes, const std::string &to = "") {
  std::string operands = "%a, %b", list = types[0] + ", " + types[1];
  if (types.size() == 3) {
    operands += ", %c";
    list += ", " + types[2];
  }
  std::string line = "%y = vae." + op + " " + operands + (to.empty() ? "" : " to <" + to + ">") + " {" + attributes +
                     "} : (" + list + ") -> " + y;
  return {std::move(op), types, y, std::move(line)};
}

static std::vector<OpCase> convolutionCases() {
  std::string small = "tensor<?x2x2x3xf64, #program.shape<\"B\", 2, 2, 3>>";
  std::string two = "stride = array<i64: 2, 1>, padding = array<i64: 1, 0, 1, 1>, dilation = array<i64: 1, 1>";
  std::string wide = "stride = array<i64: 1, 1>, padding = array<i64: 1, 1, 1, 1>, dilation = array<i64: 1, 1>";
  return {
      convolution("conv2d",
                  {"tensor<?x3x4x3xf64, #program.shape<\"B\", 3, 4, 3>>", "tensor<2x3x2x3xf64>", "tensor<2xf64>"},
                  small, two + ", groups = 1 : i64"),
      convolution("conv2d", {"tensor<2x4x3x3xf64>", "tensor<2x2x3x3xf64>"}, "tensor<2x2x3x3xf64>",
                  wide + ", groups = 2 : i64"),
      convolution(
          "conv2d", {"tensor<2x3x3x2xf64>", "tensor<2x3x1x1xf64>"}, "tensor<2x2x3x2xf64>",
          "stride = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, dilation = array<i64: 1, 1>, groups = 1 : i64"),
      convolution("conv_transpose2d", {small, "tensor<2x3x2x3xf64>", "tensor<3xf64>"},
                  "tensor<?x3x4x3xf64, #program.shape<\"B\", 3, 4, 3>>", two + ", groups = 1 : i64", "4, 3"),
      convolution("conv_transpose2d", {"tensor<2x4x3x3xf64>", "tensor<4x1x3x3xf64>"}, "tensor<2x2x3x3xf64>",
                  wide + ", groups = 2 : i64", "3, 3"),
      convolution("masked_conv2d", {"tensor<2x2x3x3xf64>", "tensor<2x2x3x3xf64>"}, "tensor<2x2x3x3xf64>",
                  wide + ", groups = 1 : i64, mask = \"A\"")};
}

static std::vector<OpCase> lossCases() {
  std::vector<OpCase> cases;
  for (const char *reduction : {"mean", "sum", "total", "none"}) {
    cases.push_back(loss("bce", reduction, 0.1, 0.9));
    cases.push_back(loss("bce_with_logits", reduction, -3, 3));
    cases.push_back(loss("mse", reduction, -2, 2));
    cases.push_back(loss("kl", reduction, -2, 2));
    cases.push_back(loss("l1", reduction, -2, 2));
    cases.push_back(loss("huber", reduction, -2, 2));
  }
  cases.push_back({"bce_term", {kBatch, kBatch}, kBatch, "%y = vae.bce_term %a, %b : " + kBatch, 0.1, 0.9});
  cases.push_back(
      {"bce_with_logits_term", {kBatch, kBatch}, kBatch, "%y = vae.bce_with_logits_term %a, %b : " + kBatch});
  return cases;
}

static std::vector<OpCase> allCases() {
  std::vector<OpCase> cases = elementwiseCases();
  for (const std::vector<OpCase> &more : {shapeCases(), layerCases(), convolutionCases(), lossCases(),
                                          normalizationCases(), attentionCases(), discreteCases(), poolingCases()})
    cases.insert(cases.end(), more.begin(), more.end());
  return cases;
}

/// A section an op, so that one can be run: `-c <op>`.
TEST_CASE("gradients equal central differences") {
  std::map<std::string, std::vector<OpCase>> byOp;
  for (const OpCase &test : allCases())
    byOp[test.op].push_back(test);
  for (const auto &[op, cases] : byOp)
    DYNAMIC_SECTION(op) {
      for (const OpCase &test : cases)
        checkGradients(test);
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
  OwningOpRef<ModuleOp> module =
      parse(fixture.context,
            {"reparameterize", {kBatch, kBatch, kBatch}, kBatch, "%y = vae.add %a, %b : " + kBatch + ", " + kBatch});
  func::FuncOp function = functionOf(*module);
  Block &block = function.getBody().front();
  OpBuilder builder(&block.front());
  Value rng = RngOp::create(builder, function.getLoc());
  auto draw = ReparameterizeOp::create(builder, function.getLoc(), rng, block.getArgument(0), block.getArgument(1),
                                       builder.getI64IntegerAttr(5));
  Value z = draw.buildFromNoise(builder, block.getArgument(2)).front();
  block.getTerminator()->setOperand(0, z);
  draw.erase();
  rng.getDefiningOp()->erase();
  Interpreter interpreter({{"B", 1}});
  Array mu{{1, 4}, {0.5, -1, 2, 0}}, logvar{{1, 4}, {0, 1, -1, 0.3}}, eps{{1, 4}, {1, -2, 0.5, 3}},
      one{{1, 4}, {1, 1, 1, 1}};
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
