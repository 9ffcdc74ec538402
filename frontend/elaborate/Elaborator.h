// Elaborates a model: walks its funcs, computes what is known now, builds vae ops for the rest. Private to the
// Elaborator*.cpp files.
#ifndef VAE_FRONTEND_ELABORATE_ELABORATOR_H
#define VAE_FRONTEND_ELABORATE_ELABORATOR_H

#include "frontend/elaborate/ParameterMaker.h"
#include "frontend/elaborate/Sema.h"
#include "frontend/elaborate/Types.h"
#include "frontend/elaborate/calls/CallBinder.h"
#include "ir/ReportNames.h"
#include "ir/ops/Regions.h"
#include "ir/program/Limits.h"
#include "ir/program/Message.h"
#include "llvm/Support/SaveAndRestore.h"

namespace vae::frontend {

/// A loop whose body runs: names that had a value before it, with where that came from, and those that it carries.
struct LoopScope {
  llvm::StringMap<llvm::SMRange> outside;
  llvm::StringSet<> carried;
};

class MessageGuard;

/// One func, loss, block, or a model's own statements, while its statements run.
struct Frame {
  const ast::Function *function = nullptr; // null: a model's own statements
  const DeclaredModel *declared = nullptr; // the model, of its own statements
  Frame *home = nullptr;                   // of the statements of the model that this stands in
  llvm::StringMap<Value> names;
  Frame *caller = nullptr;     // of a block, of a part, or of the instance that first needed this one
  llvm::SMRange callRange;     // in the caller
  LoopScope *loop = nullptr;   // the innermost loop of this frame
  mlir::LocationAttr calledAt; // of a block, whose ops stand in the caller's func.func: the call, and those around it
  std::string prefix;          // "decoder.up." : labels down to here
  std::string frozenPart;      // of a model's statements: the label of the frozen part that it is in; else empty
  Site site = nullptr;
  SiteVisit *visit = nullptr; // of the instance, or of the call of a private func
  std::optional<Value> result;
  llvm::SMRange resultRange;
};

/// A func elaborated for certain argument types and compile-time values: one func.func.
struct Instance {
  const ast::Function *function = nullptr;
  mlir::func::FuncOp op;
  bool finished = false, failed = false;
  std::vector<std::string> resultNames;
  SiteVisit visit;
  ReportNames reports;
};

/// An argument of an instance: a tensor's type, or a value known now.
struct InstanceArgument {
  mlir::RankedTensorType type; // null for a compile-time value
  Value value;                 // of the caller; in an entry, only where known now
};

/// The form of a call of the op of that name; none where the language has no such call.
std::optional<Signature> findBuiltin(llvm::StringRef mnemonic, mlir::MLIRContext *context);
/// The names, without `vae.`, of the ops that have an interface.
template <typename Interface> llvm::SmallVector<llvm::StringRef> operationNames(mlir::MLIRContext *context) {
  llvm::SmallVector<llvm::StringRef> names;
  for (mlir::RegisteredOperationName op : context->getRegisteredOperations())
    if (op.getDialectNamespace() == "vae" && op.getInterface<Interface>())
      names.push_back(op.stripDialect());
  return names;
}

/// What every func, loss and block of a model goes through. Parts with a state or a subject of their own stand beside it
/// (CallBinder, ParameterMaker, TrainingElaborator, Intrinsics, Places) and work through the first half of this class.
class Elaborator {
public:
  Elaborator(const Declarations &declarations, mlir::MLIRContext *context, DiagnosticSink &sink);

  /// The whole model; null after an error.
  mlir::OwningOpRef<mlir::ModuleOp> run();

  const Declarations &declarations;
  mlir::MLIRContext *context;
  DiagnosticSink &sink;
  mlir::OpBuilder builder;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  ParameterMaker parameters;
  CallBinder binder;

  // Values (Expressions.cpp, Paths.cpp)
  Value evaluate(const ast::Expr *expr);
  /// The same, of an expression that an assignment does not name as a whole.
  Value evaluateArgument(const ast::Expr *expr);
  std::optional<int64_t> evaluateInteger(const ast::Expr *expr);
  /// Whether a number known now is finite as an element f32; false after an error.
  bool checkF32(double number, llvm::SMRange range);
  const Value *lookup(llvm::StringRef name) const;
  /// `up_blocks.0.resnets.1` of `@up_blocks[0].resnets[1]`; empty where there is no label, none after an error.
  std::optional<std::string> labelPath(const ast::Label &label);
  /// A size as a tensor of rank 0 that integers are computed with.
  mlir::Value makeInteger(const Size &size, llvm::SMRange range);

  // Ops (Calls.cpp, Builtins.cpp)
  /// Whether a call may make ops here; false after an error.
  bool requireFunc(const ast::CallExpr &call);
  /// Builds the call from bound arguments. `call` is null for operators, which take no label.
  Value buildBuiltin(llvm::StringRef mnemonic, llvm::SMRange range, const Signature &signature, BoundCall &bound,
                     const ast::CallExpr *call);
  /// The value of the parameter at a path, which is made where it is not there.
  mlir::FailureOr<mlir::Value> makeParameter(ParameterRequest request);
  /// Reports a call that its op refuses: the message is the op's, with a note at the origin of each tensor.
  void reportRejected(llvm::SMRange range, const Message &message, const Signature &signature, const BoundCall &bound);
  static Value wrapResults(llvm::ArrayRef<mlir::Value> results, llvm::SMRange range);

  // Where elaboration stands
  const Frame &currentFrame() const { return *frame; }
  /// Leaves all funcs: names are the model's parameters alone.
  void enterModel();
  /// The one name that the value being evaluated goes to, or empty; only the first to ask gets it.
  std::string takeAssignTarget() { return std::exchange(assignTarget, ""); }
  /// The location of an op: the range, and the calls of blocks that led there.
  mlir::Location location(llvm::SMRange range) const;
  /// Records an error; inside a block, with a note at each call that led there.
  template <typename... Args> DiagnosticSink::Handle error(llvm::SMRange range, DiagnosticKind kind, Args &&...args) {
    DiagnosticSink::Handle handle = sink.error(range, kind, std::forward<Args>(args)...);
    addCallChain(handle, frame);
    return handle;
  }

private:
  // The model (Elaborator.cpp)
  void bindModelParameters();
  void recordArguments();
  std::optional<DeclaredType> evaluateParameterType(const ast::Parameter &parameter);
  std::optional<Value> evaluateDefault(const ast::Parameter &parameter, const DeclaredType &type);
  void findModelConstants();
  std::optional<Value> parseBinding(llvm::StringRef text, const DeclaredType &type);
  void checkBindings();
  void elaborateEntry(const ast::Function &function);
  std::optional<InstanceArgument> entryArgument(const ast::Parameter &parameter);
  Value symbolValue(const ast::Name &name);

  // Models inside models (Parts.cpp)
  Value makePart(const ast::PartStmt &statement);
  bool checkPart(const ast::PartStmt &statement, const DeclaredModel *declared);
  bool bindPartParameters(const ast::CallExpr &call, Frame &part);
  Value callOfPart(const ast::CallExpr &call);

  // Funcs and blocks (Functions.cpp)
  /// The instance of the func for these arguments, elaborated if there is none yet.
  Instance *instantiate(const ast::Function &function, llvm::ArrayRef<InstanceArgument> arguments, Frame *caller,
                        llvm::SMRange callRange);
  void elaborate(Instance &instance, Frame &frame, llvm::ArrayRef<InstanceArgument> arguments);
  void runModelStatements(Frame &home);
  bool finishInstance(Instance &instance, Frame &frame, llvm::ArrayRef<InstanceArgument> arguments);
  std::optional<std::vector<DeclaredType>> evaluateResultTypes(const ast::Function &function);
  std::optional<llvm::SmallVector<Value>> takeResults(const Frame &frame, llvm::ArrayRef<DeclaredType> declared,
                                                      bool asTensors);
  bool checkResultNames(const Instance &instance, const Frame &frame);
  mlir::Value declareSizes(mlir::Value tensor, llvm::ArrayRef<Size> sizes, llvm::SMRange range);
  bool checkResults(const Frame &frame, llvm::ArrayRef<DeclaredType> declared, llvm::ArrayRef<Value> values);
  mlir::DictionaryAttr describeArgument(const ast::Parameter &parameter, mlir::RankedTensorType type);
  void annotate(Instance &instance, llvm::ArrayRef<InstanceArgument> arguments, llvm::ArrayRef<DeclaredType> results);
  bool bindParameters(const ast::Function &function, Frame &frame, BoundCall &bound, llvm::SMRange callRange);
  bool bindParameter(const ast::Function &function, const ast::Parameter &parameter, Value &value, llvm::SMRange range);
  void reportArgument(const ast::Function &function, const ast::Parameter &parameter, const Value &value,
                      llvm::StringRef declared, llvm::SMRange range);
  bool bindTensor(const ast::Function &function, const ast::Parameter &parameter, const DeclaredType &type,
                  Value &value, llvm::SMRange range);
  bool unify(llvm::ArrayRef<Size> pattern, llvm::ArrayRef<Size> actual);
  bool isActive(const ast::Function &function) const;

  // Types (Types.cpp)
  std::optional<DeclaredType> evaluateType(const ast::TypeExpr &type, bool declaresSymbols);
  void declareSymbols(const ast::Expr *size);
  std::optional<std::pair<double, double>> evaluateRange(const ast::TypeExpr &type);
  std::optional<Size> sizeOf(const ast::Expr *expr, const Value &value);

  // Statements (Statements.cpp)
  enum class Flow { Next, Returned };
  Flow runBody(llvm::ArrayRef<ast::Stmt *> statements);
  Flow runStatement(const ast::Stmt *statement);
  void runAssign(const ast::AssignStmt &statement);
  void runReturn(const ast::ReturnStmt &statement);
  void runReport(const ast::ReportStmt &statement);
  Flow runFor(const ast::ForStmt &statement);
  Flow runIf(const ast::IfStmt &statement);
  void assign(const ast::Name &name, Value value);
  void report(llvm::StringRef name, mlir::Value value, llvm::SMRange range);
  std::optional<bool> evaluateCondition(const ast::Expr *expr);
  std::optional<std::vector<Value>> evaluateIterable(const ast::Expr *expr);

  // Loops of run time (Loops.cpp)
  struct LoopRange {
    Size first, length; // of the variable in the first turn; of turns
    bool descends;
  };
  /// What a loop carries under a name: the value before it, and its tensors.
  struct Carried {
    ast::Name name;
    Value initial;
    llvm::SmallVector<mlir::Value> tensors;
  };
  void runLoop(const ast::LoopStmt &statement);
  std::optional<Size> evaluateLoopEnd(const ast::Expr *expr);
  std::optional<LoopRange> evaluateLoopRange(const ast::LoopStmt &statement);
  Value makeLoopVariable(const LoopRange &range, mlir::Value turn, const ast::Name &name);
  bool flatten(const Value &value, llvm::SMRange range, llvm::SmallVectorImpl<mlir::Value> &tensors);
  std::optional<std::vector<Carried>> findCarried(const ast::LoopStmt &statement);
  bool checkRebinding(const ast::Name &name);
  bool yieldCarried(llvm::ArrayRef<Carried> carried, const ast::LoopStmt &statement);
  bool runLoopBody(LoopOp loop, const LoopRange &range, llvm::ArrayRef<Carried> carried,
                   const ast::LoopStmt &statement);

  // Expressions (Expressions.cpp)
  Value evaluateCompound(const ast::Expr *expr);
  Value evaluateName(const ast::NameExpr &expr);
  Value evaluateList(const ast::ListExpr &expr);
  Value checkLevels(Value value);
  Value evaluateUnary(const ast::UnaryExpr &expr);
  Value evaluateBinary(const ast::BinaryExpr &expr);
  Value evaluateLogical(const ast::BinaryExpr &expr);
  Value evaluateIndex(const ast::IndexExpr &expr);
  Value evaluateMember(const ast::MemberExpr &expr);
  Value evaluateIf(const ast::IfExpr &expr);
  /// An operator between tensors is a call of its builtin; messages show it as written.
  Value buildOperator(llvm::StringRef mnemonic, llvm::StringRef op, llvm::SMRange range,
                      llvm::ArrayRef<Value> operands);
  std::optional<std::pair<int64_t, int64_t>> evaluateSlice(const ast::SliceExpr &slice, int64_t length);
  llvm::SmallVector<llvm::StringRef> visibleNames() const;
  void reportFault(Fault fault, llvm::StringRef op, llvm::SMRange range, const Value &left, const Value &right);

  // Paths of parameters (Paths.cpp)
  std::optional<std::string> pathOf(const ast::Expr *expr);
  std::optional<std::string> indexOf(const ast::Expr *expr);
  std::optional<Value> evaluatePath(const ast::Expr *expr);

  // Calls (Calls.cpp, Builtins.cpp)
  Value evaluateCall(const ast::CallExpr &call);
  const ast::Function *findFunction(llvm::StringRef name) const;
  Value callFunction(const ast::CallExpr &call, const ast::Function &function, Frame &home);
  Value callBlock(const ast::CallExpr &call, const ast::Function &function, BoundCall &bound);
  Value callHere(const ast::CallExpr &call, const ast::Function &function, BoundCall &bound, Frame &home);
  Frame enterInPlace(const ast::CallExpr &call, const ast::Function &function, Frame &home);
  Value runInPlace(Frame &frame, BoundCall &bound);
  bool refuseLabel(const ast::CallExpr &call, const ast::Function &function);
  Value callInstance(const ast::CallExpr &call, const ast::Function &function, BoundCall &bound);
  Value callBuiltin(const ast::CallExpr &call);
  void reportFailure(BuiltinOpInterface::Concept *op, const BuiltinCall &call, llvm::SMRange range,
                     const MessageGuard &guard, const Signature &signature, const BoundCall &bound);
  void markFrozen(llvm::ArrayRef<mlir::Value> results, bool hasBuffer);
  void reportTerm(llvm::StringRef mnemonic, mlir::Value value, llvm::SMRange range);
  SiteVisit &visit() { return *frame->visit; }
  llvm::SmallVector<llvm::StringRef> callableNames() const;
  void addCallChain(DiagnosticSink::Handle &handle, const Frame *innermost) const;
  /// False, after an error, once elaboration has done more than any sensible model asks for.
  bool spendSteps(llvm::SMRange range, uint64_t count);
  /// The same for values that are copied.
  bool spendCopies(llvm::SMRange range, size_t count) { return spendSteps(range, count / limits::copiesOfAStep); }
  bool isExhausted() const { return steps > limits::steps; }
  /// Whether statements and expressions nest too deep, after an error then.
  bool isTooDeep(llvm::SMRange range);

  const ast::Model &model;
  llvm::StringMap<std::unique_ptr<Instance>> instances; // by function and argument types
  llvm::StringMap<unsigned> instanceCounts;             // of private instances, by function
  llvm::StringSet<> usedBindings, symbolNames;
  llvm::DenseSet<const ast::Function *> startedEntries, failedEntries;
  llvm::StringMap<Value> modelParameters; // names that every func sees before the model's statements run
  llvm::StringMap<Value> modelConstants;  // these, and what the statements make that is known now: in types of entries
  Frame modelFrame;
  Frame *frame = &modelFrame;
  Instance *instance = nullptr;
  std::string assignTarget;
  unsigned loopDepth = 0;    // loops around, in the func or block tree of the instance
  bool entrySymbols = false; // new symbols stand for themselves
  uint64_t steps = 0;
  unsigned depth = 0; // of statements and expressions, over all calls
};

} // namespace vae::frontend

#endif // VAE_FRONTEND_ELABORATE_ELABORATOR_H
