// The hand-over between the passes and the backends: kernels with upstream linalg inside, and the programs that dispatch them.
#ifndef VAE_IR_PROGRAM_PROGRAM_TD
#define VAE_IR_PROGRAM_PROGRAM_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/TensorEncoding.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/CallInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/FunctionInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

//===-- Dialect, attributes, types ---------------------------------------===//

def Program_Dialect : Dialect {
  let name = "program";
  let cppNamespace = "::vae::program";
  let summary = "kernels and the programs that dispatch them";
  let description = [{
    The finished structure that passes hand to backends. A `program.kernel` holds one fused group as untiled linalg on tensors with named
    roles; a `program.program` is a straight list of dispatches over named buffers, the same for every device. The dialect mirrors the package
    schema, so that writing a package is a copy.
  }];
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
                           "::mlir::tensor::TensorDialect"];
}

class Program_Attr<string name, string mnemonic_, list<Trait> traits = []> : AttrDef<Program_Dialect, name, traits> {
  let mnemonic = mnemonic_;
}

def Program_ShapeAttr : Program_Attr<"Shape", "shape", [DeclareAttrInterfaceMethods<VerifiableTensorEncoding>]> {
  let summary = "the exact shape of a tensor with run-time sizes";
  let description = [{
    Encoding of a ranked tensor that has dynamic dimensions: one entry a dimension, an integer or a size formula in the text form of `Size`.
    Example: `tensor<?x64x?xf32, #program.shape<"B", 64, "H/8">>`.
  }];
  let parameters = (ins ArrayRefParameter<"::vae::Size">:$sizes);
  let hasCustomAssemblyFormat = 1;
}

def Program_InitAttr : Program_Attr<"Init", "init"> {
  let summary = "how a parameter starts";
  let description = [{
    `zeros`; `constant` a; `uniform` on [a, b); `normal` with mean a and deviation b. Example: `#program.init<uniform, -0.5, 0.5>`.
  }];
  let parameters = (ins "::mlir::StringAttr":$kind, "::mlir::FloatAttr":$a, "::mlir::FloatAttr":$b);
  let hasCustomAssemblyFormat = 1;
  let extraClassDeclaration = [{
    static InitAttr get(::mlir::MLIRContext *context, ::llvm::StringRef kind, double a = 0, double b = 0);
  }];
}

def Program_RequirementAttr : Program_Attr<"Requirement", "requirement"> {
  let summary = "what sizes of run time must fulfil beyond being the sizes of their tensors";
  let description = [{
    `surplus` is a size formula that must be 0 or more; `what` is the error where it is not, `at` the place in the source. An array of them is an attribute of
    a program, and before of its function. Example: `#program.requirement<"H - 8", "slice from 0 to 8 does not lie inside [H]", "m.vae:3:10">`.
  }];
  let parameters = (ins "::mlir::StringAttr":$surplus, "::mlir::StringAttr":$what, "::mlir::StringAttr":$at);
  let assemblyFormat = "`<` $surplus `,` $what `,` $at `>`";
  let genVerifyDecl = 1;
}
def Program_RequirementsAttr : TypedArrayAttrBase<Program_RequirementAttr, "requirements">;

def Program_WindowAttr : Program_Attr<"Window", "window"> {
  let summary = "how a window moves along one axis of a picture";
  let description = [{
    The window at output position i has its tap u at `i * stride + u * dilation + offset` of a picture spread by `divisor`: it reads element `at / divisor`
    of the axis, and zero where that lies outside, or where `exact` and the division leaves a rest.

    - a convolution with stride s, dilation d and p zeros before: `#program.window<k, s, d, -p, 1>`
    - what carries its gradient back, a transposed convolution: `#program.window<k, 1, -d, p, s, exact>`
    - a convolution of a picture enlarged f times by repetition: `#program.window<k, 1, d, -p, f>`
  }];
  let parameters = (ins "int64_t":$kernel, "int64_t":$stride, "int64_t":$dilation, "int64_t":$offset, DefaultValuedParameter<"int64_t", "1">:$divisor,
                        DefaultValuedParameter<"bool", "false">:$exact);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def Program_Layout : I32EnumAttr<"Layout", "how a tensor lies in memory where it does not lie row by row; `getPacking` says what each means",
    [I32EnumAttrCase<"panels32", 0>, I32EnumAttrCase<"panels16", 1>]> {
  let cppNamespace = "::vae::program";
  let genSpecializedAttr = 0;
}
def Program_LayoutAttr : EnumAttr<Program_Dialect, Program_Layout, "layout"> {
  let assemblyFormat = "`<` $value `>`";
}

def Program_KernelForm : I32EnumAttr<"KernelForm", "what a kernel computes",
    [I32EnumAttrCase<"Elementwise", 0, "elementwise">, I32EnumAttrCase<"Reduction", 1, "reduction">, I32EnumAttrCase<"Gemm", 2, "gemm">,
     I32EnumAttrCase<"NearestCode", 3, "nearest_code">, I32EnumAttrCase<"Convolution", 4, "convolution">,
     I32EnumAttrCase<"FilterGradient", 5, "filter_gradient">, I32EnumAttrCase<"Attention", 6, "attention">,
     I32EnumAttrCase<"AttentionQueryGradient", 7, "attention_query_gradient">,
     I32EnumAttrCase<"AttentionKeyGradient", 8, "attention_key_gradient">]> {
  let cppNamespace = "::vae::program";
  let genSpecializedAttr = 0;
}

def Program_FormAttr : Program_Attr<"Form", "form"> {
  let summary = "what a kernel computes, and what the loops of its root are for";
  let description = [{
    - `elementwise`: the root, a generic without reductions, is all there is.
    - `reduction`: the root folds; whatever it folds, over the same loops. An epilogue runs over the loops that are left.
    - `gemm`: the root, a generic, is `result(batch, m, n) += left(batch, m, k) * right(batch, k, n)` from zero, either side in either order, and the same
      along some batch loops if it lacks them. `m`, `n` and `k` name its loops; the others are batch loops. A prologue may make a side; an epilogue runs over
      batch, m and n.
    - `nearest_code`: the root is such a product of rows and a table (n, k) which only a `choice` reads: it keeps for each (batch, m) the least score over n,
      the last loop, and its n, from infinity and 0. Scores are compared as ordered: the lowest n of equal ones, 0 where none is less than infinity or all are
      NaN. An epilogue, over (batch, m, k), reads the code chosen; of its results one may sum over k.
    - others: the root is the op of that name. An epilogue runs over the axes of its result.

    Example: `#program.form<gemm, k = 2, m = 0, n = 1>`.
  }];
  let parameters = (ins EnumParameter<Program_KernelForm>:$kind, "::mlir::DictionaryAttr":$roles);
  let hasCustomAssemblyFormat = 1;
  let extraClassDeclaration = [{
    static FormAttr get(::mlir::MLIRContext *context, KernelForm kind, ::llvm::ArrayRef<std::pair<::llvm::StringRef, int64_t>> roles = {});
    /// The root's loop of that role; none where the form has no such role.
    std::optional<unsigned> findLoop(::llvm::StringRef role) const;
  }];
}

def Program_BufferType : TypeDef<Program_Dialect, "Buffer"> {
  let mnemonic = "buffer";
  let summary = "a buffer of a program";
}

def Program_BufferKind : I32EnumAttr<"BufferKind", "who fills a buffer and who reads it",
    [I32EnumAttrCase<"input", 0>, I32EnumAttrCase<"output", 1>, I32EnumAttrCase<"parameter", 2>, I32EnumAttrCase<"state", 3>,
     I32EnumAttrCase<"scalar", 4>, I32EnumAttrCase<"rng", 5>, I32EnumAttrCase<"constant", 6>, I32EnumAttrCase<"transient", 7>,
     I32EnumAttrCase<"prepared", 8>]> {
  let cppNamespace = "::vae::program";
  let genSpecializedAttr = 0;
}
def Program_BufferKindAttr : EnumAttr<Program_Dialect, Program_BufferKind, "kind">;

def Program_ProgramKind : I32EnumAttr<"ProgramKind", "what a program is for",
    [I32EnumAttrCase<"entry", 0>, I32EnumAttrCase<"gradient", 1>, I32EnumAttrCase<"train", 2>, I32EnumAttrCase<"prepare", 3>]> {
  let cppNamespace = "::vae::program";
  let genSpecializedAttr = 0;
}
def Program_ProgramKindAttr : EnumAttr<Program_Dialect, Program_ProgramKind, "program_kind">;

class Program_Op<string mnemonic, list<Trait> traits = []> : Op<Program_Dialect, mnemonic, traits>;

//===-- Symbols that outlive a run -----------------------------------------===//

def Program_ParameterOp : Program_Op<"parameter", [Symbol]> {
  let summary = "a weight of the model";
  let description = [{
    Example: `program.parameter @fc1.weight : tensor<512x784xf32> init #program.init<uniform, -0.03, 0.03>`. With `frozen` it travels with the
    weights but is not trained; `part` is the label of the frozen part of the model that it belongs to.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<AnyStaticShapeTensor>:$type, Program_InitAttr:$init, UnitAttr:$frozen,
                       OptionalAttr<StrAttr>:$part);
  let assemblyFormat = "$sym_name `:` $type `init` $init attr-dict";
}

def Program_StateOp : Program_Op<"state", [Symbol]> {
  let summary = "a tensor that training carries from step to step, zero at first";
  let description = [{ Example: `program.state @adam.m.fc1.weight : tensor<512x784xf32>`. }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<AnyStaticShapeTensor>:$type);
  let assemblyFormat = "$sym_name `:` $type attr-dict";
}

def Program_PreparedOp : Program_Op<"prepared", [Symbol]> {
  let summary = "a tensor that follows from parameters and constants alone";
  let description = [{
    One program of kind `prepare` makes it, which runs when parameters have changed before a program that reads it does. It is in no checkpoint.
    Example: `program.prepared @decode.prepared0 : tensor<16x512x32xf32>`.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<AnyStaticShapeTensor>:$type);
  let assemblyFormat = "$sym_name `:` $type attr-dict";
}

def Program_ConstantOp : Program_Op<"constant", [Symbol]> {
  let summary = "data that kernels read and nobody writes";
  let description = [{ Example: `program.constant @normal_table = dense<0.5> : tensor<256x6xf32>`. }];
  let arguments = (ins SymbolNameAttr:$sym_name, ElementsAttr:$value);
  let assemblyFormat = "$sym_name `=` $value attr-dict";
}

//===-- Kernels --------------------------------------------------------------===//

def Program_KernelOp : Program_Op<"kernel", [FunctionOpInterface, IsolatedFromAbove, Symbol]> {
  let summary = "one fused group as untiled linalg";
  let description = [{
    Arguments: tensors, then the run-time sizes as `index`. Argument and result attributes: `program.sizes`, an array with the size argument
    that gives each dimension (-1: static); `program.layout`, the `#program.layout` in which an argument lies. `ties[r]` is the input that result r is written over,
    or -1. `form` says what the kernel computes, and the verifier holds the body to it; a backend takes no kernel without. The body has one root, at most one
    `choice`, at most one `epilogue`, and `prologue`s, each a `linalg.generic` with its `program.role`; a root may be an op of its own instead (`RootOpInterface`).

    ```mlir
    program.kernel @silu(%x: tensor<?xf32> {program.sizes = array<i64: 0>}, %d0: index) -> (tensor<?xf32> {program.sizes = array<i64: 0>})
        attributes {form = #program.form<elementwise>, ties = array<i64: -1>} { ... program.yield %y : tensor<?xf32> }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<FunctionType>:$function_type, DenseI64ArrayAttr:$ties,
                       OptionalAttr<Program_FormAttr>:$form, OptionalAttr<DictArrayAttr>:$arg_attrs, OptionalAttr<DictArrayAttr>:$res_attrs);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    ::llvm::ArrayRef<::mlir::Type> getArgumentTypes() { return getFunctionType().getInputs(); }
    ::llvm::ArrayRef<::mlir::Type> getResultTypes() { return getFunctionType().getResults(); }
    ::mlir::Region *getCallableRegion() { return &getBody(); }
    /// Number of tensor inputs; the remaining arguments are sizes.
    unsigned getNumTensorInputs();
    unsigned getNumSizes() { return getNumArguments() - getNumTensorInputs(); }
    /// For each dimension of a tensor argument (or result): the size argument that gives it, or -1.
    ::llvm::SmallVector<int64_t> getArgumentSizes(unsigned argument);
    ::llvm::SmallVector<int64_t> getResultSizes(unsigned result);
    /// The op of the body that has the role: `root`, `choice` or `epilogue`; null where there is none.
    ::mlir::Operation *findPart(::llvm::StringRef role);
  }];
}

def Program_YieldOp : Program_Op<"yield", [Pure, Terminator, ReturnLike,
    ParentOneOf<["KernelOp", "AttentionOp", "AttentionQueryGradientOp", "AttentionKeyGradientOp"]>]> {
  let summary = "the results of a kernel, or of a root's functions";
  let arguments = (ins Variadic<AnyType>:$results);
  let assemblyFormat = "attr-dict ($results^ `:` type($results))?";
}

def Program_RootOpInterface : OpInterface<"RootOpInterface"> {
  let cppNamespace = "::vae::program";
  let description = [{
    The root of a kernel, where it is an op of its own and not a `linalg.generic`. It reads arguments of the kernel, and last, for each result, a tensor that
    states the result's sizes and whose elements are not read.
  }];
  let methods = [
    InterfaceMethod<"The form of such kernels.", "::vae::program::KernelForm", "getKernelForm">,
    InterfaceMethod<"The op's multiply-adds, on average away from the edges.", "::vae::program::ProductCount", "countProducts">,
    InterfaceMethod<"What of operand `tensor` a stretch along `axis` of every result needs, where a run over a stretch of the tensors gives that stretch of the "
                    "results; none where it does not.", "std::optional<::vae::program::Reach>", "findReach",
                    (ins "unsigned":$axis, "unsigned":$tensor), "", "return std::nullopt;">,
  ];
  let extraSharedClassDeclaration = [{
    /// The operands before those that state sizes.
    ::mlir::OperandRange getTensors() { return $_op->getOperands().drop_back($_op->getNumResults()); }
    /// The tensor that states the sizes of a result.
    ::mlir::Value getInto(unsigned result) { return $_op->getOperands().take_back($_op->getNumResults())[result]; }
  }];
}

/// What both roots over windows have. Pictures are [batch, height, width, channels], channels static.
class Program_WindowedOp<string mnemonic, string form, string more = "">
    : Program_Op<mnemonic, [Pure, AllTypesMatch<["into", "result"]>, HasParent<"KernelOp">,
                            Program_RootOpInterface]> {
  let results = (outs AnyRankedTensor:$result);
  let hasVerifier = 1;
  let extraClassDeclaration = "::vae::program::KernelForm getKernelForm() { return ::vae::program::KernelForm::" # form # [{; }
    ::vae::program::ProductCount countProducts();
  }] # more;
}

def Program_ConvolutionOp
    : Program_WindowedOp<"convolution", "Convolution", "std::optional<::vae::program::Reach> findReach(unsigned axis, unsigned tensor);"> {
  let summary = "sums of products of a filter and windows over a picture";
  let description = [{
    `y[b, i, j, g * Og + p * panel + l] = sum over u, v, c of filter[g, p, u, v, c, l] * x[b, row(i, u), column(j, v), g * Cg + c]`. The filter is what the
    layout `panels16` makes of one [groups, outputs, height, width, input channels a group]. `into` states the
    result's sizes; its elements are not read.

    Example: `%y = program.convolution %x, %filter into %e rows #program.window<3, 1, 1, -1> columns #program.window<3, 1, 1, -1> :
    (tensor<?x?x?x8xf32>, tensor<1x2x3x3x8x16xf32>, tensor<?x?x?x20xf32>) -> tensor<?x?x?x20xf32>`.
  }];
  let arguments = (ins AnyRankedTensor:$x, AnyRankedTensor:$filter, AnyRankedTensor:$into, Program_WindowAttr:$rows, Program_WindowAttr:$columns);
  let assemblyFormat = "$x `,` $filter `into` $into `rows` $rows `columns` $columns attr-dict `:` functional-type(operands, results)";
}

def Program_FilterGradientOp : Program_WindowedOp<"filter_gradient", "FilterGradient"> {
  let summary = "the gradient of a convolution's filter";
  let description = [{
    `d[g, u, v, c, o] = sum over b, i, j of gradient[b, i, j, g * Og + o] * x[b, row(i, u), column(j, v), g * Cg + c]`, with the windows of the convolution whose
    result has that gradient.

    Example: `%d = program.filter_gradient %g, %x into %e rows #program.window<3, 1, 1, -1> columns #program.window<3, 1, 1, -1> :
    (tensor<?x?x?x20xf32>, tensor<?x?x?x8xf32>, tensor<1x3x3x8x20xf32>) -> tensor<1x3x3x8x20xf32>`.
  }];
  let arguments = (ins AnyRankedTensor:$gradient, AnyRankedTensor:$x, AnyRankedTensor:$into, Program_WindowAttr:$rows, Program_WindowAttr:$columns);
  let assemblyFormat = "$gradient `,` $x `into` $into `rows` $rows `columns` $columns attr-dict `:` functional-type(operands, results)";
}

/// What the roots of attention have. Queries are [batch, places, heads * width], keys and values [batch, places, kv_heads * width], channels static.
class Program_AttentionRoot<string mnemonic, string form, dag more, dag outs, string methods = ""> : Program_Op<mnemonic, [Pure, HasParent<"KernelOp">, Program_RootOpInterface]> {
  let arguments = !con((ins AnyRankedTensor:$query, AnyRankedTensor:$key, AnyRankedTensor:$value, Optional<AnyRankedTensor>:$mask), more,
                       (ins I64Attr:$heads, I64Attr:$kv_heads, UnitAttr:$causal, F64Attr:$scale));
  let results = outs;
  let regions = (region SizedRegion<1>:$functions);
  let assemblyFormat = "operands $functions attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::vae::program::KernelForm getKernelForm() { return ::vae::program::KernelForm::}] # form # [{; }
    ::vae::program::ProductCount countProducts();
  }] # methods;
}

def Program_AttentionOp : Program_AttentionRoot<"attention", "Attention", (ins AnyRankedTensor:$into, AnyRankedTensor:$sums_into),
                                                (outs AnyRankedTensor:$result, AnyRankedTensor:$sums),
                                                "std::optional<::vae::program::Reach> findReach(unsigned axis, unsigned tensor);"> {
  let summary = "values weighted by how well their keys fit each query";
  let description = [{
    For each batch, head h and query i, with key head `g = h / (heads / kv_heads)`:

    - `s[j] = scale * (query[i] of h) . (key[j] of g) + mask[i, j]`, and where `causal`, minus infinity for j > i;
    - `result[i] of h = sum over j of exp(s[j]) * (value[j] of g) / sum over j of exp(s[j])`, or 0 where every s[j] is minus infinity;
    - `sums[batch, i, h] = log(sum over j of exp(s[j]))`, or plus infinity there, so that `exp(s[j] - sums)` is the weight in either case.

    The mask is [batch, heads, queries, keys], any of them 1. A key that `causal` hides leaves no trace, be it infinite. `functions` makes of a number its
    exponential and its logarithm, so that they are expanded as those of other kernels are; no scores are in memory.

    Example: `%y, %l = program.attention %q, %k, %v, %e, %f {...} {heads = 2 : i64, kv_heads = 1 : i64, scale = 0.5 : f64} :
    (tensor<2x?x8xf32>, tensor<2x?x4xf32>, tensor<2x?x4xf32>, tensor<2x?x8xf32>, tensor<2x?x2xf32>) -> (tensor<2x?x8xf32>, tensor<2x?x2xf32>)`.
  }];
}

/// What both gradients read beside the tensors: the gradient of the result, the forward's sums, and `deltas[batch, i, h] = result[i] of h . gradient[i] of h`.
class Program_AttentionGradient<string mnemonic, string form, dag into, dag outs>
    : Program_AttentionRoot<mnemonic, form, !con((ins AnyRankedTensor:$gradient, AnyRankedTensor:$sums, AnyRankedTensor:$deltas), into), outs>;

def Program_AttentionQueryGradientOp
    : Program_AttentionGradient<"attention_query_gradient", "AttentionQueryGradient", (ins AnyRankedTensor:$into), (outs AnyRankedTensor:$result)> {
  let summary = "the gradient of attention's queries";
  let description = [{
    With `p[i, j] = exp(s[i, j] - sums[i])` and `d[i, j] = p[i, j] * ((gradient[i] of h) . (value[j] of g) - deltas[i])`:
    `result[i] of h = scale * sum over j of d[i, j] * (key[j] of g)`.
  }];
}

def Program_AttentionKeyGradientOp
    : Program_AttentionGradient<"attention_key_gradient", "AttentionKeyGradient", (ins AnyRankedTensor:$into, AnyRankedTensor:$values_into),
                                (outs AnyRankedTensor:$result, AnyRankedTensor:$values)> {
  let summary = "the gradients of attention's keys and values";
  let description = [{
    With p and d of `program.attention_query_gradient`, and sums over the heads h of g: `result[j] of g = scale * sum over i, h of d[i, j] * (query[i] of h)`,
    `values[j] of g = sum over i, h of p[i, j] * (gradient[i] of h)`.
  }];
}

//===-- The host side, still on values (stage kernels) ------------------------===//

def Program_BindOp : Program_Op<"bind", [Pure]> {
  let summary = "the value that a parameter, state, constant, prepared tensor, scalar or the random state has when the program starts";
  let description = [{
    `ref` names the symbol of a parameter, state, constant or prepared tensor; `formula` is a scalar's postfix text.
    Examples: `program.bind parameter @fc1.weight : tensor<512x784xf32>`,
    `program.bind scalar "0.001" : tensor<f32>`, `program.bind rng : tensor<4xi32>`.
  }];
  let arguments = (ins Program_BufferKindAttr:$kind, OptionalAttr<FlatSymbolRefAttr>:$ref, OptionalAttr<StrAttr>:$formula);
  let results = (outs AnyRankedTensor:$value);
  let assemblyFormat = "$kind ($ref^)? ($formula^)? attr-dict `:` type($value)";
}

def Program_UpdateOp : Program_Op<"update", [MemoryEffects<[MemWrite]>]> {
  let summary = "gives a parameter or state its next value";
  let description = [{ Takes effect when the program ends: every `bind` reads the old value. Example: `program.update @fc1.weight = %new : tensor<512x784xf32>`. }];
  let arguments = (ins FlatSymbolRefAttr:$ref, AnyRankedTensor:$value);
  let assemblyFormat = "$ref `=` $value attr-dict `:` type($value)";
}

def Program_LaunchOp : Program_Op<"launch", [Pure]> {
  let summary = "one run of a kernel on values";
  let description = [{ Example: `%y = program.launch @silu(%x) sizes ["B"] : (tensor<?xf32, #program.shape<"B">>) -> tensor<?xf32, #program.shape<"B">>`. }];
  let arguments = (ins FlatSymbolRefAttr:$kernel, Variadic<AnyRankedTensor>:$inputs, StrArrayAttr:$sizes);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = "$kernel `(` $inputs `)` `sizes` $sizes attr-dict `:` functional-type($inputs, $results)";
}

def Program_ReshapeOp : Program_Op<"reshape", [Pure]> {
  let summary = "the same elements in the same order, seen with another shape; costs nothing";
  let arguments = (ins AnyRankedTensor:$input);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `to` type($result)";
}

def Program_RepeatCallOp : Program_Op<"repeat_call", [Pure, AttrSizedOperandSegments, DeclareOpInterfaceMethods<InferTypeOpInterface>,
                                                      DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "a function of values run over and over on its own results";
  let description = [{
    `r = initial; repeat count times: r = body(r..., captures...)`. The results are the last `r`, the initial values where the count is 0 or less. `count` is a
    `Size` text over the symbols of the calling function, whose types the body's use too. The body is a function of the module that computes and
    changes nothing: parameters, constants and the random state are bound inside it, tensors from outside are captures. The position in the
    loop, where the body needs it, is a carried tensor that the body increments.

    Example: `%r:2 = program.repeat_call @body count "H*W" carrying(%i, %x : tensor<i32>, tensor<8xf32>) captures(%w : tensor<4xf32>)`.
  }];
  let arguments = (ins FlatSymbolRefAttr:$body, StrAttr:$count, Variadic<AnyRankedTensor>:$initial, Variadic<AnyRankedTensor>:$captures);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    $body `count` $count (`carrying` `(` $initial^ `:` type($initial) `)`)? (`captures` `(` $captures^ `:` type($captures) `)`)? attr-dict
  }];
  let hasVerifier = 1;
}

//===-- Programs (stage plan) ---------------------------------------------------===//

def Program_ProgramOp : Program_Op<"program", [IsolatedFromAbove, Symbol, NoTerminator, SingleBlock]> {
  let summary = "a list of dispatches over buffers";
  let description = [{
    Buffers come first, then steps. Phases are the stretches between barriers: dispatches of one phase don't depend on each other. They are counted in
    the order of the text: a `barrier`, the start and the end of a `repeat` each begin the next.
    `requirements` are checked when the symbols have values, before anything runs.
    Example: `program.program @decode entry symbols ["B"] phases 3 { ... }`.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, Program_ProgramKindAttr:$kind, StrArrayAttr:$symbols,
                       OptionalAttr<Program_RequirementsAttr>:$requirements, I64Attr:$phases);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sym_name $kind `symbols` $symbols (`requirements` $requirements^)? `phases` $phases $body attr-dict";
}

def Program_BufferOp : Program_Op<"buffer", [HasParent<"ProgramOp">]> {
  let summary = "a buffer of a program";
  let description = [{
    `type` is the logical tensor, with `#program.shape` over the program's symbols. Attributes as in the package schema. `same_memory`: the buffer
    is that one seen with another shape.
    Example: `%z = program.buffer input "z" : tensor<?x20xf32, #program.shape<"B", 20>>`.
  }];
  let arguments = (ins Program_BufferKindAttr:$kind, OptionalAttr<StrAttr>:$name, OptionalAttr<FlatSymbolRefAttr>:$ref,
                       Optional<Program_BufferType>:$same_memory, TypeAttrOf<AnyRankedTensor>:$type, OptionalAttr<DenseI64ArrayAttr>:$lifetime,
                       OptionalAttr<F32Attr>:$default_value, OptionalAttr<DenseF32ArrayAttr>:$range,
                       OptionalAttr<StrAttr>:$formula, UnitAttr:$report, OptionalAttr<StrAttr>:$noise);
  let results = (outs Program_BufferType:$buffer);
  let assemblyFormat = "$kind ($name^)? ($ref^)? (`same_memory` $same_memory^)? attr-dict `:` $type";
}

def Program_DispatchOp : Program_Op<"dispatch", [ParentOneOf<["ProgramOp", "RepeatOp"]>]> {
  let summary = "one run of a kernel on buffers";
  let description = [{
    Buffers in the kernel's order: inputs, then results that are not tied. Sizes in the text form of `Size` over the program's symbols.
    Example: `program.dispatch @k3(%z, %w, %b, %t) sizes ["B"]`.
  }];
  let arguments = (ins FlatSymbolRefAttr:$kernel, Variadic<Program_BufferType>:$buffers, StrArrayAttr:$sizes);
  let assemblyFormat = "$kernel `(` $buffers `)` `sizes` $sizes attr-dict";
}

def Program_CopyOp : Program_Op<"copy", [ParentOneOf<["ProgramOp", "RepeatOp"]>]> {
  let summary = "copies one buffer's bytes into another of the same size";
  let arguments = (ins Program_BufferType:$source, Program_BufferType:$destination);
  let assemblyFormat = "$source `to` $destination attr-dict";
}

def Program_BarrierOp : Program_Op<"barrier", [ParentOneOf<["ProgramOp", "RepeatOp"]>]> {
  let summary = "all steps before it end before any step after it starts";
  let assemblyFormat = "attr-dict";
}

def Program_RepeatOp : Program_Op<"repeat", [ParentOneOf<["ProgramOp", "RepeatOp"]>, NoTerminator, SingleBlock]> {
  let summary = "its steps, so many times";
  let description = [{
    `count` is in the text form of `Size`; 0 or less runs nothing. Each turn waits for the one before, the first
    for all steps before the repeat, all steps after it for the last. What a turn leaves in a buffer is there in the next, if the buffer lives from the
    first to the last phase of the repeat; other transients must begin and end inside it, and hold nothing when a turn starts.
    Example: `program.repeat count "H*W" { program.dispatch @step(%i, %x, %y) sizes ["B"]  program.barrier  program.copy %y to %x }`.
  }];
  let arguments = (ins StrAttr:$count);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "`count` $count $body attr-dict";
  let hasVerifier = 1;
}

#endif // VAE_IR_PROGRAM_PROGRAM_TD
