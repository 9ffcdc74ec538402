// PrepareParameters: what follows from weights alone moves into programs that run when weights have changed.
#include "ir/ops/Constants.h"
#include "ir/ops/Model.h"
#include "ir/ops/Shapes.h"
#include "mlir/IR/IRMapping.h"
#include "passes/Passes.h"
#include "passes/Prepared.h"
#include "passes/Refusals.h"
#include "passes/fused/Costs.h"
#include "passes/fused/Roles.h"
#include "passes/fused/ValueNumbers.h"

using namespace mlir;
using namespace vae;

namespace vae {
#define GEN_PASS_DEF_PREPAREPARAMETERS
#include "passes/Passes.h.inc"
} // namespace vae

namespace {

/// Prepared tensors of a module: equal expressions have one.
class PreparedTensors {
public:
  explicit PreparedTensors(ModuleOp module) : symbols(module) {}
  void prepare(func::FuncOp function);

private:
  program::PreparedOp declare(func::FuncOp function, Value value);

  SymbolTable symbols;
  ValueNumbers numbers;
  DenseMap<unsigned, program::PreparedOp> known; // by the number of the value
};

/// Finds what of a function to prepare.
class WeightValues {
public:
  WeightValues(func::FuncOp function, SymbolTable &symbols);
  /// The values that the rest of the function reads, in its order.
  SmallVector<Value> findPrepared();

private:
  void visit(Operation &op);
  bool isWorthStoring(Value value) const;
  bool isRead(Value value) const;

  Block &block;
  SymbolTable &symbols;
  DenseMap<Value, int64_t> largest; // by value that follows from weights: elements of the largest parameter in it
  llvm::SmallPtrSet<Operation *, 16> computed; // in each run after all
};

} // namespace

static bool isConstant(const Size &size) { return size.getConstant().has_value(); }

/// Whether the op makes tensors of known sizes from its operands alone, whatever the sizes of a run are.
static bool isFunctionOfOperands(Operation &op) {
  bool known = !isHost(&op) || isa<ReshapeOp, UnpackOp>(op);
  if (!known || isa<SizeOp>(op) || !isPure(&op))
    return false;
  return llvm::all_of(op.getResults(), [](Value result) { return llvm::all_of(getShape(result), isConstant); }) &&
         llvm::all_of(op.getAttrs(), [](NamedAttribute attribute) {
           auto sizes = dyn_cast<program::ShapeAttr>(attribute.getValue());
           return !sizes || llvm::all_of(sizes.getSizes(), isConstant);
         });
}

WeightValues::WeightValues(func::FuncOp function, SymbolTable &symbols)
    : block(function.getBody().front()), symbols(symbols) {
  for (Operation &op : block.without_terminator())
    visit(op);
}

void WeightValues::visit(Operation &op) {
  int64_t elements = 0;
  if (auto read = dyn_cast<ReadOp>(op)) {
    if (!isa<ParameterOp>(symbols.lookup(read.getRef())))
      return;
    elements = read.getType().getNumElements();
  } else if (!isFunctionOfOperands(op)) {
    return;
  }
  for (Value operand : op.getOperands()) {
    auto found = largest.find(operand);
    if (found == largest.end())
      return;
    elements = std::max(elements, found->second);
  }
  for (Value result : op.getResults())
    largest[result] = elements;
}

/// What costs nothing to see or to repeat is not stored; what it shows may be.
bool WeightValues::isWorthStoring(Value value) const {
  Operation *op = value.getDefiningOp();
  int64_t elements = largest.lookup(value);
  if (elements == 0 || isa<ReadOp, ReshapeOp, UnpackOp, BroadcastOp>(op))
    return false;
  return cast<ShapedType>(value.getType()).getNumElements() <= elements * costs::preparedGrowth ||
         VAE_REFUSE("prepared", op, "it is much larger than the parameters that it is made of");
}

/// Whether something that runs each time reads the value.
bool WeightValues::isRead(Value value) const {
  return llvm::any_of(value.getUsers(), [&](Operation *user) {
    return computed.contains(user) || user->getNumResults() == 0 || !largest.contains(user->getResult(0));
  });
}

SmallVector<Value> WeightValues::findPrepared() {
  SmallVector<Value> prepared;
  for (Operation &op : llvm::reverse(block.without_terminator())) {
    if (op.getNumResults() == 0 || !largest.contains(op.getResult(0)))
      continue;
    SmallVector<Value> read;
    llvm::copy_if(op.getResults(), std::back_inserter(read), [&](Value value) { return isRead(value); });
    if (read.empty())
      continue;
    if (llvm::all_of(read, [&](Value value) { return isWorthStoring(value); }))
      prepared.append(read.rbegin(), read.rend());
    else
      computed.insert(&op);
  }
  std::reverse(prepared.begin(), prepared.end());
  return prepared;
}

/// Copies the op and what it is made of.
static void cloneWithOperands(Operation *op, IRMapping &mapping, OpBuilder &builder) {
  SmallVector<Operation *> open = {op};
  while (!open.empty()) {
    Operation *next = open.back();
    auto missing = llvm::find_if(next->getOperands(), [&](Value operand) { return !mapping.contains(operand); });
    if (missing != next->getOperands().end()) {
      open.push_back((*missing).getDefiningOp());
      continue;
    }
    open.pop_back();
    if (!mapping.contains(next->getResult(0)))
      builder.clone(*next, mapping);
  }
}

/// The function `<name>.prepare` that returns the value for its prepared tensor. One a tensor, so that a session that makes
/// them has one parameter at a time twice.
static func::FuncOp makePrepareFunction(func::FuncOp function, Value value, program::PreparedOp tensor) {
  OpBuilder builder(function);
  auto made = func::FuncOp::create(builder, value.getLoc(), (function.getSymName() + ".prepare").str(),
                                   builder.getFunctionType({}, value.getType()));
  made->setAttr(kindAttrName, builder.getStringAttr("prepare"));
  made.setResultAttr(0, preparedAttrName, FlatSymbolRefAttr::get(tensor));
  builder.setInsertionPointToEnd(made.addEntryBlock());
  IRMapping mapping;
  cloneWithOperands(value.getDefiningOp(), mapping, builder);
  func::ReturnOp::create(builder, value.getLoc(), mapping.lookup(value));
  return made;
}

program::PreparedOp PreparedTensors::declare(func::FuncOp function, Value value) {
  OpBuilder builder(function);
  auto tensor = program::PreparedOp::create(builder, value.getLoc(), (function.getSymName() + ".prepared").str(),
                                            cast<RankedTensorType>(value.getType()));
  symbols.insert(tensor);
  symbols.insert(makePrepareFunction(function, value, tensor));
  return tensor;
}

void PreparedTensors::prepare(func::FuncOp function) {
  SmallVector<std::pair<Value, program::PreparedOp>> prepared;
  for (Value value : WeightValues(function, symbols).findPrepared()) {
    program::PreparedOp &tensor = known[numbers.get(value)];
    if (!tensor)
      tensor = declare(function, value);
    prepared.push_back({value, tensor});
  }
  for (auto [value, tensor] : prepared) {
    OpBuilder builder(value.getDefiningOp());
    auto ref = FlatSymbolRefAttr::get(tensor);
    value.replaceAllUsesWith(ReadOp::create(builder, value.getLoc(), value.getType(), ref).getResult());
  }
}

namespace {
struct PrepareParametersPass : vae::impl::PrepareParametersBase<PrepareParametersPass> {
  using vae::impl::PrepareParametersBase<PrepareParametersPass>::PrepareParametersBase;

  void runOnOperation() override {
    PreparedTensors tensors(getOperation());
    for (auto function : llvm::to_vector(getOperation().getOps<func::FuncOp>()))
      if (keepsWeights(function))
        tensors.prepare(function);
  }
};
} // namespace
