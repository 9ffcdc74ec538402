// Optimisers: one elementwise op updates one parameter and the states it carries.
#ifndef VAE_IR_VAEOPTIMIZEROPS_TD
#define VAE_IR_VAEOPTIMIZEROPS_TD

include "ir/VaeOpBase.td"

/// The rule as a call in `train`, and its members that are told by name.
class Vae_OptimizerOp<string mnemonic, string signature> : Vae_Op<mnemonic, [Pure, OptimizerOpInterface, InferTypeOpAdaptor, ScalarBody]> {
  let extraClassDeclaration = "static ::llvm::StringRef getSignature() { return R\"sig(" # signature # ")sig\"; }\n" # [{
    static ::llvm::SmallVector<::llvm::StringRef> getStateNames();
    static ::llvm::SmallVector<std::string> getScalarFormulas(::mlir::DictionaryAttr arguments);
  }];
}

def Vae_AdamOp : Vae_OptimizerOp<"adam", "adam(lr: float = 1e-3, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8)"> {
  let summary = "one step of Adam";
  let description = [{
    As torch.optim.Adam: `m' = m + (1 - beta1) * (g - m)`, `v' = beta2 * v + (1 - beta2) * g * g`, `p' = p - rate * m' / (sqrt(v') / correction + eps)`,
    with the scalars `rate = lr / (1 - beta1^t)`, `correction = sqrt(1 - beta2^t)` at step t, from 1.

    Example: `%p2, %m2, %v2 = vae.adam %p, %g, %m, %v, %rate, %correction : (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<f32>, tensor<f32>) -> (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>)`.
  }];
  let arguments = (ins Vae_FloatTensor:$parameter, Vae_FloatTensor:$gradient, Vae_FloatTensor:$m, Vae_FloatTensor:$v, Vae_Scalar:$rate,
                       Vae_Scalar:$correction, DefaultValuedAttr<F64Attr, "0.9">:$beta1, DefaultValuedAttr<F64Attr, "0.999">:$beta2,
                       DefaultValuedAttr<F64Attr, "1e-8">:$eps);
  let results = (outs Vae_FloatTensor:$new_parameter, Vae_FloatTensor:$new_m, Vae_FloatTensor:$new_v);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

#endif // VAE_IR_VAEOPTIMIZEROPS_TD
