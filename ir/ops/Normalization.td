// Layers that standardise: mean and variance in two passes, so that nothing cancels; the variance is the biased one.
#ifndef VAE_IR_OPS_NORMALIZATION_TD
#define VAE_IR_OPS_NORMALIZATION_TD

include "ir/OpBase.td"

def Vae_LayerNormOp : Vae_BuiltinOp<"layer_norm", "layer_norm(x: tensor, eps: float = 1e-5, affine: bool = true)",
                                    [InferTypeOpAdaptor, Decomposable], buildsItself.text> {
  let summary = "each row standardised";
  let description = [{
    `(x - mean) / sqrt(variance + eps) * weight + bias` with mean and variance over the last axis. A call makes `weight` (ones) and `bias` (zeros), each as
    long as that axis, unless `affine = false`. Example: `%y = vae.layer_norm %x, %w, %b : (tensor<4x8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<4x8xf32>`.
  }];
  let hasVerifier = 1;
  let arguments = (ins Vae_FloatTensor:$x, Variadic<Vae_FloatTensor>:$affine,
                       DefaultValuedAttr<F64Attr, "1e-5">:$eps);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "$x (`,` $affine^)? attr-dict `:` functional-type(operands, results)";
}

def Vae_RmsNormOp : Vae_BuiltinOp<"rms_norm", "rms_norm(x: tensor, eps: float = 1.1920928955078125e-7, affine: bool = true)",
                                  [InferTypeOpAdaptor, Decomposable], buildsItself.text> {
  let summary = "each row divided by its root mean square";
  let description = [{
    `x / sqrt(mean(x^2) + eps) * weight` with the mean over the last axis. A call makes `weight` (ones), as long as that axis, unless `affine = false`. `eps`
    is what torch.nn.RMSNorm takes for f32. Example: `%y = vae.rms_norm %x, %w : (tensor<4x8xf32>, tensor<8xf32>) -> tensor<4x8xf32>`.
  }];
  let hasVerifier = 1;
  let arguments = (ins Vae_FloatTensor:$x, Optional<Vae_FloatTensor>:$weight, DefaultValuedAttr<F64Attr, "1.1920928955078125e-7">:$eps);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "$x (`,` $weight^)? attr-dict `:` functional-type(operands, results)";
}

def Vae_GroupNormOp : Vae_BuiltinOp<"group_norm", "group_norm(x: tensor, groups: int, eps: float = 1e-5, affine: bool = true)",
                                    [InferTypeOpAdaptor, Decomposable, Differentiable], buildsItself.text> {
  let summary = "groups of channels standardised";
  let description = [{
    `(x - mean) / sqrt(variance + eps) * weight + bias` with mean and variance over all elements of a group of neighbouring channels (axis 1) of an example.
    A call makes `weight` (ones) and `bias` (zeros), one number a channel, unless `affine = false`.
    Example: `%y = vae.group_norm %x, %w, %b {groups = 2 : i64} : (tensor<4x8x5x5xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<4x8x5x5xf32>`.
  }];
  let hasVerifier = 1;
  let arguments = (ins Vae_FloatTensor:$x, Variadic<Vae_FloatTensor>:$affine, I64Attr:$groups,
                       DefaultValuedAttr<F64Attr, "1e-5">:$eps);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "$x (`,` $affine^)? attr-dict `:` functional-type(operands, results)";
}

def Vae_InstanceNormOp : Vae_BuiltinOp<"instance_norm", "instance_norm(x: tensor, eps: float = 1e-5, affine: bool = false)",
                                       [InferTypeOpAdaptor, Decomposable, Differentiable], buildsItself.text> {
  let summary = "each channel of each example standardised";
  let description = [{
    `(x - mean) / sqrt(variance + eps) * weight + bias` with mean and variance over all axes behind the channels (axis 1). A call with `affine = true` makes
    `weight` (ones) and `bias` (zeros), one number a channel. Example: `%y = vae.instance_norm %x : (tensor<4x8x5x5xf32>) -> tensor<4x8x5x5xf32>`.
  }];
  let hasVerifier = 1;
  let arguments = (ins Vae_FloatTensor:$x, Variadic<Vae_FloatTensor>:$affine, DefaultValuedAttr<F64Attr, "1e-5">:$eps);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "$x (`,` $affine^)? attr-dict `:` functional-type(operands, results)";
}

def Vae_BatchNormOp : Vae_BuiltinOp<"batch_norm", "batch_norm(x: tensor, eps: float = 1e-5, momentum: float = 0.1)",
                                    [InferTypeOpAdaptor, Decomposable], buildsItself.text> {
  let summary = "channels standardised";
  let description = [{
    `(x - mean) / sqrt(variance + eps) * weight + bias`, one number a channel (axis 1). In a `loss`, but not where it has the attribute `vae.frozen`, mean and variance are those of x over all other axes, and
    training moves the buffers: `running_mean += momentum * (mean - running_mean)`, `running_var` likewise by the unbiased variance, as
    torch.nn.BatchNorm2d does; one value a channel, which PyTorch refuses, leaves them alone; calls that share them move them in turn. Elsewhere they are the buffers. A call makes `weight` (ones), `bias` (zeros) and the frozen `running_mean` (zeros) and `running_var` (ones).
    Example: `%y = vae.batch_norm %x, %w, %b, %m, %v : (tensor<4x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<4x8xf32>`.
  }];
  let hasVerifier = 1;
  let arguments = (ins Vae_FloatTensor:$x, Vae_FloatTensor:$weight, Vae_FloatTensor:$bias, Vae_FloatTensor:$running_mean,
                       Vae_FloatTensor:$running_var, DefaultValuedAttr<F64Attr, "1e-5">:$eps, DefaultValuedAttr<F64Attr, "0.1">:$momentum);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def Vae_DropoutOp : Vae_BuiltinOp<"dropout", "dropout(x: tensor, p: float = 0.5)", [InferTypeOpAdaptor, Decomposable, NoiseOpInterface],
                                  buildsItself.text # SiteMembers<"uniform">.text> {
  let summary = "elements left out at random, while training";
  let description = [{
    In a `loss`, but not where it has the attribute `vae.frozen`: `x / (1 - p)` where uniform noise is at least p, else 0; the backward draws again. Elsewhere x.
    Example: `%y = vae.dropout %rng, %x {p = 0.1 : f64} : (tensor<4xi32>, tensor<4x8xf32>) -> tensor<4x8xf32>`.
  }];
  let arguments = (ins Vae_RngTensor:$rng, Vae_FloatTensor:$x, DefaultValuedAttr<F64Attr, "0.5">:$p, DefaultValuedAttr<I64Attr, "-1">:$site);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "$rng `,` $x attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

#endif // VAE_IR_OPS_NORMALIZATION_TD
