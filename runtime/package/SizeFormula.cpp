// Postfix evaluation with checked arithmetic, printing, and solving for one unknown symbol.
#include "runtime/package/SizeFormula.h"
#include "runtime/base/Checked.h"
#include "runtime/base/Status.h"

namespace vae::runtime {
namespace {

bool pushes(SizeOp op) { return op == SizeOp::constant || op == SizeOp::symbol; }

/// Rounds toward minus infinity. The caller excludes zero and the one overflowing case.
int64_t floorDiv(int64_t a, int64_t b) {
  int64_t quotient = a / b;
  return a % b != 0 && ((a < 0) != (b < 0)) ? quotient - 1 : quotient;
}

std::optional<int64_t> apply(SizeOp op, int64_t a, int64_t b) {
  switch (op) {
  case SizeOp::add:
    return checkedAdd(a, b);
  case SizeOp::mul:
    return checkedMul(a, b);
  case SizeOp::divide:
  case SizeOp::floorDivide:
    if (b == 0 || (a == std::numeric_limits<int64_t>::min() && b == -1))
      return std::nullopt;
    if (op == SizeOp::divide && a % b != 0)
      return std::nullopt;
    return floorDiv(a, b);
  case SizeOp::constant:
  case SizeOp::symbol:
    break;
  }
  return std::nullopt;
}

/// (constant + slope * unknown) / divisor
struct Linear {
  int64_t constant = 0;
  int64_t slope = 0;
  int64_t divisor = 1;
};

std::optional<Linear> addLinear(const Linear &a, const Linear &b) {
  std::optional<int64_t> ca = checkedMul(a.constant, b.divisor), cb = checkedMul(b.constant, a.divisor);
  std::optional<int64_t> sa = checkedMul(a.slope, b.divisor), sb = checkedMul(b.slope, a.divisor);
  std::optional<int64_t> divisor = checkedMul(a.divisor, b.divisor);
  if (!ca || !cb || !sa || !sb || !divisor)
    return std::nullopt;
  std::optional<int64_t> constant = checkedAdd(*ca, *cb), slope = checkedAdd(*sa, *sb);
  if (!constant || !slope)
    return std::nullopt;
  return Linear{*constant, *slope, *divisor};
}

std::optional<Linear> scaleLinear(const Linear &a, int64_t factor, int64_t divisor) {
  std::optional<int64_t> constant = checkedMul(a.constant, factor), slope = checkedMul(a.slope, factor);
  std::optional<int64_t> newDivisor = checkedMul(a.divisor, divisor);
  if (!constant || !slope || !newDivisor || *newDivisor == 0)
    return std::nullopt;
  return Linear{*constant, *slope, *newDivisor};
}

std::optional<Linear> applyLinear(SizeOp op, const Linear &a, const Linear &b) {
  if (op == SizeOp::add)
    return addLinear(a, b);
  if (op == SizeOp::mul && b.slope == 0)
    return scaleLinear(a, b.constant, b.divisor);
  if (op == SizeOp::mul && a.slope == 0)
    return scaleLinear(b, a.constant, a.divisor);
  if (op == SizeOp::divide && b.slope == 0)
    return scaleLinear(a, b.divisor, b.constant);
  return std::nullopt;
}

/// Text with the strength of its outermost operation: 0 sum, 1 product, 2 word.
struct Printed {
  std::string text;
  int strength = 2;
};

std::string enclosed(const Printed &part, int needed) {
  return part.strength < needed ? concat('(', part.text, ')') : part.text;
}

Printed printOp(SizeOp op, const Printed &a, const Printed &b) {
  // A compiler writes polynomials out in full: 1*B + 0.
  if (op == SizeOp::add ? a.text == "0" : op == SizeOp::mul && a.text == "1")
    return b;
  if (b.text == (op == SizeOp::add ? "0" : "1"))
    return a;
  if (op == SizeOp::add && b.text.starts_with('-'))
    return {concat(a.text, " - ", b.text.substr(1)), 0};
  if (op == SizeOp::add)
    return {concat(a.text, " + ", b.text), 0};
  std::string text = concat(enclosed(a, 1), op == SizeOp::mul ? "*" : "/", enclosed(b, 2));
  if (op == SizeOp::floorDivide)
    return {concat("floor(", text, ")"), 2};
  return {std::move(text), 1};
}

} // namespace

Result<SizeFormula> SizeFormula::create(std::vector<SizeToken> tokens, size_t symbolCount) {
  size_t depth = 0;
  for (const SizeToken &token : tokens) {
    if (token.op > SizeOp::floorDivide)
      return fail(StatusCode::invalidFile, "unknown size operation ", static_cast<int>(token.op));
    if (token.op == SizeOp::symbol && (token.value < 0 || static_cast<uint64_t>(token.value) >= symbolCount))
      return fail(StatusCode::invalidFile, "size formula uses symbol ", token.value, " of ", symbolCount);
    if (!pushes(token.op) && depth < 2)
      return fail(StatusCode::invalidFile, "size formula runs out of operands");
    depth = pushes(token.op) ? depth + 1 : depth - 1;
  }
  if (depth != 1)
    return fail(StatusCode::invalidFile, "size formula leaves ", depth, " values");
  SizeFormula formula;
  formula.tokens = std::move(tokens);
  return formula;
}

Result<int64_t> SizeFormula::evaluate(std::span<const int64_t> symbols, std::span<const std::string> names) const {
  std::vector<int64_t> stack;
  for (const SizeToken &token : tokens) {
    if (pushes(token.op)) {
      stack.push_back(token.op == SizeOp::constant ? token.value : symbols[static_cast<size_t>(token.value)]);
      continue;
    }
    int64_t b = stack.back(), a = stack[stack.size() - 2];
    stack.pop_back();
    std::optional<int64_t> value = apply(token.op, a, b);
    if (!value && token.op == SizeOp::divide && b != 0)
      return fail(StatusCode::invalidArgument, "size ", text(names), " has no whole value: ", a, " / ", b,
                  " leaves a remainder");
    if (!value)
      return fail(StatusCode::invalidArgument, "size ", text(names), " overflows");
    stack.back() = *value;
  }
  return stack.back();
}

std::optional<int64_t> SizeFormula::constantValue() const {
  for (const SizeToken &token : tokens)
    if (token.op == SizeOp::symbol)
      return std::nullopt;
  Result<int64_t> value = evaluate({}, {});
  return value.ok() ? std::optional<int64_t>(*value) : std::nullopt;
}

std::optional<SizeFormula::Solution> SizeFormula::solve(std::span<const std::optional<int64_t>> symbols,
                                                        int64_t target) const {
  std::optional<size_t> unknown;
  std::vector<Linear> stack;
  for (const SizeToken &token : tokens) {
    if (!pushes(token.op)) {
      std::optional<Linear> value = applyLinear(token.op, stack[stack.size() - 2], stack.back());
      if (!value)
        return std::nullopt;
      stack.pop_back();
      stack.back() = *value;
      continue;
    }
    size_t index = static_cast<size_t>(token.value);
    if (token.op == SizeOp::constant || symbols[index]) {
      stack.push_back({token.op == SizeOp::constant ? token.value : *symbols[index], 0, 1});
      continue;
    }
    if (unknown && *unknown != index)
      return std::nullopt;
    unknown = index;
    stack.push_back({0, 1, 1});
  }
  const Linear &line = stack.back();
  std::optional<int64_t> scaled = checkedMul(target, line.divisor);
  std::optional<int64_t> rest = scaled ? checkedSub(*scaled, line.constant) : std::nullopt;
  std::optional<int64_t> value = rest ? apply(SizeOp::divide, *rest, line.slope) : std::nullopt;
  if (!unknown || !value)
    return std::nullopt;
  return Solution{*unknown, *value};
}

std::string SizeFormula::text(std::span<const std::string> names) const {
  std::vector<Printed> stack;
  for (const SizeToken &token : tokens) {
    if (token.op == SizeOp::constant) {
      stack.push_back({std::to_string(token.value), token.value < 0 ? 0 : 2});
    } else if (token.op == SizeOp::symbol) {
      size_t index = static_cast<size_t>(token.value);
      stack.push_back({index < names.size() ? names[index] : concat('s', index), 2});
    } else {
      Printed b = std::move(stack.back());
      stack.pop_back();
      stack.back() = printOp(token.op, stack.back(), b);
    }
  }
  return stack.back().text;
}

bool SizeFormula::uses(size_t index) const {
  for (const SizeToken &token : tokens)
    if (token.op == SizeOp::symbol && static_cast<size_t>(token.value) == index)
      return true;
  return false;
}

} // namespace vae::runtime
