// Training functions: gradients, the optimiser's updates, what follows them, rules that move buffers.
#include "passes/grad/Training.h"
#include "ir/ops/Model.h"
#include "ir/training/Train.h"
#include "passes/Messages.h"
#include "passes/grad/Gradients.h"

using namespace mlir;
using namespace vae;

func::FuncOp vae::cloneLoss(func::FuncOp loss, StringRef suffix, OpBuilder &builder) {
  auto copy = cast<func::FuncOp>(builder.clone(*loss));
  copy.setSymName((loss.getSymName() + "." + suffix).str());
  copy->setAttr(kindAttrName, builder.getStringAttr(suffix));
  return copy;
}

/// Whether the line of `train` may change the parameter: a prefix of its path is listed, or none is.
static bool isCovered(MinimizeOp op, StringRef path) {
  if (!op.getOver())
    return true;
  return llvm::any_of(op.getOver()->getAsValueRange<StringAttr>(), [&](StringRef prefix) {
    return path == prefix || (path.starts_with(prefix) && path.drop_front(prefix.size()).starts_with("."));
  });
}

/// The interface of the op that a call in `train` names; null where it is no such op.
template <typename Interface> static Interface::Concept *findCallee(StringRef name, MLIRContext *context) {
  auto op = RegisteredOperationName::lookup(("vae." + name).str(), context);
  return op ? op->getInterface<Interface>() : nullptr;
}

/// Arguments of a loss that training schedules become scalars of the host.
static LogicalResult bindSchedules(MinimizeOp op, func::FuncOp function) {
  OpBuilder builder = OpBuilder::atBlockBegin(&function.getBody().front());
  for (NamedAttribute schedule : op.getSchedules().value_or(builder.getDictionaryAttr({}))) {
    auto arguments = llvm::seq(0u, function.getNumArguments());
    auto argument = llvm::find_if(
        arguments, [&](unsigned index) { return function.getArgAttr(index, "vae.name") == schedule.getName(); });
    if (argument == arguments.end())
      return op.emitError() << messages::NumberNotTaken(op.getLoss(), schedule.getName().getValue());
    BlockArgument value = function.getArgument(*argument);
    auto scalar = ScalarOp::create(builder, op.getLoc(), value.getType(), cast<StringAttr>(schedule.getValue()));
    value.replaceAllUsesWith(scalar);
    if (failed(function.eraseArgument(*argument)))
      return failure();
  }
  return success();
}

namespace {

/// Builds one line of `train` into the function that has the loss.
class TrainingBuilder {
public:
  TrainingBuilder(MinimizeOp op, func::FuncOp function)
      : op(op), function(function), module(op->getParentOfType<ModuleOp>()), symbols(module),
        builder(function.getBody().front().getTerminator()) {}

  LogicalResult run(ArrayRef<TrainableParameter> parameters);

private:
  /// A parameter that the line changes, and its gradient.
  struct Trained {
    TrainableParameter parameter;
    Value gradient;
  };
  /// A call behind the optimiser's, and its scalars.
  struct Option {
    StringRef name;
    StepOptionOpInterface::Concept *callee;
    SmallVector<Value> scalars;
  };
  SmallVector<Option> makeOptions();
  void transformGradients(const Option &option, MutableArrayRef<Trained> trained);
  void follow(const Option &option, const TrainableParameter &parameter, Value value);
  void optimize(OptimizerOpInterface::Concept &optimizer, MutableArrayRef<Trained> trained);
  LogicalResult applyRule(UpdateRuleOp rule);
  SmallVector<Value> makeScalars(ArrayRef<std::string> formulas, Location loc);
  StringAttr declareState(const Twine &name, RankedTensorType type);
  Value read(StringAttr symbol, Type type) { return ReadOp::create(builder, op.getLoc(), type, symbol); }

  MinimizeOp op;
  func::FuncOp function;
  ModuleOp module;
  SymbolTable symbols;
  OpBuilder builder;
};

} // namespace

SmallVector<Value> TrainingBuilder::makeScalars(ArrayRef<std::string> formulas, Location loc) {
  auto type = RankedTensorType::get({}, builder.getF32Type());
  return llvm::map_to_vector(
      formulas, [&](const std::string &formula) { return Value(ScalarOp::create(builder, loc, type, formula)); });
}

/// The state of that name, with the loss before it where an earlier line of `train` has that one: two lines that change
/// one parameter share nothing but the parameter.
StringAttr TrainingBuilder::declareState(const Twine &name, RankedTensorType type) {
  std::string text = name.str();
  if (symbols.lookup(text))
    text = op.getLoss().str() + "." + text;
  auto symbol = builder.getStringAttr(text);
  OpBuilder at(op);
  symbols.insert(program::StateOp::create(at, op.getLoc(), symbol, TypeAttr::get(type)));
  return symbol;
}

SmallVector<TrainingBuilder::Option> TrainingBuilder::makeOptions() {
  SmallVector<Option> options;
  for (auto given : op.getOptions().value_or(builder.getArrayAttr({})).getAsRange<DictionaryAttr>()) {
    NamedAttribute call = *given.begin();
    auto *callee = findCallee<StepOptionOpInterface>(call.getName(), op.getContext());
    auto formulas = callee->getScalarFormulas(cast<DictionaryAttr>(call.getValue()));
    options.push_back({call.getName(), callee, makeScalars(formulas, op.getLoc())});
  }
  return options;
}

void TrainingBuilder::transformGradients(const Option &option, MutableArrayRef<Trained> trained) {
  SmallVector<Value> gradients = llvm::map_to_vector(trained, [](const Trained &one) { return one.gradient; });
  gradients = option.callee->transformGradients(builder, op.getLoc(), gradients, option.scalars);
  for (auto [one, gradient] : llvm::zip_equal(trained, gradients))
    one.gradient = gradient;
}

/// Moves the option's state of a parameter, whose next value is `value`.
void TrainingBuilder::follow(const Option &option, const TrainableParameter &parameter, Value value) {
  StringAttr state = declareState(option.name + "." + parameter.path.getValue(), parameter.type);
  Value next = option.callee->followParameter(builder, op.getLoc(), read(state, parameter.type), value, option.scalars);
  UpdateOp::create(builder, op.getLoc(), state, next);
}

void TrainingBuilder::optimize(OptimizerOpInterface::Concept &optimizer, MutableArrayRef<Trained> trained) {
  SmallVector<Option> options = makeOptions();
  for (const Option &option : options)
    transformGradients(option, trained);
  SmallVector<Value> scalars = makeScalars(optimizer.getScalarFormulas(op.getArguments()), op.getLoc());
  for (const auto &[parameter, gradient] : trained) {
    SmallVector<StringAttr> targets{parameter.path};
    for (StringRef state : optimizer.getStateNames(op.getArguments()))
      targets.push_back(
          declareState(op.getOptimizer() + "." + state + "." + parameter.path.getValue(), parameter.type));
    SmallVector<Value> operands =
        llvm::map_to_vector(targets, [&](StringAttr target) { return read(target, parameter.type); });
    operands.insert(operands.begin() + 1, gradient);
    operands.append(scalars);
    Operation *made = optimizer.buildUpdate(builder, op.getLoc(), operands, op.getArguments());
    for (auto [target, value] : llvm::zip_equal(targets, made->getResults()))
      UpdateOp::create(builder, op.getLoc(), target, value);
    for (const Option &option : options)
      if (option.callee->followsParameters())
        follow(option, parameter, made->getResult(0));
  }
}

/// One above the highest number of a noise site.
static int64_t findFreeSite(func::FuncOp function) {
  int64_t free = 0;
  function.walk([&](NoiseOpInterface site) { free = std::max(free, site.getNoiseSite() + 1); });
  return free;
}

LogicalResult TrainingBuilder::applyRule(UpdateRuleOp rule) {
  auto *callee = findCallee<BufferRuleOpInterface>(rule.getRule(), op.getContext());
  auto buffer = module.lookupSymbol<ParameterOp>(rule.getBuffer());
  auto moved = llvm::find_if(function.getBody().getOps<UpdateOp>(),
                             [&](UpdateOp update) { return update.getRef() == rule.getBuffer(); });
  if (moved != function.getBody().getOps<UpdateOp>().end()) {
    InFlightDiagnostic error = emitError(rule.getLoc()) << messages::MovedTwice(rule.getBuffer(), op.getLoss());
    error.attachNote((*moved).getLoc()) << messages::MovedThere();
    return error;
  }
  auto type = cast<RankedTensorType>(buffer.getType());
  SmallVector<StringAttr> targets{buffer.getSymNameAttr()};
  RuleCall call{builder,
                rule.getLoc(),
                function,
                rule.getBuffer(),
                read(targets[0], type),
                {},
                {},
                rule.getArguments(),
                findFreeSite(function)};
  for (const RuleState &state : callee->getStates(rule.getArguments(), type)) {
    targets.push_back(declareState(rule.getRule() + "." + state.name + "." + rule.getBuffer(), state.type));
    call.states.push_back(read(targets.back(), state.type));
  }
  call.scalars = makeScalars(callee->getScalarFormulas(rule.getArguments()), rule.getLoc());
  FailureOr<SmallVector<Value>> values = callee->buildRule(call);
  if (failed(values))
    return failure();
  for (auto [target, value] : llvm::zip_equal(targets, *values))
    UpdateOp::create(builder, rule.getLoc(), target, value);
  return success();
}

LogicalResult TrainingBuilder::run(ArrayRef<TrainableParameter> parameters) {
  auto *optimizer = findCallee<OptimizerOpInterface>(op.getOptimizer(), op.getContext());
  if (failed(bindSchedules(op, function)))
    return failure();
  FailureOr<llvm::StringMap<Value>> gradients = buildGradients(function);
  if (failed(gradients))
    return failure();
  SmallVector<Trained> trained;
  for (const TrainableParameter &parameter : parameters)
    if (Value gradient = gradients->lookup(parameter.path); gradient && isCovered(op, parameter.path))
      trained.push_back({parameter, gradient});
  if (trained.empty())
    return emitError(op.getLoc()) << messages::GradientReachesNothing(op.getLoss());
  optimize(*optimizer, trained);
  for (auto rule : module.getOps<UpdateRuleOp>())
    if (rule.getLoss() == op.getLoss() && failed(applyRule(rule)))
      return failure();
  return success();
}

FailureOr<func::FuncOp> vae::buildTraining(MinimizeOp op, func::FuncOp previous,
                                           ArrayRef<TrainableParameter> parameters) {
  auto loss = op->getParentOfType<ModuleOp>().lookupSymbol<func::FuncOp>(op.getLoss());
  OpBuilder builder(op->getContext());
  builder.setInsertionPointAfter(previous && loss->isBeforeInBlock(previous) ? previous : loss);
  func::FuncOp function = cloneLoss(loss, "train", builder);
  return failed(TrainingBuilder(op, function).run(parameters)) ? FailureOr<func::FuncOp>(failure()) : function;
}
