// The root of a kernel that multiplies matrices.
#ifndef VAE_IR_BUILDERS_PRODUCTS_H
#define VAE_IR_BUILDERS_PRODUCTS_H

#include "ir/Interfaces.h"

namespace vae {

/// The generic `result = sum of left * right`, of role root; maps of left, right and result over (batch..., m, n, k).
/// With `chooses`, the sum of right where left is not 0.
mlir::Value buildProduct(RootBuilder &root, llvm::ArrayRef<mlir::AffineMap> maps, mlir::Value left, mlir::Value right,
                         llvm::ArrayRef<Size> shape, bool chooses = false);

} // namespace vae

#endif // VAE_IR_BUILDERS_PRODUCTS_H
