// What makes functions a model: parameters, random state, constants, terms shown, training.
#ifndef VAE_IR_OPS_MODEL_TD
#define VAE_IR_OPS_MODEL_TD

include "ir/OpBase.td"

def Vae_ParameterOp : Vae_Op<"parameter", [Symbol]> {
  let numbers = "none: it declares a tensor";
  let summary = "a weight of the model";
  let description = [{
    Its symbol is its path in a checkpoint. With `frozen` it is saved and loaded but not trained.
    Example: `vae.parameter @fc1.weight : tensor<512x784xf32> init <uniform, -0.035, 0.035>`.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<AnyStaticShapeTensor>:$type, Vae_InitAttr:$init, UnitAttr:$frozen);
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

def Vae_MinimizeOp : Vae_Op<"minimize", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let numbers = "none: it asks for a training";
  let summary = "one line of `train`: a loss, an optimiser, and what it may change";
  let description = [{
    `optimizer` is the mnemonic of an op with OptimizerOpInterface, `arguments` its call's arguments, all of its signature; one with a schedule is the
    schedule's formula (see `scalar`). `over` lists path prefixes; all trainable parameters without it. `schedules` binds scalar arguments of the loss,
    by name, to formulas: training takes them from there and not from its caller.
    `options` are the calls behind the optimiser's, in order: a dictionary each, of the mnemonic of an op with StepOptionOpInterface to its arguments.
    Example: `vae.minimize @elbo with "adam" {lr = 1.0e-3 : f64} options [{clip_norm = {max = 1.0 : f64}}] over ["encoder"] schedules {beta = "step 100 / 1 min"}`.
  }];
  let arguments = (ins FlatSymbolRefAttr:$loss, StrAttr:$optimizer, DictionaryAttr:$arguments, OptionalAttr<DictArrayAttr>:$options,
                       OptionalAttr<StrArrayAttr>:$over, OptionalAttr<DictionaryAttr>:$schedules);
  let assemblyFormat = "$loss `with` $optimizer $arguments (`options` $options^)? (`over` $over^)? (`schedules` $schedules^)? attr-dict";
}

def Vae_UpdateRuleOp : Vae_Op<"update_rule", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let numbers = "none: it asks for a rule";
  let summary = "a buffer that a step of training moves by a rule";
  let description = [{
    `rule` is the mnemonic of an op with BufferRuleOpInterface, `arguments` its call's arguments, as in `minimize`; it is part of the training of `loss`.
    Example: `vae.update_rule @scale in @elbo with "moving_average" {decay = 9.9e-01 : f64, of = "spread"}`.
  }];
  let arguments = (ins FlatSymbolRefAttr:$buffer, FlatSymbolRefAttr:$loss, StrAttr:$rule, DictionaryAttr:$arguments);
  let assemblyFormat = "$buffer `in` $loss `with` $rule $arguments attr-dict";
}

def Vae_ReportOp : Vae_Op<"report", [MemoryEffects<[MemWrite]>]> {
  let numbers = "none: it names a value";
  let summary = "a number of a loss that is shown beside it";
  let description = [{ Example: `vae.report "kl" = %v : tensor<f32>`. }];
  let arguments = (ins StrAttr:$name, Vae_Scalar:$value);
  let assemblyFormat = "$name `=` $value attr-dict `:` type($value)";
}

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

def Vae_LoopOp : Vae_Op<"loop", [RecursiveMemoryEffects, SingleBlock]> {
  let numbers = "tests/e2e/loops.py";
  let summary = "a body that runs many times, each time on what it made before";
  let description = [{
    Runs the body `count` times, a size or 0. Its first argument is the number of the turn, from 0; the others start as `initial` and become what the body
    yields. The body sees all values around it. No gradient is defined. Gone after stage `grad`: each body is a function of its own then.

    ```mlir
    %y = vae.loop "H*W" carrying (%x) {
    ^bb0(%turn: tensor<i32>, %old: tensor<4xf32>):
      %new = vae.relu %old : tensor<4xf32>
      vae.yield %new : tensor<4xf32>
    } : (tensor<4xf32>) -> tensor<4xf32>
    ```
  }];
  let arguments = (ins StrAttr:$count, Variadic<Vae_Tensor>:$initial);
  let results = (outs Variadic<Vae_Tensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$count `carrying` `(` $initial `)` attr-dict-with-keyword $body `:` functional-type($initial, $results)";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The number of the turn.
    ::mlir::BlockArgument getTurn() { return getBody().front().getArgument(0); }
    /// What the body starts a turn from.
    ::mlir::Block::BlockArgListType getCarried() { return getBody().front().getArguments().drop_front(); }
    YieldOp getYield();
  }];
}

def Vae_ScalarOp : Vae_Op<"scalar", [Pure]> {
  let numbers = "none: the host computes it; see tests/runtime/session";
  let summary = "a number computed on the host before each run";
  let description = [{ `formula` is postfix over `step`, `epoch` and numbers. Example: `%s = vae.scalar "0.001 1 0.9 step 1 + pow - /" : tensor<f32>`. }];
  let arguments = (ins StrAttr:$formula);
  let results = (outs Vae_Scalar:$result);
  let assemblyFormat = "$formula attr-dict `:` type($result)";
}

def Vae_SizeOp : Vae_Op<"size", [Pure, InferTypeOpAdaptor, ScalarBody]> {
  let numbers = "cases of mean";
  let summary = "an exact size as a number";
  let description = [{ Example: `%n = vae.size "784*B" : f32`. }];
  let arguments = (ins StrAttr:$size, Vae_ElementAttr:$element);
  let results = (outs Vae_Tensor:$result);
  let assemblyFormat = "$size attr-dict `:` $element";
  let hasFolder = 1;
  let hasVerifier = 1;
}

def Vae_ConstantOp : Vae_Op<"constant", [Pure, ConstantLike, InferTypeOpAdaptor, ScalarBody]> {
  let numbers = "cases of leaky_relu";
  let summary = "a tensor known at compile time";
  let description = [{ Example: `%c = vae.constant dense<0.5> : tensor<f32>`. }];
  let arguments = (ins ElementsAttr:$value);
  let results = (outs Vae_Tensor:$result);
  let assemblyFormat = "$value attr-dict";
  let hasFolder = 1;
}

#endif // VAE_IR_OPS_MODEL_TD
