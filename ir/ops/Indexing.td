// Places known at run time.
#ifndef VAE_IR_OPS_INDEXING_TD
#define VAE_IR_OPS_INDEXING_TD

include "ir/OpBase.td"

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

def Vae_PutOp : Vae_Op<"put", [Pure, InferTypeOpAdaptor, IndexedScalarBody, Differentiable, SizeRequirements]> {
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

#endif // VAE_IR_OPS_INDEXING_TD
