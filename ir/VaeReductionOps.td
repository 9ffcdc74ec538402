// Reductions, and the losses that end in one.
#ifndef VAE_IR_VAEREDUCTIONOPS_TD
#define VAE_IR_VAEREDUCTIONOPS_TD

include "ir/VaeOpBase.td"

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
  let hasFolder = 1;
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

def Vae_BceTermOp : Vae_LossTermOp<"bce_term"> {
  let summary = "binary cross entropy of one element";
  let description = [{
    `(x - 1) * max(log1p(-y), -100) - x * max(log(y), -100)`; `dy = (y - x) / max(y * (1 - y), 1e-12)`, as PyTorch defines both.
    Example: `%t = vae.bce_term %y, %x : tensor<4x8xf32>`.
  }];
}

def Vae_BceWithLogitsTermOp : Vae_LossTermOp<"bce_with_logits_term"> {
  let summary = "binary cross entropy of one logit";
  let description = [{
    `(1 - x) * l + softplus(-l)`; `dl = sigmoid(l) - x`. Example: `%t = vae.bce_with_logits_term %l, %x : tensor<4x8xf32>`.
  }];
}

#endif // VAE_IR_VAEREDUCTIONOPS_TD
