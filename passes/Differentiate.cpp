// Differentiate: losses get a gradient function, and each line of `train` a training function.
#include "ir/TensorBuilder.h"
#include "passes/Gradients.h"
#include "passes/Passes.h"

using namespace mlir;
using namespace vae;

namespace vae {
#define GEN_PASS_DEF_DIFFERENTIATE
#include "passes/Passes.h.inc"
} // namespace vae

namespace {

/// A trainable parameter of the model.
struct Parameter {
  StringAttr path;
  RankedTensorType type;
  Location loc;
};

SmallVector<Parameter> getTrainable(ModuleOp module) {
  SmallVector<Parameter> parameters;
  for (auto parameter : module.getOps<ParameterOp>())
    if (!parameter.getFrozen())
      parameters.push_back(
          {parameter.getSymNameAttr(), cast<RankedTensorType>(parameter.getType()), parameter.getLoc()});
  return parameters;
}

bool isLoss(func::FuncOp function) {
  auto kind = function->getAttrOfType<StringAttr>("vae.kind");
  return kind && kind == "loss";
}

/// Appends a named result to a function.
void addResult(func::FuncOp function, Value value, StringRef name, bool report) {
  Builder builder(function.getContext());
  SmallVector<NamedAttribute> attributes{builder.getNamedAttr("vae.name", builder.getStringAttr(name))};
  if (report)
    attributes.push_back(builder.getNamedAttr("vae.report", builder.getUnitAttr()));
  Operation *terminator = function.getBody().front().getTerminator();
  terminator->insertOperands(terminator->getNumOperands(), value);
  (void)function.insertResult(function.getNumResults(), value.getType(), builder.getDictionaryAttr(attributes));
}

/// Names the loss and returns the reported numbers beside it.
void returnReports(func::FuncOp loss) {
  Builder builder(loss.getContext());
  loss.setResultAttr(0, "vae.name", builder.getStringAttr("loss"));
  llvm::StringMap<unsigned> counts;
  for (auto report : llvm::make_early_inc_range(loss.getBody().getOps<ReportOp>())) {
    unsigned count = counts[report.getName()]++;
    std::string name = report.getName().str() + (count ? "_" + std::to_string(count) : "");
    addResult(loss, report.getValue(), name, /*report=*/true);
    report.erase();
  }
}

func::FuncOp cloneLoss(func::FuncOp loss, StringRef suffix) {
  OpBuilder builder(loss->getContext());
  builder.setInsertionPointAfter(loss);
  auto copy = cast<func::FuncOp>(builder.clone(*loss));
  copy.setSymName((loss.getSymName() + "." + suffix).str());
  copy->setAttr("vae.kind", builder.getStringAttr(suffix));
  return copy;
}

/// Buffers move in training alone.
void dropUpdates(func::FuncOp function) {
  for (auto update : llvm::make_early_inc_range(function.getBody().getOps<UpdateOp>()))
    update.erase();
}

/// `<loss>.gradient`: the loss, its reports, then the gradient of each trainable parameter; zeros where none flows.
LogicalResult makeGradient(func::FuncOp loss, ArrayRef<Parameter> parameters) {
  func::FuncOp function = cloneLoss(loss, "gradient");
  dropUpdates(function);
  FailureOr<llvm::StringMap<Value>> gradients = buildGradients(function);
  if (failed(gradients))
    return failure();
  OpBuilder builder(function.getBody().front().getTerminator());
  for (const Parameter &parameter : parameters) {
    Value gradient = gradients->lookup(parameter.path);
    if (!gradient) {
      TensorBuilder tensors(builder, parameter.loc);
      Value like = function.getBody().front().getTerminator()->getOperand(0);
      gradient = tensors.zeros(program::getSizes(parameter.type), like);
    }
    addResult(function, gradient, ("gradient:" + parameter.path.getValue()).str(), /*report=*/false);
  }
  return success();
}

/// Whether the line of `train` may change the parameter: a prefix of its path is listed, or none is.
bool isCovered(MinimizeOp op, StringRef path) {
  if (!op.getOver())
    return true;
  return llvm::any_of(op.getOver()->getAsValueRange<StringAttr>(), [&](StringRef prefix) {
    return path == prefix || (path.starts_with(prefix) && path.drop_front(prefix.size()).starts_with("."));
  });
}

/// Appends the optimiser's update of each parameter to a function that has the gradients.
class UpdateBuilder {
public:
  UpdateBuilder(MinimizeOp op, OptimizerOpInterface::Concept &optimizer, func::FuncOp function)
      : op(op), optimizer(optimizer), module(op->getParentOfType<ModuleOp>()),
        builder(function.getBody().front().getTerminator()) {
    for (const std::string &formula : optimizer.getScalarFormulas(op.getArguments()))
      scalars.push_back(
          ScalarOp::create(builder, op.getLoc(), RankedTensorType::get({}, builder.getF32Type()), formula));
  }

  void update(const Parameter &parameter, Value gradient) {
    SmallVector<StringAttr> targets{parameter.path};
    for (StringRef state : optimizer.getStateNames(op.getArguments()))
      targets.push_back(declareState(state, parameter));
    SmallVector<Value> operands;
    for (StringAttr target : targets)
      operands.push_back(ReadOp::create(builder, op.getLoc(), parameter.type, target));
    operands.insert(operands.begin() + 1, gradient);
    operands.append(scalars);
    Operation *made = optimizer.buildUpdate(builder, op.getLoc(), operands, op.getArguments());
    for (auto [target, value] : llvm::zip_equal(targets, made->getResults()))
      UpdateOp::create(builder, op.getLoc(), target, value);
  }

private:
  /// The state `<optimiser>.<state>.<path>`, with the loss before it where an earlier line of `train` has that one: two
  /// optimisers of a parameter share nothing but the parameter.
  StringAttr declareState(StringRef state, const Parameter &parameter) {
    std::string text = (op.getOptimizer() + "." + state + "." + parameter.path.getValue()).str();
    if (module.lookupSymbol(text))
      text = op.getLoss().str() + "." + text;
    auto name = builder.getStringAttr(text);
    OpBuilder at(op);
    program::StateOp::create(at, op.getLoc(), name, TypeAttr::get(parameter.type));
    return name;
  }

  MinimizeOp op;
  OptimizerOpInterface::Concept &optimizer;
  ModuleOp module;
  OpBuilder builder;
  SmallVector<Value> scalars;
};

/// Arguments of a loss that training schedules become scalars of the host.
LogicalResult bindSchedules(MinimizeOp op, func::FuncOp function) {
  OpBuilder builder = OpBuilder::atBlockBegin(&function.getBody().front());
  for (NamedAttribute schedule : op.getSchedules().value_or(builder.getDictionaryAttr({}))) {
    auto arguments = llvm::seq(0u, function.getNumArguments());
    auto argument = llvm::find_if(
        arguments, [&](unsigned index) { return function.getArgAttr(index, "vae.name") == schedule.getName(); });
    if (argument == arguments.end())
      return op.emitError() << "`" << op.getLoss() << "` takes no `" << schedule.getName().getValue() << "`";
    BlockArgument value = function.getArgument(*argument);
    auto scalar = ScalarOp::create(builder, op.getLoc(), value.getType(), cast<StringAttr>(schedule.getValue()));
    value.replaceAllUsesWith(scalar);
    if (failed(function.eraseArgument(*argument)))
      return failure();
  }
  return success();
}

/// `<loss>.train`: the loss and its reports; parameters and states change. A parameter that no gradient reaches stays
/// as it is.
LogicalResult makeTraining(MinimizeOp op, ArrayRef<Parameter> parameters) {
  auto loss = op->getParentOfType<ModuleOp>().lookupSymbol<func::FuncOp>(op.getLoss());
  auto name = RegisteredOperationName::lookup(("vae." + op.getOptimizer()).str(), op.getContext());
  auto *optimizer = name->getInterface<OptimizerOpInterface>();
  assert(loss && optimizer && "the verifier of `minimize` has seen to it");
  func::FuncOp function = cloneLoss(loss, "train");
  if (failed(bindSchedules(op, function)))
    return failure();
  FailureOr<llvm::StringMap<Value>> gradients = buildGradients(function);
  if (failed(gradients))
    return failure();
  UpdateBuilder updates(op, *optimizer, function);
  for (const Parameter &parameter : parameters)
    if (Value gradient = gradients->lookup(parameter.path); gradient && isCovered(op, parameter.path))
      updates.update(parameter, gradient);
  return success();
}

struct DifferentiatePass : vae::impl::DifferentiateBase<DifferentiatePass> {
  using vae::impl::DifferentiateBase<DifferentiatePass>::DifferentiateBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    SmallVector<Parameter> parameters = getTrainable(module);
    SmallVector<func::FuncOp> losses = llvm::to_vector(llvm::make_filter_range(module.getOps<func::FuncOp>(), isLoss));
    llvm::for_each(losses, returnReports);
    for (func::FuncOp loss : losses)
      if (failed(makeGradient(loss, parameters)))
        return signalPassFailure();
    for (auto minimize : llvm::make_early_inc_range(module.getOps<MinimizeOp>())) {
      if (failed(makeTraining(minimize, parameters)))
        return signalPassFailure();
      minimize.erase();
    }
    llvm::for_each(losses, dropUpdates);
  }
};

} // namespace
