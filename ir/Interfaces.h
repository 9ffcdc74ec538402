// Interfaces of vae ops, and the contexts through which ops are built: a call in the language, an element of a kernel, the
// root of a kernel.
#ifndef VAE_IR_INTERFACES_H
#define VAE_IR_INTERFACES_H

#include "ir/program/Message.h"
#include "ir/program/Program.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringMap.h"

namespace vae {

/// An argument of a call, bound to its name: tensors, or a compile-time value.
struct BuiltinArgument {
  llvm::SmallVector<mlir::Value> tensors;
  mlir::Attribute
      attribute; // I64 int, F64 float, bool, string, DenseI64 ints, program::ShapeAttr, TypeAttr element; null: tensors
};

/// One call of a builtin with all arguments bound, defaults filled in. The frontend makes it; the op builds itself from
/// it.
class BuiltinCall {
public:
  /// Makes (or finds, where the site is shared) the parameter `<label path>.<name>` and returns the value read.
  using MakeParameter = llvm::function_ref<mlir::FailureOr<mlir::Value>(
      llvm::StringRef name, mlir::RankedTensorType type, program::InitAttr init, bool frozen)>;
  BuiltinCall(mlir::OpBuilder &builder, mlir::Location loc, MakeParameter makeParameter)
      : builder(builder), loc(loc), makeParameter(makeParameter) {}

  mlir::OpBuilder &builder;
  mlir::Location loc;
  MakeParameter makeParameter;
  /// In the signature's order; optional arguments that were not given are absent.
  llvm::SmallVector<std::pair<std::string, BuiltinArgument>> arguments;

  const BuiltinArgument *find(llvm::StringRef name) const;
  /// The tensor of that name; null where absent.
  mlir::Value tensor(llvm::StringRef name) const;
  int64_t integer(llvm::StringRef name) const;
  bool boolean(llvm::StringRef name) const;
  double number(llvm::StringRef name) const;
  /// A `scalar` as a tensor of rank 0, of the element type of `like`.
  mlir::Value scalar(llvm::StringRef name, mlir::Value like) const;
  llvm::StringRef string(llvm::StringRef name) const;
  llvm::SmallVector<Size> shape(llvm::StringRef name) const;
  /// Makes an op of that name with inferred result types; reports at the call and fails where the operands don't fit.
  mlir::FailureOr<llvm::SmallVector<mlir::Value>> build(llvm::StringRef opName, mlir::ValueRange operands,
                                                        llvm::ArrayRef<mlir::NamedAttribute> attributes);
  /// Makes an op from all tensors as operands and all compile-time values as attributes, inferring its result types.
  mlir::FailureOr<llvm::SmallVector<mlir::Value>> buildDefault(llvm::StringRef opName);
};

/// Where one element of a kernel is computed.
class ScalarContext {
public:
  explicit ScalarContext(mlir::Location loc) : loc(loc) {}
  virtual ~ScalarContext() = default;
  mlir::Location loc;
  /// Coordinate of the element in the op's result, an `index`.
  virtual mlir::Value index(unsigned dim) = 0;
  /// Row-major number of the element in the op's result, an i32.
  virtual mlir::Value linearIndex() = 0;
  /// Element of an indexed operand at these `index` coordinates.
  virtual mlir::Value extract(unsigned operand, mlir::ValueRange indices) = 0;
  /// Element of a table that is part of the op's formula, at these `index` coordinates.
  virtual mlir::Value extract(mlir::DenseElementsAttr table, mlir::ValueRange indices) = 0;
  /// A size's value, an `index`.
  virtual mlir::Value size(const Size &size) = 0;
};

/// A condition on sizes: `surplus` is 0 or more. `message` is the error where it is not.
struct SizeRequirement {
  Size surplus;
  Message message;
};

/// Reports the first requirement that is not met whatever the symbols are.
llvm::LogicalResult checkRequirements(std::optional<mlir::Location> loc, llvm::ArrayRef<SizeRequirement> requirements);

/// What may be computed in a kernel beside its root.
struct RootFusion {
  bool prologue = false;     ///< elementwise ops over the root's space, in its loops; else operands are stored
  bool epilogue = false;     ///< elementwise ops over its result, after it
  bool siblings = false;     ///< other roots of its form over the same space and axes
  bool readsThrough = false; ///< though operands are stored, those that `isReadThrough` are computed as they are read
};

/// A kernel while the ops it is built around write their root.
class RootBuilder {
public:
  RootBuilder(mlir::OpBuilder builder, mlir::Location loc) : builder(builder), loc(loc) {}
  virtual ~RootBuilder() = default;
  mlir::OpBuilder builder;
  mlir::Location loc;
  /// The tensor in the kernel: one of its arguments.
  virtual mlir::Value read(mlir::Value operand) = 0;
  /// The same, or what a prologue makes of arguments where the kernel computes it.
  virtual mlir::Value compute(mlir::Value operand) = 0;
  virtual mlir::Value makeEmpty(llvm::ArrayRef<Size> shape, mlir::Type element) = 0;
  virtual mlir::Value makeFilled(llvm::ArrayRef<Size> shape, mlir::TypedAttr value) = 0;
  /// One root that folds what these ops read, and makes what else the kernel gives of that shape.
  virtual void fold(llvm::ArrayRef<mlir::Operation *> reductions) = 0;
  /// Notes which tensor of the kernel a value is.
  virtual void setResult(mlir::Value value, mlir::Value tensor) = 0;
};

/// Roots of the forms that are generics; ops ask their interfaces.
program::FormAttr getProductForm(program::KernelForm form, llvm::ArrayRef<mlir::AffineMap> maps);
void buildContraction(RootBuilder &builder, mlir::Operation *op);
void buildNearestCode(RootBuilder &builder, mlir::Operation *op);
void buildOwnRoot(RootBuilder &builder, mlir::Operation *op);

/// A tensor that a rule carries from step to step.
struct RuleState {
  std::string name;
  mlir::RankedTensorType type;
};

/// One `update` of `train`, while its rule is built into the training function.
struct RuleCall {
  mlir::OpBuilder &builder; ///< before the function's terminator
  mlir::Location loc;
  mlir::FunctionOpInterface function; ///< flat: the loss, its gradients, the optimiser's updates
  llvm::StringRef buffer;             ///< the buffer's symbol: uses in the loss are `vae.read`s of it
  mlir::Value value;                  ///< the buffer before the step
  llvm::SmallVector<mlir::Value> states;
  llvm::SmallVector<mlir::Value> scalars;
  mlir::DictionaryAttr arguments;
  int64_t freeSite; ///< the first number that no noise site of the function has

  /// The result of that name (the loss, or what it reports); null where there is none.
  mlir::Value findResult(llvm::StringRef name);
};

/// The default of OptimizerOpInterface's `buildUpdate`.
mlir::Operation *buildOptimizerUpdate(mlir::OpBuilder &builder, mlir::Location loc, llvm::StringRef opName,
                                      mlir::ValueRange operands, mlir::DictionaryAttr arguments);

} // namespace vae

#include "ir/Interfaces.h.inc"

#endif // VAE_IR_INTERFACES_H
