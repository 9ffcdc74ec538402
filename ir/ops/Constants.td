// Tensors made of no others: numbers known at compile time, sizes, one value at every element.
#ifndef VAE_IR_OPS_CONSTANTS_TD
#define VAE_IR_OPS_CONSTANTS_TD

include "ir/OpBase.td"

def Vae_ConstantOp : Vae_Op<"constant", [Pure, ConstantLike, InferTypeOpAdaptor, ScalarBody]> {
  let numbers = "cases of leaky_relu";
  let summary = "a tensor known at compile time";
  let description = [{ Example: `%c = vae.constant dense<0.5> : tensor<f32>`. }];
  let arguments = (ins ElementsAttr:$value);
  let results = (outs Vae_Tensor:$result);
  let assemblyFormat = "$value attr-dict";
  let hasFolder = 1;
}

def Vae_SizeOp : Vae_Op<"size", [Pure, InferTypeOpAdaptor, ScalarBody]> {
  let numbers = "cases of mean";
  let summary = "an exact size as a number";
  let description = [{ Example: `%n = vae.size "784*B" : f32`. }];
  let arguments = (ins StrAttr:$size, Vae_ElementAttr:$element);
  let results = (outs Vae_Tensor:$result);
  let assemblyFormat = "$size attr-dict `:` $element";
  let hasFolder = 1;
  let hasVerifier = 1;
}

def Vae_FillOp : Vae_BuiltinOp<"fill", "fill(shape: shape, value: tensor, element: element = none)", [InferTypeOpAdaptor, ScalarBody], buildsItself.text> {
  let summary = "one value at every element";
  let description = [{ A call with a tensor of rank 0, in place of a number, repeats that. Example: `%y = vae.fill <4, 8> {element = f32, value = 1.0 : f64} : tensor<4x8xf32>`. }];
  let arguments = (ins Vae_ShapeAttr:$shape, F64Attr:$value, Vae_ElementAttr:$element);
  let results = (outs Vae_Tensor:$result);
  let assemblyFormat = "$shape attr-dict `:` type($result)";
}

def Vae_ZerosOp : Vae_BuiltinOp<"zeros", "zeros(shape: shape, element: element = f32)", [InferTypeOpAdaptor, Decomposable]> {
  let summary = "zero at every element";
  let description = [{ `fill(shape, 0)`. Example: `%y = vae.zeros <4, 8> {element = f32} : tensor<4x8xf32>`. }];
  let arguments = (ins Vae_ShapeAttr:$shape, Vae_ElementAttr:$element);
  let results = (outs Vae_Tensor:$result);
  let assemblyFormat = "$shape attr-dict `:` type($result)";
}

def Vae_TriangleOp : Vae_BuiltinOp<"triangle", "triangle(shape: shape, element: element = f32)", [InferTypeOpAdaptor, ScalarBody]> {
  let summary = "ones on and above the diagonal";
  let description = [{ `y[..., i, j] = 1 where i <= j, else 0`. Example: `%y = vae.triangle <8, 8> {element = f32} : tensor<8x8xf32>`. }];
  let arguments = (ins Vae_ShapeAttr:$shape, Vae_ElementAttr:$element);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "$shape attr-dict `:` type($result)";
}

def Vae_LinspaceOp : Vae_BuiltinOp<"linspace", "linspace(lo: float, hi: float, count: int)", [InferTypeOpAdaptor, Decomposable]> {
  let summary = "evenly spaced numbers";
  let description = [{
    `count` numbers from `lo` to `hi`, both among them. Example: `%b = vae.linspace {count = 5 : i64, hi = 1.0 : f64, lo = 0.0 : f64} : tensor<5xf32>`.
  }];
  let arguments = (ins F64Attr:$lo, F64Attr:$hi, I64Attr:$count);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "attr-dict `:` type($result)";
  let hasFolder = 1;
}

#endif // VAE_IR_OPS_CONSTANTS_TD
