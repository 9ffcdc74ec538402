// Declared types and the values that fit them.
#ifndef VAE_FRONTEND_ELABORATE_TYPES_H
#define VAE_FRONTEND_ELABORATE_TYPES_H

#include "frontend/elaborate/Values.h"
#include "frontend/parse/AST.h"
#include "ir/program/Program.h"

namespace vae::frontend {

/// A declared type with its sizes computed.
struct DeclaredType {
  enum class Kind { Int, Float, Bool, String, Tensor } kind;
  bool isList = false;           // `int[]`
  mlir::Type element;            // of a tensor
  llvm::SmallVector<Size> sizes; // of a tensor
  std::optional<std::pair<double, double>> range;

  bool isTensor() const { return kind == Kind::Tensor; }
  mlir::RankedTensorType tensorType() const { return program::getTensorType(sizes, element); }
  std::string str() const;
};

/// The element type of that name (`f32`, `i32`), or null.
mlir::Type elementType(llvm::StringRef name, mlir::MLIRContext *context);
/// Whether files hold elements of a type of that name, of which models compute nothing.
bool isStoredElement(llvm::StringRef name);
/// `int`, which is a symbol in an entry.
bool isCompileTimeInt(const ast::TypeExpr &type);
bool isTensorType(const ast::TypeExpr &type);
/// A compile-time value as one of a compile-time type; none where it is not such a value.
std::optional<Value> convert(const Value &value, const DeclaredType &type);

} // namespace vae::frontend

#endif // VAE_FRONTEND_ELABORATE_TYPES_H
