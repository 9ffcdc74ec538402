// Noise and the latent: draws that are pure functions of (seed, step, site, element), and what VAEs make of them.
#ifndef VAE_IR_OPS_LATENT_TD
#define VAE_IR_OPS_LATENT_TD

include "ir/OpBase.td"

def Vae_RngOp : Vae_Op<"rng", [Pure]> {
  let numbers = "cases of gumbel";
  let summary = "the random state of the run";
  let description = [{ Seed (low, high), step, 0. Example: `%r = vae.rng`. }];
  let results = (outs Vae_RngTensor:$state);
  let assemblyFormat = "attr-dict";
}

def Vae_RngTurnOp : Vae_Op<"rng_turn", [Pure, IndexedScalarBody]> {
  let numbers = "tests/e2e/loops.py";
  let summary = "the random state in one turn of a loop";
  let description = [{ The state with its last word replaced, so that each turn draws anew. Example: `%s = vae.rng_turn %r, %turn : tensor<i32>`. }];
  let arguments = (ins Vae_RngTensor:$rng, Vae_IndexScalar:$turn);
  let results = (outs Vae_RngTensor:$state);
  let assemblyFormat = "$rng `,` $turn attr-dict `:` type($turn)";
}

def Vae_NormalOp : Vae_BuiltinOp<"normal", "normal(shape: shape)", [InferTypeOpAdaptor, IndexedScalarBody, Differentiable, NoiseOpInterface],
                                 buildsItself.text # SiteMembers<"normal">.text> {
  let numbers = "tests/e2e/noise.py";
  let gradient = "none: draws depend on no tensor";
  let summary = "standard normal noise";
  let description = [{
    Element i is a normal deviate made from lane i mod 4 of Philox4x32-10 at counter (i / 4, turn, step, site) under the seed's key (turn: 0 outside loops): the inverse of the
    normal distribution function by a table of polynomials, in separate multiplies and adds, so that every device draws the same bits.

    Example: `%e = vae.normal %rng <"B", 20> {site = 0 : i64} : tensor<?x20xf32, #program.shape<"B", 20>>`.
  }];
  let arguments = (ins Vae_RngTensor:$rng, Vae_ShapeAttr:$shape, DefaultValuedAttr<I64Attr, "-1">:$site);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "$rng $shape attr-dict `:` type($result)";
}

def Vae_UniformOp : Vae_BuiltinOp<"uniform", "uniform(shape: shape, lo: float = 0.0, hi: float = 1.0)",
                                  [InferTypeOpAdaptor, IndexedScalarBody, Differentiable, NoiseOpInterface],
                                  buildsItself.text # SiteMembers<"uniform">.text> {
  let gradient = "none: draws depend on no tensor";
  let summary = "uniform noise";
  let description = [{
    `lo + u * (hi - lo)`, where u in [0, 1) is the upper 24 bits of the Philox lane that `vae.normal` describes.

    Example: `%u = vae.uniform %rng <4, 20> {site = 1 : i64} : tensor<4x20xf32>`.
  }];
  let arguments = (ins Vae_RngTensor:$rng, Vae_ShapeAttr:$shape, DefaultValuedAttr<F64Attr, "0.0">:$lo, DefaultValuedAttr<F64Attr, "1.0">:$hi,
                       DefaultValuedAttr<I64Attr, "-1">:$site);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "$rng $shape attr-dict `:` type($result)";
}

def Vae_ReparameterizeOp : Vae_BuiltinOp<"reparameterize", "reparameterize(mu: tensor, logvar: tensor)",
                                         [InferTypeOpAdaptor, Decomposable, NoiseOpInterface],
                                         buildsItself.text # SiteMembers<"normal">.text> {
  let summary = "a draw from a diagonal Gaussian, differentiable in its parameters";
  let description = [{
    `z = mu + exp(logvar / 2) * eps`, eps standard normal. Decomposes, so eps is a `vae.normal` that the backward draws again.

    Example: `%z = vae.reparameterize %rng, %mu, %logvar : (tensor<4xi32>, tensor<4x20xf32>, tensor<4x20xf32>) -> tensor<4x20xf32>`.
  }];
  let arguments = (ins Vae_RngTensor:$rng, Vae_FloatTensor:$mu, Vae_FloatTensor:$logvar, DefaultValuedAttr<I64Attr, "-1">:$site);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "$rng `,` $mu `,` $logvar attr-dict `:` functional-type(operands, results)";
}

#endif // VAE_IR_OPS_LATENT_TD
