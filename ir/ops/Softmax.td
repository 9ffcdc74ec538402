// The softmax family: distributions over an axis of logits, and the losses on them.
#ifndef VAE_IR_OPS_SOFTMAX_TD
#define VAE_IR_OPS_SOFTMAX_TD

include "ir/OpBase.td"

/// Over one axis, of the type of x.
class Vae_AxisOp<string mnemonic, int axis, list<Trait> traits = []>
    : Vae_BuiltinOp<mnemonic, mnemonic # "(x: tensor, axis: int = " # axis # ")", [InferTypeOpAdaptor, Decomposable] # traits> {
  let arguments = (ins Vae_FloatTensor:$x, DefaultValuedAttr<I64Attr, "" # axis>:$axis);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}

def Vae_SoftmaxOp : Vae_AxisOp<"softmax", -1> {
  let summary = "logits as probabilities";
  let description = [{
    `y = exp(x - m) / sum of exp(x - m) over axis`, m the greatest of x over axis. Example: `%y = vae.softmax %x {axis = 1 : i64} : (tensor<4x8xf32>) -> tensor<4x8xf32>`.
  }];
}

def Vae_LogSoftmaxOp : Vae_AxisOp<"log_softmax", -1> {
  let summary = "logarithm of softmax";
  let description = [{
    `y = x - m - log(sum of exp(x - m) over axis)`, m the greatest of x over axis.
    Example: `%y = vae.log_softmax %x {axis = 1 : i64} : (tensor<4x8xf32>) -> tensor<4x8xf32>`.
  }];
}

def Vae_CrossEntropyOp : Vae_BuiltinOp<"cross_entropy",
    "cross_entropy(logits: tensor, labels: tensor, axis: int = 1, reduction: string = \"mean\")", [InferTypeOpAdaptor, Decomposable, TakesIndices],
    "static bool isLossTerm() { return true; }\n"> {
  let summary = "negative logarithm of the label's probability";
  let description = [{
    `-log_softmax(logits, axis)` at the label, reduced as every loss; labels have the shape of the logits without `axis`.
    Example: `%l = vae.cross_entropy %a, %k : (tensor<4x8xf32>, tensor<4xi32>) -> tensor<f32>`.
  }];
  let arguments = (ins Vae_FloatTensor:$logits, Vae_IndexTensor:$labels, DefaultValuedAttr<I64Attr, "1">:$axis,
                       DefaultValuedAttr<StrAttr, "\"mean\"">:$reduction);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "$logits `,` $labels attr-dict `:` functional-type(operands, results)";
}

def Vae_KlCategoricalUniformOp : Vae_BuiltinOp<"kl_categorical_uniform",
    "kl_categorical_uniform(logits: tensor, axis: int = 1, reduction: string = \"sum\")", [InferTypeOpAdaptor, Decomposable],
    "static bool isLossTerm() { return true; }\n"> {
  let summary = "divergence of categorical distributions from the uniform one";
  let description = [{
    `sum of p * (log p + log K) over axis`, p the softmax of K logits, reduced.
    Example: `%l = vae.kl_categorical_uniform %a : (tensor<4x8xf32>) -> tensor<f32>`.
  }];
  let arguments = (ins Vae_FloatTensor:$logits, DefaultValuedAttr<I64Attr, "1">:$axis, DefaultValuedAttr<StrAttr, "\"sum\"">:$reduction);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "$logits attr-dict `:` functional-type(operands, results)";
}

#endif // VAE_IR_OPS_SOFTMAX_TD
