// Sizes of tensor dimensions: polynomials over symbols (B, H, W) with rational coefficients, and such rounded down.
#ifndef VAE_IR_PROGRAM_SIZE_H
#define VAE_IR_PROGRAM_SIZE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace vae {

/// A size such as `4*H`, `H/8`, `B*H + 1` or `floor(H/2)`. Canonical: sizes without `floor` are equal for all values of
/// their symbols exactly when they compare equal; sizes that compare equal always are. `H/8` is exact: whether it is an
/// integer is known only once H is bound, see `evaluate`.
///
/// Two words, to be passed by value: an integer, or a formula that the process holds once and for good, so that sizes
/// compare and hash by address.
class Size {
public:
  /// A token of the postfix form; the numbering is that of `SizeOp` in the package schema.
  enum class Op : uint8_t { Constant, Symbol, Add, Mul, Divide, FloorDivide };
  struct Token {
    Op op;
    int64_t value;
    std::string symbol;
  };

  Size() = default;                                                  ///< 0
  Size(int64_t integer) : constant(std::max(integer, -INT64_MAX)) {} // both ends have a text that is read back
  static Size symbol(llvm::StringRef name);
  /// Reads what `str` prints: a sum of products of integers, names and `floor(...)`, `*` and `/` between factors. None
  /// where the text is malformed.
  static std::optional<Size> parse(llvm::StringRef text);

  std::string str() const;
  bool isConstant() const;
  /// The value of a constant size; none where it has symbols or is not an integer.
  std::optional<int64_t> getConstant() const;
  /// Whether each of its terms is negative: it is below 0 for all sizes that its symbols may be.
  bool isNegative() const;
  /// Whether it is seen to be 0 or more for all sizes that its symbols may be, which are 1 or more.
  bool isNeverNegative() const;
  /// The names in it, sorted.
  std::vector<std::string> symbols() const;
  /// Its value; none where a symbol is unbound, the result is no integer, or arithmetic overflows.
  std::optional<int64_t> evaluate(const llvm::StringMap<int64_t> &values) const;
  /// Its value where every symbol is `each`; none as above.
  std::optional<int64_t> evaluateAt(int64_t each) const;
  Size substitute(const std::map<std::string, Size> &values) const;
  /// Whether it is a fraction of one symbol that equals `rounded` in each run in which it is whole: as `H/2` equals
  /// `floor(H/2 + 1/2)`.
  bool equalsWhereWhole(const Size &rounded) const;
  /// Whether `floor` stands in it.
  bool isRounded() const;
  /// What its terms must be multiplied by to be whole numbers; 1 where none is a fraction.
  int64_t denominator() const;
  /// The numerator over a common denominator, then one division: exact, so that a run that does not divide is found, or
  /// within `floor` rounded down.
  llvm::SmallVector<Token> postfix() const;

  Size operator+(const Size &other) const;
  Size operator-(const Size &other) const;
  Size operator*(const Size &other) const;
  /// Exact division, by a sum too; none where the divisor is zero or leaves a rest.
  std::optional<Size> divide(const Size &divisor) const;
  /// The largest integer that is not above it.
  Size floor() const;

  bool operator==(const Size &other) const { return constant == other.constant && formula == other.formula; }
  bool operator!=(const Size &other) const { return !(*this == other); }
  /// By what is written, not by address: the order is the same in each process.
  bool operator<(const Size &other) const;
  friend llvm::hash_code hash_value(const Size &size) { return llvm::hash_combine(size.constant, size.formula); }

private:
  struct Formula;
  explicit Size(Formula formula);
  Formula expand() const;
  void collectSymbols(std::set<std::string> &names) const;
  std::optional<std::pair<int64_t, int64_t>> evaluateFraction(const llvm::StringMap<int64_t> &values) const;
  void appendPostfix(Op division, llvm::SmallVector<Token> &tokens) const;

  int64_t constant = 0;             // 0 beside a formula
  const Formula *formula = nullptr; // none for an integer
};

/// Whether a shape is that of another, some of whose sizes were rounded down, in each run in which it is whole.
bool equalsWhereWhole(llvm::ArrayRef<Size> declared, llvm::ArrayRef<Size> rounded);

} // namespace vae

#endif // VAE_IR_PROGRAM_SIZE_H
