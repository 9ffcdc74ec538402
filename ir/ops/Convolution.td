// Convolutions over pictures [B, C, H, W].
#ifndef VAE_IR_OPS_CONVOLUTION_TD
#define VAE_IR_OPS_CONVOLUTION_TD

include "ir/OpBase.td"

/// A convolution's operands and geometry. `padding` is the zeros before and after each axis: top, bottom, left, right.
class Vae_ConvolutionOp<string mnemonic, string signature, list<Trait> traits = []>
    : Vae_BuiltinOp<mnemonic, signature, [InferTypeOpAdaptor, Decomposable] # traits, buildsItself.text> {
  let arguments = (ins Vae_FloatTensor:$x, Vae_FloatTensor:$weight, Optional<Vae_FloatTensor>:$bias, DenseI64ArrayAttr:$stride,
                       DenseI64ArrayAttr:$padding, DenseI64ArrayAttr:$dilation, I64Attr:$groups);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def Vae_Conv2dOp : Vae_ConvolutionOp<"conv2d", "conv2d(x: tensor, out: int, kernel: ints, stride: ints = 1, padding: ints or same, dilation: ints = 1, "
                                               "groups: int = 1, bias: bool = true, padding_mode: string = \"zeros\")", [Differentiable]> {
  let summary = "two-dimensional convolution";
  let description = [{
    `y[b, o, i, j] = bias[o] + sum over c, u, v of weight[o, c, u, v] * x[b, c', i * stride + u * dilation - padding, ...]`, zero outside of x; c' is c
    within o's group. A call makes `weight` [out, in / groups, kernel, kernel] and `bias` [out] as torch.nn.Conv2d does. `kernel`, `stride` and
    `dilation` are a number or a pair; `padding` is a number, a pair, or top, bottom, left, right; without it, or with `same`, the picture keeps its size
    (divided by the stride, rounded up). With `padding_mode` "reflect" or "replicate" it is a `pad` of that mode before. Windows that do not fit are left out, as torch.nn.Conv2d does, for sizes known at run time too.

    Example: `%y = vae.conv2d %x, %w {stride = array<i64: 2, 2>, padding = array<i64: 1, 1, 1, 1>, dilation = array<i64: 1, 1>, groups = 1 : i64} :
    (tensor<2x3x8x8xf32>, tensor<16x3x4x4xf32>) -> tensor<2x16x4x4xf32>`.
  }];
}

def Vae_ConvTranspose2dOp : Vae_ConvolutionOp<"conv_transpose2d", "conv_transpose2d(x: tensor, out: int, kernel: ints, stride: ints = 1, padding: ints = 0, "
                                                                  "output_padding: ints = 0, dilation: ints = 1, groups: int = 1, bias: bool = true)",
                                              [Differentiable]> {
  let summary = "transposed two-dimensional convolution";
  let description = [{
    What carries a gradient back through a `conv2d` of the same geometry: each element of x is spread over a window of the result, `stride` apart. The
    weight is [in, out / groups, kernel, kernel], as of torch.nn.ConvTranspose2d; a size grows from H to
    `(H - 1) * stride - padding + dilation * (kernel - 1) + 1 + output_padding`, where `padding` is the sum of both sides; the op holds the height and width
    that come out, so that a gradient finds the size of a picture that the stride does not divide.

    Example: `%y = vae.conv_transpose2d %x, %w to <8, 8> {stride = array<i64: 2, 2>, padding = array<i64: 1, 1, 1, 1>, dilation = array<i64: 1, 1>, groups = 1 : i64} : (tensor<2x16x4x4xf32>, tensor<16x3x4x4xf32>) -> tensor<2x3x8x8xf32>`.
  }];
  let arguments = (ins Vae_FloatTensor:$x, Vae_FloatTensor:$weight, Optional<Vae_FloatTensor>:$bias, DenseI64ArrayAttr:$stride,
                       DenseI64ArrayAttr:$padding, Vae_ShapeAttr:$size, DenseI64ArrayAttr:$dilation, I64Attr:$groups);
  let assemblyFormat = "operands `to` $size attr-dict `:` functional-type(operands, results)";
}

def Vae_MaskedConv2dOp : Vae_ConvolutionOp<"masked_conv2d", "masked_conv2d(x: tensor, out: int, kernel: ints, mask: string, dilation: ints = 1, "
                                                            "groups: int = 1, bias: bool = true)"> {
  let summary = "convolution that sees only what comes before, in reading order";
  let description = [{
    A `conv2d` of stride one whose weight is zero after the kernel's centre: in rows below it and to its right. Mask "A" leaves out the centre too, "B"
    keeps it. The kernel's sides are odd, and the picture keeps its size. Parameters are those of `conv2d`, all of them stored, so that a weight has one
    shape; masked ones get no gradient.

    Example: `%y = vae.masked_conv2d %x, %w {mask = "A", stride = array<i64: 1, 1>, padding = array<i64: 1, 1, 1, 1>, dilation = array<i64: 1, 1>,
    groups = 1 : i64} : (tensor<2x3x8x8xf32>, tensor<16x3x3x3xf32>) -> tensor<2x16x8x8xf32>`.
  }];
  let arguments = (ins Vae_FloatTensor:$x, Vae_FloatTensor:$weight, Optional<Vae_FloatTensor>:$bias, StrAttr:$mask, DenseI64ArrayAttr:$stride,
                       DenseI64ArrayAttr:$padding, DenseI64ArrayAttr:$dilation, I64Attr:$groups);
  let hasVerifier = 1;
}

#endif // VAE_IR_OPS_CONVOLUTION_TD
