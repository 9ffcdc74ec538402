// Sums of products over windows of pictures whose channels lie last: what convolutions are made of.
#ifndef VAE_IR_OPS_WINDOWS_TD
#define VAE_IR_OPS_WINDOWS_TD

include "ir/OpBase.td"

def Vae_WindowAttr : Attr<CPred<"::llvm::isa<::vae::program::WindowAttr>($_self)">, "window along an axis"> {
  let storageType = "::vae::program::WindowAttr";
  let returnType = "::vae::program::WindowAttr";
  let convertFromStorage = "$_self";
}

class Vae_WindowsOp<string mnemonic> : Vae_Op<mnemonic, [Pure, InferTypeOpAdaptor, DeclareOpInterfaceMethods<OwnRootOpInterface>]> {
  let numbers = "cases of conv2d, conv_transpose2d";
  let gradient = "none: convolutions differentiate before they decompose";
  let results = (outs Vae_FloatTensor:$result);
}

def Vae_ConvolveOp : Vae_WindowsOp<"convolve"> {
  let summary = "a filter in panels over windows of a picture";
  let description = [{
    `program.convolution` on values: x [B, H, W, C], the filter [groups, panels, height, width, C / groups, panel] as the layout `panels16`
    has it, the result [B, H', W', out] with H' and W' as `size` says. Made by decomposing convolutions.

    Example: `%y = vae.convolve %x, %f to <8, 8> {out = 20 : i64, rows = #program.window<3, 1, 1, -1, 1>, columns = #program.window<3, 1, 1, -1, 1>} :
    (tensor<2x8x8x8xf32>, tensor<1x2x3x3x8x16xf32>) -> tensor<2x8x8x20xf32>`.
  }];
  let arguments = (ins Vae_FloatTensor:$x, Vae_FloatTensor:$filter, Vae_ShapeAttr:$size, I64Attr:$out, Vae_WindowAttr:$rows, Vae_WindowAttr:$columns);
  let assemblyFormat = "$x `,` $filter `to` $size attr-dict `:` functional-type(operands, results)";
}

def Vae_FilterGradientOp : Vae_WindowsOp<"filter_gradient"> {
  let summary = "the gradient of a convolution's filter";
  let description = [{
    `program.filter_gradient` on values: the gradient of a convolution's result [B, H', W', out] and its picture x [B, H, W, C] give
    [groups, height, width, C / groups, out / groups].

    Example: `%d = vae.filter_gradient %g, %x {groups = 1 : i64, rows = #program.window<3, 1, 1, -1, 1>, columns = #program.window<3, 1, 1, -1, 1>} :
    (tensor<2x8x8x20xf32>, tensor<2x8x8x8xf32>) -> tensor<1x3x3x8x20xf32>`.
  }];
  let arguments = (ins Vae_FloatTensor:$gradient, Vae_FloatTensor:$x, I64Attr:$groups, Vae_WindowAttr:$rows, Vae_WindowAttr:$columns);
  let assemblyFormat = "$gradient `,` $x attr-dict `:` functional-type(operands, results)";
}

#endif // VAE_IR_OPS_WINDOWS_TD
