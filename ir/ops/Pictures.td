// Pictures in other sizes: borders, pixels repeated or interpolated, channels spread over pixels. All work on the last two axes, height and width.
#ifndef VAE_IR_OPS_PICTURES_TD
#define VAE_IR_OPS_PICTURES_TD

include "ir/OpBase.td"

def Vae_PadOp : Vae_BuiltinOp<"pad", "pad(x: tensor, padding: ints, value: float = 0.0, mode: string = \"constant\")",
                              [InferTypeOpAdaptor, IndexedScalarBody, Differentiable, SizeRequirements]> {
  let summary = "a border";
  let description = [{
    `padding` holds the places before and behind x along each of the last axes, in the order of the axes: [top, bottom, left, right] for two. `mode` says
    what lies there: "constant" `value`, "reflect" x mirrored about the middle of its edge places, "replicate" its edge places again. A border that reflects is
    smaller than its axis.
    Example: `%y = vae.pad %x {padding = array<i64: 0, 1>} : (tensor<4x8xf32>) -> tensor<4x9xf32>`.
  }];
  let arguments = (ins Vae_FloatTensor:$x, DenseI64ArrayAttr:$padding, DefaultValuedAttr<F64Attr, "0.0">:$value,
                       DefaultValuedAttr<StrAttr, "\"constant\"">:$mode);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}

//===-- Larger ---------------------------------------------------------------------===//

def Vae_UpsampleNearestOp : Vae_BuiltinOp<"upsample_nearest", "upsample_nearest(x: tensor, factor: int = none, size: shape = none)",
                                          [InferTypeOpAdaptor, IndexedScalarBody, Differentiable], buildsItself.text> {
  let summary = "each pixel as a square of pixels";
  let description = [{
    `y[..., i, j] = x[..., i / factor, j / factor]`, rounded down. A call may give another height and width in place of a factor, which is 2 unless given:
    `y[..., i, j] = x[..., i * H / size[0], j * W / size[1]]`, rounded down, as torch's `nearest`; products are of 32 bits. It makes that of simpler ops.
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

//===-- Channels as pixels -----------------------------------------------------------===//

class Vae_PixelOp<string mnemonic> : Vae_BuiltinOp<mnemonic, mnemonic # "(x: tensor, factor: int)", [InferTypeOpAdaptor, Decomposable]> {
  let arguments = (ins Vae_FloatTensor:$x, I64Attr:$factor);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}

def Vae_PixelShuffleOp : Vae_PixelOp<"pixel_shuffle"> {
  let summary = "channels spread over pixels";
  let description = [{
    `y[..., c, i * factor + u, j * factor + v] = x[..., (c * factor + u) * factor + v, i, j]`, as torch.nn.PixelShuffle.
    Example: `%y = vae.pixel_shuffle %x {factor = 2 : i64} : (tensor<4x12x5x5xf32>) -> tensor<4x3x10x10xf32>`.
  }];
}

def Vae_PixelUnshuffleOp : Vae_PixelOp<"pixel_unshuffle"> {
  let summary = "pixels gathered into channels";
  let description = [{
    `y[..., (c * factor + u) * factor + v, i, j] = x[..., c, i * factor + u, j * factor + v]`: height and width divide by the factor.
    Example: `%y = vae.pixel_unshuffle %x {factor = 2 : i64} : (tensor<4x3x10x10xf32>) -> tensor<4x12x5x5xf32>`.
  }];
}

#endif // VAE_IR_OPS_PICTURES_TD
