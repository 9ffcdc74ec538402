// Size arithmetic: integers, and formulas that map monomials to reduced fractions.
#include "ir/program/Size.h"
#include "ir/program/Limits.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <map>
#include <mutex>
#include <numeric>
#include <set>

using namespace vae;

namespace {

struct Rational {
  int64_t numerator = 0, denominator = 1;
  auto operator<=>(const Rational &) const = default;
};

using Monomial = std::vector<std::string>; // sorted, with repetition

} // namespace

static Rational reduced(__int128 numerator, __int128 denominator) {
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

static Rational product(Rational a, Rational b) {
  return reduced(static_cast<__int128>(a.numerator) * b.numerator,
                 static_cast<__int128>(a.denominator) * b.denominator);
}

/// A sum of monomials with their coefficients.
struct Size::Formula {
  std::map<Monomial, Rational> terms; // no zero coefficients

  void add(const Monomial &monomial, Rational coefficient);
  /// Adds the product of another formula and one term.
  void addProduct(const Formula &other, const Monomial &monomial, Rational coefficient);
  int64_t commonDenominator() const;
  /// The integer that it is; none where it has symbols or a rest.
  std::optional<int64_t> getInteger() const;
  auto operator<=>(const Formula &) const = default;
};

void Size::Formula::add(const Monomial &monomial, Rational coefficient) {
  Rational &slot = terms[monomial];
  slot = reduced(static_cast<__int128>(slot.numerator) * coefficient.denominator +
                     static_cast<__int128>(coefficient.numerator) * slot.denominator,
                 static_cast<__int128>(slot.denominator) * coefficient.denominator);
  if (slot.numerator == 0)
    terms.erase(monomial);
}

void Size::Formula::addProduct(const Formula &other, const Monomial &monomial, Rational coefficient) {
  for (const auto &[names, factor] : other.terms) {
    Monomial joined;
    std::merge(names.begin(), names.end(), monomial.begin(), monomial.end(), std::back_inserter(joined));
    add(joined, product(factor, coefficient));
  }
}

int64_t Size::Formula::commonDenominator() const {
  int64_t result = 1;
  for (const auto &[monomial, coefficient] : terms)
    result = std::lcm(result, coefficient.denominator);
  return result;
}

std::optional<int64_t> Size::Formula::getInteger() const {
  if (terms.empty())
    return 0;
  const auto &[monomial, coefficient] = *terms.begin();
  if (terms.size() != 1 || !monomial.empty() || coefficient.denominator != 1)
    return std::nullopt;
  return coefficient.numerator;
}

Size::Size(Formula made) {
  if (std::optional<int64_t> integer = made.getInteger()) {
    constant = *integer;
    return;
  }
  // Models have few different sizes, and kernels are compiled on several threads.
  static std::mutex mutex;
  static std::set<Formula> formulas;
  std::lock_guard guard(mutex);
  formula = &*formulas.insert(std::move(made)).first;
}

Size::Formula Size::expand() const {
  if (formula)
    return *formula;
  Formula result;
  result.add({}, {constant, 1});
  return result;
}

Size Size::symbol(llvm::StringRef name) { return Size(Formula{{{{name.str()}, {1, 1}}}}); }

bool Size::operator<(const Size &other) const {
  return formula && other.formula ? *formula < *other.formula : expand() < other.expand();
}

bool Size::isConstant() const {
  return !formula || (formula->terms.size() == 1 && formula->terms.begin()->first.empty());
}

std::optional<int64_t> Size::getConstant() const { return formula ? std::nullopt : std::optional(constant); }

std::vector<std::string> Size::symbols() const {
  if (!formula)
    return {};
  std::set<std::string> names;
  for (const auto &[monomial, coefficient] : formula->terms)
    names.insert(monomial.begin(), monomial.end());
  return {names.begin(), names.end()};
}

bool Size::isNegative() const {
  if (!formula)
    return constant < 0;
  return llvm::all_of(formula->terms, [](const auto &term) { return term.second.numerator < 0; });
}

std::optional<int64_t> Size::evaluate(const llvm::StringMap<int64_t> &values) const {
  if (!formula)
    return constant;
  int64_t denominator = formula->commonDenominator(), sum = 0;
  for (const auto &[monomial, coefficient] : formula->terms) {
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
  if (!formula)
    return *this;
  Size result;
  for (const auto &[monomial, coefficient] : formula->terms) {
    Size product(Formula{{{{}, coefficient}}});
    for (const std::string &name : monomial) {
      auto found = values.find(name);
      product = product * (found == values.end() ? Size::symbol(name) : found->second);
    }
    result = result + product;
  }
  return result;
}

llvm::SmallVector<Size::Token> Size::postfix() const {
  if (!formula)
    return {{Op::Constant, constant, {}}};
  llvm::SmallVector<Token> tokens;
  int64_t denominator = formula->commonDenominator();
  for (const auto &[monomial, coefficient] : formula->terms) {
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
  if (denominator != 1) {
    tokens.push_back({Op::Constant, denominator, {}});
    tokens.push_back({Op::Divide, 0, {}});
  }
  return tokens;
}

Size Size::operator+(const Size &other) const {
  if (int64_t sum; !formula && !other.formula && !llvm::AddOverflow(constant, other.constant, sum))
    return sum;
  Formula result = expand();
  result.addProduct(other.expand(), {}, {1, 1});
  return Size(std::move(result));
}

Size Size::operator-(const Size &other) const { return *this + other * Size(-1); }

Size Size::operator*(const Size &other) const {
  if (int64_t product; !formula && !other.formula && !llvm::MulOverflow(constant, other.constant, product))
    return product;
  const Formula left = expand(), right = other.expand();
  Formula result;
  for (const auto &[monomial, coefficient] : right.terms)
    result.addProduct(left, monomial, coefficient);
  return Size(std::move(result));
}

/// By degree, then by the powers of the symbols in their order: unlike the map's, this order is kept by
/// multiplication, so that leading terms divide.
static bool isLower(const Monomial &a, const Monomial &b) { return a.size() != b.size() ? a.size() < b.size() : b < a; }

std::optional<Size> Size::divide(const Size &divisor) const {
  auto leading = [](const Formula &formula) {
    return *std::max_element(formula.terms.begin(), formula.terms.end(),
                             [](const auto &a, const auto &b) { return isLower(a.first, b.first); });
  };
  if (divisor == Size(0))
    return std::nullopt;
  const Formula by = divisor.expand();
  const auto [names, inverted] = leading(by);
  const int sign = inverted.numerator < 0 ? -1 : 1;
  const Rational inverse = {inverted.denominator * sign, inverted.numerator * sign};
  Formula quotient, rest = expand();
  while (!rest.terms.empty()) {
    const auto [dividend, coefficient] = leading(rest);
    if (!std::includes(dividend.begin(), dividend.end(), names.begin(), names.end()) ||
        quotient.terms.size() == limits::sizeTokens)
      return std::nullopt;
    Monomial left;
    std::set_difference(dividend.begin(), dividend.end(), names.begin(), names.end(), std::back_inserter(left));
    const Rational factor = product(coefficient, inverse);
    quotient.add(left, factor);
    rest.addProduct(by, left, {-factor.numerator, factor.denominator});
    // What saturates at the ends of 64 bits leaves its leading term.
    if (rest.terms.contains(dividend))
      return std::nullopt;
  }
  return Size(std::move(quotient));
}

static std::string termText(const Monomial &names, int64_t numerator, int64_t denominator) {
  std::string text = numerator == 1 && !names.empty() ? "" : std::to_string(numerator);
  for (const std::string &name : names)
    text += (text.empty() ? "" : "*") + name;
  return denominator == 1 ? text : text + "/" + std::to_string(denominator);
}

std::string Size::str() const {
  if (!formula)
    return std::to_string(constant);
  std::string text;
  // Highest terms first, as one writes polynomials.
  for (auto it = formula->terms.rbegin(); it != formula->terms.rend(); ++it) {
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
