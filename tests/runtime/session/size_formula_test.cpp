#include "runtime/package/SizeFormula.h"
#include "tests/catch.h"
#include "tests/runtime/TestFiles.h"

#include <limits>

using namespace vae::runtime;

namespace {

constexpr SizeOp number = SizeOp::constant, symbol = SizeOp::symbol;
const std::vector<std::string> names = {"B", "H"};

SizeFormula formula(std::vector<SizeToken> tokens) {
  Result<SizeFormula> made = SizeFormula::create(std::move(tokens), names.size());
  REQUIRE(made.ok());
  return *made;
}

SizeFormula eighth() { return formula({{symbol, 1}, {number, 8}, {SizeOp::divide}}); }
SizeFormula area() { return formula({{symbol, 0}, {symbol, 1}, {SizeOp::mul}, {number, 1}, {SizeOp::add}}); }

int64_t valueOf(const SizeFormula &size, std::vector<int64_t> symbols) {
  Result<int64_t> value = size.evaluate(symbols, names);
  REQUIRE(value.ok());
  return *value;
}

} // namespace

TEST_CASE("size formulas evaluate exactly", "[size]") {
  CHECK(valueOf(eighth(), {1, 64}) == 8);
  CHECK(valueOf(area(), {3, 5}) == 16);
  CHECK(valueOf(formula({{symbol, 1}, {number, 8}, {SizeOp::floorDivide}}), {1, 63}) == 7);
  CHECK(valueOf(formula({{number, -7}, {number, 2}, {SizeOp::floorDivide}}), {1, 1}) == -4);
}

TEST_CASE("size formulas report what has no value", "[size]") {
  const int64_t most = std::numeric_limits<int64_t>::max();
  REQUIRE_ERROR(eighth().evaluate(std::vector<int64_t>{1, 63}, names),
                "size H/8 has no whole value: 63 / 8 leaves a remainder");
  REQUIRE_ERROR(area().evaluate(std::vector<int64_t>{most, 2}, names), "size B*H + 1 overflows");
  REQUIRE_ERROR(area().evaluate(std::vector<int64_t>{most, 1}, names), "overflows");
  REQUIRE_ERROR(formula({{number, 1}, {number, 0}, {SizeOp::divide}}).evaluate({}, names), "overflows");
  REQUIRE_ERROR(
      formula({{number, std::numeric_limits<int64_t>::min()}, {number, -1}, {SizeOp::floorDivide}}).evaluate({}, names),
      "overflows");
}

TEST_CASE("size formulas are checked when made", "[size]") {
  REQUIRE_ERROR(SizeFormula::create({}, 2), "leaves 0 values");
  REQUIRE_ERROR(SizeFormula::create({{number, 1}, {number, 2}}, 2), "leaves 2 values");
  REQUIRE_ERROR(SizeFormula::create({{number, 1}, {SizeOp::add}}, 2), "runs out of operands");
  REQUIRE_ERROR(SizeFormula::create({{symbol, 2}}, 2), "uses symbol 2 of 2");
  REQUIRE_ERROR(SizeFormula::create({{symbol, -1}}, 2), "uses symbol -1");
  REQUIRE_ERROR(SizeFormula::create({{static_cast<SizeOp>(9), 0}}, 2), "unknown size operation 9");
}

TEST_CASE("size formulas print as written", "[size]") {
  CHECK(eighth().text(names) == "H/8");
  CHECK(area().text(names) == "B*H + 1");
  SizeFormula sum = formula({{symbol, 0}, {number, -2}, {SizeOp::add}, {symbol, 1}, {SizeOp::mul}});
  CHECK(sum.text(names) == "(B - 2)*H");
  SizeFormula full =
      formula({{number, 1}, {symbol, 0}, {SizeOp::mul}, {number, 1}, {SizeOp::divide}, {number, 0}, {SizeOp::add}});
  CHECK(full.text(names) == "B");
  CHECK(area().uses(0));
  CHECK_FALSE(eighth().uses(0));
  CHECK(formula({{number, 12}}).constantValue() == 12);
  CHECK_FALSE(eighth().constantValue());
}

TEST_CASE("size formulas are solved for one unknown", "[size]") {
  using Symbols = std::vector<std::optional<int64_t>>;
  std::optional<SizeFormula::Solution> found = eighth().solve(Symbols{std::nullopt, std::nullopt}, 5);
  REQUIRE(found);
  CHECK(found->symbol == 1);
  CHECK(found->value == 40);
  found = area().solve(Symbols{3, std::nullopt}, 16);
  REQUIRE(found);
  CHECK(found->value == 5);
  CHECK_FALSE(area().solve(Symbols{3, std::nullopt}, 17));            // no whole solution
  CHECK_FALSE(area().solve(Symbols{std::nullopt, std::nullopt}, 16)); // two unknowns
  CHECK_FALSE(area().solve(Symbols{3, 5}, 16));                       // none
  SizeFormula square = formula({{symbol, 0}, {symbol, 0}, {SizeOp::mul}});
  CHECK_FALSE(square.solve(Symbols{std::nullopt, 1}, 16)); // not linear
}
