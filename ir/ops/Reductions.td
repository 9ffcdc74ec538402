// Reductions, and the losses that end in one.
#ifndef VAE_IR_OPS_REDUCTIONS_TD
#define VAE_IR_OPS_REDUCTIONS_TD

include "ir/OpBase.td"

/// A fold over some axes; negative axes count from the last, none means all.
class Vae_AxesOp<string mnemonic, list<Trait> traits = []>
    : Vae_BuiltinOp<mnemonic, mnemonic # "(x: tensor, axis: ints = none, keep: bool = false)", [InferTypeOpInterface] # traits, [{
        static ::llvm::LogicalResult inferReturnTypes(::mlir::MLIRContext *context, std::optional<::mlir::Location> loc, ::mlir::ValueRange operands,
                                                      ::mlir::DictionaryAttr attributes, ::mlir::OpaqueProperties properties,
                                                      ::mlir::RegionRange regions, ::llvm::SmallVectorImpl<::mlir::Type> &types) {
          Adaptor adaptor(operands, attributes, properties, regions);
          return ::vae::inferReduction(loc, operands, adaptor.getAxis(), adaptor.getKeep(), types);
        }
      }]> {
  let arguments = (ins Vae_FloatTensor:$x, OptionalAttr<DenseI64ArrayAttr>:$axis, DefaultValuedAttr<BoolAttr, "false">:$keep);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}

def Vae_SumOp : Vae_AxesOp<"sum", [Differentiable, DeclareOpInterfaceMethods<ReductionOpInterface>]> {
  let summary = "sum over axes";
  let description = [{
    `y = sum of x over axis`; `keep` leaves the axes in with size one. Example: `%y = vae.sum %x {axis = array<i64: 1>} : (tensor<4x8xf32>) -> tensor<4xf32>`.
  }];
  let arguments = (ins Vae_Tensor:$x, OptionalAttr<DenseI64ArrayAttr>:$axis, DefaultValuedAttr<BoolAttr, "false">:$keep);
  let results = (outs Vae_Tensor:$result);
  let hasFolder = 1;
}

/// The greatest or the least over axes. NaN wins; equal ones share the gradient evenly.
class Vae_ExtremumOp<string mnemonic> : Vae_AxesOp<mnemonic, [Differentiable, DeclareOpInterfaceMethods<ReductionOpInterface>]> {
  let arguments = (ins Vae_Tensor:$x, OptionalAttr<DenseI64ArrayAttr>:$axis, DefaultValuedAttr<BoolAttr, "false">:$keep);
  let results = (outs Vae_Tensor:$result);
}

def Vae_AmaxOp : Vae_ExtremumOp<"amax"> {
  let summary = "greatest element over axes";
  let description = [{ `y = max of x over axis`. Example: `%y = vae.amax %x {axis = array<i64: 1>} : (tensor<4x8xf32>) -> tensor<4xf32>`. }];
}

def Vae_AminOp : Vae_ExtremumOp<"amin"> {
  let summary = "least element over axes";
  let description = [{ `y = min of x over axis`. Example: `%y = vae.amin %x {axis = array<i64: 1>} : (tensor<4x8xf32>) -> tensor<4xf32>`. }];
}

def Vae_MeanOp : Vae_AxesOp<"mean", [Decomposable]> {
  let summary = "mean over axes";
  let description = [{ `y = sum(x, axis) / (number of elements folded)`. Example: `%y = vae.mean %x : (tensor<4x8xf32>) -> tensor<f32>`. }];
}

//===-- Losses -----------------------------------------------------------------===//

def Vae_BceOp : Vae_LossOp<"bce", "y", "x", "mean"> {
  let summary = "binary cross entropy of probabilities";
  let description = [{
    `-(x * log(y) + (1 - x) * log(1 - y))` with logarithms of at least -100, reduced.
    Example: `%l = vae.bce %y, %x {reduction = "sum"} : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<f32>`.
  }];
}

def Vae_BceWithLogitsOp : Vae_LossOp<"bce_with_logits", "logits", "x", "mean"> {
  let summary = "binary cross entropy of logits";
  let description = [{
    `max(l, 0) - l * x + log1p(exp(-|l|))`, reduced; it can't overflow.
    Example: `%l = vae.bce_with_logits %a, %x : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<f32>`.
  }];
}

def Vae_MseOp : Vae_LossOp<"mse", "y", "x", "mean"> {
  let summary = "squared error";
  let description = [{ `(y - x)^2`, reduced. Example: `%l = vae.mse %y, %x : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<f32>`. }];
}

def Vae_L1Op : Vae_LossOp<"l1", "y", "x", "mean"> {
  let summary = "absolute error";
  let description = [{ `|y - x|`, reduced. Example: `%l = vae.l1 %y, %x : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<f32>`. }];
}

def Vae_HuberOp : Vae_LossOp<"huber", "y", "x", "mean", [], ", delta: float = 1.0"> {
  let summary = "squared error near zero, absolute error beyond";
  let description = [{
    With e = |y - x|: `e^2 / 2` where `e <= delta`, else `delta * (e - delta / 2)`; reduced.
    Example: `%l = vae.huber %y, %x {delta = 0.5 : f64} : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<f32>`.
  }];
  let arguments = (ins Vae_FloatTensor:$a, Vae_FloatTensor:$b, DefaultValuedAttr<StrAttr, "\"mean\"">:$reduction,
                       DefaultValuedAttr<F64Attr, "1.0">:$delta);
  let hasVerifier = 1;
}

/// The negative logarithm of a density of x under parameters of x's shape, reduced as every loss.
class Vae_DensityOp<string mnemonic, string more = "">
    : Vae_BuiltinOp<mnemonic, mnemonic # "(x: tensor, mu: tensor, log_scale: tensor" # more # ", reduction: string = \"sum\")",
                    [InferTypeOpAdaptor, Decomposable], "static bool isLossTerm() { return true; }\n"> {
  let arguments = (ins Vae_FloatTensor:$x, Vae_FloatTensor:$mu, Vae_FloatTensor:$log_scale, DefaultValuedAttr<StrAttr, "\"sum\"">:$reduction);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def Vae_LogisticNllOp : Vae_DensityOp<"logistic_nll"> {
  let summary = "negative log-likelihood of a logistic distribution";
  let description = [{
    `z + log_scale + 2 * softplus(-z)` with `z = (x - mu) * exp(-log_scale)`, reduced.
    Example: `%l = vae.logistic_nll %x, %m, %s : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<f32>`.
  }];
}

def Vae_DiscretizedLogisticNllOp : Vae_DensityOp<"discretized_logistic_nll", ", levels: int = 256, lo: float = -1.0, hi: float = 1.0"> {
  let summary = "negative log-likelihood of a logistic distribution over levels";
  let description = [{
    `-log` of the logistic distribution's mass within half a step of x, for `levels` evenly spaced from lo to hi; the outermost levels take the tails. With a and b
    the upper and lower bound in units of the scale, the mass `sigmoid(a) - sigmoid(b)` is computed as `sigmoid(a) * sigmoid(-b) * (1 - exp(b - a))`, which does not cancel.
    Example: `%l = vae.discretized_logistic_nll %x, %m, %s : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<f32>`.
  }];
  let arguments = (ins Vae_FloatTensor:$x, Vae_FloatTensor:$mu, Vae_FloatTensor:$log_scale, DefaultValuedAttr<I64Attr, "256">:$levels,
                       DefaultValuedAttr<F64Attr, "-1.0">:$lo, DefaultValuedAttr<F64Attr, "1.0">:$hi, DefaultValuedAttr<StrAttr, "\"sum\"">:$reduction);
  let hasVerifier = 1;
}

def Vae_LaplaceLogitNllOp : Vae_DensityOp<"laplace_logit_nll", ", eps: float = 0.1"> {
  let summary = "negative log-likelihood of values on an interval whose logits are Laplace distributed";
  let description = [{
    `|logit(u) - mu| * exp(-log_scale) + log_scale + log(2 * u * (1 - u))` with `u = (1 - 2 * eps) * x + eps`, reduced: the logit-Laplace density of DALL-E's
    dVAE (arXiv 2102.12092), which keeps x in [0, 1] away from both ends, where it is infinite.
    Example: `%l = vae.laplace_logit_nll %x, %m, %s : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<f32>`.
  }];
  let arguments = (ins Vae_FloatTensor:$x, Vae_FloatTensor:$mu, Vae_FloatTensor:$log_scale, DefaultValuedAttr<F64Attr, "0.1">:$eps,
                       DefaultValuedAttr<StrAttr, "\"sum\"">:$reduction);
  let hasVerifier = 1;
}

def Vae_BceTermOp : Vae_LossTermOp<"bce_term"> {
  let numbers = "cases of bce";
  let summary = "binary cross entropy of one element";
  let description = [{
    `(x - 1) * max(log1p(-y), -100) - x * max(log(y), -100)`; `dy = (y - x) / max(y * (1 - y), 1e-12)`, as PyTorch defines both.
    Example: `%t = vae.bce_term %y, %x : tensor<4x8xf32>`.
  }];
}

def Vae_BceWithLogitsTermOp : Vae_LossTermOp<"bce_with_logits_term"> {
  let numbers = "cases of bce_with_logits";
  let summary = "binary cross entropy of one logit";
  let description = [{
    `(1 - x) * l + softplus(-l)`; `dl = sigmoid(l) - x`. Example: `%t = vae.bce_with_logits_term %l, %x : tensor<4x8xf32>`.
  }];
}

#endif // VAE_IR_OPS_REDUCTIONS_TD
