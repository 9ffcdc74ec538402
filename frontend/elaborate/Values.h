// What an expression of the language is while a model is compiled: a tensor, or a value known now.
#ifndef VAE_FRONTEND_ELABORATE_VALUES_H
#define VAE_FRONTEND_ELABORATE_VALUES_H

#include "ir/Mlir.h"
#include "ir/program/Size.h"
#include "llvm/Support/SMLoc.h"
#include <variant>

namespace vae::frontend {

struct Frame;
struct Value;

/// Values in a row. Copies share them, so that lists of lists of lists cost what was written.
class List {
public:
  List(std::vector<Value> items);
  const std::vector<Value> &items() const { return *shared; }
  /// 1 for a list without lists in it. Whatever walks a list, its destructor too, recurses so often.
  unsigned levels() const { return depth; }

private:
  std::shared_ptr<const std::vector<Value>> shared;
  unsigned depth;
};

/// Several results of one call.
struct Tuple {
  List list;
  std::vector<std::string> names; // empty strings where unnamed

  const std::vector<Value> &items() const { return list.items(); }
};

/// A model used inside another: the frame in which its statements ran.
struct Part {
  std::shared_ptr<Frame> frame;
  std::string model;
};

/// The value of an expression that was reported as wrong: whatever uses it stays silent.
struct Poison {};

/// Exact numbers are sizes: integers, fractions, and formulas over symbols.
struct Value {
  std::variant<Poison, Size, double, bool, std::string, mlir::Type, List, Tuple, Part, mlir::Value> data;
  llvm::SMRange origin; // where it was made, for notes

  template <typename T> T *get() { return std::get_if<T>(&data); }
  template <typename T> const T *get() const { return std::get_if<T>(&data); }
  template <typename T> bool is() const { return std::holds_alternative<T>(data); }

  bool isPoison() const { return is<Poison>(); }
  /// Of the list or tuple that it is; 0 for anything else.
  unsigned levels() const;
  bool isNumber() const { return is<Size>() || is<double>(); }
  mlir::Value tensor() const { return is<mlir::Value>() ? *get<mlir::Value>() : mlir::Value(); }
  /// An integer known now.
  std::optional<int64_t> integer() const;
  /// A number known now; fractions are rounded to double here and nowhere else.
  std::optional<double> number() const;
  /// As messages show it: `f32[B, 784]`, `512`, `"sum"`. Long and nested lists are shortened.
  std::string str() const;
  /// As the language writes a number, a bool, a string or a list of them, whole: `0.5`, `[1, 2]`.
  std::string spelling() const;
  /// The items of a list, or the value itself as the only item.
  std::vector<Value> asItems() const;
};

/// A tensor type as it is written in the language: `f32[B, 784]`, `f32` for a scalar.
std::string describe(mlir::RankedTensorType type);
/// `a, b, c`
std::string describe(llvm::ArrayRef<Size> sizes);

/// Why a compile-time operation has no value.
enum class Fault { None, Operands, DivisionByZero, Inexact, TooLarge, Undecided, Exponent };

/// Applies an operator (`+ - * / % ** == != < <= > >= and or`) to two compile-time values.
std::pair<Value, Fault> applyBinary(llvm::StringRef op, const Value &left, const Value &right);
/// Applies `-` or `not` to a compile-time value.
std::pair<Value, Fault> applyUnary(llvm::StringRef op, const Value &operand);

} // namespace vae::frontend

#endif // VAE_FRONTEND_ELABORATE_VALUES_H
