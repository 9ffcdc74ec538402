// Differentiate: losses get a gradient function, and each line of `train` a training function.
#include "ir/ReportNames.h"
#include "ir/builders/TensorBuilder.h"
#include "ir/ops/Model.h"
#include "ir/training/Train.h"
#include "passes/Passes.h"
#include "passes/grad/Gradients.h"
#include "passes/grad/Training.h"

using namespace mlir;
using namespace vae;

namespace vae {
#define GEN_PASS_DEF_DIFFERENTIATE
#include "passes/Passes.h.inc"
} // namespace vae

namespace {

SmallVector<TrainableParameter> getTrainable(ModuleOp module) {
  SmallVector<TrainableParameter> parameters;
  for (auto parameter : module.getOps<ParameterOp>())
    if (!parameter.getFrozen())
      parameters.push_back(
          {parameter.getSymNameAttr(), cast<RankedTensorType>(parameter.getType()), parameter.getLoc()});
  return parameters;
}

bool isLoss(func::FuncOp function) { return getKind(function) == "loss"; }

struct NamedResult {
  std::string name;
  Value value;
};

/// Appends named results to a function, all at once: each change of a function's type costs all of it.
void addResults(func::FuncOp function, ArrayRef<NamedResult> results, bool report) {
  Builder builder(function.getContext());
  SmallVector<Value> values;
  SmallVector<DictionaryAttr> attributes;
  for (const auto &[name, value] : results) {
    SmallVector<NamedAttribute> own{builder.getNamedAttr("vae.name", builder.getStringAttr(name))};
    if (report)
      own.push_back(builder.getNamedAttr("vae.report", builder.getUnitAttr()));
    values.push_back(value);
    attributes.push_back(builder.getDictionaryAttr(own));
  }
  Operation *terminator = function.getBody().front().getTerminator();
  terminator->insertOperands(terminator->getNumOperands(), values);
  SmallVector<unsigned> places(results.size(), function.getNumResults());
  (void)function.insertResults(places, TypeRange(ValueRange(values)), attributes);
}

/// Names the loss and returns the reported numbers beside it.
void returnReports(func::FuncOp loss) {
  Builder builder(loss.getContext());
  loss.setResultAttr(0, "vae.name", builder.getStringAttr("loss"));
  ReportNames names;
  SmallVector<NamedResult> results;
  for (auto report : llvm::make_early_inc_range(loss.getBody().getOps<ReportOp>())) {
    results.push_back({names.claim(report.getName()), report.getValue()});
    report.erase();
  }
  addResults(loss, results, /*report=*/true);
}

/// Buffers move in training alone.
void dropUpdates(func::FuncOp function) {
  function.walk([](UpdateOp update) { update.erase(); });
}

/// `<loss>.gradient`: the loss, its reports, then the gradient of each trainable parameter; zeros where none flows.
LogicalResult makeGradient(func::FuncOp loss, ArrayRef<TrainableParameter> parameters) {
  OpBuilder after(loss->getContext());
  after.setInsertionPointAfter(loss);
  func::FuncOp function = cloneLoss(loss, "gradient", after);
  dropUpdates(function);
  FailureOr<llvm::StringMap<Value>> gradients = buildGradients(function);
  if (failed(gradients))
    return failure();
  OpBuilder builder(function.getBody().front().getTerminator());
  SmallVector<NamedResult> results;
  for (const TrainableParameter &parameter : parameters) {
    Value gradient = gradients->lookup(parameter.path);
    if (!gradient) {
      TensorBuilder tensors(builder, parameter.loc);
      Value like = function.getBody().front().getTerminator()->getOperand(0);
      gradient = tensors.zeros(program::getSizes(parameter.type), like);
    }
    results.push_back({("gradient:" + parameter.path.getValue()).str(), gradient});
  }
  addResults(function, results, /*report=*/false);
  return success();
}

struct DifferentiatePass : vae::impl::DifferentiateBase<DifferentiatePass> {
  using vae::impl::DifferentiateBase<DifferentiatePass>::DifferentiateBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    SmallVector<TrainableParameter> parameters = getTrainable(module);
    SmallVector<func::FuncOp> losses = llvm::to_vector(llvm::make_filter_range(module.getOps<func::FuncOp>(), isLoss));
    llvm::for_each(losses, returnReports);
    for (func::FuncOp loss : losses)
      if (failed(makeGradient(loss, parameters)))
        return signalPassFailure();
    func::FuncOp training;
    for (auto minimize : module.getOps<MinimizeOp>()) {
      FailureOr<func::FuncOp> made = buildTraining(minimize, training, parameters);
      if (failed(made))
        return signalPassFailure();
      training = *made;
    }
    for (Operation &op : llvm::make_early_inc_range(*module.getBody()))
      if (isa<MinimizeOp, UpdateRuleOp>(op))
        op.erase();
    llvm::for_each(losses, dropUpdates);
    for (auto function : module.getOps<func::FuncOp>())
      if (failed(expandGradients(function)))
        return signalPassFailure();
  }
};

} // namespace
