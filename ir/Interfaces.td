// The interfaces by which the frontend and the passes ask ops what they mean.
#ifndef VAE_IR_INTERFACES_TD
#define VAE_IR_INTERFACES_TD

include "mlir/IR/OpBase.td"

def BuiltinOpInterface : OpInterface<"BuiltinOpInterface"> {
  let cppNamespace = "::vae";
  let description = [{
    An op that the language can call by its mnemonic. The frontend reads the signature, binds the call's arguments, and asks the op to build itself.
  }];
  let methods = [
    StaticInterfaceMethod<[{
      The call's form, for example `linear(x: tensor, out: int, bias: bool = true)`. Argument kinds: `tensor`, `tensors` (one or more, first only),
      `int`, `ints`, `float`, `scalar` (a number, or a tensor f32 of rank 0), `bool`, `string`, `shape`, `element`. `= none` makes an argument optional,
      `ints or same` as well, and lets a call say `same` for leaving it out.
    }], "::llvm::StringRef", "getSignature">,
    StaticInterfaceMethod<[{
      Builds the op (and what it needs) from bound arguments; reports through the call's location and fails where they don't fit. The default makes
      the op from the tensors as operands and all else as attributes of the same names, with inferred result types.
    }], "::mlir::FailureOr<::llvm::SmallVector<::mlir::Value>>", "buildBuiltin", (ins "::vae::BuiltinCall &":$call), "", [{
      return call.buildDefault(ConcreteOp::getOperationName());
    }]>,
    StaticInterfaceMethod<"True for a term of a loss, its last result: reported under the op's name when used inside a `loss`.", "bool", "isLossTerm", (ins), "",
      [{ return false; }]>,
  ];
}

def ScalarBodyOpInterface : OpInterface<"ScalarBodyOpInterface"> {
  let cppNamespace = "::vae";
  let description = [{
    An elementwise op: element i of each result is a scalar formula of the operands' elements at i (operands broadcast as in NumPy). Such ops fuse into
    any kernel over the same index space.
  }];
  let methods = [
    InterfaceMethod<[{
      Appends one scalar a result, built of `arith` and `math` ops, from the operands' elements. The scalar of an indexed operand is null:
      the op reads it through the context.
    }], "void", "buildScalar",
      (ins "::mlir::OpBuilder &":$builder, "::vae::ScalarContext &":$context, "::mlir::ValueRange":$scalars,
           "::llvm::SmallVectorImpl<::mlir::Value> &":$results)>,
    InterfaceMethod<"True where the op reads that operand at indices of its own choosing (a table, a slice), not element by element.",
      "bool", "isIndexedOperand", (ins "unsigned":$operand), "", [{ return false; }]>,
    InterfaceMethod<[{
      True where a contraction computes the op's elements as it reads them: the result is many times the operands, and storing it costs more than
      computing it again.
    }], "bool", "isReadThrough", (ins), "", [{ return false; }]>,
    InterfaceMethod<"About how many plain operations computing an element again costs.", "unsigned", "getBodyCost", (ins), "", [{ return 1; }]>,
  ];
}

def KernelRootOpInterface : OpInterface<"KernelRootOpInterface"> {
  let cppNamespace = "::vae";
  let description = [{
    An op that a kernel is built around: it says what form the kernel has, and what may be computed beside it. Interfaces of the forms derive from this one
    and answer for their ops; an op whose root in a kernel is an op of its own may implement it directly.
  }];
  let methods = [
    InterfaceMethod<"The form of its kernel.", "::vae::program::FormAttr", "getForm">,
    InterfaceMethod<"What else may run in its kernel.", "::vae::RootFusion", "getFusion">,
    InterfaceMethod<"The tensor whose elements the root runs over.", "::mlir::Value", "getSpace">,
    InterfaceMethod<"Axes of that tensor that the op folds, sorted, non-negative.", "::llvm::SmallVector<int64_t>", "getFoldedAxes">,
    InterfaceMethod<"Builds the root of a kernel of these ops, of which this is the first and, but for siblings, the only one.", "void", "buildRoot",
      (ins "::vae::RootBuilder &":$builder, "::llvm::ArrayRef<::mlir::Operation *>":$ops)>,
  ];
}

def ReductionOpInterface : OpInterface<"ReductionOpInterface", [KernelRootOpInterface]> {
  let cppNamespace = "::vae";
  let description = "An op that folds its only operand over some axes with an associative combiner.";
  let methods = [
    InterfaceMethod<"The axes folded, sorted, non-negative.", "::llvm::SmallVector<int64_t>", "getReducedAxes">,
    InterfaceMethod<"The combiner's neutral element.", "::mlir::TypedAttr", "getNeutral", (ins "::mlir::OpBuilder &":$builder)>,
    InterfaceMethod<"The combiner: accumulator and element to accumulator.", "::mlir::Value", "combine",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc, "::mlir::Value":$accumulator, "::mlir::Value":$element)>,
    InterfaceMethod<"The same fold of another operand over other axes, which the result does not keep.", "::mlir::Value", "buildReduction",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc, "::mlir::Value":$operand, "::llvm::ArrayRef<int64_t>":$axes)>,
  ];
  let extraTraitClassDeclaration = [{
    ::vae::program::FormAttr getForm() { return ::vae::program::FormAttr::get($_op->getContext(), ::vae::program::KernelForm::Reduction); }
    ::vae::RootFusion getFusion() { return {.prologue = true, .epilogue = true, .siblings = true}; }
    ::mlir::Value getSpace() { return $_op->getOperand(0); }
    ::llvm::SmallVector<int64_t> getFoldedAxes() { return $_op.getReducedAxes(); }
    void buildRoot(::vae::RootBuilder &builder, ::llvm::ArrayRef<::mlir::Operation *> ops) { builder.fold(ops); }
  }];
}

class Vae_ResultRoot<string fusion, string build> {
  string declarations = [{
    ::vae::RootFusion getFusion() { return }] # fusion # [{; }
    ::mlir::Value getSpace() { return $_op->getResult(0); }
    ::llvm::SmallVector<int64_t> getFoldedAxes() { return {}; }
    void buildRoot(::vae::RootBuilder &builder, ::llvm::ArrayRef<::mlir::Operation *>) { ::vae::}] # build # [{(builder, $_op); }
  }];
}

def ContractionOpInterface : OpInterface<"ContractionOpInterface", [KernelRootOpInterface]> {
  let cppNamespace = "::vae";
  let description = "An op that is a sum of products of its two operands: a GEMM in some orientation.";
  let methods = [
    InterfaceMethod<"Maps of left, right and result over (batch..., m, n, k).", "::llvm::SmallVector<::mlir::AffineMap>", "getContractionMaps">,
  ];
  let extraTraitClassDeclaration = Vae_ResultRoot<"{.epilogue = true, .readsThrough = true}", "buildContraction">.declarations # [{
    ::vae::program::FormAttr getForm() { return ::vae::getProductForm(::vae::program::KernelForm::Gemm, $_op.getContractionMaps()); }
  }];
}

def OwnRootOpInterface : OpInterface<"OwnRootOpInterface", [KernelRootOpInterface]> {
  let cppNamespace = "::vae";
  let description = "An op whose root in a kernel is an op of its own (`program::RootOpInterface`), which reads stored tensors; an epilogue may follow.";
  let methods = [
    StaticInterfaceMethod<"The form of the root.", "::vae::program::KernelForm", "getKernelForm">,
    InterfaceMethod<"Builds the root from the operands as tensors of the kernel; `into` is an empty tensor of the result's type.", "::mlir::Value",
      "buildOwnRoot", (ins "::mlir::OpBuilder &":$builder, "::mlir::ValueRange":$operands, "::mlir::Value":$into)>,
  ];
  let extraTraitClassDeclaration = Vae_ResultRoot<"{.epilogue = true}", "buildOwnRoot">.declarations # [{
    ::vae::program::FormAttr getForm() { return ::vae::program::FormAttr::get($_op->getContext(), ConcreteOp::getKernelForm()); }
  }];
}

def NearestCodeOpInterface : OpInterface<"NearestCodeOpInterface", [KernelRootOpInterface]> {
  let cppNamespace = "::vae";
  let description = [{
    An op with operands (rows, table, norms) that finds for each row the row of the table where `norms - row . table` is least, and gives (that row, in the
    layout of `rows`; its number; the sum of squares of the difference). One kernel that stores no products.
  }];
  let methods = [
    InterfaceMethod<"Maps of rows, table and their products over (batch..., m, n, k).", "::llvm::SmallVector<::mlir::AffineMap>", "getProductMaps">,
  ];
  let extraTraitClassDeclaration = Vae_ResultRoot<"{}", "buildNearestCode">.declarations # [{
    ::vae::program::FormAttr getForm() { return ::vae::getProductForm(::vae::program::KernelForm::NearestCode, $_op.getProductMaps()); }
  }];
}

def SizeRequirementsOpInterface : OpInterface<"SizeRequirementsOpInterface"> {
  let cppNamespace = "::vae";
  let description = [{
    An op whose operands' sizes must fulfil more than type inference settles where they are known at run time only. Inference reports what is wrong for all
    sizes; the rest goes into the package.
  }];
  let methods = [
    InterfaceMethod<"What must hold, whether or not it is known now.", "::llvm::SmallVector<::vae::SizeRequirement>", "getSizeRequirements">,
  ];
}

def DifferentiableOpInterface : OpInterface<"DifferentiableOpInterface"> {
  let cppNamespace = "::vae";
  let description = "An op that builds its own vector-Jacobian product out of vae ops.";
  let methods = [
    InterfaceMethod<[{
      Given the gradient of the loss with respect to each result (null where none), appends the gradient with respect to each operand, of the operand's
      type (null where none flows). Gradients of broadcast operands are summed by the caller's helper `sumToShape`.
    }], "void", "buildVjp",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::ValueRange":$resultGradients, "::llvm::SmallVectorImpl<::mlir::Value> &":$operandGradients)>,
  ];
}

def DecomposableOpInterface : OpInterface<"DecomposableOpInterface"> {
  let cppNamespace = "::vae";
  let description = "An op defined by simpler vae ops, which replace it before differentiation.";
  let methods = [
    InterfaceMethod<"Builds the replacement of each result.", "::llvm::SmallVector<::mlir::Value>", "decompose", (ins "::mlir::OpBuilder &":$builder)>,
  ];
}

def NoiseOpInterface : OpInterface<"NoiseOpInterface"> {
  let cppNamespace = "::vae";
  let description = [{
    A random site. Its draws are a pure function of (seed, step, site, turn of the loops around, element index), so it may be computed again wherever
    needed. Sites are numbered after inlining; -1 before. First operand: the random state (`vae.rng`, in a loop `vae.rng_turn`).
  }];
  let methods = [
    InterfaceMethod<"The site's number.", "int64_t", "getNoiseSite">,
    InterfaceMethod<"Numbers the site.", "void", "setNoiseSite", (ins "int64_t":$site)>,
    InterfaceMethod<"The raw distribution drawn, `normal` or `uniform`: what a caller feeds instead.", "::llvm::StringRef", "getNoiseKind">,
    InterfaceMethod<"Builds the op's results from raw draws of that distribution, of the result's shape.", "::llvm::SmallVector<::mlir::Value>",
      "buildFromNoise", (ins "::mlir::OpBuilder &":$builder, "::mlir::Value":$noise)>,
  ];
}

def IndexOpInterface : OpInterface<"IndexOpInterface"> {
  let cppNamespace = "::vae";
  let description = [{
    An op for which some operand's integers are indices: classes, codes, rows, positions. Inputs that become such are checked before a run
    (`BoundIndices`).
  }];
  let methods = [
    InterfaceMethod<"How many there are to choose from: the operand's integers are in [0, n). None where it holds no indices, or n is no number.",
      "std::optional<int64_t>", "getIndexBound", (ins "unsigned":$operand)>,
  ];
}

def MovingOpInterface : OpInterface<"MovingOpInterface"> {
  let cppNamespace = "::vae";
  let description = "An op that only moves elements: each of the result is one of the operands', untouched.";
}

def OptimizerOpInterface : OpInterface<"OptimizerOpInterface"> {
  let cppNamespace = "::vae";
  let description = [{
    One optimiser's update of one parameter: operands (parameter, gradient, states..., scalars...), results (parameter, states...), elementwise.
    Named in `train { minimize loss with adam(...) }`.
  }];
  let methods = [
    StaticInterfaceMethod<"The call's form, for example `adam(lr: float = 1e-3, ...)`.", "::llvm::StringRef", "getSignature">,
    StaticInterfaceMethod<"Names of the states that a parameter carries under the call's arguments, each of the parameter's shape.",
      "::llvm::SmallVector<::llvm::StringRef>", "getStateNames", (ins "::mlir::DictionaryAttr":$arguments)>,
    StaticInterfaceMethod<"What makes no sense about the call's arguments; none where all is well.", "std::optional<::vae::Message>", "findFault",
      (ins "::mlir::DictionaryAttr":$arguments)>,
    StaticInterfaceMethod<"Postfix formulas over `step` of the scalars, from the call's arguments.", "::llvm::SmallVector<std::string>", "getScalarFormulas",
      (ins "::mlir::DictionaryAttr":$arguments)>,
    StaticInterfaceMethod<[{
      Builds the update from (parameter, gradient, states..., scalars...) and the call's arguments; those that are attributes of the op become such, the
      others live in the scalars.
    }], "::mlir::Operation *", "buildUpdate",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc, "::mlir::ValueRange":$operands, "::mlir::DictionaryAttr":$arguments), "", [{
      return ::vae::buildOptimizerUpdate(builder, loc, ConcreteOp::getOperationName(), operands, arguments);
    }]>,
  ];
}

def StepOptionOpInterface : OpInterface<"StepOptionOpInterface"> {
  let cppNamespace = "::vae";
  let description = [{
    What a line of `train` does beside its optimiser's update: to all of its gradients before, to each of its parameters after. Named behind the optimiser,
    in `minimize loss with adam(...), clip_norm(1.0), ema(0.999)`, and carried out in that order.
  }];
  let methods = [
    StaticInterfaceMethod<"The call's form, for example `clip_norm(max: float = 1)`.", "::llvm::StringRef", "getSignature">,
    StaticInterfaceMethod<"What makes no sense about the call's arguments; none where all is well.", "std::optional<::vae::Message>", "findFault",
      (ins "::mlir::DictionaryAttr":$arguments)>,
    StaticInterfaceMethod<"Postfix formulas over `step` of the scalars, from the call's arguments.", "::llvm::SmallVector<std::string>", "getScalarFormulas",
      (ins "::mlir::DictionaryAttr":$arguments)>,
    StaticInterfaceMethod<"Builds what the optimiser gets instead of these gradients, one each.", "::llvm::SmallVector<::mlir::Value>", "transformGradients",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc, "::mlir::ValueRange":$gradients, "::mlir::ValueRange":$scalars), "", [{
      return gradients;
    }]>,
    StaticInterfaceMethod<"Whether each parameter carries a state of its shape, `<name>.<path>`, zero at first.", "bool", "followsParameters", (ins), "",
      [{ return false; }]>,
    StaticInterfaceMethod<"Builds the next value of a parameter's state from the parameter's next value.", "::mlir::Value", "followParameter",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc, "::mlir::Value":$state, "::mlir::Value":$parameter, "::mlir::ValueRange":$scalars), "",
      [{ return state; }]>,
  ];
}

def BufferRuleOpInterface : OpInterface<"BufferRuleOpInterface"> {
  let cppNamespace = "::vae";
  let description = [{
    A rule by which training moves a buffer. Named in `train { minimize loss with adam()  update codebook with codebook_ema(...) }`; asked once, when the
    training function of that loss has its gradients, and before ops that differentiate themselves give way to simpler ones.
  }];
  let methods = [
    StaticInterfaceMethod<"The call's form, for example `codebook_ema(decay: float = 0.99)`.", "::llvm::StringRef", "getSignature">,
    StaticInterfaceMethod<"What makes no sense about the call's arguments; none where all is well.", "std::optional<::vae::Message>", "findFault",
      (ins "::mlir::DictionaryAttr":$arguments)>,
    StaticInterfaceMethod<"The tensors that the rule carries from step to step for a buffer of that type, zero at first.",
      "::llvm::SmallVector<::vae::RuleState>", "getStates", (ins "::mlir::DictionaryAttr":$arguments, "::mlir::RankedTensorType":$buffer), "", [{ return {}; }]>,
    StaticInterfaceMethod<"Postfix formulas over `step` of the scalars, from the call's arguments.", "::llvm::SmallVector<std::string>", "getScalarFormulas",
      (ins "::mlir::DictionaryAttr":$arguments), "", [{ return {}; }]>,
    StaticInterfaceMethod<[{
      Builds the next value of the buffer and then of each state at the end of the training function; reports at the call's place and fails where the
      function holds nothing that the rule could follow.
    }], "::mlir::FailureOr<::llvm::SmallVector<::mlir::Value>>", "buildRule", (ins "::vae::RuleCall &":$call)>,
  ];
}

#endif // VAE_IR_INTERFACES_TD
