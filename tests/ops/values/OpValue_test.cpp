// What ops compute, in double precision: values against closed forms, and the gradients that are conventions.
#include "ir/training/Optimizers.h"
#include "tests/catch.h"
#include "tests/ops/values/OpCase.h"
#include <cmath>
#include <functional>
#include <limits>
#include <numbers>

using namespace mlir;
using namespace vae;
using namespace vae::test;

static const double kInfinity = std::numeric_limits<double>::infinity();
static const double kNaN = std::numeric_limits<double>::quiet_NaN();

/// The op's value at each of some points, one after another.
static std::vector<double> valuesAt(const std::string &op, const std::string &attributes,
                                    std::vector<std::vector<double>> operands) {
  Fixture fixture;
  std::string type = "tensor<" + std::to_string(operands[0].size()) + "xf64>";
  OpCase test{op, {}, type, "%y = vae." + op + " "};
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
      {"gelu", " {approximate = \"tanh\"}",
       [](double x) {
         return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
       }},
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
  for (const char *op : {"relu", "leaky_relu", "silu", "gelu", "tanh", "sigmoid", "softplus", "erf", "exp", "log",
                         "sqrt", "square", "abs", "neg"}) {
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
  CHECK(valuesAt("bce_with_logits_term", "", {{1000, -1000, 1000, -1000}, {1, 0, 0, 1}}) ==
        std::vector<double>{0, 0, 1000, 1000});
}

/// `op(y, x, reduction)` of [2, 3] tensors.
static std::vector<double> lossOf(const std::string &op, const std::string &reduction, std::vector<double> a,
                                  std::vector<double> b) {
  Fixture fixture;
  std::string type = "tensor<2x3xf64>", result = reduction == "none" ? type : "tensor<f64>";
  OwningOpRef<ModuleOp> module = parse(fixture.context, {op,
                                                         {type, type},
                                                         result,
                                                         "%y = vae." + op + " %a, %b {reduction = \"" + reduction +
                                                             "\"} : (" + type + ", " + type + ") -> " + result});
  decomposeAll(functionOf(*module));
  return Interpreter({}).run(functionOf(*module), {{{2, 3}, std::move(a)}, {{2, 3}, std::move(b)}})[0].data;
}

TEST_CASE("losses compute their formulas under each reduction") {
  std::vector<double> y = {0.1, 0.5, 0.9, 0.25, 0.75, 0.6}, x = {0, 1, 0.5, 0.2, 1, 0};
  using Formula = std::function<double(double, double)>;
  std::vector<std::pair<std::string, Formula>> formulas = {
      {"bce", [](double y, double x) { return -(x * std::log(y) + (1 - x) * std::log(1 - y)); }},
      {"bce_with_logits",
       [](double l, double x) { return std::max(l, 0.0) - l * x + std::log1p(std::exp(-std::abs(l))); }},
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
  OwningOpRef<ModuleOp> module = parse(
      fixture.context,
      {"bce_term", {"tensor<2xf64>", "tensor<2xf64>"}, "tensor<2xf64>", "%y = vae.bce_term %a, %b : tensor<2xf64>"});
  differentiate(functionOf(*module));
  std::vector<Array> gradients =
      Interpreter({}).run(functionOf(*module), {{{2}, {0, 1}}, {{2}, {1, 1}}, {{2}, {1, 1}}});
  CHECK(gradients[0].data[0] == Approx(-1e12));
  CHECK(gradients[0].data[1] == 0);
}

TEST_CASE("equal operands share the gradient of max and min") {
  for (const char *op : {"max", "min"}) {
    Fixture fixture;
    std::string type = "tensor<2xf64>";
    OwningOpRef<ModuleOp> module = parse(
        fixture.context, {op, {type, type}, type, std::string("%y = vae.") + op + " %a, %b : " + type + ", " + type});
    differentiate(functionOf(*module));
    std::vector<Array> gradients =
        Interpreter({}).run(functionOf(*module), {{{2}, {1, 5}}, {{2}, {1, 5}}, {{2}, {1, 4}}});
    CHECK(gradients[0].data == std::vector<double>{0.5, 2});
    CHECK(gradients[1].data == std::vector<double>{0.5, 2});
  }
}

namespace {
/// Steps of an optimiser from p = [1, -2] under the gradients [0.5, -1], [2, 0.25], [-0.75, 3].
struct OptimizerCase {
  std::string name, attributes; // of the op
  size_t states;
  std::vector<std::vector<double>> scalars;  // a step
  std::vector<std::vector<double>> expected; // p after each step
};
} // namespace

static void checkOptimizer(const OptimizerCase &test) {
  Fixture fixture;
  std::string t = "tensor<2xf64>", results = "%y", operands = "%a, %b", types = t + ", " + t, resultTypes = t;
  std::vector<std::string> arguments(2 + test.states, t);
  arguments.insert(arguments.end(), test.scalars[0].size(), "tensor<f64>");
  for (size_t i = 2; i < arguments.size(); ++i) {
    operands += std::string(", %") + static_cast<char>('a' + i);
    types += ", " + arguments[i];
  }
  for (size_t i = 0; i < test.states; ++i) {
    results += ", %s" + std::to_string(i);
    resultTypes += ", " + t;
  }
  OwningOpRef<ModuleOp> module =
      parse(fixture.context, {test.name, arguments, t,
                              results + " = vae." + test.name + " " + operands + " {" + test.attributes + "} : (" +
                                  types + ") -> (" + resultTypes + ")"});
  Block &block = functionOf(*module).getBody().front();
  block.getTerminator()->setOperands(block.front().getResults());
  std::vector<std::vector<double>> values(1 + test.states, {0, 0});
  values[0] = {1, -2};
  std::vector<std::vector<double>> gradients = {{0.5, -1}, {2, 0.25}, {-0.75, 3}};
  for (size_t step = 0; step < gradients.size(); ++step) {
    std::vector<Array> inputs{{{2}, values[0]}, {{2}, gradients[step]}};
    for (size_t i = 1; i < values.size(); ++i)
      inputs.push_back({{2}, values[i]});
    for (double scalar : test.scalars[step])
      inputs.push_back({{}, {scalar}});
    std::vector<Array> made = Interpreter({}).run(functionOf(*module), inputs);
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = made[i].data;
    INFO(test.name << " " << test.attributes << " step " << step);
    for (int i = 0; i < 2; ++i)
      CHECK(values[0][i] == Approx(test.expected[step][i]).epsilon(1e-8));
  }
}

/// Adam's scalars at three steps.
static std::vector<std::vector<double>> adamScalars(double lr, double beta1, double beta2,
                                                    std::optional<double> decay) {
  std::vector<std::vector<double>> scalars;
  for (int t = 1; t <= 3; ++t) {
    scalars.push_back({lr / (1 - std::pow(beta1, t)), std::sqrt(1 - std::pow(beta2, t))});
    if (decay)
      scalars.back().push_back(lr * *decay);
  }
  return scalars;
}

// The expected values are those of PyTorch 2 in float64: torch.optim.SGD, Adam, AdamW with lr = 0.1.
TEST_CASE("optimisers take PyTorch's steps") {
  std::vector<std::vector<double>> rates = {{0.1}, {0.1}, {0.1}};
  checkOptimizer({"sgd", "", 0, rates, {{0.95, -1.9}, {0.75, -1.925}, {0.825, -2.225}}});
  std::string heavy = "momentum = 0.9 : f64, weight_decay = 0.01 : f64";
  checkOptimizer({"sgd", heavy, 1, rates, {{0.949, -1.898}, {0.702151, -1.829302}, {0.554284749, -2.065644498}}});
  checkOptimizer({"sgd",
                  heavy + ", nesterov = true",
                  1,
                  rates,
                  {{0.9031, -1.8062}, {0.48007411, -1.76764822}, {0.421751458, -2.278718666}}});
  checkOptimizer(
      {"adam",
       "",
       2,
       adamScalars(0.1, 0.9, 0.999, std::nullopt),
       {{0.900000002000, -1.900000001000}, {0.811562353549, -1.853053184523}, {0.769173184603, -1.901691982157}}});
  checkOptimizer(
      {"adamw",
       "beta1 = 0.8 : f64, beta2 = 0.99 : f64",
       2,
       adamScalars(0.1, 0.8, 0.99, 0.05),
       {{0.895000002000, -1.890000001000}, {0.799261195622, -1.838534875568}, {0.757417574336, -1.886401457193}}});
}

TEST_CASE("adam's scalars are formulas over the step") {
  Fixture fixture;
  Builder b(&fixture.context);
  auto arguments = b.getDictionaryAttr(
      {b.getNamedAttr("lr", b.getF64FloatAttr(1e-3)), b.getNamedAttr("beta1", b.getF64FloatAttr(0.9)),
       b.getNamedAttr("beta2", b.getF64FloatAttr(0.999)), b.getNamedAttr("eps", b.getF64FloatAttr(1e-8))});
  SmallVector<std::string> formulas = AdamOp::getScalarFormulas(arguments);
  CHECK(formulas[0] == "0.001 1 0.9 step 1 + pow - /");
  CHECK(formulas[1] == "1 0.999 step 1 + pow - sqrt");
}

TEST_CASE("optimisers carry what their arguments need") {
  Fixture fixture;
  Builder b(&fixture.context);
  auto sgd = [&](double momentum) {
    return b.getDictionaryAttr({b.getNamedAttr("lr", b.getStringAttr("step 2 /")),
                                b.getNamedAttr("momentum", b.getF64FloatAttr(momentum)),
                                b.getNamedAttr("nesterov", b.getBoolAttr(true))});
  };
  CHECK(SgdOp::getStateNames(sgd(0)).empty());
  CHECK(SgdOp::getStateNames(sgd(0.9)) == SmallVector<StringRef>{"velocity"});
  CHECK(SgdOp::getScalarFormulas(sgd(0.9)) == SmallVector<std::string>{"step 2 /"});
  CHECK_FALSE(SgdOp::findFault(sgd(0.9)));
  CHECK(SgdOp::findFault(sgd(0))->text == "`nesterov` needs a `momentum`");
}
