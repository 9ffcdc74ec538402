// Integers as values: positions, classes, codes, and draws among them.
#ifndef VAE_IR_OPS_DISCRETE_TD
#define VAE_IR_OPS_DISCRETE_TD

include "ir/OpBase.td"

//===-- Positions ----------------------------------------------------------------===//

/// The position of an extreme element along an axis.
class Vae_ArgOp<string mnemonic> : Vae_BuiltinOp<mnemonic, mnemonic # "(x: tensor, axis: int = -1)", [InferTypeOpAdaptor, Decomposable]> {
  let arguments = (ins Vae_FloatTensor:$x, DefaultValuedAttr<I64Attr, "-1">:$axis);
  let results = (outs Vae_IndexTensor:$result);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}

def Vae_ArgmaxOp : Vae_ArgOp<"argmax"> {
  let summary = "where the greatest element is";
  let description = [{
    The lowest position along `axis` whose element is the greatest; the first NaN, where there is one.
    Example: `%i = vae.argmax %x {axis = 1 : i64} : (tensor<4x8xf32>) -> tensor<4xi32>`.
  }];
}

def Vae_ArgminOp : Vae_ArgOp<"argmin"> {
  let summary = "where the least element is";
  let description = [{
    The lowest position along `axis` whose element is the least; the first NaN, where there is one.
    Example: `%i = vae.argmin %x {axis = 1 : i64} : (tensor<4x8xf32>) -> tensor<4xi32>`.
  }];
}

def Vae_MatchPositionOp : Vae_Op<"match_position", [Pure, InferTypeOpAdaptor, ScalarBody]> {
  let numbers = "cases of argmax";
  let summary = "positions of the elements that equal the extreme one";
  let description = [{
    The position along `axis` where x equals `extreme` (of size one there) or is NaN, else the greatest i32; made only by decomposing argmax and argmin.
    Example: `%p = vae.match_position %x, %m {axis = 1 : i64} : (tensor<4x8xf32>, tensor<4x1xf32>) -> tensor<4x8xi32>`.
  }];
  let arguments = (ins Vae_FloatTensor:$x, Vae_FloatTensor:$extreme, I64Attr:$axis);
  let results = (outs Vae_IndexTensor:$result);
  let assemblyFormat = "$x `,` $extreme attr-dict `:` functional-type(operands, results)";
}

def Vae_PositionsOp : Vae_Op<"positions", [Pure, InferTypeOpAdaptor, ScalarBody]> {
  let numbers = "tests/ops/numbers/special_values.py";
  let summary = "the positions of an axis";
  let description = [{ `y[i] = i`; made by gradients, and by calls that read places in another order. Example: `%p = vae.positions <8> : tensor<8xi32>`. }];
  let arguments = (ins Vae_ShapeAttr:$shape);
  let results = (outs Vae_IndexTensor:$result);
  let assemblyFormat = "$shape attr-dict `:` type($result)";
}

//===-- Codes ----------------------------------------------------------------------===//

def Vae_OneHotOp : Vae_BuiltinOp<"one_hot", "one_hot(x: tensor, classes: int, axis: int = -1, element: element = none)",
                                 [InferTypeOpAdaptor, DeclareOpInterfaceMethods<ScalarBodyOpInterface, ["isIndexedOperand", "isReadThrough"]>, TakesIndices]> {
  let summary = "integers as indicator vectors";
  let description = [{
    1 where the position along the new `axis` of the result equals x, else 0; all zeros where x is no class. f32 without `element`.
    Example: `%y = vae.one_hot %k {classes = 10 : i64} : (tensor<4xi32>) -> tensor<4x10xf32>`.
  }];
  let arguments = (ins Vae_IndexTensor:$x, I64Attr:$classes, DefaultValuedAttr<I64Attr, "-1">:$axis, OptionalAttr<Vae_ElementAttr>:$element);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}

def Vae_LookupOp : Vae_BuiltinOp<"lookup", "lookup(index: tensor, table: tensor, axis: int = 1)",
                                 [InferTypeOpAdaptor, IndexedScalarBody, Differentiable, TakesIndices]> {
  let summary = "rows of a table";
  let description = [{
    Row `index` of the [rows, features] table, its features along the new `axis` of the result; an index outside gives zeros.
    Example: `%v = vae.lookup %k, %t : (tensor<4x7xi32>, tensor<10x8xf32>) -> tensor<4x8x7xf32>`.
  }];
  let arguments = (ins Vae_IndexTensor:$index, Vae_FloatTensor:$table, DefaultValuedAttr<I64Attr, "1">:$axis);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "$index `,` $table attr-dict `:` functional-type(operands, results)";
}

def Vae_EmbeddingOp : Vae_BuiltinOp<"embedding", "embedding(index: tensor, rows: int, features: int, axis: int = 1)",
                                    [InferTypeOpAdaptor, Decomposable, TakesIndices], buildsItself.text> {
  let summary = "trained vectors of integers";
  let description = [{
    `lookup(index, weight, axis)`. A call makes the parameter `weight` [rows, features], starting standard normal, as torch.nn.Embedding does.
    Example: `%v = vae.embedding %k, %w : (tensor<4xi32>, tensor<10x8xf32>) -> tensor<4x8xf32>`.
  }];
  let arguments = (ins Vae_IndexTensor:$index, Vae_FloatTensor:$weight, DefaultValuedAttr<I64Attr, "1">:$axis);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "$index `,` $weight attr-dict `:` functional-type(operands, results)";
}

def Vae_MixOp : Vae_BuiltinOp<"mix", "mix(weights: tensor, table: tensor, axis: int = 1)", [InferTypeOpAdaptor, Decomposable]> {
  let summary = "weighted sums of a table's rows";
  let description = [{
    `sum of weights_k * table_k over axis`, the [rows, features] table's features in that axis's place: `lookup` for weights that are not one-hot.
    Example: `%v = vae.mix %w, %t : (tensor<4x10x7xf32>, tensor<10x8xf32>) -> tensor<4x8x7xf32>`.
  }];
  let arguments = (ins Vae_FloatTensor:$weights, Vae_FloatTensor:$table, DefaultValuedAttr<I64Attr, "1">:$axis);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "$weights `,` $table attr-dict `:` functional-type(operands, results)";
}

//===-- Draws ------------------------------------------------------------------------===//

def Vae_StraightThroughOp : Vae_BuiltinOp<"straight_through", "straight_through(hard: tensor, soft: tensor)",
                                          [AllTypesMatch<["hard", "soft", "result"]>, ScalarBody, Differentiable], buildsItself.text> {
  let summary = "one value forward, the gradient to another";
  let description = [{ `y = hard`, `dsoft = dy`, `dhard = 0`. Example: `%y = vae.straight_through %h, %s : tensor<4x8xf32>`. }];
  let arguments = (ins Vae_FloatTensor:$hard, Vae_FloatTensor:$soft);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "$hard `,` $soft attr-dict `:` type($result)";
}

def Vae_GumbelOp : Vae_BuiltinOp<"gumbel", "gumbel(shape: shape)", [InferTypeOpAdaptor, Decomposable, NoiseOpInterface],
                                 buildsItself.text # SiteMembers<"uniform">.text> {
  let summary = "standard Gumbel noise";
  let description = [{
    `-log(-log(max(u, 2^-24)))` of uniform u. Example: `%g = vae.gumbel %rng <4, 8> {site = 0 : i64} : tensor<4x8xf32>`.
  }];
  let arguments = (ins Vae_RngTensor:$rng, Vae_ShapeAttr:$shape, DefaultValuedAttr<I64Attr, "-1">:$site);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "$rng $shape attr-dict `:` type($result)";
}

def Vae_GumbelSoftmaxOp : Vae_BuiltinOp<"gumbel_softmax", "gumbel_softmax(logits: tensor, tau: tensor, axis: int = -1, hard: bool = false)",
                                        [InferTypeOpAdaptor, Decomposable, NoiseOpInterface], buildsItself.text # SiteMembers<"uniform">.text> {
  let summary = "a relaxed draw from categorical distributions";
  let description = [{
    `softmax((logits + g) / tau, axis)`, g Gumbel noise that the backward draws again. With `hard` the result is one-hot at the greatest, and the gradient
    that of the soft result. Example: `%y = vae.gumbel_softmax %rng, %a, %t {axis = 1 : i64} : (tensor<4xi32>, tensor<4x8xf32>, tensor<f32>) -> tensor<4x8xf32>`.
  }];
  let arguments = (ins Vae_RngTensor:$rng, Vae_FloatTensor:$logits, Vae_Scalar:$tau, DefaultValuedAttr<I64Attr, "-1">:$axis,
                       DefaultValuedAttr<BoolAttr, "false">:$hard, DefaultValuedAttr<I64Attr, "-1">:$site);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "$rng `,` $logits `,` $tau attr-dict `:` functional-type(operands, results)";
}

#endif // VAE_IR_OPS_DISCRETE_TD
