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

using namespace vae;

namespace {

struct Rational {
  int64_t numerator = 0, denominator = 1;
  auto operator<=>(const Rational &) const = default;
};

/// A symbol, or where that has no name a formula rounded down.
struct Factor {
  std::string symbol;
  Size floored;

  auto operator<=>(const Factor &other) const {
    if (auto order = symbol <=> other.symbol; order != 0)
      return order;
    return floored == other.floored  ? std::strong_ordering::equal
           : floored < other.floored ? std::strong_ordering::less
                                     : std::strong_ordering::greater;
  }
  bool operator==(const Factor &other) const { return symbol == other.symbol && floored == other.floored; }
  std::string str() const { return symbol.empty() ? "floor(" + floored.str() + ")" : symbol; }
};

using Monomial = std::vector<Factor>; // sorted, with repetition

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
  Formula takeWhole();
  void roundConstant();
  const Factor *findRounded() const;
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

Size Size::symbol(llvm::StringRef name) { return Size(Formula{{{{Factor{name.str(), {}}}, {1, 1}}}}); }

bool Size::operator<(const Size &other) const {
  return formula && other.formula ? *formula < *other.formula : expand() < other.expand();
}

bool Size::isConstant() const {
  return !formula || (formula->terms.size() == 1 && formula->terms.begin()->first.empty());
}

std::optional<int64_t> Size::getConstant() const { return formula ? std::nullopt : std::optional(constant); }

void Size::collectSymbols(std::set<std::string> &names) const {
  if (!formula)
    return;
  for (const auto &[monomial, coefficient] : formula->terms)
    for (const Factor &factor : monomial) {
      if (!factor.symbol.empty())
        names.insert(factor.symbol);
      factor.floored.collectSymbols(names);
    }
}

std::vector<std::string> Size::symbols() const {
  std::set<std::string> names;
  collectSymbols(names);
  return {names.begin(), names.end()};
}

bool Size::isNegative() const {
  if (!formula)
    return constant < 0;
  return llvm::all_of(formula->terms, [](const auto &term) { return term.second.numerator < 0; });
}

bool Size::isNeverNegative() const {
  if (!formula)
    return constant >= 0;
  // Then it is least where all symbols are.
  bool grows = llvm::all_of(formula->terms, [](const auto &term) {
    const auto &[monomial, coefficient] = term;
    return monomial.empty() || (coefficient.numerator >= 0 && llvm::all_of(monomial, [](const Factor &factor) {
                                  return !factor.symbol.empty() || factor.floored.isNeverNegative();
                                }));
  });
  llvm::StringMap<int64_t> ones;
  for (const std::string &name : symbols())
    ones[name] = 1;
  auto least = grows ? evaluateFraction(ones) : std::nullopt;
  return least && least->first >= 0;
}

/// The sum of its terms as a numerator and its common denominator; none where a symbol is unbound or it overflows.
std::optional<std::pair<int64_t, int64_t>> Size::evaluateFraction(const llvm::StringMap<int64_t> &values) const {
  if (!formula)
    return std::pair(constant, int64_t(1));
  auto evaluateFactor = [&](const Factor &factor) -> std::optional<int64_t> {
    if (!factor.symbol.empty()) {
      auto found = values.find(factor.symbol);
      return found == values.end() ? std::nullopt : std::optional(found->second);
    }
    auto fraction = factor.floored.evaluateFraction(values);
    return fraction ? std::optional(llvm::divideFloorSigned(fraction->first, fraction->second)) : std::nullopt;
  };
  int64_t denominator = formula->commonDenominator(), sum = 0;
  for (const auto &[monomial, coefficient] : formula->terms) {
    int64_t product;
    if (llvm::MulOverflow(coefficient.numerator, denominator / coefficient.denominator, product))
      return std::nullopt;
    for (const Factor &factor : monomial) {
      std::optional<int64_t> value = evaluateFactor(factor);
      if (!value || llvm::MulOverflow(product, *value, product))
        return std::nullopt;
    }
    if (llvm::AddOverflow(sum, product, sum))
      return std::nullopt;
  }
  return std::pair(sum, denominator);
}

std::optional<int64_t> Size::evaluate(const llvm::StringMap<int64_t> &values) const {
  auto fraction = evaluateFraction(values);
  if (!fraction || fraction->first % fraction->second != 0)
    return std::nullopt;
  return fraction->first / fraction->second;
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
  auto substituteFactor = [&](const Factor &factor) {
    if (factor.symbol.empty())
      return factor.floored.substitute(values).floor();
    auto found = values.find(factor.symbol);
    return found == values.end() ? Size::symbol(factor.symbol) : found->second;
  };
  Size result;
  for (const auto &[monomial, coefficient] : formula->terms) {
    Size product(Formula{{{{}, coefficient}}});
    for (const Factor &factor : monomial)
      product = product * substituteFactor(factor);
    result = result + product;
  }
  return result;
}

bool Size::isRounded() const {
  return formula && llvm::any_of(formula->terms, [](const auto &term) {
           return llvm::any_of(term.first, [](const Factor &factor) { return factor.symbol.empty(); });
         });
}

int64_t Size::denominator() const { return formula ? formula->commonDenominator() : 1; }

bool Size::equalsWhereWhole(const Size &rounded) const {
  if (*this == rounded)
    return true;
  const std::vector<std::string> names = symbols();
  if (names.size() != 1 || denominator() == 1)
    return false;
  // p/q * S + n, p/q reduced: whole exactly where q divides S.
  Formula fraction = *formula;
  fraction.takeWhole();
  bool isOneTerm = fraction.terms.size() == 1 && fraction.terms.begin()->first == Monomial{Factor{names.front(), {}}};
  const std::map<std::string, Size> multiple = {{names.front(), Size::symbol(names.front()) * denominator()}};
  return isOneTerm && substitute(multiple) == rounded.substitute(multiple);
}

bool vae::equalsWhereWhole(llvm::ArrayRef<Size> declared, llvm::ArrayRef<Size> rounded) {
  return llvm::equal(declared, rounded, [](const Size &a, const Size &b) { return a.equalsWhereWhole(b); });
}

void Size::appendPostfix(Op division, llvm::SmallVector<Token> &tokens) const {
  if (!formula)
    return tokens.push_back({Op::Constant, constant, {}});
  int64_t denominator = formula->commonDenominator();
  bool first = true;
  for (const auto &[monomial, coefficient] : formula->terms) {
    int64_t scale = coefficient.numerator * (denominator / coefficient.denominator);
    bool multiply = scale != 1 || monomial.empty();
    if (multiply)
      tokens.push_back({Op::Constant, scale, {}});
    for (const Factor &factor : monomial) {
      if (factor.symbol.empty())
        factor.floored.appendPostfix(Op::FloorDivide, tokens);
      else
        tokens.push_back({Op::Symbol, 0, factor.symbol});
      if (multiply)
        tokens.push_back({Op::Mul, 0, {}});
      multiply = true;
    }
    if (!first)
      tokens.push_back({Op::Add, 0, {}});
    first = false;
  }
  if (denominator != 1) {
    tokens.push_back({Op::Constant, denominator, {}});
    tokens.push_back({division, 0, {}});
  }
}

llvm::SmallVector<Size::Token> Size::postfix() const {
  llvm::SmallVector<Token> tokens;
  appendPostfix(Op::Divide, tokens);
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

/// Takes the whole part out of each coefficient and returns it.
Size::Formula Size::Formula::takeWhole() {
  Formula whole;
  for (const auto &[monomial, coefficient] : terms)
    whole.add(monomial, {llvm::divideFloorSigned(coefficient.numerator, coefficient.denominator), 1});
  addProduct(whole, {}, {-1, 1});
  return whole;
}

/// The constant rounded down to what the other terms are multiples of: `H/2 + 2/3` and `H/2 + 1/2` round alike.
void Size::Formula::roundConstant() {
  auto found = terms.find({});
  if (found == terms.end())
    return;
  Rational constant = found->second;
  terms.erase(found);
  int64_t unit = commonDenominator(), whole;
  if (!llvm::MulOverflow(constant.numerator, unit, whole))
    constant = reduced(llvm::divideFloorSigned(whole, constant.denominator), unit);
  add({}, constant);
}

/// The term that is a rounded sum over the common denominator: rounding it before the others are added changes nothing,
/// for all of them are whole numbers over that denominator.
const Factor *Size::Formula::findRounded() const {
  const Rational unit = {1, commonDenominator()};
  for (const auto &[monomial, coefficient] : terms)
    if (monomial.size() == 1 && monomial.front().symbol.empty() && coefficient == unit)
      return &monomial.front();
  return nullptr;
}

Size Size::floor() const {
  if (!formula)
    return *this;
  Formula rest = *formula;
  Size whole(rest.takeWhole());
  rest.roundConstant();
  if (rest.terms.empty())
    return whole;
  if (const Factor *rounded = rest.findRounded()) {
    const Factor inner = *rounded;
    const Rational unit = {1, rest.commonDenominator()};
    rest.add({inner}, {-unit.numerator, unit.denominator});
    rest.addProduct(inner.floored.expand(), {}, unit);
    return whole + Size(std::move(rest)).floor();
  }
  return whole + Size(Formula{{{{Factor{{}, Size(std::move(rest))}}, {1, 1}}}});
}

static std::string termText(const Monomial &factors, int64_t numerator, int64_t denominator) {
  std::string text = numerator == 1 && !factors.empty() ? "" : std::to_string(numerator);
  for (const Factor &factor : factors)
    text += (text.empty() ? "" : "*") + factor.str();
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

static std::optional<Size> parseSum(llvm::StringRef &text, unsigned depth);

/// Reads one factor (`12`, `H` or `floor(H/2)`) from the front of `text`.
static std::optional<Size> parseFactor(llvm::StringRef &text, unsigned depth) {
  text = text.ltrim();
  auto isName = [](char c) { return llvm::isAlnum(c) || c == '_'; };
  llvm::StringRef word = text.take_while(isName);
  text = text.drop_front(word.size()).ltrim();
  if (word.empty())
    return std::nullopt;
  if (word == "floor" && text.consume_front("(")) {
    std::optional<Size> sum = depth < limits::sizeDepth ? parseSum(text, depth + 1) : std::nullopt;
    bool closed = sum && text.consume_front(")");
    text = text.ltrim();
    return closed ? std::optional(sum->floor()) : std::nullopt;
  }
  if (!llvm::isDigit(word.front()))
    return Size::symbol(word);
  int64_t value;
  if (word.getAsInteger(10, value))
    return std::nullopt;
  return Size(value);
}

/// Reads one product (`4*H/8`) from the front of `text`.
static std::optional<Size> parseTerm(llvm::StringRef &text, unsigned depth) {
  std::optional<Size> result = parseFactor(text, depth);
  while (result && !text.empty() && (text.front() == '*' || text.front() == '/')) {
    bool times = text.front() == '*';
    text = text.drop_front();
    std::optional<Size> factor = parseFactor(text, depth);
    if (!factor)
      return std::nullopt;
    result = times ? *result * *factor : result->divide(*factor);
  }
  return result;
}

/// Reads a sum from the front of `text`, up to its end or a closing parenthesis.
static std::optional<Size> parseSum(llvm::StringRef &text, unsigned depth) {
  Size result;
  text = text.ltrim();
  bool negative = text.consume_front("-");
  while (true) {
    std::optional<Size> term = parseTerm(text, depth);
    if (!term)
      return std::nullopt;
    result = negative ? result - *term : result + *term;
    if (text.empty() || text.front() == ')')
      return result;
    negative = text.front() == '-';
    if (!negative && text.front() != '+')
      return std::nullopt;
    text = text.drop_front();
  }
}

std::optional<Size> Size::parse(llvm::StringRef text) {
  std::optional<Size> result = parseSum(text, /*depth=*/0);
  return text.empty() ? result : std::nullopt;
}
