// What `train` asks for, and the numbers that the host computes for it.
#ifndef VAE_IR_TRAINING_TRAIN_TD
#define VAE_IR_TRAINING_TRAIN_TD

include "ir/OpBase.td"

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

def Vae_ScalarOp : Vae_Op<"scalar", [Pure]> {
  let numbers = "none: the host computes it; see tests/runtime/session";
  let summary = "a number computed on the host before each run";
  let description = [{ `formula` is postfix over `step`, `epoch` and numbers. Example: `%s = vae.scalar "0.001 1 0.9 step 1 + pow - /" : tensor<f32>`. }];
  let arguments = (ins StrAttr:$formula);
  let results = (outs Vae_Scalar:$result);
  let assemblyFormat = "$formula attr-dict `:` type($result)";
}

#endif // VAE_IR_TRAINING_TRAIN_TD
