// Draws of integers, and what prepares them.
#ifndef VAE_IR_OPS_SAMPLING_TD
#define VAE_IR_OPS_SAMPLING_TD

include "ir/OpBase.td"

def Vae_CategoricalOp : Vae_BuiltinOp<"categorical", "categorical(logits: tensor, axis: int = -1)", [InferTypeOpAdaptor, Decomposable, NoiseOpInterface],
                                      buildsItself.text # SiteMembers<"uniform">.text> {
  let summary = "a draw from categorical distributions";
  let description = [{
    `argmax(logits + g, axis)` with Gumbel noise g (see `gumbel`): class k with probability `softmax(logits)[k]`, the same class on every device; the lowest
    on ties. A logit of -inf is drawn only where all are.
    Example: `%k = vae.categorical %rng, %a {axis = 1 : i64} : (tensor<4xi32>, tensor<4x8xf32>) -> tensor<4xi32>`.
  }];
  let arguments = (ins Vae_RngTensor:$rng, Vae_FloatTensor:$logits, DefaultValuedAttr<I64Attr, "-1">:$axis, DefaultValuedAttr<I64Attr, "-1">:$site);
  let results = (outs Vae_IndexTensor:$result);
  let assemblyFormat = "$rng `,` $logits attr-dict `:` functional-type(operands, results)";
}

def Vae_RandomIntOp : Vae_BuiltinOp<"random_int", "random_int(lo: int, hi: int, shape: shape)", [InferTypeOpAdaptor, Decomposable, NoiseOpInterface],
                                    buildsItself.text # SiteMembers<"uniform">.text> {
  let summary = "integers drawn evenly";
  let description = [{
    `lo + floor(u * (hi - lo))` of uniform u: from lo up to but not including hi, at most 2^24 of them.
    Example: `%k = vae.random_int %rng <4> {hi = 1000 : i64, lo = 0 : i64} : tensor<4xi32>`.
  }];
  let arguments = (ins Vae_RngTensor:$rng, Vae_ShapeAttr:$shape, I64Attr:$lo, I64Attr:$hi, DefaultValuedAttr<I64Attr, "-1">:$site);
  let results = (outs Vae_IndexTensor:$result);
  let assemblyFormat = "$rng $shape attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Vae_TopKOp : Vae_BuiltinOp<"top_k", "top_k(x: tensor, k: int, axis: int = -1)", [InferTypeOpAdaptor, Decomposable]> {
  let summary = "the greatest few elements, all others -inf";
  let description = [{
    x where fewer than k elements along `axis` come before it, else -inf: greater ones come first, of equal ones the lower position; NaN is the greatest of
    all. What is drawn after it is one of the k likeliest. Each element is compared with each along the axis: n^2 comparisons, no memory.
    Example: `%y = vae.top_k %x {axis = 1 : i64, k = 5 : i64} : (tensor<4x8xf32>) -> tensor<4x8xf32>`.
  }];
  let arguments = (ins Vae_FloatTensor:$x, I64Attr:$k, DefaultValuedAttr<I64Attr, "-1">:$axis);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}

def Vae_OutranksOp : Vae_Op<"outranks", [Pure, InferTypeOpAdaptor, ScalarBody, Differentiable]> {
  let numbers = "cases of top_k";
  let gradient = "none: which elements are kept does not change with a small step";
  let summary = "whether one element comes before another in falling order";
  let description = [{
    1 where b[..., 0, j] comes before a[..., i, 0], else 0: it is greater, or equal and j < i; NaN is the greatest. Made only by decomposing `top_k`.
    Example: `%m = vae.outranks %a, %b : (tensor<4x8x1xf32>, tensor<4x1x8xf32>) -> tensor<4x8x8xf32>`.
  }];
  let arguments = (ins Vae_FloatTensor:$a, Vae_FloatTensor:$b);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "$a `,` $b attr-dict `:` functional-type(operands, results)";
}

#endif // VAE_IR_OPS_SAMPLING_TD
