// Sums of products: linear layers and the matrix products that they become.
#ifndef VAE_IR_OPS_CONTRACTIONS_TD
#define VAE_IR_OPS_CONTRACTIONS_TD

include "ir/OpBase.td"

def Vae_LinearOp : Vae_BuiltinOp<"linear", "linear(x: tensor, out: int, bias: bool = true)", [InferTypeOpAdaptor, Decomposable], buildsItself.text> {
  let summary = "fully connected layer";
  let description = [{
    `y[..., n] = sum over k of x[..., k] * weight[n, k] + bias[n]`. A call makes the parameters `weight` [out, in] and `bias` [out], both starting
    uniform on +-1/sqrt(in), as torch.nn.Linear does. Decomposes to `vae.matmul` and `vae.add`.

    Example: `%y = vae.linear %x, %w, %b : (tensor<4x8xf32>, tensor<16x8xf32>, tensor<16xf32>) -> tensor<4x16xf32>`.
  }];
  let arguments = (ins Vae_FloatTensor:$x, Vae_FloatTensor:$weight, Optional<Vae_FloatTensor>:$bias);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def Vae_MatmulOp : Vae_BuiltinOp<"matmul", "matmul(a: tensor, b: tensor, transpose_a: bool = false, transpose_b: bool = false)",
                                 [InferTypeOpAdaptor, Differentiable, DeclareOpInterfaceMethods<ContractionOpInterface>]> {
  let summary = "matrix product";
  let description = [{
    `y[b..., m, n] = sum over k of a[b..., m, k] * b[b..., k, n]`; `transpose_a` takes a as [k, m], `transpose_b` takes b as [n, k]. Leading axes are equal;
    a may lack the first ones of b, and is the same for all of those. With `chooses`, which gradients alone write, a is ones and zeros, and what a zero meets
    adds nothing, be it infinite.

    Example: `%y = vae.matmul %a, %b {transpose_b = true} : (tensor<4x8xf32>, tensor<16x8xf32>) -> tensor<4x16xf32>`.
  }];
  let arguments = (ins Vae_FloatTensor:$a, Vae_FloatTensor:$b, DefaultValuedAttr<BoolAttr, "false">:$transpose_a,
                       DefaultValuedAttr<BoolAttr, "false">:$transpose_b, UnitAttr:$chooses);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "$a `,` $b attr-dict `:` functional-type(operands, results)";
}

#endif // VAE_IR_OPS_CONTRACTIONS_TD
