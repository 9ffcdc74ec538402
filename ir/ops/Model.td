// What makes functions a model: the tensors that they share, the numbers that they show.
#ifndef VAE_IR_OPS_MODEL_TD
#define VAE_IR_OPS_MODEL_TD

include "ir/OpBase.td"

def Vae_ParameterOp : Vae_Op<"parameter", [Symbol]> {
  let numbers = "none: it declares a tensor";
  let summary = "a weight of the model";
  let description = [{
    Its symbol is its path in a checkpoint. With `frozen` it is saved and loaded but not trained; `part` is the label of the frozen part of the model
    that it belongs to.
    Example: `vae.parameter @fc1.weight : tensor<512x784xf32> init <uniform, -0.035, 0.035>`.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<AnyStaticShapeTensor>:$type, Vae_InitAttr:$init, UnitAttr:$frozen,
                       OptionalAttr<StrAttr>:$part);
  let assemblyFormat = "$sym_name `:` $type `init` $init attr-dict";
}

def Vae_ReadOp : Vae_Op<"read", [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let numbers = "cases of linear";
  let summary = "the value that a parameter or state has when the program starts";
  let description = [{ Example: `%w = vae.read @fc1.weight : tensor<512x784xf32>`. }];
  let arguments = (ins FlatSymbolRefAttr:$ref);
  let results = (outs AnyStaticShapeTensor:$result);
  let assemblyFormat = "$ref attr-dict `:` type($result)";
}

def Vae_UpdateOp : Vae_Op<"update", [MemoryEffects<[MemWrite]>, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let numbers = "none: it names what takes a value";
  let summary = "gives a parameter or state its next value";
  let description = [{ Takes effect when the program ends: every `read` sees the old value. Example: `vae.update @fc1.weight = %w : tensor<512x784xf32>`. }];
  let arguments = (ins FlatSymbolRefAttr:$ref, AnyStaticShapeTensor:$value);
  let assemblyFormat = "$ref `=` $value attr-dict `:` type($value)";
}

def Vae_ReportOp : Vae_Op<"report", [MemoryEffects<[MemWrite]>]> {
  let numbers = "none: it names a value";
  let summary = "a number of a loss that is shown beside it";
  let description = [{ Example: `vae.report "kl" = %v : tensor<f32>`. }];
  let arguments = (ins StrAttr:$name, Vae_Scalar:$value);
  let assemblyFormat = "$name `=` $value attr-dict `:` type($value)";
}

def Vae_GradientOp : Vae_Op<"gradient", [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let numbers = "tests/e2e/gradient.vae";
  let gradient = "none: it has none, and says so where one is asked for";
  let summary = "the gradient of a number with respect to a parameter";
  let description = [{
    Of all reads of the parameter before it in the flat function. Differentiate builds it, after the gradients of the loss around it.
    Example: `%g = vae.gradient %rec by @decoder.out.weight : tensor<f32> -> tensor<3x8xf32>`.
  }];
  let arguments = (ins Vae_Scalar:$of, FlatSymbolRefAttr:$ref);
  let results = (outs AnyStaticShapeTensor:$result);
  let assemblyFormat = "$of `by` $ref attr-dict `:` type($of) `->` type($result)";
}

#endif // VAE_IR_OPS_MODEL_TD
