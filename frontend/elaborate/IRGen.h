// Elaborates a model: walks its funcs, computes what is known now, builds vae ops for the rest. Private to the
// IRGen*.cpp files.
#ifndef VAE_FRONTEND_ELABORATE_IRGEN_H
#define VAE_FRONTEND_ELABORATE_IRGEN_H

#include "frontend/elaborate/Parameters.h"
#include "frontend/elaborate/Sema.h"
#include "frontend/elaborate/Signature.h"
#include "llvm/Support/SaveAndRestore.h"

namespace vae {
struct Schedule;
}

namespace vae::frontend {

/// A declared type with its sizes computed.
struct DeclaredType {
  enum class Kind { Int, Float, Bool, String, Tensor } kind;
  bool isList = false;           // `int[]`
  mlir::Type element;            // of a tensor
  llvm::SmallVector<Size> sizes; // of a tensor
  std::optional<std::pair<double, double>> range;

  bool isTensor() const { return kind == Kind::Tensor; }
  mlir::RankedTensorType tensorType() const { return program::getTensorType(sizes, element); }
  std::string str() const;
};

/// A loop whose body runs: names that had a value before it, with where that came from, and those that it carries.
struct LoopScope {
  llvm::StringMap<llvm::SMRange> outside;
  llvm::StringSet<> carried;
};

/// Keeps what ops report while they are built.
class MessageGuard {
public:
  explicit MessageGuard(mlir::MLIRContext *context)
      : handler(context, [this](mlir::Diagnostic &diagnostic) {
          if (diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error)
            messages.push_back(diagnostic.str());
        }) {}

  /// The first message, without the op's name in front: the diagnostic's place says which call it is.
  std::string message(llvm::StringRef mnemonic) const {
    if (messages.empty())
      return "these arguments do not fit";
    llvm::StringRef text = messages.front();
    text.consume_front(("'vae." + mnemonic + "' op ").str());
    return text.str();
  }
  bool empty() const { return messages.empty(); }

private:
  llvm::SmallVector<std::string> messages;
  mlir::ScopedDiagnosticHandler handler;
};

/// One func, loss, block, or the model's own statements, while its statements run.
struct Frame {
  const ast::Function *function = nullptr; // null: the model's own statements
  llvm::StringMap<Value> names;
  Frame *caller = nullptr;   // of a block, or of the instance that first needed this one
  llvm::SMRange callRange;   // in the caller
  LoopScope *loop = nullptr; // the innermost loop of this frame
  bool inlined = false;      // a block: its ops stand in the caller's func.func
  std::string prefix;        // "decoder.up." : labels down to here
  Site site;
  std::optional<Value> result;
  llvm::SMRange resultRange;
};

/// A func elaborated for certain argument types and compile-time values: one func.func.
struct Instance {
  const ast::Function *function = nullptr;
  mlir::func::FuncOp op;
  bool finished = false, failed = false;
  llvm::SmallVector<std::string> resultNames;
  SiteVisit visit;
  llvm::StringMap<unsigned> reports; // how often each name was reported
};

/// An argument of an instance: a tensor's type, or a value known now.
struct InstanceArgument {
  mlir::RankedTensorType type; // null for a compile-time value
  Value value;                 // of the caller; in an entry, only where known now
};

/// The element type of that name (`f32`, `i32`), or null.
mlir::Type elementType(llvm::StringRef name, mlir::MLIRContext *context);
/// `int`, which is a symbol in an entry.
bool isCompileTimeInt(const ast::TypeExpr &type);
bool isTensorType(const ast::TypeExpr &type);
llvm::SmallVector<llvm::StringRef> signatureNames(const Signature &signature);
/// The names, without `vae.`, of the ops that have an interface.
template <typename Interface> llvm::SmallVector<llvm::StringRef> operationNames(mlir::MLIRContext *context) {
  llvm::SmallVector<llvm::StringRef> names;
  for (mlir::RegisteredOperationName op : context->getRegisteredOperations())
    if (op.getDialectNamespace() == "vae" && op.getInterface<Interface>())
      names.push_back(op.stripDialect());
  return names;
}

class IRGen {
public:
  IRGen(const Declarations &declarations, mlir::MLIRContext *context, DiagnosticSink &sink);

  /// The whole model; null after an error.
  mlir::OwningOpRef<mlir::ModuleOp> run();

private:
  /// A call's arguments, sorted to the callee's parameters.
  struct BoundCall {
    llvm::SmallVector<std::optional<Value>> values; // one a parameter
    llvm::SmallVector<llvm::SMRange> ranges;        // where each was given; may be shorter
    llvm::SmallVector<Value> variadic;              // for the first parameter, where it takes any number
  };

  /// The call of an optimiser, an option or a rule, its arguments bound.
  struct TrainingCall {
    const ast::CallExpr *call;
    Signature signature;
    mlir::NamedAttrList arguments;
  };

  // The model (Model.cpp)
  void bindModelParameters();
  std::optional<Value> parseBinding(llvm::StringRef text, const DeclaredType &type);
  void checkBindings();
  void elaborateEntry(const ast::Function &function);
  std::optional<InstanceArgument> entryArgument(const ast::Parameter &parameter);
  Value symbolValue(const ast::Name &name);

  // Training (Training.cpp)
  void elaborateMinimize(const ast::Minimize &minimize);
  void elaborateUpdates(const ast::Minimize &minimize);
  template <typename Interface>
  std::optional<TrainingCall> bindTrainingCall(const ast::CallExpr &call, DiagnosticKind unknown);
  llvm::SmallVector<llvm::StringRef> elaborateParts(llvm::ArrayRef<ast::Name> names);
  bool checkBuffer(llvm::StringRef path, llvm::SMRange range);
  std::optional<llvm::SmallVector<TrainingCall>> bindTrainingCalls(const ast::Minimize &minimize);
  void elaborateSchedule(const ast::Minimize &minimize, const ast::Schedule &schedule,
                         llvm::MutableArrayRef<TrainingCall> calls, mlir::NamedAttrList &scalars);
  void elaborateRuleSchedule(const ast::Schedule &schedule, TrainingCall &rule, llvm::ArrayRef<ast::Schedule> all);
  bool checkFirstSchedule(const ast::Schedule &schedule, llvm::ArrayRef<ast::Schedule> all);
  void scheduleArgument(TrainingCall &target, const ast::Name &name, std::optional<std::string> formula);
  std::optional<std::string> evaluateSchedule(const ast::Schedule &statement);
  bool checkSchedule(const ast::CallExpr &call, const Schedule &schedule, const Signature &signature,
                     const llvm::StringMap<double> &numbers);
  bool bindNumbers(const ast::CallExpr &call, const Signature &signature, mlir::NamedAttrList &arguments);

  // Funcs and blocks (Functions.cpp)
  Instance *instantiate(const ast::Function &function, llvm::ArrayRef<InstanceArgument> arguments, Frame *caller,
                        llvm::SMRange callRange);
  void elaborate(Instance &instance, Frame &frame, llvm::ArrayRef<InstanceArgument> arguments);
  void runModelStatements();
  bool finishInstance(Instance &instance, Frame &frame, llvm::ArrayRef<InstanceArgument> arguments);
  bool checkResults(const Frame &frame, llvm::ArrayRef<DeclaredType> declared, llvm::ArrayRef<Value> values);
  void annotate(Instance &instance, llvm::ArrayRef<InstanceArgument> arguments, llvm::ArrayRef<DeclaredType> results);
  bool bindParameters(const ast::Function &function, Frame &frame, BoundCall &bound, llvm::SMRange callRange);
  bool bindParameter(const ast::Function &function, const ast::Parameter &parameter, Value &value, llvm::SMRange range);
  void reportArgument(const ast::Function &function, const ast::Parameter &parameter, const Value &value,
                      llvm::StringRef declared, llvm::SMRange range);
  bool bindTensor(const ast::Function &function, const ast::Parameter &parameter, const DeclaredType &type,
                  Value &value, llvm::SMRange range);
  bool unify(llvm::ArrayRef<Size> pattern, llvm::ArrayRef<Size> actual);
  static std::string describeOpen(const DeclaredType &type);
  bool isActive(const ast::Function &function) const;

  // Types (Types.cpp)
  std::optional<DeclaredType> evaluateType(const ast::TypeExpr &type, bool declaresSymbols);
  void declareSymbols(const ast::Expr *size);
  std::optional<Value> convert(const Value &value, const DeclaredType &type);
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
  void runLoop(const ast::LoopStmt &statement);
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
  std::optional<Size> evaluateLoopEnd(const ast::Expr *expr);
  std::optional<LoopRange> evaluateLoopRange(const ast::LoopStmt &statement);
  mlir::Value makeInteger(const Size &size, llvm::SMRange range);
  Value makeLoopVariable(const LoopRange &range, mlir::Value turn, const ast::Name &name);
  bool flatten(const Value &value, llvm::SMRange range, llvm::SmallVectorImpl<mlir::Value> &tensors);
  std::optional<std::vector<Carried>> findCarried(const ast::LoopStmt &statement);
  bool checkRebinding(const ast::Name &name);
  bool yieldCarried(llvm::ArrayRef<Carried> carried, const ast::LoopStmt &statement);
  bool runLoopBody(LoopOp loop, const LoopRange &range, llvm::ArrayRef<Carried> carried,
                   const ast::LoopStmt &statement);

  // Places of tensors (Indexing.cpp)
  struct AxisPlace {
    const ast::Expr *index = nullptr;
    std::optional<int64_t> first, last; // of a stretch, open ends left out; of a position known now, the first
    mlir::Value tensor;                 // positions of run time
    bool isStretch = false;
    bool isDropped() const { return !isStretch && !tensor; }
  };
  /// Where `update` writes: axes with an index each, and where the stretches of the others begin and how long they are.
  struct PutPlaces {
    llvm::SmallVector<int64_t> axes;
    llvm::SmallVector<mlir::Value> indices;
    llvm::SmallVector<Size> begins, lengths;
  };
  std::optional<AxisPlace> evaluatePlace(const ast::Expr *index);
  std::optional<llvm::SmallVector<AxisPlace>> evaluatePlaces(llvm::ArrayRef<ast::Expr *> indices, const Value &tensor,
                                                             llvm::SMRange range);
  Value buildSlice(const Value &tensor, size_t axis, std::optional<int64_t> first, std::optional<int64_t> last,
                   llvm::SMRange range);
  Value evaluateTensorIndex(const ast::IndexExpr &expr, Value tensor);
  Value dropPositions(const Value &tensor, llvm::ArrayRef<AxisPlace> places, llvm::SMRange range);
  std::optional<Size> resolvePosition(int64_t position, const Size &size, bool isEnd, llvm::SMRange range);
  std::optional<PutPlaces> resolvePlaces(llvm::ArrayRef<AxisPlace> places, mlir::RankedTensorType type);
  struct UpdateParts {
    const ast::Expr *tensor, *value;
    const ast::ListExpr *places;
  };
  std::optional<UpdateParts> bindUpdate(const ast::CallExpr &call);
  Value callUpdate(const ast::CallExpr &call);
  Value broadcastTo(const Value &value, llvm::ArrayRef<Size> sizes, llvm::SMRange range);
  Value buildPut(const Value &tensor, const Value &value, const PutPlaces &put, llvm::SMRange range);

  // Expressions (Expressions.cpp)
  Value evaluate(const ast::Expr *expr);
  Value evaluateCompound(const ast::Expr *expr);
  Value evaluateName(const ast::NameExpr &expr);
  Value evaluateList(const ast::ListExpr &expr);
  Value evaluateUnary(const ast::UnaryExpr &expr);
  Value evaluateBinary(const ast::BinaryExpr &expr);
  Value evaluateLogical(const ast::BinaryExpr &expr);
  Value evaluateIndex(const ast::IndexExpr &expr);
  Value buildOperator(llvm::StringRef mnemonic, llvm::StringRef op, llvm::SMRange range,
                      llvm::ArrayRef<Value> operands);
  Value evaluateMember(const ast::MemberExpr &expr);
  Value evaluateIf(const ast::IfExpr &expr);
  std::optional<int64_t> evaluateInteger(const ast::Expr *expr);
  std::optional<std::pair<int64_t, int64_t>> evaluateSlice(const ast::SliceExpr &slice, int64_t length);
  const Value *lookup(llvm::StringRef name) const;
  llvm::SmallVector<llvm::StringRef> visibleNames() const;

  // Calls (Calls.cpp, Builtins.cpp)
  Value evaluateCall(const ast::CallExpr &call);
  Value callFunction(const ast::CallExpr &call, const ast::Function &function);
  Value callBlock(const ast::CallExpr &call, const ast::Function &function, BoundCall &bound);
  Value callInstance(const ast::CallExpr &call, const ast::Function &function, BoundCall &bound);
  std::optional<Value> callIntrinsic(const ast::CallExpr &call);
  Value callParameter(const ast::CallExpr &call);
  std::optional<program::InitAttr> evaluateInit(const ast::Expr *expr);
  std::optional<BoundCall> bindCall(const ast::CallExpr &call, llvm::ArrayRef<llvm::StringRef> parameters,
                                    bool firstTakesAny, llvm::ArrayRef<llvm::StringRef> absentWords = {});
  bool isLeftOut(const ast::Argument &argument, llvm::StringRef absentWord) const;
  std::optional<std::string> labelPath(const ast::Label &label);

  Value callBuiltin(const ast::CallExpr &call);
  Value buildBuiltin(llvm::StringRef mnemonic, llvm::SMRange range, const Signature &signature, BoundCall &bound,
                     const ast::CallExpr *call);
  std::optional<BuiltinArgument> bindArgument(const Signature &signature, const SignatureParameter &parameter,
                                              const std::optional<Value> &given, llvm::SMRange range,
                                              mlir::Type element = {});
  mlir::Type elementForNumbers(const Signature &signature, const BoundCall &bound);
  bool bindArguments(const Signature &signature, BoundCall &bound, llvm::SMRange range, BuiltinCall &builtin);
  std::optional<BuiltinArgument> bindTensors(const Signature &signature, const BoundCall &bound, llvm::SMRange range);
  std::optional<mlir::Value> convertTensor(const Value &value, llvm::SMRange range, mlir::Type element = {});
  void reportRejected(llvm::SMRange range, llvm::StringRef message, const Signature &signature, const BoundCall &bound);
  void reportTerm(llvm::StringRef mnemonic, mlir::Value value, llvm::SMRange range);
  static Value wrapResults(llvm::ArrayRef<mlir::Value> results, llvm::SMRange range);
  SiteVisit &visit() { return instance->visit; }
  std::optional<Signature> findBuiltin(llvm::StringRef mnemonic) const;
  llvm::SmallVector<llvm::StringRef> callableNames() const;
  mlir::FailureOr<mlir::Value> makeParameter(llvm::StringRef path, mlir::RankedTensorType type, program::InitAttr init,
                                             bool frozen, llvm::SMRange range, const Site &site);

  // Diagnostics
  /// Records an error; inside a block, with a note at each call that led there.
  template <typename... Args> DiagnosticSink::Handle error(llvm::SMRange range, DiagnosticKind kind, Args &&...args) {
    DiagnosticSink::Handle handle = sink.error(range, kind, std::forward<Args>(args)...);
    addCallChain(handle, frame);
    return handle;
  }
  void addCallChain(DiagnosticSink::Handle &handle, const Frame *innermost) const;
  void reportFault(Fault fault, llvm::StringRef op, llvm::SMRange range, const Value &left, const Value &right);
  /// The location of an op: the range, and the calls of blocks that led there.
  mlir::Location location(llvm::SMRange range) const;
  /// False, after an error, once elaboration has done more than any sensible model asks for.
  bool spendStep(llvm::SMRange range);
  bool isExhausted() const { return steps > maxSteps; }

  /// More statements and calls than this are a runaway loop, not a model.
  static constexpr uint64_t maxSteps = 1'000'000;

  const Declarations &declarations;
  const ast::Model &model;
  mlir::MLIRContext *context;
  DiagnosticSink &sink;
  mlir::OpBuilder builder;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  ParameterTable parameters;
  llvm::StringMap<std::unique_ptr<Instance>> instances; // by function and argument types
  llvm::StringMap<unsigned> instanceCounts;             // of private instances, by function
  llvm::StringSet<> usedBindings, symbolNames;
  llvm::StringMap<llvm::SMRange> minimized; // losses in `train`
  llvm::DenseSet<const ast::Function *> startedEntries, failedEntries;
  llvm::StringMap<Value> modelParameters; // names that every func sees before the model's statements run
  Frame modelFrame;
  Frame *frame = &modelFrame;
  Instance *instance = nullptr;
  std::string assignTarget; // the one name that the value being evaluated goes to
  mlir::Operation *lastParameter = nullptr;
  unsigned loopDepth = 0;    // loops around, in the func or block tree of the instance
  bool entrySymbols = false; // new symbols stand for themselves
  uint64_t steps = 0;
  unsigned depth = 0; // of evaluate, over all calls
};

} // namespace vae::frontend

#endif // VAE_FRONTEND_ELABORATE_IRGEN_H
