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
  explicit BackwardPass(func::FuncOp function)
      : block(function.getBody().front()), symbols(function->getParentOfType<ModuleOp>()),
        builder(block.getTerminator()) {}
  FailureOr<llvm::StringMap<Value>> run();

private:
  bool isTrainable(ReadOp read) {
    auto parameter = symbols.lookup<ParameterOp>(read.getRef());
    return parameter && !parameter.getFrozen();
  }
  bool isDependent(Operation *op);
  void findActive();
  LogicalResult visit(Operation *op);
  void accumulate(Value value, Value gradient);

  Block &block;
  SymbolTable symbols;
  OpBuilder builder;
  llvm::DenseSet<Value> active; // values that depend on a trainable parameter
  llvm::DenseMap<Value, Value> gradients;
};

} // namespace

/// Whether the op, or one inside it, is a trainable parameter or reads an active value.
bool BackwardPass::isDependent(Operation *op) {
  return op
      ->walk([&](Operation *inner) {
        auto read = dyn_cast<ReadOp>(inner);
        bool depends =
            read ? isTrainable(read)
                 : llvm::any_of(inner->getOperands(), [&](Value operand) { return active.contains(operand); });
        return depends ? WalkResult::interrupt() : WalkResult::advance();
      })
      .wasInterrupted();
}

/// Integers are steps: what is read from them changes with no parameter.
void BackwardPass::findActive() {
  for (Operation &op : block)
    if (isDependent(&op))
      active.insert_range(llvm::make_filter_range(
          op.getResults(), [](Value result) { return isa<FloatType>(getElementTypeOrSelf(result)); }));
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
  findActive();
  SmallVector<Operation *> forward = llvm::map_to_vector(block.without_terminator(), [](Operation &op) { return &op; });
  Value loss = block.getTerminator()->getOperand(0);
  accumulate(loss, TensorBuilder(builder, loss.getLoc()).scalar(1.0, loss));
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

FailureOr<llvm::StringMap<Value>> vae::buildGradients(func::FuncOp function) { return BackwardPass(function).run(); }
