// The backward pass: vector-Jacobian products in reverse order, summed where a value is read several times.
#include "passes/grad/Gradients.h"
#include "ir/builders/TensorBuilder.h"
#include "ir/ops/Model.h"
#include "passes/Messages.h"

using namespace mlir;
using namespace vae;

namespace {

class BackwardPass {
public:
  /// Of a number, by the parameters that `isWanted` takes; it is built before `end`, and the ops before that are looked
  /// at.
  BackwardPass(Value of, Operation *end, llvm::function_ref<bool(ReadOp)> isWanted)
      : of(of), end(end), isWanted(isWanted), builder(end) {}
  FailureOr<llvm::StringMap<Value>> run();

private:
  bool isDependent(Operation *op);
  void findActive(ArrayRef<Operation *> forward);
  LogicalResult visit(Operation *op);
  void accumulate(Value value, Value gradient);

  Value of;
  Operation *end;
  llvm::function_ref<bool(ReadOp)> isWanted;
  OpBuilder builder;
  llvm::DenseSet<Value> active; // values that depend on a wanted parameter
  llvm::DenseMap<Value, Value> gradients;
};

} // namespace

/// Whether the op, or one inside it, is a wanted parameter or reads an active value.
bool BackwardPass::isDependent(Operation *op) {
  return op
      ->walk([&](Operation *inner) {
        auto read = dyn_cast<ReadOp>(inner);
        bool depends =
            read ? isWanted(read)
                 : llvm::any_of(inner->getOperands(), [&](Value operand) { return active.contains(operand); });
        return depends ? WalkResult::interrupt() : WalkResult::advance();
      })
      .wasInterrupted();
}

/// Integers are steps: what is read from them changes with no parameter.
void BackwardPass::findActive(ArrayRef<Operation *> forward) {
  for (Operation *op : forward)
    if (isDependent(op))
      active.insert_range(llvm::make_filter_range(
          op->getResults(), [](Value result) { return isa<FloatType>(getElementTypeOrSelf(result)); }));
}

void BackwardPass::accumulate(Value value, Value gradient) {
  Value &sum = gradients[value];
  sum = sum ? TensorBuilder(builder, gradient.getLoc()).add(sum, gradient) : gradient;
}

/// Passes the gradients of the op's results on to its operands.
LogicalResult BackwardPass::visit(Operation *op) {
  SmallVector<Value> results =
      llvm::map_to_vector(op->getResults(), [&](Value result) { return gradients.lookup(result); });
  bool passes = !isa<ReadOp>(op) && isDependent(op);
  if (!passes || llvm::none_of(results, [](Value gradient) { return static_cast<bool>(gradient); }))
    return success();
  if (isa<GradientOp>(op))
    return op->emitError() << messages::GradientOfGradient();
  auto differentiable = dyn_cast<DifferentiableOpInterface>(op);
  if (!differentiable)
    return op->emitError() << messages::NotDifferentiable(op->getName().stripDialect());
  SmallVector<Value> operands;
  differentiable.buildVjp(builder, results, operands);
  for (auto [operand, gradient] : llvm::zip_equal(op->getOperands(), operands))
    if (gradient && active.contains(operand))
      accumulate(operand, gradient);
  return success();
}

FailureOr<llvm::StringMap<Value>> BackwardPass::run() {
  SmallVector<Operation *> forward;
  for (Operation &op : llvm::make_range(end->getBlock()->begin(), end->getIterator()))
    forward.push_back(&op);
  findActive(forward);
  accumulate(of, TensorBuilder(builder, of.getLoc()).scalar(1.0, of));
  for (Operation *op : llvm::reverse(forward))
    if (failed(visit(op)))
      return failure();
  llvm::StringMap<Value> result;
  for (Operation *op : forward)
    if (auto read = dyn_cast<ReadOp>(op))
      if (Value gradient = gradients.lookup(read.getResult()); gradient && active.contains(read.getResult())) {
        Value &sum = result[read.getRef()];
        sum = sum ? TensorBuilder(builder, read.getLoc()).add(sum, gradient) : gradient;
      }
  return result;
}

FailureOr<llvm::StringMap<Value>> vae::buildGradients(func::FuncOp function) {
  SymbolTable symbols(function->getParentOfType<ModuleOp>());
  Operation *end = function.getBody().front().getTerminator();
  auto isTrainable = [&](ReadOp read) {
    auto parameter = symbols.lookup<ParameterOp>(read.getRef());
    return parameter && !parameter.getFrozen();
  };
  return BackwardPass(end->getOperand(0), end, isTrainable).run();
}

LogicalResult vae::expandGradients(func::FuncOp function) {
  SmallVector<GradientOp> ops;
  function.walk([&](GradientOp op) { ops.push_back(op); });
  for (GradientOp op : ops) {
    if (op->getParentOp() != function)
      return op.emitOpError() << messages::GradientInsideLoop();
    FailureOr<llvm::StringMap<Value>> gradients =
        BackwardPass(op.getOf(), op, [&](ReadOp read) { return read.getRef() == op.getRef(); }).run();
    if (failed(gradients))
      return failure();
    Value gradient = gradients->lookup(op.getRef());
    if (!gradient)
      return op.emitError() << messages::GradientIndependent(op.getRef());
    op.replaceAllUsesWith(gradient);
    op.erase();
  }
  return success();
}
