// Ops that move elements and compute nothing or only sums, and values made from a shape alone.
#ifndef VAE_IR_OPS_SHAPES_TD
#define VAE_IR_OPS_SHAPES_TD

include "ir/OpBase.td"

def Vae_ReshapeOp : Vae_BuiltinOp<"reshape", "reshape(x: tensor, shape: shape)", [InferTypeOpAdaptor, MovingOpInterface, Differentiable], buildsItself.text> {
  let summary = "the same elements in the same order under another shape";
  let description = [{
    Both shapes hold equally many elements for all sizes. A call may give one size as -1: what is left. Costs nothing.
    Example: `%y = vae.reshape %x to <4, 8> : (tensor<32xf32>) -> tensor<4x8xf32>`.
  }];
  let arguments = (ins Vae_Tensor:$x, Vae_ShapeAttr:$shape);
  let results = (outs Vae_Tensor:$result);
  let assemblyFormat = "$x `to` $shape attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
}

def Vae_BroadcastOp : Vae_BuiltinOp<"broadcast", "broadcast(x: tensor, shape: shape)", [InferTypeOpAdaptor, MovingOpInterface, ScalarBody, Differentiable]> {
  let summary = "a tensor repeated to a shape";
  let description = [{
    Sizes align at the last axis; missing axes and sizes of one repeat.
    Example: `%y = vae.broadcast %x to <4, 8> : (tensor<4x1xf32>) -> tensor<4x8xf32>`.
  }];
  let arguments = (ins Vae_Tensor:$x, Vae_ShapeAttr:$shape);
  let results = (outs Vae_Tensor:$result);
  let assemblyFormat = "$x `to` $shape attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
}

def Vae_TransposeOp : Vae_BuiltinOp<"transpose", "transpose(x: tensor, axes: ints)", [InferTypeOpAdaptor, MovingOpInterface, IndexedScalarBody, Differentiable]> {
  let summary = "axes in another order";
  let description = [{
    Axis i of the result is axis `axes[i]` of x. Example: `%y = vae.transpose %x {axes = array<i64: 1, 0>} : (tensor<4x8xf32>) -> tensor<8x4xf32>`.
  }];
  let arguments = (ins Vae_Tensor:$x, DenseI64ArrayAttr:$axes);
  let results = (outs Vae_Tensor:$result);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
}

def Vae_ConcatOp : Vae_BuiltinOp<"concat", "concat(tensors: tensors, axis: int)", [InferTypeOpAdaptor, MovingOpInterface, IndexedScalarBody, Differentiable]> {
  let summary = "tensors one after another along an axis";
  let description = [{ Example: `%y = vae.concat %a, %b {axis = 1 : i64} : (tensor<4x8xf32>, tensor<4x2xf32>) -> tensor<4x10xf32>`. }];
  let arguments = (ins Variadic<Vae_Tensor>:$tensors, I64Attr:$axis);
  let results = (outs Vae_Tensor:$result);
  let assemblyFormat = "$tensors attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
}

def Vae_SliceOp : Vae_BuiltinOp<"slice", "slice(x: tensor, axis: int, begin: int, end: int = none)",
                                [InferTypeOpAdaptor, MovingOpInterface, IndexedScalarBody, Differentiable], buildsItself.text> {
  let summary = "a stretch of one axis";
  let description = [{
    Elements `begin` up to but not including `end` of `axis`; `bounds` holds both as exact sizes. In a call, negative positions count from the end, and
    no `end` means all that is left.
    Example: `%y = vae.slice %x {axis = 1 : i64, bounds = #program.shape<2, 6>} : (tensor<4x8xf32>) -> tensor<4x4xf32>`.
  }];
  let arguments = (ins Vae_Tensor:$x, I64Attr:$axis, Vae_ShapeAttr:$bounds);
  let results = (outs Vae_Tensor:$result);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
}

//===-- Places known at run time --------------------------------------------------===//

def Vae_GatherOp : Vae_BuiltinOp<"gather", "gather(x: tensor, index: tensor, axis: int = 0)",
                                 [InferTypeOpAdaptor, IndexedScalarBody, Differentiable], buildsItself.text> {
  let summary = "places of one axis, chosen by integers";
  let description = [{
    The axes of `index` take the place of `axis`: `y[a, i, b] = x[a, index[i], b]`, and 0 where the index lies outside. What `x[t]` means where t is a tensor.
    Example: `%y = vae.gather %x, %t {axis = 1 : i64} : (tensor<4x8x2xf32>, tensor<i32>) -> tensor<4x2xf32>`.
  }];
  let arguments = (ins Vae_Tensor:$x, Vae_IndexTensor:$index, I64Attr:$axis);
  let results = (outs Vae_Tensor:$result);
  let assemblyFormat = "$x `,` $index attr-dict `:` functional-type(operands, results)";
}

def Vae_PutOp : Vae_Op<"put", [Pure, InferTypeOpAdaptor, IndexedScalarBody, Differentiable]> {
  let summary = "a tensor with some places replaced";
  let description = [{
    x, but `value` where the coordinate along each of `axes` equals its index and every other one lies in the stretch that begins at `begin` and is as long
    as value's axis; nothing changes where an index lies outside. `axes` rise; `value` has the others. What `update(x, [.., row, 1..3], value)` means.
    An element is made of the old one at its own place, so that it can be written over it.
    Example: `%y = vae.put %x, %v at %i {axes = array<i64: 1>, begin = #program.shape<0, 3>} : (tensor<4x8x9xf32>, tensor<4x2xf32>, tensor<i32>) -> tensor<4x8x9xf32>`.
  }];
  let arguments = (ins Vae_Tensor:$x, Vae_Tensor:$value, Variadic<Vae_IndexScalar>:$indices, DenseI64ArrayAttr:$axes, Vae_ShapeAttr:$begin);
  let results = (outs Vae_Tensor:$result);
  let assemblyFormat = "$x `,` $value (`at` $indices^)? attr-dict `:` functional-type(operands, results)";
}

//===-- Running sums ------------------------------------------------------------------===//

def Vae_CumsumOp : Vae_BuiltinOp<"cumsum", "cumsum(x: tensor, axis: int = -1)", [InferTypeOpAdaptor, Decomposable]> {
  let summary = "running sums along an axis";
  let description = [{
    `y[i] = x[0] + ... + x[i]` along `axis`, as a product with a triangle of ones.
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

def Vae_TriangleOp : Vae_BuiltinOp<"triangle", "triangle(shape: shape, element: element = f32)", [InferTypeOpAdaptor, ScalarBody]> {
  let summary = "ones on and above the diagonal";
  let description = [{ `y[..., i, j] = 1 where i <= j, else 0`. Example: `%y = vae.triangle <8, 8> {element = f32} : tensor<8x8xf32>`. }];
  let arguments = (ins Vae_ShapeAttr:$shape, TypeAttrOf<AnyFloat>:$element);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "$shape attr-dict `:` type($result)";
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

#endif // VAE_IR_OPS_SHAPES_TD
