// Types and base classes of vae ops: a family's traits, arguments, syntax and signature, so that a plain op is a name and its words.
#ifndef VAE_IR_OPBASE_TD
#define VAE_IR_OPBASE_TD

include "ir/Dialect.td"
include "ir/Interfaces.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

//===-- Types and attributes -------------------------------------------------===//

def Vae_FloatTensor : RankedTensorOf<[AnyFloat]>;
def Vae_Tensor : RankedTensorOf<[AnyFloat, AnySignlessInteger]>;
def Vae_IndexTensor : RankedTensorOf<[I32]>;
def Vae_Scalar : 0DTensorOf<[AnyFloat]>;

def Vae_IndexScalar : 0DTensorOf<[I32]>;

/// The random state: seed (low, high), step, turn of the loops around.
def Vae_RngTensor : Type<CPred<"$_self == ::vae::getRngType($_self.getContext())">, "random state tensor<4xi32>", "::mlir::RankedTensorType">,
                    BuildableType<"::vae::getRngType($_builder.getContext())">;

def Vae_ShapeAttr : Attr<CPred<"::llvm::isa<::vae::program::ShapeAttr>($_self)">, "shape over integers and size formulas"> {
  let storageType = "::vae::program::ShapeAttr";
  let returnType = "::vae::program::ShapeAttr";
  let convertFromStorage = "$_self";
}
def Vae_InitAttr : Attr<CPred<"::llvm::isa<::vae::program::InitAttr>($_self)">, "initialiser"> {
  let storageType = "::vae::program::InitAttr";
  let returnType = "::vae::program::InitAttr";
  let convertFromStorage = "$_self";
}
def Vae_LayoutAttr : Attr<CPred<"::llvm::isa<::vae::program::LayoutAttr>($_self)">, "layout"> {
  let storageType = "::vae::program::LayoutAttr";
  let returnType = "::vae::program::Layout";
  let convertFromStorage = "$_self.getValue()";
  let constBuilderCall = "::vae::program::LayoutAttr::get($_builder.getContext(), $0)";
}
def Vae_ElementAttr : TypeAttrOf<AnyTypeOf<[AnyFloat, AnySignlessInteger]>>;

//===-- Bases --------------------------------------------------------------------===//

class Vae_Op<string mnemonic, list<Trait> traits = []> : Op<Vae_Dialect, mnemonic, traits> {
  /// Where the op's numbers are compared, if no case of tests/ops/numbers/cases.py calls it: "cases of X, Y", whose calls lead to it, a test's path, or
  /// "none: " and why. tests/meta/op_coverage.py tries what it says.
  string numbers = "";
  /// The same for its gradient, where that is elsewhere.
  string gradient = "";
}

/// An op that the language can call. `signature` is the call's form; see BuiltinOpInterface. `declarations` are further members.
class Vae_BuiltinOp<string mnemonic, string signature, list<Trait> traits = [], string declarations = "">
    : Vae_Op<mnemonic, [Pure, BuiltinOpInterface] # traits> {
  let extraClassDeclaration = "static ::llvm::StringRef getSignature() { return R\"sig(" # signature # ")sig\"; }\n" # declarations;
}

/// Declares a builtin's own way to build itself, defined in its family.
class BuildsItself {
  string text = "static ::mlir::FailureOr<::llvm::SmallVector<::mlir::Value>> buildBuiltin(::vae::BuiltinCall &call);\n";
}
def buildsItself : BuildsItself;

def ScalarBody : DeclareOpInterfaceMethods<ScalarBodyOpInterface>;
def IndexedScalarBody : DeclareOpInterfaceMethods<ScalarBodyOpInterface, ["isIndexedOperand"]>;
def Differentiable : DeclareOpInterfaceMethods<DifferentiableOpInterface>;
def TakesIndices : DeclareOpInterfaceMethods<IndexOpInterface>;
def SizeRequirements : DeclareOpInterfaceMethods<SizeRequirementsOpInterface>;
def Decomposable : DeclareOpInterfaceMethods<DecomposableOpInterface>;

/// y = f(x), of the type of x.
class Vae_UnaryOp<string mnemonic, list<Trait> traits = [], string signature = mnemonic # "(x: tensor)", TypeConstraint type = Vae_FloatTensor,
                  string declarations = "">
    : Vae_BuiltinOp<mnemonic, signature, [SameOperandsAndResultType, ScalarBody, Differentiable] # traits, declarations> {
  let arguments = (ins type:$x);
  let results = (outs type:$result);
  let assemblyFormat = "$x attr-dict `:` type($x)";
}

/// Elementwise over operands that broadcast as in NumPy: sizes align at the last axis, and a size of one repeats. `infer` names the function that
/// gives the result's type.
class Vae_BroadcastingOp<string mnemonic, string signature, list<Trait> traits = [], string infer = "inferBroadcast">
    : Vae_BuiltinOp<mnemonic, signature, [InferTypeOpInterface, ScalarBody, Differentiable] # traits, [{
        static ::llvm::LogicalResult inferReturnTypes(::mlir::MLIRContext *, std::optional<::mlir::Location> loc, ::mlir::ValueRange operands,
                                                      ::mlir::DictionaryAttr, ::mlir::OpaqueProperties, ::mlir::RegionRange,
                                                      ::llvm::SmallVectorImpl<::mlir::Type> &types) {
          return ::vae::}] # infer # [{(loc, operands, types);
        }
      }]> {
  let results = (outs Vae_Tensor:$result);
}

/// y = f(a, b), of floats or of integers.
class Vae_BinaryOp<string mnemonic, list<Trait> traits = [], string infer = "inferBroadcast">
    : Vae_BroadcastingOp<mnemonic, mnemonic # "(a: tensor, b: tensor)", traits, infer> {
  let arguments = (ins Vae_Tensor:$a, Vae_Tensor:$b);
  let assemblyFormat = "$a `,` $b attr-dict `:` type($a) `,` type($b)";
}

/// A mask: 1 where the comparison holds, else 0, of the operands' element type, or f32 where they are integers. No gradient flows.
class Vae_ComparisonOp<string mnemonic, string predicate, list<Trait> traits = []> : Vae_BinaryOp<mnemonic, traits, "inferMask"> {
  let gradient = "none: masks are steps";
  let results = (outs Vae_FloatTensor:$result);
  let extraClassDefinition = [{
    void $cppClass::buildScalar(::mlir::OpBuilder &builder, ::vae::ScalarContext &context, ::mlir::ValueRange scalars,
                                ::llvm::SmallVectorImpl<::mlir::Value> &results) {
      results.push_back(::vae::buildComparison(builder, context.loc, ::mlir::arith::CmpFPredicate::}] # predicate # [{, scalars));
    }
    void $cppClass::buildVjp(::mlir::OpBuilder &, ::mlir::ValueRange, ::llvm::SmallVectorImpl<::mlir::Value> &gradients) {
      gradients.append(2, {});
    }
  }];
}

/// Members that every random site shares: its number is an attribute.
class SiteMembers<string kind> {
  string text = "int64_t getNoiseSite() { return getSite(); }\n"
                "void setNoiseSite(int64_t site) { setSite(site); }\n"
                "::llvm::StringRef getNoiseKind() { return \"" # kind # "\"; }\n"
                "::llvm::SmallVector<::mlir::Value> buildFromNoise(::mlir::OpBuilder &builder, ::mlir::Value noise);\n";
}

/// A rule as a call in `train`, and its members that are told by name.
class Vae_BufferRuleOp<string mnemonic, string signature, list<Trait> traits, string declarations = "">
    : Vae_Op<mnemonic, [Pure, BufferRuleOpInterface] # traits> {
  let extraClassDeclaration = "static ::llvm::StringRef getSignature() { return R\"sig(" # signature # ")sig\"; }\n" # [{
    static std::optional<::vae::Message> findFault(::mlir::DictionaryAttr arguments);
    static ::llvm::SmallVector<std::string> getScalarFormulas(::mlir::DictionaryAttr arguments);
    static ::mlir::FailureOr<::llvm::SmallVector<::mlir::Value>> buildRule(::vae::RuleCall &call);
  }] # declarations;
}

#endif // VAE_IR_OPBASE_TD
