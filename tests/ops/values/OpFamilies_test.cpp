// Conventions of norms, codes and pools that formulas alone don't show: ties, NaN, training forms, refused calls.
#include "tests/catch.h"
#include "tests/ops/values/OpCase.h"
#include <cmath>
#include <limits>

using namespace mlir;
using namespace vae;
using namespace vae::test;

static const double kNaN = std::numeric_limits<double>::quiet_NaN();

/// The result of one line on one argument `%a`, after decomposition.
static std::vector<double> valueOf(const OpCase &test, Array argument, const char *kind = nullptr) {
  Fixture fixture;
  OwningOpRef<ModuleOp> module = parse(fixture.context, test);
  func::FuncOp function = functionOf(*module);
  if (kind)
    function->setAttr("vae.kind", StringAttr::get(&fixture.context, kind));
  decomposeAll(function);
  return Interpreter({}).run(function, {std::move(argument)})[0].data;
}

TEST_CASE("argmax and argmin take the first of equals and the first NaN") {
  for (const char *op : {"argmax", "argmin"}) {
    double sign = op[3] == 'm' && op[4] == 'a' ? 1 : -1;
    OpCase test{op,
                {"tensor<3x4xf64>"},
                "tensor<3xi32>",
                std::string("%y = vae.") + op + " %a : (tensor<3x4xf64>) -> tensor<3xi32>"};
    Array rows{{3, 4}, {1, 3, 3, 2, 0, kNaN, 9, kNaN, -1, -1, -1, -1}};
    for (double &value : rows.data)
      value *= sign;
    CHECK(valueOf(test, rows) == std::vector<double>{1, 1, 0});
  }
}

TEST_CASE("max_pool keeps a NaN and passes the gradient to the first of equals") {
  OpCase pool{"max_pool",
              {"tensor<2x4xf64>"},
              "tensor<1x2xf64>",
              "%y = vae.max_pool %a {kernel = 2 : i64, stride = 2 : i64} : (tensor<2x4xf64>) -> tensor<1x2xf64>"};
  std::vector<double> values = valueOf(pool, {{2, 4}, {1, kNaN, 5, 5, 7, 2, 5, 5}});
  CHECK(std::isnan(values[0]));
  CHECK(values[1] == 5);
  Fixture fixture;
  OwningOpRef<ModuleOp> module = parse(fixture.context, pool);
  differentiate(functionOf(*module));
  std::vector<Array> gradients =
      Interpreter({}).run(functionOf(*module), {{{2, 4}, {1, 1, 5, 4, 1, 1, 5, 5}}, {{1, 2}, {2, 3}}});
  CHECK(gradients[0].data == std::vector<double>{2, 0, 3, 0, 0, 0, 0, 0});
}

TEST_CASE("equal extremes share the gradient") {
  Fixture fixture;
  OwningOpRef<ModuleOp> module = parse(
      fixture.context, {"amax", {"tensor<4xf64>"}, "tensor<f64>", "%y = vae.amax %a : (tensor<4xf64>) -> tensor<f64>"});
  differentiate(functionOf(*module));
  std::vector<Array> gradients = Interpreter({}).run(functionOf(*module), {{{4}, {1, 3, 3, 2}}, {{}, {1}}});
  CHECK(gradients[0].data == std::vector<double>{0, 0.5, 0.5, 0});
}

TEST_CASE("batch_norm takes the batch's moments in a loss, the buffers' elsewhere") {
  std::string x = "tensor<2x1xf64>", one = "tensor<1xf64>";
  OpCase test{"batch_norm",
              {x},
              x,
              "%w = vae.constant dense<1.0> : " + one + "\n  %m = vae.constant dense<0.0> : " + one +
                  "\n  %y = vae.batch_norm %a, %w, %m, %m, %w {eps = 0.0 : f64} : (" + x + ", " + one + ", " + one +
                  ", " + one + ", " + one + ") -> " + x};
  CHECK(valueOf(test, {{2, 1}, {1, 5}}, "loss") == std::vector<double>{-1, 1});
  CHECK(valueOf(test, {{2, 1}, {1, 5}}, "entry") == std::vector<double>{1, 5});
}
