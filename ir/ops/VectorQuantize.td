// Vector quantisation: vectors become the nearest rows of a codebook.
#ifndef VAE_IR_OPS_VECTORQUANTIZE_TD
#define VAE_IR_OPS_VECTORQUANTIZE_TD

include "ir/OpBase.td"

def Vae_VectorQuantizeOp : Vae_BuiltinOp<"vector_quantize", "vector_quantize(z: tensor, codebook: tensor, beta: scalar = 0.25, codebook_weight: scalar = 1, "
                                                            "axis: int = 1)",
                                         [InferTypeOpAdaptor, Decomposable, Differentiable], buildsItself.text # "static bool isLossTerm() { return true; }\n"> {
  let summary = "the nearest code of each vector";
  let description = [{
    The vectors of z lie along `axis`; the codebook is [codes, width]. `index` is the code `k` least in `|e_k|^2 / 2 - z . e_k`, the lowest of equal ones,
    and a distance that is NaN is never less, so a vector that holds a NaN takes code 0; it has z's shape without `axis`. `quantized` is row `index`, of z's
    shape; its gradient goes to z (straight through). `loss` is `codebook_weight * mse(stop_gradient(z), e) + beta * mse(z, stop_gradient(e))`, means over
    all elements: the first term moves codes, the second holds z to them. A call with a weight of run time makes `loss` of simpler ops. Distances are never
    stored; they are taken from about the codebook's mean, so that vectors and codes far from the origin keep their digits.

    Example: `%q, %k, %l = vae.vector_quantize %z, %e {axis = 1 : i64, beta = 2.5e-1 : f64, codebook_weight = 1.0 : f64} :
    (tensor<2x8x4x4xf32>, tensor<32x8xf32>) -> (tensor<2x8x4x4xf32>, tensor<2x4x4xi32>, tensor<f32>)`.
  }];
  let arguments = (ins Vae_FloatTensor:$z, Vae_FloatTensor:$codebook, DefaultValuedAttr<F64Attr, "0.25">:$beta,
                       DefaultValuedAttr<F64Attr, "1.0">:$codebook_weight, DefaultValuedAttr<I64Attr, "1">:$axis);
  let results = (outs Vae_FloatTensor:$quantized, Vae_IndexTensor:$index, Vae_FloatTensor:$loss);
  let assemblyFormat = "$z `,` $codebook attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
  let numbers = "tests/ops/numbers/vector_quantize.py";
}

def Vae_NearestCodeOp : Vae_Op<"nearest_code", [Pure, InferTypeOpAdaptor, DeclareOpInterfaceMethods<NearestCodeOpInterface>]> {
  let summary = "the nearest row of a table for each row";
  let description = [{
    `index = argmin over n of norms[n] - z . codebook[n]`, the lowest of equal ones and 0 where none is less than infinity; `quantized` is that row, in z's
    layout, and `error` the sum of `(z - quantized)^2` over it. z is [m, k], or [batch, m, k]; with `transposed` [k, m] or [batch, k, m]. Norms are half the
    squares of the rows' lengths. Made only by decomposing vector_quantize.

    Example: `%q, %k, %e = vae.nearest_code %z, %c, %n {transposed = true} :
    (tensor<2x8x16xf32>, tensor<32x8xf32>, tensor<32xf32>) -> (tensor<2x8x16xf32>, tensor<2x16xi32>, tensor<2x16xf32>)`.
  }];
  let arguments = (ins Vae_FloatTensor:$z, Vae_FloatTensor:$codebook, Vae_FloatTensor:$norms, DefaultValuedAttr<BoolAttr, "false">:$transposed);
  let results = (outs Vae_FloatTensor:$quantized, Vae_IndexTensor:$index, Vae_FloatTensor:$error);
  let numbers = "tests/ops/numbers/vector_quantize.py";
  let assemblyFormat = "$z `,` $codebook `,` $norms attr-dict `:` functional-type(operands, results)";
}

def Vae_PerplexityOp : Vae_BuiltinOp<"perplexity", "perplexity(index: tensor, codes: int)", [InferTypeOpAdaptor, Decomposable, TakesIndices]> {
  let summary = "how many codes are in use";
  let description = [{
    `exp(-sum over k of p_k * log(p_k))`, p_k the share of code k among all elements of `index`, `0 * log(0) = 0`: 1 where one code is all, `codes` where all
    are used alike. No gradient flows. Example: `%p = vae.perplexity %k {codes = 32 : i64} : (tensor<2x4x4xi32>) -> tensor<f32>`.
  }];
  let arguments = (ins Vae_IndexTensor:$index, I64Attr:$codes);
  let numbers = "tests/ops/numbers/vector_quantize.py";
  let gradient = "none: its operand is no float";
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "$index attr-dict `:` functional-type(operands, results)";
}

def Vae_CodebookEmaOp : Vae_BufferRuleOp<"codebook_ema", "codebook_ema(decay: float = 0.99, eps: float = 1e-5, reseed_below: float = 0)",
                                         [InferTypeOpAdaptor, DeclareOpInterfaceMethods<ScalarBodyOpInterface, ["isIndexedOperand"]>], [{
    static ::llvm::SmallVector<::vae::RuleState> getStates(::mlir::DictionaryAttr arguments, ::mlir::RankedTensorType buffer);
  }]> {
  let summary = "a codebook that follows the vectors that take its codes";
  let description = [{
    As a rule it is Sonnet's VectorQuantizerEMA. With n_k the number of vectors of the step that took code k and s_k their sum, the states `counts` and
    `sums` move as `counts' = counts - (1 - decay) * (counts - n)` and `sums' = sums - (1 - decay) * (sums - s)`. A code with n_k = 0 stays as it is. With `c = 1 - decay^t` at step t, from 1,
    `N = counts' / c` and `total = sum of N`, another code k becomes `sums'_k / c / ((N_k + eps) / (total + codes * eps) * total)`. Each code with N_k
    below `reseed_below` becomes a vector v of the step, drawn by its noise, with `counts'_k = reseed_below * c` and `sums'_k = v * reseed_below * c`.

    The op is the end of this, one element of the codebook and of `sums'`: operands the codebook, counts' [codes, 1], n [codes, 1], sums, s, total,
    c, and the vectors and uniform draws [codes, 1] to reseed with, where it does.

    Example: `%e2, %m2 = vae.codebook_ema %e, %n, %n2, %m, %s, %t, %c {eps = 1.0e-5 : f64} :
    (tensor<32x8xf32>, tensor<32x1xf32>, tensor<32x1xf32>, tensor<32x8xf32>, tensor<32x8xf32>, tensor<f32>, tensor<f32>) -> (tensor<32x8xf32>, tensor<32x8xf32>)`.
  }];
  let arguments = (ins Vae_FloatTensor:$codes, Vae_FloatTensor:$counts, Vae_FloatTensor:$step_counts, Vae_FloatTensor:$sums,
                       Vae_FloatTensor:$step_sums, Vae_Scalar:$total, Vae_Scalar:$correction, Variadic<Vae_FloatTensor>:$reseeding, DefaultValuedAttr<F64Attr, "0.99">:$decay, DefaultValuedAttr<F64Attr, "1e-5">:$eps,
                       DefaultValuedAttr<F64Attr, "0.0">:$reseed_below);
  let results = (outs Vae_FloatTensor:$codebook, Vae_FloatTensor:$new_sums);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
  let numbers = "tests/e2e/codebook_ema.py";
}

#endif // VAE_IR_OPS_VECTORQUANTIZE_TD
