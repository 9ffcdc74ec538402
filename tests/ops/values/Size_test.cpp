// Sizes: canonical forms, exact division, evaluation, text.
#include "ir/program/Size.h"
#include "tests/catch.h"

#include <algorithm>
#include <thread>
#include <vector>

using namespace vae;

static const Size B = Size::symbol("B"), H = Size::symbol("H");

TEST_CASE("equal sizes have one form") {
  CHECK(B * H == H * B);
  CHECK((B + 1) * (B - 1) == B * B - 1);
  CHECK(B - B == Size(0));
  CHECK(B * 0 == Size());
  CHECK(B != H);
  CHECK((H * 2) * 3 == H * 6);
}

/// That size divided and rounded down.
static Size floored(const Size &size, int64_t divisor) { return size.divide(divisor)->floor(); }

TEST_CASE("a size rounded down keeps the rest alone within floor") {
  CHECK(floored(H, 2).str() == "floor(H/2)");
  CHECK(floored(H * 4, 2) == H * 2);
  CHECK(floored(H * 3 + 7, 2).str() == "H + floor(H/2 + 1/2) + 3");
  CHECK(floored(H - 1, 2) == floored(H + 1, 2) - 1);
  CHECK(floored(-7, 2) == Size(-4));
  // H/2 + 2/3 and H/2 + 1/2 have the same whole part for each H.
  CHECK(floored(H * 3 + 4, 6) == floored(H * 3 + 3, 6));
}

TEST_CASE("sizes rounded down again and again are rounded once") {
  CHECK(floored(floored(H, 2), 2) == floored(H, 4));
  CHECK(floored(floored(floored(H + 1, 2) + 1, 2) + 1, 2) == floored(H + 7, 8));
  CHECK(floored(floored(H, 2) * 2, 2) == floored(H, 2));
  CHECK(floored(floored(H, 2) * 3, 2) != floored(H * 3, 4));
}

TEST_CASE("floors have the values of the definition") {
  const Size W = Size::symbol("W");
  const Size sizes[] = {floored(H * 5 - 7, 3), floored(floored(H, 2) * 3 - B, 4), floored(H * W - B * 2 + 5, 6) * B - H,
                        floored(floored(floored(H * 3, 2) * 3, 2) * 3 - 1, 2),
                        floored(floored(H, 2) + floored(B, 2), 2)};
  auto down = [](int64_t a, int64_t b) { return (a - ((a % b + b) % b)) / b; };
  for (int64_t h = 0; h < 14; ++h)
    for (int64_t b = -5; b < 6; ++b) {
      const int64_t w = 3 * h - b;
      const int64_t expected[] = {down(h * 5 - 7, 3), down(down(h, 2) * 3 - b, 4), down(h * w - b * 2 + 5, 6) * b - h,
                                  down(down(down(h * 3, 2) * 3, 2) * 3 - 1, 2), down(down(h, 2) + down(b, 2), 2)};
      for (size_t i = 0; i < std::size(sizes); ++i) {
        INFO(sizes[i].str() << " at H = " << h << ", B = " << b);
        CHECK(sizes[i].evaluate({{"H", h}, {"B", b}, {"W", w}}) == expected[i]);
        const Size bound = sizes[i].substitute({{"H", Size(h)}, {"B", Size(b)}, {"W", Size(w)}});
        CHECK(bound == Size(expected[i]));
      }
    }
}

TEST_CASE("a fraction of one symbol is a size rounded down where it is whole") {
  CHECK(H.divide(4)->equalsWhereWhole(floored(floored(H + 1, 2) + 1, 2)));
  CHECK((*(H * 3).divide(2) + 1).equalsWhereWhole(floored(H * 3 + 3, 2)));
  CHECK(!H.divide(2)->equalsWhereWhole(floored(H, 4) * 2));
  CHECK(!H.divide(2)->equalsWhereWhole(floored(H + 2, 2)));
  CHECK(!H.equalsWhereWhole(floored(H, 2) * 2));
  // (B + H)/2 is whole where both are odd.
  CHECK(!(B + H).divide(2)->equalsWhereWhole(floored(B, 2) + floored(H, 2)));
  CHECK(!(H * H).divide(4)->equalsWhereWhole(floored(H, 2) * floored(H, 2)));
}

TEST_CASE("equal sizes hash alike, whichever thread made them") {
  std::vector<Size> made(64);
  auto make = [&](size_t from) {
    for (size_t i = from; i < made.size(); i += 2)
      made[i] = (Size::symbol("T") + static_cast<int64_t>(i / 4)) * H;
  };
  std::thread other(make, 1);
  make(0);
  other.join();
  for (size_t i = 0; i < made.size(); ++i) {
    CHECK((made[i] == made[i / 4 * 4]));
    CHECK(hash_value(made[i]) == hash_value(made[i / 4 * 4]));
    CHECK(made[i] != made[(i + 4) % made.size()]);
  }
}

TEST_CASE("sizes are ordered by what is written") {
  // Made from the last to the first, so that no order of making shows.
  const std::vector<Size> ascending = [] {
    Size c = Size::symbol("ordered_c"), b = Size::symbol("ordered_b"), a = Size::symbol("ordered_a");
    return std::vector<Size>{Size(-1), Size(7), a, a * 2, a * b, b, c};
  }();
  CHECK(std::is_sorted(ascending.begin(), ascending.end()));
  CHECK(!(ascending[3] < ascending[2]));
  CHECK(!(ascending[2] < ascending[2]));
}

TEST_CASE("both ends of 64 bits have a text that is read back") {
  for (const Size &size :
       {Size(INT64_MIN), Size(INT64_MAX), Size(INT64_MAX) + 1, Size(INT64_MAX) * -3, Size(INT64_MAX) * H * 5})
    CHECK((Size::parse(size.str()) == size));
}

TEST_CASE("a size is negative where each of its terms is") {
  CHECK((Size(0) - B * H).isNegative());
  CHECK((Size(-2) - H).isNegative());
  CHECK(Size(-1).isNegative());
  CHECK(!(H - 1).isNegative());
  CHECK(!(Size(1) - H).isNegative());
  CHECK(!Size(0).isNegative());
  CHECK(Size(0).isNeverNegative());
  CHECK(!Size(-1).isNeverNegative());
  CHECK((H - 1).isNeverNegative());
  CHECK((B * H * 3 - 3).isNeverNegative());
  CHECK(floored(B * H, 2).isNeverNegative());
  CHECK(!(H - 2).isNeverNegative());
  CHECK(!(H - B).isNeverNegative());
  CHECK(!(*H.divide(8) - 1).isNeverNegative());
  CHECK(floored(H - 1, 2).isNeverNegative());
  // It is for whole numbers, which is not seen.
  CHECK(!((H - 1) * (H - 2)).isNeverNegative());
}

TEST_CASE("sizes print as one writes them") {
  CHECK(Size(12).str() == "12");
  CHECK(Size(0).str() == "0");
  CHECK((H * 4).str() == "4*H");
  CHECK(H.divide(8)->str() == "H/8");
  CHECK((B * H + 1).str() == "B*H + 1");
  CHECK((H - 2).str() == "H - 2");
  CHECK((Size(3) * H).divide(4)->str() == "3*H/4");
}

TEST_CASE("what is printed is read back") {
  for (const Size &size : {Size(0), Size(-3), B, B * H * H, H * 4 - B, *(H * 3 + 5).divide(8), Size(1) - H,
                           B * floored(H * B + 1, 2), Size(3) - floored(floored(H, 2) * 3 - B, 4)}) {
    INFO(size.str());
    REQUIRE(Size::parse(size.str()));
    CHECK(*Size::parse(size.str()) == size);
  }
}

TEST_CASE("text that is no size is refused") {
  for (const char *text : {"", "H +", "4 5", "*H", "H/", "H/0", "H^2", "99999999999999999999", "H/B", "floor(H",
                           "floor()", "floor(H))", "H)"}) {
    INFO(text);
    CHECK(!Size::parse(text));
  }
}

TEST_CASE("division is exact or refused") {
  CHECK(*(B * H).divide(H) == B);
  CHECK(*(H * 6).divide(3) == H * 2);
  CHECK(*(H * 6).divide(Size(3) * H) == Size(2));
  CHECK(*H.divide(-2) * -2 == H);
  CHECK(!H.divide(B));
  CHECK(!H.divide(0));
  CHECK(!H.divide(H + 1));
}

TEST_CASE("a sum divides what is a multiple of it, and nothing else") {
  CHECK(*(B * B - 1).divide(B + 1) == B - 1);
  CHECK(*((H - 2) * (H + 3) * B).divide(H - 2) == (H + 3) * B);
  CHECK(*((B + H) * (B + H)).divide(B + H) == B + H);
  CHECK(*(H * 2 + 2).divide(Size(4)) == *(H + 1).divide(2));
  CHECK(*((H - 1) * 6).divide(H * 4 - 4) == *Size(3).divide(2));
  CHECK(!(B * B + 1).divide(B + 1));
  CHECK(!(B * H).divide(B + H));
  CHECK(!Size(5).divide(H - 1));
  CHECK(Size(0).divide(H - 1) == Size(0));
}

TEST_CASE("a quotient takes the dividend's value when multiplied again") {
  const Size W = Size::symbol("W");
  const Size factors[] = {B, H - 2, W + H * 3, B * H - W, *(H + W).divide(2), W * W - B + 1, Size(-3) + B * B * H};
  const llvm::StringMap<int64_t> values = {{"B", 4}, {"H", 6}, {"W", 10}};
  for (const Size &divisor : factors)
    for (const Size &other : factors) {
      INFO(divisor.str() << " and " << other.str());
      std::optional<Size> quotient = (divisor * other).divide(divisor);
      REQUIRE(quotient);
      CHECK(*quotient->evaluate(values) * *divisor.evaluate(values) == (divisor * other).evaluate(values));
      CHECK(!(divisor * other + 1).divide(divisor));
    }
}

TEST_CASE("a division that would grow without bound is refused") {
  Size dividend = 1, divisor = Size::symbol("A0");
  for (int i = 0; i < 60; ++i)
    dividend = dividend * Size::symbol("A0");
  for (const char *name : {"A1", "A2", "A3"})
    divisor = divisor - Size::symbol(name);
  CHECK(!dividend.divide(divisor));
  // Coefficients beyond 64 bits saturate, and do not divide.
  CHECK(!(B * B * INT64_MAX + B).divide(B * 3 + 1));
}

TEST_CASE("a size has a value only where its symbols are bound and it divides") {
  Size size = *(H * H).divide(4) + B;
  CHECK(size.evaluate({{"H", 6}, {"B", 2}}) == 11);
  CHECK(!size.evaluate({{"H", 5}, {"B", 2}}));
  CHECK(!size.evaluate({{"H", 6}}));
  CHECK(!(H * H).evaluate({{"H", int64_t{1} << 40}}));
  // Halves that add up to an integer are one.
  CHECK((*H.divide(2) + *H.divide(2)).evaluate({{"H", 3}}) == 3);
}

TEST_CASE("constants and symbols are told apart") {
  CHECK(Size(7).getConstant() == 7);
  CHECK(!B.getConstant());
  CHECK(!Size(7).divide(2)->getConstant());
  CHECK(Size(7).divide(2)->isConstant());
  CHECK((B * H + B).symbols() == std::vector<std::string>{"B", "H"});
}

TEST_CASE("symbols are replaced by sizes") {
  CHECK((B * H + 1).substitute({{"B", H - 1}}) == H * H - H + 1);
  CHECK(H.divide(8)->substitute({{"H", Size(64)}}) == Size(8));
}

/// Runs a postfix form as the runtime does.
static int64_t runPostfix(const Size &size, const llvm::StringMap<int64_t> &values) {
  std::vector<int64_t> stack;
  for (const Size::Token &token : size.postfix()) {
    if (token.op == Size::Op::Constant || token.op == Size::Op::Symbol) {
      stack.push_back(token.op == Size::Op::Constant ? token.value : values.lookup(token.symbol));
      continue;
    }
    int64_t right = stack.back();
    stack.pop_back();
    int64_t &left = stack.back();
    if (token.op == Size::Op::Divide)
      REQUIRE(left % right == 0);
    left = token.op == Size::Op::Add ? left + right : token.op == Size::Op::Mul ? left * right : left / right;
  }
  REQUIRE(stack.size() == 1);
  return stack.back();
}

TEST_CASE("the postfix form has the size's value") {
  llvm::StringMap<int64_t> values = {{"B", 3}, {"H", 16}};
  for (const Size &size : {Size(0), Size(5), B, H * H - B * 2, *(H * B).divide(8) + 1, *H.divide(2) + *H.divide(4)}) {
    INFO(size.str());
    CHECK(runPostfix(size, values) == size.evaluate(values));
  }
}
