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
class KernelBuilder : private RootBuilder {
public:
  explicit KernelBuilder(GroupOp group);
  ~KernelBuilder() override;
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
  mlir::Value read(mlir::Value operand) override { return getTensor({operand, {}}); }
  mlir::Value compute(mlir::Value operand) override;
  mlir::Value makeEmpty(llvm::ArrayRef<Size> shape, mlir::Type element) override;
  mlir::Value makeFilled(llvm::ArrayRef<Size> shape, mlir::TypedAttr value) override;
  void fold(llvm::ArrayRef<mlir::Operation *> reductions) override;
  void setResult(mlir::Value value, mlir::Value tensor) override { results[value] = tensor; }
  mlir::DenseI64ArrayAttr getSizeNumbers(const Shape &shape);

  void buildElementwise();
  void buildEpilogue(const Shape &space);

  GroupOp group;
  program::FormAttr form;
  std::unique_ptr<mlir::Block> entry;
  llvm::SmallVector<KernelInput> inputs;
  llvm::SmallVector<Size> sizes;
  llvm::DenseMap<mlir::Value, mlir::Value> results; // value of the group -> tensor in the kernel
};

} // namespace vae

#endif // VAE_PASSES_KERNELS_KERNELBUILDER_H
