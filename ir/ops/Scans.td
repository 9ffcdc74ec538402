// Running sums and products.
#ifndef VAE_IR_OPS_SCANS_TD
#define VAE_IR_OPS_SCANS_TD

include "ir/OpBase.td"

def Vae_CumsumOp : Vae_BuiltinOp<"cumsum", "cumsum(x: tensor, axis: int = -1)", [InferTypeOpAdaptor, Decomposable]> {
  let summary = "running sums along an axis";
  let description = [{
    `y[i] = x[0] + ... + x[i]` along `axis`. What is infinite or NaN shows from its place on.
    Example: `%y = vae.cumsum %x {axis = 1 : i64} : (tensor<4x8xf32>) -> tensor<4x8xf32>`.
  }];
  let arguments = (ins Vae_FloatTensor:$x, DefaultValuedAttr<I64Attr, "-1">:$axis);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}

def Vae_CumprodOp : Vae_BuiltinOp<"cumprod", "cumprod(x: tensor, axis: int = -1)", [InferTypeOpAdaptor, Decomposable]> {
  let summary = "running products along an axis";
  let description = [{
    `y[i] = x[0] * ... * x[i]` along `axis`, whose size is a number: products of 2, 4, 8, ... neighbours. Of constants it is computed by the compiler.
    Example: `%y = vae.cumprod %x {axis = 1 : i64} : (tensor<4x8xf32>) -> tensor<4x8xf32>`.
  }];
  let arguments = (ins Vae_FloatTensor:$x, DefaultValuedAttr<I64Attr, "-1">:$axis);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
}

#endif // VAE_IR_OPS_SCANS_TD
