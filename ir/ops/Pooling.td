// Pictures made larger and smaller. All work on the last two axes, height and width.
#ifndef VAE_IR_OPS_POOLING_TD
#define VAE_IR_OPS_POOLING_TD

include "ir/OpBase.td"

def Vae_PadOp : Vae_BuiltinOp<"pad", "pad(x: tensor, padding: ints, value: float = 0.0)", [InferTypeOpAdaptor, IndexedScalarBody, Differentiable]> {
  let summary = "a border of one value";
  let description = [{
    `padding` holds the places before and behind x along each of the last axes, in the order of the axes: [top, bottom, left, right] for two.
    Example: `%y = vae.pad %x {padding = array<i64: 0, 1>} : (tensor<4x8xf32>) -> tensor<4x9xf32>`.
  }];
  let arguments = (ins Vae_FloatTensor:$x, DenseI64ArrayAttr:$padding, DefaultValuedAttr<F64Attr, "0.0">:$value);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}

//===-- Larger ---------------------------------------------------------------------===//

def Vae_UpsampleNearestOp : Vae_BuiltinOp<"upsample_nearest", "upsample_nearest(x: tensor, factor: int = 2)",
                                          [InferTypeOpAdaptor, IndexedScalarBody, Differentiable]> {
  let summary = "each pixel as a square of pixels";
  let description = [{
    `y[..., i, j] = x[..., i / factor, j / factor]`, rounded down.
    Example: `%y = vae.upsample_nearest %x {factor = 2 : i64} : (tensor<4x3x5x5xf32>) -> tensor<4x3x10x10xf32>`.
  }];
  let arguments = (ins Vae_FloatTensor:$x, I64Attr:$factor);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}

def Vae_UpsampleBilinearOp : Vae_BuiltinOp<"upsample_bilinear", "upsample_bilinear(x: tensor, factor: int = 2)", [InferTypeOpAdaptor, Decomposable]> {
  let summary = "pixels interpolated between their centres";
  let description = [{
    `upsample_linear` along height and width, as torch's `bilinear` without aligned corners.
    Example: `%y = vae.upsample_bilinear %x {factor = 2 : i64} : (tensor<4x3x5x5xf32>) -> tensor<4x3x10x10xf32>`.
  }];
  let arguments = (ins Vae_FloatTensor:$x, I64Attr:$factor);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}

def Vae_UpsampleLinearOp : Vae_BuiltinOp<"upsample_linear", "upsample_linear(x: tensor, factor: int = 2, axis: int = -1)",
                                         [InferTypeOpAdaptor, IndexedScalarBody, Differentiable]> {
  let summary = "one axis interpolated between its places";
  let description = [{
    Place i of the result lies at `p = max((i + 1/2) / factor - 1/2, 0)` of x: `(1 - f) * x[p - f] + f * x[min(p - f + 1, last)]`, f the fraction of p.
    Example: `%y = vae.upsample_linear %x {axis = 1 : i64, factor = 2 : i64} : (tensor<4x8xf32>) -> tensor<4x16xf32>`.
  }];
  let arguments = (ins Vae_FloatTensor:$x, I64Attr:$factor, DefaultValuedAttr<I64Attr, "-1">:$axis);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}

def Vae_UpsampleLinearGradientOp : Vae_Op<"upsample_linear_gradient", [Pure, InferTypeOpAdaptor, IndexedScalarBody]> {
  let numbers = "cases of upsample_linear";
  let summary = "gradient of upsample_linear";
  let description = [{
    Each place's share of the 2 * factor places that it went into; made only by differentiation.
    Example: `%d = vae.upsample_linear_gradient %g {axis = 1 : i64, factor = 2 : i64} : (tensor<4x16xf32>) -> tensor<4x8xf32>`.
  }];
  let arguments = (ins Vae_FloatTensor:$g, I64Attr:$factor, I64Attr:$axis);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "$g attr-dict `:` functional-type(operands, results)";
}

//===-- Smaller ----------------------------------------------------------------------===//

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
