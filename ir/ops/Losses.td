// Losses: terms between tensors of one shape, reduced.
#ifndef VAE_IR_OPS_LOSSES_TD
#define VAE_IR_OPS_LOSSES_TD

include "ir/OpBase.td"

/// A term of a loss between two tensors of one shape, with the language's reductions: "mean" over all elements, "sum" over all but the batch axis and
/// then averaged over the batch, "total" over everything, "none". `more` are further parameters of the signature.
class Vae_LossOp<string mnemonic, string first, string second, string reduction, list<Trait> traits = [], string more = "", string declarations = "">
    : Vae_BuiltinOp<mnemonic, mnemonic # "(" # first # ": tensor, " # second # ": tensor, reduction: string = \"" # reduction # "\"" # more # ")",
                    [InferTypeOpInterface, Decomposable] # traits, [{
        static bool isLossTerm() { return true; }
        static ::llvm::LogicalResult inferReturnTypes(::mlir::MLIRContext *context, std::optional<::mlir::Location> loc, ::mlir::ValueRange operands,
                                                      ::mlir::DictionaryAttr attributes, ::mlir::OpaqueProperties properties,
                                                      ::mlir::RegionRange regions, ::llvm::SmallVectorImpl<::mlir::Type> &types) {
          Adaptor adaptor(operands, attributes, properties, regions);
          return ::vae::inferLoss(loc, operands, adaptor.getReduction(), {"}] # first # [{", "}] # second # [{"}, types);
        }
      }] # declarations> {
  let arguments = (ins Vae_FloatTensor:$a, Vae_FloatTensor:$b, DefaultValuedAttr<StrAttr, "\"" # reduction # "\"">:$reduction);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "$a `,` $b attr-dict `:` functional-type(operands, results)";
}

def Vae_MseOp : Vae_LossOp<"mse", "y", "x", "mean"> {
  let summary = "squared error";
  let description = [{ `(y - x)^2`, reduced. Example: `%l = vae.mse %y, %x : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<f32>`. }];
}

def Vae_L1Op : Vae_LossOp<"l1", "y", "x", "mean"> {
  let summary = "absolute error";
  let description = [{ `|y - x|`, reduced. Example: `%l = vae.l1 %y, %x : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<f32>`. }];
}

def Vae_HuberOp : Vae_LossOp<"huber", "y", "x", "mean", [], ", delta: scalar = 1.0", buildsItself.text> {
  let summary = "squared error near zero, absolute error beyond";
  let description = [{
    With e = |y - x|: `e^2 / 2` where `e <= delta`, else `delta * (e - delta / 2)`; reduced. A call with a delta of run time makes this of simpler ops.
    Example: `%l = vae.huber %y, %x {delta = 0.5 : f64} : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<f32>`.
  }];
  let arguments = (ins Vae_FloatTensor:$a, Vae_FloatTensor:$b, DefaultValuedAttr<StrAttr, "\"mean\"">:$reduction,
                       DefaultValuedAttr<F64Attr, "1.0">:$delta);
  let hasVerifier = 1;
}

def Vae_KlOp : Vae_LossOp<"kl", "mu", "logvar", "sum"> {
  let summary = "divergence of a diagonal Gaussian from the standard normal";
  let description = [{
    `-(1 + logvar - mu^2 - exp(logvar)) / 2`, reduced. Example: `%l = vae.kl %mu, %logvar : (tensor<4x20xf32>, tensor<4x20xf32>) -> tensor<f32>`.
  }];
}

//===-- Binary cross entropy -----------------------------------------------===//

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

/// The elementwise part of a loss, with the gradient that the field's frameworks define; made only by decomposing the loss.
class Vae_LossTermOp<string mnemonic> : Vae_Op<mnemonic, [Pure, SameOperandsAndResultType, ScalarBody, Differentiable]> {
  let arguments = (ins Vae_FloatTensor:$prediction, Vae_FloatTensor:$target);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "$prediction `,` $target attr-dict `:` type($result)";
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

//===-- Densities ----------------------------------------------------------===//

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

#endif // VAE_IR_OPS_LOSSES_TD
