// The vae dialect: what a model is, before any decision about how it runs.
#ifndef VAE_IR_DIALECT_TD
#define VAE_IR_DIALECT_TD

include "mlir/IR/OpBase.td"

def Vae_Dialect : Dialect {
  let name = "vae";
  let cppNamespace = "::vae";
  let summary = "variational autoencoders and the models built on them";
  let description = [{
    Tensors in, tensors out. A module is one model: `vae.parameter` symbols, `func.func` entries and losses, `vae.minimize` for training. Sizes known
    only at run time are exact formulas in the tensor's encoding (`#program.shape<"B", 784>`). Meaning sits behind interfaces, so passes and the
    frontend never list ops. Function attributes: `vae.kind` = "entry" | "loss" on `func.func`; `vae.name`, `vae.range` = [low, high],
    `vae.default` on arguments and results.
  }];
  let hasConstantMaterializer = 1;
  let extraClassDeclaration = [{
    /// Registers ops: each family does, beside their definitions.
    template <typename... OpTs> void addFamily() { addOperations<OpTs...>(); }
  }];
  let dependentDialects = ["::mlir::func::FuncDialect", "::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
                           "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect", "::vae::program::ProgramDialect"];
}

#endif // VAE_IR_DIALECT_TD
