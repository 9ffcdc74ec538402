// What training does beside an optimiser's update: options of a step, rules that move buffers.
#ifndef VAE_IR_TRAINING_RULES_TD
#define VAE_IR_TRAINING_RULES_TD

include "ir/OpBase.td"

/// An option as a call in `train`, and its members that are told by name.
class Vae_StepOptionOp<string mnemonic, string signature, list<Trait> traits, string declarations>
    : Vae_Op<mnemonic, [Pure, StepOptionOpInterface] # traits> {
  let numbers = "tests/e2e/options.vae";
  let gradient = "none: it works on gradients, or after them";
  let extraClassDeclaration = "static ::llvm::StringRef getSignature() { return R\"sig(" # signature # ")sig\"; }\n" # [{
    static std::optional<::vae::Message> findFault(::mlir::DictionaryAttr arguments);
    static ::llvm::SmallVector<std::string> getScalarFormulas(::mlir::DictionaryAttr arguments);
  }] # declarations;
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def Vae_ClipNormOp : Vae_StepOptionOp<"clip_norm", "clip_norm(max: float = 1)", [InferTypeOpAdaptor, Decomposable], [{
    static ::llvm::SmallVector<::mlir::Value> transformGradients(::mlir::OpBuilder &builder, ::mlir::Location loc, ::mlir::ValueRange gradients,
                                                                 ::mlir::ValueRange scalars);
  }]> {
  let summary = "gradients scaled down to a norm";
  let description = [{
    As torch.nn.utils.clip_grad_norm_: each gradient times `min(max / (norm + 1e-6), 1)`, where `norm` is the root of the sum of squares of all elements
    of all of them, finite where these are. Gradients that hold NaN make all of them NaN.
    Example: `%a2, %b2 = vae.clip_norm %a, %b, %max : (tensor<8xf32>, tensor<4x2xf32>, tensor<f32>) -> (tensor<8xf32>, tensor<4x2xf32>)`.
  }];
  let arguments = (ins Variadic<Vae_FloatTensor>:$gradients, Vae_Scalar:$max);
  let results = (outs Variadic<Vae_FloatTensor>:$clipped);
}

def Vae_EmaOp : Vae_StepOptionOp<"ema", "ema(decay: float = 0.999)", [AllTypesMatch<["average", "parameter", "result"]>, ScalarBody], [{
    static bool followsParameters() { return true; }
    static ::mlir::Value followParameter(::mlir::OpBuilder &builder, ::mlir::Location loc, ::mlir::Value state, ::mlir::Value parameter,
                                         ::mlir::ValueRange scalars);
  }]> {
  let summary = "an exponential moving average of a parameter";
  let description = [{
    `average + rate * (parameter - average)`, with the scalar `rate = 1 - decay`, and 1 at the first step: as torch.optim.swa_utils.AveragedModel with
    get_ema_multi_avg_fn, whose first update copies.
    Example: `%a2 = vae.ema %a, %p, %rate : (tensor<8xf32>, tensor<8xf32>, tensor<f32>) -> tensor<8xf32>`.
  }];
  let arguments = (ins Vae_FloatTensor:$average, Vae_FloatTensor:$parameter, Vae_Scalar:$rate);
  let results = (outs Vae_FloatTensor:$result);
}

def Vae_MovingAverageOp : Vae_BufferRuleOp<"moving_average", "moving_average(of: string, decay: float = 0.99)", [AllTypesMatch<["average", "result"]>, ScalarBody]> {
  let numbers = "tests/e2e/rules.vae";
  let summary = "an average that follows a number";
  let description = [{
    `average + rate * (value - average)`, with the scalar `rate = 1 - decay`. As a rule, `value` is what the loss reports under the name `of`, and the
    buffer has one element, which starts where its initialiser says.
    Example: `%b = vae.moving_average %a, %v, %rate : (tensor<1xf32>, tensor<f32>, tensor<f32>) -> tensor<1xf32>`.
  }];
  let arguments = (ins Vae_FloatTensor:$average, Vae_Scalar:$value, Vae_Scalar:$rate);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

#endif // VAE_IR_TRAINING_RULES_TD
