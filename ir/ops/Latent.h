// Noise and the latent: draws that are pure functions of (seed, step, site, element), and what VAEs make of them.
#ifndef VAE_IR_OPS_LATENT_H
#define VAE_IR_OPS_LATENT_H

#include "ir/OpBase.h"

namespace vae {

/// A call's result from the random state and its tensors, its other arguments as attributes.
mlir::FailureOr<llvm::SmallVector<mlir::Value>> buildWithRng(BuiltinCall &call, llvm::StringRef opName);

/// The draws of a site from [0, 1), of this shape.
mlir::Value drawUniform(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value rng, llvm::ArrayRef<Size> sizes,
                        mlir::IntegerAttr site);

} // namespace vae

#define GET_OP_CLASSES
#include "ir/ops/Latent.h.inc"

#endif // VAE_IR_OPS_LATENT_H
