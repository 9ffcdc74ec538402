// Attention: values weighted by how well their keys fit each query.
#ifndef VAE_IR_OPS_ATTENTION_TD
#define VAE_IR_OPS_ATTENTION_TD

include "ir/OpBase.td"

def Vae_AttentionOp : Vae_BuiltinOp<"attention", "attention(q: tensor, k: tensor, v: tensor, heads: int = 1, causal: bool = false, scale: float = none, "
                                                 "mask: tensor = none, kv_heads: int = none)", [InferTypeOpAdaptor, Decomposable, SizeRequirements]> {
  let summary = "values weighted by how well their keys fit each query";
  let description = [{
    `y[i] = softmax over j of (scale * q[i] . k[j] + mask[i, j]) applied to v[j]`, for each of `heads` parts of the channels. q is [B, L, heads * d],
    k [B, S, kv_heads * d], v [B, S, kv_heads * e] and y [B, L, heads * e]; channels are numbers. `kv_heads`, the same as `heads` where left out, divides it:
    heads h of queries read heads `h / (heads / kv_heads)` of keys and values. `scale` is 1 / sqrt(d) where left out. With `causal`, query i reads keys
    0 to i, as counted from the first of each; more queries than keys are an error. The mask broadcasts to [B, heads, L, S]; where it is minus infinity for all keys of a query, y is 0 and no
    gradient flows. A key that `causal` hides leaves no trace, be it infinite.

    On f32 no scores are stored, forward and backward, but for the gradient of a mask that is trained.

    Example: `%y = vae.attention %q, %k, %v {heads = 2 : i64, causal = true} :
    (tensor<4x9x16xf32>, tensor<4x9x16xf32>, tensor<4x9x16xf32>) -> tensor<4x9x16xf32>`.
  }];
  let arguments = (ins Vae_FloatTensor:$q, Vae_FloatTensor:$k, Vae_FloatTensor:$v, Optional<Vae_FloatTensor>:$mask, DefaultValuedAttr<I64Attr, "1">:$heads,
                       DefaultValuedAttr<BoolAttr, "false">:$causal, OptionalAttr<F64Attr>:$scale, OptionalAttr<I64Attr>:$kv_heads);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

/// Attention as a kernel: the mask is [B, heads, L, S], any of them 1.
class Vae_AttendingOp<string mnemonic, dag more, dag outs, list<Trait> traits = []>
    : Vae_Op<mnemonic, [Pure, InferTypeOpAdaptor, DeclareOpInterfaceMethods<KernelRootOpInterface>] # traits> {
  let arguments = !con((ins Vae_FloatTensor:$q, Vae_FloatTensor:$k, Vae_FloatTensor:$v, Optional<Vae_FloatTensor>:$mask), more,
                       (ins I64Attr:$heads, I64Attr:$kv_heads, UnitAttr:$causal, F64Attr:$scale));
  let results = outs;
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
  let numbers = "cases of attention";
}

def Vae_AttendOp : Vae_AttendingOp<"attend", (ins), (outs Vae_FloatTensor:$result, Vae_FloatTensor:$sums), [Differentiable]> {
  let summary = "attention, and the logarithms of what its weights are divided by";
  let description = [{
    `program.attention` on values. Made by decomposing attention. Example: `%y, %l = vae.attend %q, %k, %v {heads = 2 : i64, kv_heads = 2 : i64, scale = 0.5 : f64} :
    (tensor<4x9x16xf32>, tensor<4x9x16xf32>, tensor<4x9x16xf32>) -> (tensor<4x9x16xf32>, tensor<4x9x2xf32>)`.
  }];
}

class Vae_AttendGradientOp<string mnemonic, dag outs>
    : Vae_AttendingOp<mnemonic, (ins Vae_FloatTensor:$gradient, Vae_FloatTensor:$sums, Vae_FloatTensor:$deltas), outs>;

def Vae_AttendQueryGradientOp : Vae_AttendGradientOp<"attend_query_gradient", (outs Vae_FloatTensor:$result)> {
  let summary = "the gradient of attention's queries";
  let description = [{
    `program.attention_query_gradient` on values: from the result's gradient, the sums of `attend`, and the products of each place's gradient and result,
    a head [B, L, heads]. Weights are computed again. Example: `%d = vae.attend_query_gradient %q, %k, %v, %g, %l, %p {heads = 2 : i64, kv_heads = 2 : i64,
    scale = 0.5 : f64} : (tensor<4x9x16xf32>, tensor<4x9x16xf32>, tensor<4x9x16xf32>, tensor<4x9x16xf32>, tensor<4x9x2xf32>, tensor<4x9x2xf32>) -> tensor<4x9x16xf32>`.
  }];
}

def Vae_AttendKeyGradientOp : Vae_AttendGradientOp<"attend_key_gradient", (outs Vae_FloatTensor:$keys, Vae_FloatTensor:$values)> {
  let summary = "the gradients of attention's keys and values";
  let description = [{
    `program.attention_key_gradient` on values, with the operands of `attend_query_gradient`. Example: `%dk, %dv = vae.attend_key_gradient %q, %k, %v, %g, %l, %p
    {heads = 2 : i64, kv_heads = 2 : i64, scale = 0.5 : f64} : (tensor<4x9x16xf32>, tensor<4x9x16xf32>, tensor<4x9x16xf32>, tensor<4x9x16xf32>,
    tensor<4x9x2xf32>, tensor<4x9x2xf32>) -> (tensor<4x9x16xf32>, tensor<4x9x16xf32>)`.
  }];
}

#endif // VAE_IR_OPS_ATTENTION_TD
