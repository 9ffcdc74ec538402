// Parsing and evaluating scalar formulas.
#include "runtime/package/ScalarFormula.h"
#include "runtime/base/Checked.h"
#include "runtime/base/Status.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace vae::runtime {

Result<ScalarFormula::Word> ScalarFormula::parseWord(std::string_view text) {
  static constexpr std::pair<std::string_view, Op> names[] = {
      {"step", Op::step}, {"epoch", Op::epoch}, {"+", Op::add},   {"-", Op::subtract}, {"*", Op::multiply},
      {"/", Op::divide},  {"pow", Op::pow},     {"min", Op::min}, {"max", Op::max},    {"sqrt", Op::sqrt},
      {"cos", Op::cos},   {"exp", Op::exp},     {"log", Op::log}};
  for (const auto &[name, op] : names)
    if (text == name)
      return Word{op};
  std::optional<double> number = parseNumber<double>(text);
  if (!number)
    return fail(StatusCode::invalidFile, "unknown word '", text, "' in a scalar formula");
  return Word{Op::number, *number};
}

int ScalarFormula::operandCount(Op op) { return op <= Op::epoch ? 0 : op <= Op::max ? 2 : 1; }

Result<ScalarFormula> ScalarFormula::parse(std::string_view text) {
  ScalarFormula formula;
  int depth = 0;
  for (size_t at = 0; at < text.size();) {
    size_t end = std::min(text.find(' ', at), text.size());
    std::string_view word = text.substr(at, end - at);
    at = end + 1;
    if (word.empty())
      continue;
    VAE_ASSIGN_OR_RETURN(Word parsed, parseWord(word));
    int operands = operandCount(parsed.op);
    if (depth < operands)
      return fail(StatusCode::invalidFile, "scalar formula '", text, "' runs out of operands at '", word, "'");
    depth += 1 - operands;
    formula.words.push_back(parsed);
  }
  if (depth != 1)
    return fail(StatusCode::invalidFile, "scalar formula '", text, "' leaves ", depth, " values");
  return formula;
}

double ScalarFormula::applyOp(Op op, double a, double b) {
  switch (op) {
  case Op::add:
    return a + b;
  case Op::subtract:
    return a - b;
  case Op::multiply:
    return a * b;
  case Op::divide:
    return a / b;
  case Op::pow:
    return std::pow(a, b);
  case Op::min:
    return std::min(a, b);
  case Op::max:
    return std::max(a, b);
  case Op::sqrt:
    return std::sqrt(b);
  case Op::cos:
    return std::cos(b);
  case Op::exp:
    return std::exp(b);
  case Op::log:
    return std::log(b);
  case Op::number:
  case Op::step:
  case Op::epoch:
    break;
  }
  return 0;
}

double ScalarFormula::evaluate(double step, double epoch) const {
  std::vector<double> stack;
  for (const Word &word : words) {
    if (operandCount(word.op) == 0) {
      stack.push_back(word.op == Op::number ? word.number : word.op == Op::step ? step : epoch);
      continue;
    }
    double b = stack.back(), a = 0;
    stack.pop_back();
    if (operandCount(word.op) == 2) {
      a = stack.back();
      stack.pop_back();
    }
    stack.push_back(applyOp(word.op, a, b));
  }
  return stack.back();
}

} // namespace vae::runtime
