#include "runtime/package/ScalarFormula.h"
#include "tests/catch.h"
#include "tests/runtime/TestFiles.h"

#include <cmath>

using namespace vae::runtime;

static double valueOf(const char *text, double step = 0, double epoch = 0) {
  Result<ScalarFormula> formula = ScalarFormula::parse(text);
  INFO(formula.status().message());
  REQUIRE(formula.ok());
  return formula->evaluate(step, epoch);
}

TEST_CASE("scalar formulas follow Adam's bias corrections", "[scalar]") {
  CHECK(valueOf("0.001 1 0.9 step 1 + pow - /", 0) == Approx(0.001 / 0.1));
  CHECK(valueOf("0.001 1 0.9 step 1 + pow - /", 9) == Approx(0.001 / (1 - std::pow(0.9, 10))));
  CHECK(valueOf("1 0.999 step 1 + pow - sqrt", 4) == Approx(std::sqrt(1 - std::pow(0.999, 5))));
}

TEST_CASE("scalar formulas know their words", "[scalar]") {
  CHECK(valueOf("step epoch -", 7, 3) == 4);
  CHECK(valueOf(" 2  3 min 10 max ") == 10);
  CHECK(valueOf("1e-3") == 1e-3);
  CHECK(valueOf("-2.5 4 *") == -10);
  CHECK(valueOf("0 cos") == 1);
  CHECK(valueOf("1 exp log") == Approx(1));
}

TEST_CASE("scalar formulas are checked when parsed", "[scalar]") {
  REQUIRE_ERROR(ScalarFormula::parse(""), "leaves 0 values");
  REQUIRE_ERROR(ScalarFormula::parse("1 2"), "leaves 2 values");
  REQUIRE_ERROR(ScalarFormula::parse("1 +"), "runs out of operands at '+'");
  REQUIRE_ERROR(ScalarFormula::parse("sqrt"), "runs out of operands");
  REQUIRE_ERROR(ScalarFormula::parse("1 2x +"), "unknown word '2x'");
  REQUIRE_ERROR(ScalarFormula::parse("lr"), "unknown word 'lr'");
}
