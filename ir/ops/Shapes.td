// Ops that move elements and compute nothing.
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

def Vae_StackOp : Vae_BuiltinOp<"stack", "stack(tensors: tensors, axis: int = 0)", [InferTypeOpAdaptor, Decomposable]> {
  let summary = "tensors one after another along an axis of their own";
  let description = [{
    Tensors of one shape; the axis is one of the result's. Example: `%y = vae.stack %a, %b {axis = 0 : i64} : (tensor<4xf32>, tensor<4xf32>) -> tensor<2x4xf32>`.
  }];
  let arguments = (ins Variadic<Vae_Tensor>:$tensors, I64Attr:$axis);
  let results = (outs Vae_Tensor:$result);
  let assemblyFormat = "$tensors attr-dict `:` functional-type(operands, results)";
}

def Vae_SliceOp : Vae_BuiltinOp<"slice", "slice(x: tensor, axis: int, begin: int, end: int = none)",
                                [InferTypeOpAdaptor, MovingOpInterface, IndexedScalarBody, Differentiable, SizeRequirements], buildsItself.text> {
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

def Vae_UnpackOp : Vae_Op<"unpack", [Pure]> {
  let numbers = "cases of linear";
  let summary = "the tensor that lies packed in another";
  let description = [{
    x is the row-major tensor that `layout` makes of the result. Costs nothing: kernels read the result where it lies, and only those do that know the
    layout. Passes make it. Example: `%w = vae.unpack %p <panels32> : tensor<2x8x32xf32> to tensor<40x8xf32>`.
  }];
  let arguments = (ins AnyStaticShapeTensor:$x, Vae_LayoutAttr:$layout);
  let results = (outs AnyStaticShapeTensor:$result);
  let assemblyFormat = "$x $layout attr-dict `:` type($x) `to` type($result)";
  let hasVerifier = 1;
}

#endif // VAE_IR_OPS_SHAPES_TD
