// The program dialect: kernels and programs, the structure that passes hand to backends.
#ifndef VAE_IR_PROGRAM_PROGRAM_H
#define VAE_IR_PROGRAM_PROGRAM_H

#include "ir/program/Layout.h"
#include "ir/program/Size.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/IR/TensorEncoding.h"
#include "mlir/Interfaces/CallInterfaces.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "ir/program/ProgramDialect.h.inc"
#define GET_ATTRDEF_CLASSES
#include "ir/program/ProgramAttrs.h.inc"

namespace vae::program {

/// Attribute of a function until it becomes a program: an array of `RequirementAttr`.
constexpr llvm::StringLiteral requirementsAttrName = "program.requirements";

/// Multiply-adds of a kernel's root: so many for each element of a tensor and, where `along` is given, for each place along
/// its axis.
struct ProductCount {
  mlir::Value tensor;
  int64_t perElement;
  mlir::Value along = {};
  unsigned axis = 0;
};

/// What elements along one axis of a tensor a stretch [p, q) of a result's axis needs: those from
/// floor((p * stride + low) / divisor) to floor(((q - 1) * stride + high) / divisor), both included, as far as the tensor
/// has them.
struct Reach {
  int64_t axis = -1; ///< of the tensor; -1 where every stretch needs all of it
  int64_t stride = 1, divisor = 1, low = 0, high = 0;

  bool isWhole() const { return axis < 0; }
  /// Whether element i of the result needs element i alone.
  bool isSame() const { return stride == 1 && divisor == 1 && low == 0 && high == 0; }
  bool operator==(const Reach &) const = default;
};
} // namespace vae::program

#define GET_TYPEDEF_CLASSES
#include "ir/program/ProgramInterfaces.h.inc"
#include "ir/program/ProgramTypes.h.inc"
#define GET_OP_CLASSES
#include "ir/program/ProgramOps.h.inc"

namespace vae::program {

/// Names of discardable attributes on kernel arguments, results and generics.
inline constexpr llvm::StringLiteral sizesAttrName = "program.sizes";
inline constexpr llvm::StringLiteral layoutAttrName = "program.layout";
inline constexpr llvm::StringLiteral roleAttrName = "program.role";

/// Whether a scalar op may stand in the body of a finished kernel's generic: what every backend writes.
bool isScalarOp(mlir::Operation *op);

/// How deep loops may nest; a package's reader holds it too.
inline constexpr unsigned maxRepeatDepth = 8;

/// The exact sizes of a tensor's dimensions, from its `#program.shape` encoding and its static dimensions.
llvm::SmallVector<Size> getSizes(mlir::RankedTensorType type);

/// A tensor of this shape: static dimensions where sizes are constant, with the encoding where any is not.
mlir::RankedTensorType getTensorType(llvm::ArrayRef<Size> sizes, mlir::Type element);

/// The same tensor without its encoding, as kernels see it.
mlir::RankedTensorType getPlainType(mlir::RankedTensorType type);

} // namespace vae::program

#endif // VAE_IR_PROGRAM_PROGRAM_H
