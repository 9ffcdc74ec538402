// Builds a kernel in canonical form from a group.
#ifndef VAE_PASSES_KERNELS_KERNELBUILDER_H
#define VAE_PASSES_KERNELS_KERNELBUILDER_H

#include "ir/ops/Regions.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "passes/fused/Roles.h"
#include <memory>

namespace vae {

/// A tensor that a kernel reads: a value outside the group, or a table that is part of an op's formula.
struct KernelInput {
  mlir::Value value;
  mlir::DenseElementsAttr table; // where `value` is null
  bool operator==(const KernelInput &) const = default;
};

/// Builds one kernel. The entry block grows as ops ask for tensors and sizes.
class KernelBuilder {
public:
  explicit KernelBuilder(GroupOp group);
  ~KernelBuilder();
  /// Builds the body; fails with a diagnostic where an op has no canonical form.
  mlir::LogicalResult build();
  /// Makes the kernel of this name at the insertion point; once, after `build`.
  program::KernelOp finish(mlir::OpBuilder &builder, llvm::StringRef name);

  llvm::ArrayRef<KernelInput> getInputs() const { return inputs; }
  llvm::ArrayRef<Size> getSizes() const { return sizes; }

private:
  friend class GenericBuilder;
  mlir::Value getTensor(KernelInput input);
  /// The run-time size as an argument of the kernel; `size` isn't constant.
  mlir::Value getSize(const Size &size);
  mlir::Value makeEmpty(const Shape &shape, mlir::Type element);
  mlir::Value makeFilled(const Shape &shape, mlir::TypedAttr value);
  mlir::DenseI64ArrayAttr getSizeNumbers(const Shape &shape);

  void buildElementwise();
  /// The generic `result = sum of lhs * rhs`, of role root.
  mlir::Value buildProduct(llvm::ArrayRef<mlir::AffineMap> maps, mlir::Value lhs, mlir::Value rhs, const Shape &shape);
  mlir::LogicalResult buildContraction(ContractionOpInterface contraction);
  /// The contraction's operand as the root reads it: a tensor of the kernel, or a prologue's result.
  mlir::Value buildContracted(mlir::Value operand);
  void buildWindows(WindowsOpInterface root);
  void buildNearestCode(NearestCodeOpInterface search);
  mlir::Value buildChoice(mlir::Value products, mlir::Value norms, const Shape &shape);
  void buildCodes(NearestCodeOpInterface search, mlir::Value index);
  void buildReduction(llvm::ArrayRef<ReductionOpInterface> reductions);
  void buildEpilogue(const Shape &space);

  GroupOp group;
  mlir::Location loc;
  std::unique_ptr<mlir::Block> entry;
  mlir::OpBuilder builder;
  llvm::SmallVector<KernelInput> inputs;
  llvm::SmallVector<Size> sizes;
  llvm::DenseMap<mlir::Value, mlir::Value> results; // value of the group -> tensor in the kernel
};

} // namespace vae

#endif // VAE_PASSES_KERNELS_KERNELBUILDER_H
