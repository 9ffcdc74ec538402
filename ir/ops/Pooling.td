// Windows of pictures folded into one pixel each. All work on the last two axes, height and width.
#ifndef VAE_IR_OPS_POOLING_TD
#define VAE_IR_OPS_POOLING_TD

include "ir/OpBase.td"

/// Windows of kernel x kernel pixels, `stride` apart; what is left at the end of an axis is in none.
class Vae_PoolOp<string mnemonic> : Vae_BuiltinOp<mnemonic, mnemonic # "(x: tensor, kernel: int, stride: int = none)",
                                                  [InferTypeOpAdaptor, IndexedScalarBody, Differentiable], buildsItself.text> {
  let arguments = (ins Vae_FloatTensor:$x, I64Attr:$kernel, I64Attr:$stride);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}

def Vae_AvgPoolOp : Vae_PoolOp<"avg_pool"> {
  let summary = "mean of windows";
  let description = [{
    The mean of each window of kernel x kernel pixels, `stride` (in a call: the kernel, unless given) apart.
    Example: `%y = vae.avg_pool %x {kernel = 2 : i64, stride = 2 : i64} : (tensor<4x3x5x5xf32>) -> tensor<4x3x2x2xf32>`.
  }];
}

def Vae_MaxPoolOp : Vae_PoolOp<"max_pool"> {
  let summary = "maximum of windows";
  let description = [{
    The greatest pixel of each window of kernel x kernel pixels, `stride` (in a call: the kernel, unless given) apart; NaN wins. The gradient goes to the first of equal ones.
    Example: `%y = vae.max_pool %x {kernel = 2 : i64, stride = 2 : i64} : (tensor<4x3x5x5xf32>) -> tensor<4x3x2x2xf32>`.
  }];
}

def Vae_MaxPoolPositionOp : Vae_Op<"max_pool_position", [Pure, InferTypeOpAdaptor, IndexedScalarBody]> {
  let numbers = "cases of max_pool";
  let summary = "where max_pool found its pixel";
  let description = [{
    The pixel's number in its window, row by row; made only by differentiation.
    Example: `%p = vae.max_pool_position %x {kernel = 2 : i64, stride = 2 : i64} : (tensor<4x3x5x5xf32>) -> tensor<4x3x2x2xi32>`.
  }];
  let arguments = (ins Vae_FloatTensor:$x, I64Attr:$kernel, I64Attr:$stride);
  let results = (outs Vae_IndexTensor:$result);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}

/// The gradient of a pool: for each pixel, what the windows that hold it pass back. `shape` is that of the pool's operand.
class Vae_PoolGradientOp<string mnemonic, dag operands> : Vae_Op<mnemonic, [Pure, InferTypeOpAdaptor, IndexedScalarBody]> {
  let arguments = !con(operands, (ins Vae_ShapeAttr:$shape, I64Attr:$kernel, I64Attr:$stride));
  let results = (outs Vae_FloatTensor:$result);
}

def Vae_AvgPoolGradientOp : Vae_PoolGradientOp<"avg_pool_gradient", (ins Vae_FloatTensor:$g)> {
  let numbers = "cases of avg_pool";
  let summary = "gradient of avg_pool";
  let description = [{
    Made only by differentiation.
    Example: `%d = vae.avg_pool_gradient %g to <3, 5, 5> {kernel = 2 : i64, stride = 2 : i64} : (tensor<3x2x2xf32>) -> tensor<3x5x5xf32>`.
  }];
  let assemblyFormat = "$g `to` $shape attr-dict `:` functional-type(operands, results)";
}

def Vae_MaxPoolGradientOp : Vae_PoolGradientOp<"max_pool_gradient", (ins Vae_FloatTensor:$g, Vae_IndexTensor:$position)> {
  let numbers = "cases of max_pool";
  let summary = "gradient of max_pool";
  let description = [{
    Made only by differentiation.
    Example: `%d = vae.max_pool_gradient %g, %p to <3, 5, 5> {kernel = 2 : i64, stride = 2 : i64} : (tensor<3x2x2xf32>, tensor<3x2x2xi32>) -> tensor<3x5x5xf32>`.
  }];
  let assemblyFormat = "$g `,` $position `to` $shape attr-dict `:` functional-type(operands, results)";
}

#endif // VAE_IR_OPS_POOLING_TD
