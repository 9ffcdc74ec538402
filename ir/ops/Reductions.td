// Folds over axes.
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

def Vae_NormOp : Vae_BuiltinOp<"norm", "norm(x: tensor)", [InferTypeOpAdaptor, Differentiable, Decomposable]> {
  let summary = "Frobenius norm";
  let description = [{
    `y = sqrt(sum(x * x))` over all elements; its gradient is x / y, and 0 where y is, as torch.linalg.vector_norm's.
    Example: `%y = vae.norm %x : (tensor<4x8xf32>) -> tensor<f32>`.
  }];
  let arguments = (ins Vae_FloatTensor:$x);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}

def Vae_LogsumexpOp : Vae_AxesOp<"logsumexp", [Decomposable, Differentiable]> {
  let summary = "logarithm of a sum of exponentials over axes";
  let description = [{
    `y = log(sum of exp(x) over axis)`, the greatest of x taken off first, so that nothing overflows. The gradient is `exp(x - y)`.
    Example: `%y = vae.logsumexp %x {axis = array<i64: 1>} : (tensor<4x8xf32>) -> tensor<4xf32>`.
  }];
}

#endif // VAE_IR_OPS_REDUCTIONS_TD
