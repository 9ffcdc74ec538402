// Sums of products, left to right; no parentheses occur in canonical formulas.
#include "runtime/vae-run/inputs/SizeText.h"
#include "runtime/base/Checked.h"

#include <cctype>

namespace vae::runtime::tool {
namespace {

class Evaluator {
public:
  Evaluator(const std::string &text, const std::function<std::optional<int64_t>(const std::string &)> &valueOf)
      : text(text), valueOf(valueOf) {}

  Result<int64_t> evaluate() {
    int64_t total = 0;
    char sign = peek() == '-' ? take() : '+';
    while (true) {
      VAE_ASSIGN_OR_RETURN(int64_t term, product());
      std::optional<int64_t> next = sign == '+' ? checkedAdd(total, term) : checkedSub(total, term);
      if (!next)
        return problem("overflows");
      total = *next;
      if (peek() == '\0')
        return total;
      sign = take();
      if (sign != '+' && sign != '-')
        return problem("cannot be read");
    }
  }

private:
  Result<int64_t> product() {
    VAE_ASSIGN_OR_RETURN(int64_t value, factor());
    while (peek() == '*' || peek() == '/') {
      bool divide = take() == '/';
      VAE_ASSIGN_OR_RETURN(int64_t right, factor());
      if (divide && (right == 0 || value % right != 0))
        return problem("does not divide");
      std::optional<int64_t> next = divide ? std::optional(value / right) : checkedMul(value, right);
      if (!next)
        return problem("overflows");
      value = *next;
    }
    return value;
  }

  Result<int64_t> factor() {
    peek();
    size_t end = at;
    while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) || text[end] == '_'))
      ++end;
    std::string word = text.substr(at, end - at);
    at = end;
    if (std::optional<int64_t> number = parseNumber<int64_t>(word))
      return *number;
    if (std::optional<int64_t> value = valueOf(word))
      return *value;
    if (word == text)
      return fail(StatusCode::invalidArgument, "its size ", word, " is unknown, such as ", word, "=64");
    return word.empty() ? problem("cannot be read") : problem("needs the size " + word + ", such as " + word + "=64");
  }

  char peek() {
    while (at < text.size() && text[at] == ' ')
      ++at;
    return at < text.size() ? text[at] : '\0';
  }
  char take() {
    char letter = peek();
    ++at;
    return letter;
  }
  Status problem(const std::string &what) { return fail(StatusCode::invalidArgument, "the size '", text, "' ", what); }

  const std::string &text;
  const std::function<std::optional<int64_t>(const std::string &)> &valueOf;
  size_t at = 0;
};

} // namespace

Result<int64_t> evaluateSize(const std::string &text,
                             const std::function<std::optional<int64_t>(const std::string &)> &valueOf) {
  return Evaluator(text, valueOf).evaluate();
}

std::optional<LeastValue> leastValueFor(const std::string &text, int64_t size) {
  std::string only;
  bool several = false;
  auto at = [&](int64_t value) {
    Result<int64_t> result = evaluateSize(text, [&](const std::string &symbol) -> std::optional<int64_t> {
      several |= !only.empty() && only != symbol;
      only = symbol;
      return value;
    });
    return result.ok() ? std::optional(*result) : std::nullopt;
  };
  const std::optional<int64_t> one = at(1), two = at(2);
  if (!one || !two || *one < 1 || *two <= *one || several || size > INT32_MAX)
    return std::nullopt;
  const int64_t slope = *two - *one, value = size <= *one ? 1 : 1 + (size - *one + slope - 1) / slope;
  const std::optional<int64_t> reached = at(value);
  if (reached != *one + (value - 1) * slope)
    return std::nullopt;
  return LeastValue{only, value, *reached};
}

} // namespace vae::runtime::tool
