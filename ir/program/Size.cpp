// Size arithmetic: a map from monomials to reduced fractions.
#include "ir/program/Size.h"
#include "ir/program/Limits.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <numeric>
#include <set>

using namespace vae;

Size::Rational Size::reduced(__int128 numerator, __int128 denominator) {
  __int128 a = numerator < 0 ? -numerator : numerator, b = denominator;
  // Almost all are integers, and division in 128 bits is slow.
  if (b == 1)
    a = 1;
  else
    while (b != 0)
      std::swap(a %= b, b);
  if (a > 1) {
    numerator /= a;
    denominator /= a;
  }
  auto narrow = [](__int128 value) {
    // Sizes this large come only from a hostile model; saturating keeps them unequal to any real one. Both ends have a
    // text that is read back.
    return static_cast<int64_t>(std::clamp<__int128>(value, -INT64_MAX, INT64_MAX));
  };
  return {narrow(numerator), narrow(denominator)};
}

void Size::add(const Monomial &monomial, Rational coefficient) {
  Rational &slot = terms[monomial];
  slot = reduced(static_cast<__int128>(slot.numerator) * coefficient.denominator +
                     static_cast<__int128>(coefficient.numerator) * slot.denominator,
                 static_cast<__int128>(slot.denominator) * coefficient.denominator);
  if (slot.numerator == 0)
    terms.erase(monomial);
}

Size::Size(int64_t constant) { add({}, {constant, 1}); }

Size Size::symbol(llvm::StringRef name) {
  Size result;
  result.add({name.str()}, {1, 1});
  return result;
}

bool Size::isConstant() const { return terms.empty() || (terms.size() == 1 && terms.begin()->first.empty()); }

std::optional<int64_t> Size::getConstant() const {
  if (terms.empty())
    return 0;
  if (!isConstant() || terms.begin()->second.denominator != 1)
    return std::nullopt;
  return terms.begin()->second.numerator;
}

std::vector<std::string> Size::symbols() const {
  std::set<std::string> names;
  for (const auto &[monomial, coefficient] : terms)
    names.insert(monomial.begin(), monomial.end());
  return {names.begin(), names.end()};
}

bool Size::isNegative() const {
  bool result = !terms.empty();
  for (const auto &[monomial, coefficient] : terms)
    result &= coefficient.numerator < 0;
  return result;
}

int64_t Size::commonDenominator() const {
  int64_t result = 1;
  for (const auto &[monomial, coefficient] : terms)
    result = std::lcm(result, coefficient.denominator);
  return result;
}

std::optional<int64_t> Size::evaluate(const llvm::StringMap<int64_t> &values) const {
  int64_t denominator = commonDenominator(), sum = 0;
  for (const auto &[monomial, coefficient] : terms) {
    int64_t product;
    if (llvm::MulOverflow(coefficient.numerator, denominator / coefficient.denominator, product))
      return std::nullopt;
    for (const std::string &name : monomial) {
      auto found = values.find(name);
      if (found == values.end() || llvm::MulOverflow(product, found->second, product))
        return std::nullopt;
    }
    if (llvm::AddOverflow(sum, product, sum))
      return std::nullopt;
  }
  if (sum % denominator != 0)
    return std::nullopt;
  return sum / denominator;
}

std::optional<int64_t> Size::evaluateAt(int64_t each) const {
  llvm::StringMap<int64_t> values;
  for (const std::string &symbol : symbols())
    values[symbol] = each;
  return evaluate(values);
}

Size Size::substitute(const std::map<std::string, Size> &values) const {
  Size result;
  for (const auto &[monomial, coefficient] : terms) {
    Size product;
    product.add({}, coefficient);
    for (const std::string &name : monomial) {
      auto found = values.find(name);
      product = product * (found == values.end() ? Size::symbol(name) : found->second);
    }
    result = result + product;
  }
  return result;
}

llvm::SmallVector<Size::Token> Size::postfix() const {
  llvm::SmallVector<Token> tokens;
  int64_t denominator = commonDenominator();
  for (const auto &[monomial, coefficient] : terms) {
    bool first = tokens.empty();
    int64_t factor = coefficient.numerator * (denominator / coefficient.denominator);
    bool multiply = factor != 1 || monomial.empty();
    if (multiply)
      tokens.push_back({Op::Constant, factor, {}});
    for (const std::string &name : monomial) {
      tokens.push_back({Op::Symbol, 0, name});
      if (multiply)
        tokens.push_back({Op::Mul, 0, {}});
      multiply = true;
    }
    if (!first)
      tokens.push_back({Op::Add, 0, {}});
  }
  if (tokens.empty())
    tokens.push_back({Op::Constant, 0, {}});
  if (denominator != 1) {
    tokens.push_back({Op::Constant, denominator, {}});
    tokens.push_back({Op::Divide, 0, {}});
  }
  return tokens;
}

Size Size::operator+(const Size &other) const {
  Size result = *this;
  for (const auto &[monomial, coefficient] : other.terms)
    result.add(monomial, coefficient);
  return result;
}

Size Size::operator-(const Size &other) const { return *this + other * Size(-1); }

Size Size::operator*(const Size &other) const {
  Size result;
  for (const auto &[leftNames, left] : terms)
    for (const auto &[rightNames, right] : other.terms) {
      Monomial names;
      std::merge(leftNames.begin(), leftNames.end(), rightNames.begin(), rightNames.end(), std::back_inserter(names));
      result.add(names, reduced(static_cast<__int128>(left.numerator) * right.numerator,
                                static_cast<__int128>(left.denominator) * right.denominator));
    }
  return result;
}

/// By degree, then by the powers of the symbols in their order: unlike the map's, this order is kept by
/// multiplication, so that leading terms divide.
static bool isLower(const std::vector<std::string> &a, const std::vector<std::string> &b) {
  return a.size() != b.size() ? a.size() < b.size() : b < a;
}

std::optional<Size> Size::divide(const Size &divisor) const {
  auto leading = [](const Size &size) {
    return *std::max_element(size.terms.begin(), size.terms.end(),
                             [](const auto &a, const auto &b) { return isLower(a.first, b.first); });
  };
  if (divisor.terms.empty())
    return std::nullopt;
  const auto [names, by] = leading(divisor);
  int sign = by.numerator < 0 ? -1 : 1;
  Size quotient, rest = *this;
  while (!rest.terms.empty()) {
    const auto [dividend, coefficient] = leading(rest);
    if (!std::includes(dividend.begin(), dividend.end(), names.begin(), names.end()) ||
        quotient.terms.size() == limits::sizeTokens)
      return std::nullopt;
    Monomial left;
    std::set_difference(dividend.begin(), dividend.end(), names.begin(), names.end(), std::back_inserter(left));
    Size term;
    term.add(left, reduced(static_cast<__int128>(coefficient.numerator) * by.denominator * sign,
                           static_cast<__int128>(coefficient.denominator) * by.numerator * sign));
    quotient = quotient + term;
    rest = rest - term * divisor;
    // What saturates at the ends of 64 bits leaves its leading term.
    if (rest.terms.contains(dividend))
      return std::nullopt;
  }
  return quotient;
}

static std::string termText(const std::vector<std::string> &names, int64_t numerator, int64_t denominator) {
  std::string text = numerator == 1 && !names.empty() ? "" : std::to_string(numerator);
  for (const std::string &name : names)
    text += (text.empty() ? "" : "*") + name;
  return denominator == 1 ? text : text + "/" + std::to_string(denominator);
}

std::string Size::str() const {
  if (terms.empty())
    return "0";
  std::string text;
  // Highest terms first, as one writes polynomials.
  for (auto it = terms.rbegin(); it != terms.rend(); ++it) {
    auto [numerator, denominator] = it->second;
    if (!text.empty())
      text += numerator < 0 ? " - " : " + ";
    text += termText(it->first, text.empty() ? numerator : std::abs(numerator), denominator);
  }
  return text;
}

/// Reads one factor (`12` or `H`) from the front of `text`.
static std::optional<Size> parseFactor(llvm::StringRef &text) {
  text = text.ltrim();
  auto isName = [](char c) { return llvm::isAlnum(c) || c == '_'; };
  llvm::StringRef word = text.take_while(isName);
  text = text.drop_front(word.size()).ltrim();
  if (word.empty())
    return std::nullopt;
  if (!llvm::isDigit(word.front()))
    return Size::symbol(word);
  int64_t value;
  if (word.getAsInteger(10, value))
    return std::nullopt;
  return Size(value);
}

/// Reads one product (`4*H/8`) from the front of `text`.
static std::optional<Size> parseTerm(llvm::StringRef &text) {
  std::optional<Size> result = parseFactor(text);
  while (result && !text.empty() && (text.front() == '*' || text.front() == '/')) {
    bool times = text.front() == '*';
    text = text.drop_front();
    std::optional<Size> factor = parseFactor(text);
    if (!factor)
      return std::nullopt;
    result = times ? *result * *factor : result->divide(*factor);
  }
  return result;
}

std::optional<Size> Size::parse(llvm::StringRef text) {
  Size result;
  text = text.trim();
  bool negative = text.consume_front("-");
  while (true) {
    std::optional<Size> term = parseTerm(text);
    if (!term)
      return std::nullopt;
    result = negative ? result - *term : result + *term;
    if (text.empty())
      return result;
    negative = text.front() == '-';
    if (!negative && text.front() != '+')
      return std::nullopt;
    text = text.drop_front();
  }
}
