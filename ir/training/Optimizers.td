// Optimisers: one elementwise op updates one parameter and the states it carries.
#ifndef VAE_IR_TRAINING_OPTIMIZERS_TD
#define VAE_IR_TRAINING_OPTIMIZERS_TD

include "ir/OpBase.td"

/// The rule as a call in `train`, and its members that are told by name.
class Vae_OptimizerOp<string mnemonic, string signature> : Vae_Op<mnemonic, [Pure, OptimizerOpInterface, InferTypeOpAdaptor, ScalarBody]> {
  let numbers = "tests/e2e/optimizers.vae";
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
  let extraClassDeclaration = "static ::llvm::StringRef getSignature() { return R\"sig(" # signature # ")sig\"; }\n" # [{
    static ::llvm::SmallVector<::llvm::StringRef> getStateNames(::mlir::DictionaryAttr arguments);
    static std::optional<::vae::Message> findFault(::mlir::DictionaryAttr arguments);
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
}

def Vae_AdamWOp : Vae_OptimizerOp<"adamw",
    "adamw(lr: float = 1e-3, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8, weight_decay: float = 1e-2)"> {
  let summary = "one step of Adam with decoupled weight decay";
  let description = [{
    As torch.optim.AdamW: `p` first shrinks to `p - decay * p`, with the scalar `decay = lr * weight_decay`; then a step of `adam`.

    Example: `%p2, %m2, %v2 = vae.adamw %p, %g, %m, %v, %rate, %correction, %decay : (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<f32>, tensor<f32>, tensor<f32>) -> (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>)`.
  }];
  let arguments = (ins Vae_FloatTensor:$parameter, Vae_FloatTensor:$gradient, Vae_FloatTensor:$m, Vae_FloatTensor:$v, Vae_Scalar:$rate,
                       Vae_Scalar:$correction, Vae_Scalar:$decay, DefaultValuedAttr<F64Attr, "0.9">:$beta1,
                       DefaultValuedAttr<F64Attr, "0.999">:$beta2, DefaultValuedAttr<F64Attr, "1e-8">:$eps);
  let results = (outs Vae_FloatTensor:$new_parameter, Vae_FloatTensor:$new_m, Vae_FloatTensor:$new_v);
}

def Vae_SgdOp : Vae_OptimizerOp<"sgd", "sgd(lr: float = 1e-3, momentum: float = 0, weight_decay: float = 0, nesterov: bool = false)"> {
  let summary = "one step of stochastic gradient descent";
  let description = [{
    As torch.optim.SGD without dampening: `g' = g + weight_decay * p`; with a momentum, `v' = momentum * v + g'`, the direction is `v'`, with `nesterov`
    `g' + momentum * v'`; without one it is `g'`. `p' = p - rate * direction`, the scalar `rate = lr`. There is a velocity `v` where there is a momentum.

    Example: `%p2, %v2 = vae.sgd %p, %g, %v, %rate {momentum = 9.0e-1} : (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<f32>) -> (tensor<8xf32>, tensor<8xf32>)`.
  }];
  let arguments = (ins Vae_FloatTensor:$parameter, Vae_FloatTensor:$gradient, Optional<Vae_FloatTensor>:$velocity, Vae_Scalar:$rate,
                       DefaultValuedAttr<F64Attr, "0.0">:$momentum, DefaultValuedAttr<F64Attr, "0.0">:$weight_decay,
                       DefaultValuedAttr<BoolAttr, "false">:$nesterov);
  let results = (outs Vae_FloatTensor:$new_parameter, Optional<Vae_FloatTensor>:$new_velocity);
  let hasVerifier = 1;
}

#endif // VAE_IR_TRAINING_OPTIMIZERS_TD
