// Compile-time arithmetic.
#include "frontend/elaborate/Values.h"
#include "ir/program/Limits.h"
#include "ir/program/Program.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/StringExtras.h"
#include <charconv>
#include <cmath>

using namespace mlir;

namespace vae::frontend {

std::optional<int64_t> Value::integer() const {
  const Size *size = get<Size>();
  return size ? size->getConstant() : std::nullopt;
}

List::List(std::vector<Value> items) : shared(std::make_shared<const std::vector<Value>>(std::move(items))), depth(1) {
  for (const Value &item : *shared)
    depth = std::max(depth, item.levels() + 1);
}

unsigned Value::levels() const {
  if (const Tuple *tuple = get<Tuple>())
    return tuple->list.levels();
  const List *list = get<List>();
  return list ? list->levels() : 0;
}

std::optional<double> Value::number() const {
  if (const double *value = get<double>())
    return *value;
  const Size *size = get<Size>();
  if (!size || !size->isConstant())
    return std::nullopt;
  SmallVector<Size::Token> tokens = size->postfix();
  double value = static_cast<double>(tokens.front().value);
  return tokens.size() == 1 ? value : value / static_cast<double>(tokens[1].value);
}

std::string describe(ArrayRef<Size> sizes) {
  return llvm::join(llvm::map_range(sizes, [](const Size &size) { return size.str(); }), ", ");
}

static std::string elementName(Type element) {
  if (element.isInteger(1))
    return "bool";
  std::string name;
  llvm::raw_string_ostream(name) << element;
  return name;
}

std::string describe(RankedTensorType type) {
  std::string element = elementName(type.getElementType());
  return type.getRank() == 0 ? element : element + "[" + describe(program::getSizes(type)) + "]";
}

std::vector<Value> Value::asItems() const { return is<List>() ? get<List>()->items() : std::vector<Value>{*this}; }

static std::string describeItems(ArrayRef<Value> items) {
  static constexpr size_t shownItems = 16;
  std::vector<std::string> texts;
  for (const Value &item : items.take_front(shownItems))
    texts.push_back(item.is<List>() ? "[...]" : item.is<Tuple>() ? "(...)" : item.str());
  if (items.size() > shownItems)
    texts.push_back("...");
  return llvm::join(texts, ", ");
}

std::string Value::str() const {
  if (auto *size = get<Size>())
    return size->str();
  if (auto *number = get<double>()) {
    SmallString<24> text;
    llvm::APFloat(*number).toString(text);
    return text.str().str();
  }
  if (auto *boolean = get<bool>())
    return *boolean ? "true" : "false";
  if (auto *string = get<std::string>())
    return "\"" + *string + "\"";
  if (auto *type = get<Type>())
    return elementName(*type);
  if (auto *list = get<List>())
    return "[" + describeItems(list->items()) + "]";
  if (auto *tuple = get<Tuple>())
    return "(" + describeItems(tuple->items()) + ")";
  if (auto *part = get<Part>())
    return "the model `" + part->model + "`";
  if (auto *value = get<mlir::Value>())
    return describe(cast<RankedTensorType>(value->getType()));
  return "an error";
}

/// The shortest text that reads as this number, told from a whole one.
static std::string spellNumber(double number) {
  char buffer[32];
  std::string text(buffer, std::to_chars(std::begin(buffer), std::end(buffer), number).ptr);
  return StringRef(text).find_first_of(".e") == StringRef::npos ? text + ".0" : text;
}

std::string Value::spelling() const {
  if (const double *number = get<double>())
    return spellNumber(*number);
  if (!is<List>())
    return str();
  auto texts = llvm::map_range(get<List>()->items(), [](const Value &item) { return item.spelling(); });
  return "[" + llvm::join(texts, ", ") + "]";
}

namespace {
using Outcome = std::pair<Value, Fault>;

Outcome fault(Fault fault) { return {Value{}, fault}; }
template <typename T> Outcome value(T result) { return {Value{std::move(result), {}}, Fault::None}; }

Outcome checked(const Size &size) {
  // Size saturates at the ends of 64 bits.
  for (const Size::Token &token : size.postfix())
    if (token.op == Size::Op::Constant && (token.value == INT64_MAX || token.value == -INT64_MAX))
      return fault(Fault::TooLarge);
  return value(size);
}

Outcome divideSizes(const Size &left, const Size &right) {
  if (right == Size())
    return fault(Fault::DivisionByZero);
  std::optional<Size> quotient = left.divide(right);
  return quotient ? checked(*quotient) : fault(Fault::Inexact);
}

/// What a division rounded down leaves; a formula, only of a division by a number.
Outcome modSizes(const Size &left, const Size &right) {
  if (right == Size())
    return fault(Fault::DivisionByZero);
  std::optional<int64_t> a = left.getConstant(), b = right.getConstant();
  if (a && b)
    return value(Size(*b == -1 ? 0 : (*a % *b + *b) % *b));
  return b ? checked(left - left.divide(right)->floor() * right) : fault(Fault::Undecided);
}

Outcome calculateSizes(char op, const Size &left, const Size &right) {
  if (op == '%')
    return modSizes(left, right);
  if (left.postfix().size() * right.postfix().size() > limits::sizeTokens)
    return fault(Fault::TooLarge);
  switch (op) {
  case '+':
    return checked(left + right);
  case '-':
    return checked(left - right);
  case '*':
    return checked(left * right);
  default:
    return divideSizes(left, right);
  }
}

/// By squaring, so that the largest exponent takes 64 steps.
Outcome powerSizes(const Size &base, const Size &exponent) {
  std::optional<int64_t> times = exponent.getConstant();
  if (!times || *times < 0)
    return fault(Fault::Exponent);
  Size square = base, power(1);
  for (int64_t left = *times; left > 0; left /= 2) {
    Outcome next = left % 2 == 1 ? calculateSizes('*', power, square) : value(power);
    Outcome nextSquare = left > 1 ? calculateSizes('*', square, square) : value(square);
    for (const Outcome &outcome : {next, nextSquare})
      if (outcome.second != Fault::None)
        return outcome;
    power = *next.first.get<Size>();
    square = *nextSquare.first.get<Size>();
  }
  return value(power);
}

Outcome powerNumbers(double base, double exponent) {
  double power = std::pow(base, exponent);
  if (base == 0 && exponent < 0)
    return fault(Fault::DivisionByZero);
  return std::isnan(power) ? fault(Fault::Operands) : std::isinf(power) ? fault(Fault::TooLarge) : value(power);
}

/// The rest of a division rounded down, exact: of the sign of the divisor.
double modNumbers(double left, double right) {
  double rest = std::fmod(left, right);
  return rest != 0 && (rest < 0) != (right < 0) ? rest + right : rest;
}

double calculate(char op, double left, double right) {
  switch (op) {
  case '+':
    return left + right;
  case '-':
    return left - right;
  case '*':
    return left * right;
  case '%':
    return modNumbers(left, right);
  default:
    return left / right;
  }
}

/// Of finite numbers, so that a result that is none is one too large.
Outcome calculateNumbers(char op, double left, double right) {
  if (right == 0 && (op == '%' || op == '/'))
    return fault(Fault::DivisionByZero);
  double result = calculate(op, left, right);
  return std::isfinite(result) ? value(result) : fault(Fault::TooLarge);
}

template <typename T> Outcome compareOrdered(StringRef op, const T &left, const T &right) {
  if (op == "==")
    return value(left == right);
  if (op == "!=")
    return value(left != right);
  if (op == "<")
    return value(left < right);
  if (op == "<=")
    return value(left <= right);
  return value(op == ">" ? left > right : left >= right);
}

bool isEquality(StringRef op) { return op == "==" || op == "!="; }

/// Numbers known now compare by value; formulas only where they are the same formula.
Outcome compareNumbers(StringRef op, const Value &left, const Value &right) {
  std::optional<double> a = left.number(), b = right.number();
  if (left.is<Size>() && right.is<Size>() && (isEquality(op) || !a || !b)) {
    bool same = *left.get<Size>() == *right.get<Size>();
    if (same || (a && b))
      return compareOrdered(op, same ? 0 : 1, 0);
    return fault(Fault::Undecided);
  }
  return a && b ? compareOrdered(op, *a, *b) : fault(Fault::Undecided);
}

} // namespace

std::pair<Value, Fault> applyBinary(StringRef op, const Value &left, const Value &right) {
  bool isPower = op == "**", arithmetic = isPower || (op.size() == 1 && StringRef("+-*/%").contains(op.front()));
  if (op == "and" || op == "or") {
    if (!left.is<bool>() || !right.is<bool>())
      return fault(Fault::Operands);
    return value(op == "and" ? *left.get<bool>() && *right.get<bool>() : *left.get<bool>() || *right.get<bool>());
  }
  if (left.isNumber() && right.isNumber()) {
    if (!arithmetic)
      return compareNumbers(op, left, right);
    if (left.is<Size>() && right.is<Size>())
      return isPower ? powerSizes(*left.get<Size>(), *right.get<Size>())
                     : calculateSizes(op.front(), *left.get<Size>(), *right.get<Size>());
    std::optional<double> a = left.number(), b = right.number();
    if (!a || !b)
      return fault(Fault::Undecided);
    return isPower ? powerNumbers(*a, *b) : calculateNumbers(op.front(), *a, *b);
  }
  if (op == "+" && left.is<List>() && right.is<List>()) {
    std::vector<Value> joined = left.get<List>()->items();
    llvm::append_range(joined, right.get<List>()->items());
    return joined.size() > limits::listItems ? fault(Fault::TooLarge) : value(List(std::move(joined)));
  }
  if (isEquality(op) && left.is<std::string>() && right.is<std::string>())
    return compareOrdered(op, *left.get<std::string>(), *right.get<std::string>());
  if (isEquality(op) && left.is<bool>() && right.is<bool>())
    return compareOrdered(op, *left.get<bool>(), *right.get<bool>());
  return fault(Fault::Operands);
}

std::pair<Value, Fault> applyUnary(StringRef op, const Value &operand) {
  if (op == "not")
    return operand.is<bool>() ? value(!*operand.get<bool>()) : fault(Fault::Operands);
  if (auto *size = operand.get<Size>())
    return checked(Size() - *size);
  if (auto *number = operand.get<double>())
    return value(-*number);
  return fault(Fault::Operands);
}

} // namespace vae::frontend
