// OutlineKernels: groups become kernels and launches, what is left of the vae dialect becomes the program dialect.
#include "ir/ops/Constants.h"
#include "ir/ops/Latent.h"
#include "ir/ops/Model.h"
#include "ir/ops/Regions.h"
#include "ir/ops/Shapes.h"
#include "ir/program/kernels/Ties.h"
#include "ir/training/Train.h"
#include "passes/Passes.h"
#include "passes/Refusals.h"
#include "passes/kernels/KernelBuilder.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace vae;

namespace vae {
#define GEN_PASS_DEF_OUTLINEKERNELS
#include "passes/Passes.h.inc"
} // namespace vae

namespace {

/// Outlines one function.
class Outliner {
public:
  using Tables = DenseMap<Attribute, program::ConstantOp>;
  Outliner(func::FuncOp function, SymbolTable &symbols, StringRef model, unsigned &kernelCount, Tables &tables)
      : function(function), symbols(symbols), model(model), kernelCount(kernelCount), tables(tables) {}
  LogicalResult run();

private:
  LogicalResult outline(GroupOp group);
  void launch(GroupOp group, program::KernelOp kernel, const KernelBuilder &built);
  void tie(GroupOp group, program::KernelOp kernel, ArrayRef<KernelInput> inputs);
  Value bindTable(OpBuilder &builder, Location loc, DenseElementsAttr table);
  std::string getKernelName(GroupOp group);
  void convertHostOp(Operation *op);

  func::FuncOp function;
  SymbolTable &symbols;
  StringRef model;
  unsigned &kernelCount;
  Tables &tables;
};

} // namespace

LogicalResult Outliner::run() {
  for (auto group : llvm::make_early_inc_range(function.getBody().getOps<GroupOp>()))
    if (failed(outline(group)))
      return failure();
  for (Operation &op : llvm::make_early_inc_range(function.getBody().front()))
    convertHostOp(&op);
  return success();
}

//===-- Groups -------------------------------------------------------------------===//

/// `<model>_<function>_<ops>_<n>`: the first few different ops of the group.
std::string Outliner::getKernelName(GroupOp group) {
  llvm::SmallSetVector<StringRef, 4> ops;
  for (Operation &op : group.getBody().front().without_terminator())
    if (!isa<ConstantOp, SizeOp, FillOp, ReshapeOp, BroadcastOp>(op) && ops.size() < 4)
      ops.insert(op.getName().stripDialect());
  std::string text = (model + "_" + function.getName() + "_" + llvm::join(ops, "_") + "_" + Twine(kernelCount++)).str();
  for (char &c : text)
    c = llvm::isAlnum(c) ? c : '_';
  return text;
}

LogicalResult Outliner::outline(GroupOp group) {
  KernelBuilder builder(group);
  if (failed(builder.build()))
    return failure();
  OpBuilder at(function);
  program::KernelOp kernel = builder.finish(at, getKernelName(group));
  symbols.insert(kernel);
  tie(group, kernel, builder.getInputs());
  launch(group, kernel, builder);
  return success();
}

/// Whether the kernel may write the result over the input.
static bool isReadInPlace(program::KernelOp kernel, unsigned result, unsigned input) {
  StringRef obstacle = program::findTieObstacle(kernel, result, input);
  return obstacle.empty() || VAE_REFUSE("written in place", kernel, obstacle);
}

/// Whether `use` makes its value the next one of what `old` holds: of a parameter or state, or of what a loop's body
/// carries.
static bool isNextValue(OpOperand &use, Value old) {
  if (auto update = dyn_cast<UpdateOp>(use.getOwner())) {
    auto read = old.getDefiningOp<ReadOp>();
    return read && read.getRefAttr() == update.getRefAttr();
  }
  auto argument = dyn_cast<BlockArgument>(old);
  return argument && isa<func::ReturnOp>(use.getOwner()) && isLoopBody(argument.getOwner()->getParentOp()) &&
         argument.getArgNumber() == use.getOperandNumber();
}

/// The input that holds the old value of what the result becomes.
static std::optional<unsigned> findOldValue(Value result, ArrayRef<KernelInput> inputs) {
  for (OpOperand &use : result.getUses())
    for (auto [index, input] : llvm::enumerate(inputs))
      if (input.value && isNextValue(use, input.value))
        return index;
  return std::nullopt;
}

void Outliner::tie(GroupOp group, program::KernelOp kernel, ArrayRef<KernelInput> inputs) {
  SmallVector<int64_t> ties(kernel.getTies());
  for (auto [index, result] : llvm::enumerate(group.getResults())) {
    std::optional<unsigned> input = findOldValue(result, inputs);
    if (input && !llvm::is_contained(ties, *input) && isReadInPlace(kernel, index, *input))
      ties[index] = *input;
  }
  kernel.setTies(ties);
}

/// The value of a table that is part of an op's formula; equal tables are one constant.
Value Outliner::bindTable(OpBuilder &builder, Location loc, DenseElementsAttr table) {
  program::ConstantOp &constant = tables[table];
  if (!constant) {
    OpBuilder at = OpBuilder::atBlockBegin(function->getParentOfType<ModuleOp>().getBody());
    constant = program::ConstantOp::create(at, loc, "table", table);
    symbols.insert(constant);
  }
  auto kind = program::BufferKindAttr::get(builder.getContext(), program::BufferKind::constant);
  return program::BindOp::create(builder, loc, table.getType(), kind, FlatSymbolRefAttr::get(constant), StringAttr());
}

void Outliner::launch(GroupOp group, program::KernelOp kernel, const KernelBuilder &built) {
  OpBuilder builder(group);
  SmallVector<Value> inputs;
  for (auto [index, input] : llvm::enumerate(built.getInputs())) {
    inputs.push_back(input.value ? input.value : bindTable(builder, group.getLoc(), input.table));
    auto unpack = inputs.back().getDefiningOp<UnpackOp>();
    if (!unpack)
      continue;
    inputs.back() = unpack.getX();
    kernel.setArgAttr(index, program::layoutAttrName, unpack.getLayoutAttr());
  }
  std::vector<std::string> texts;
  for (const Size &size : built.getSizes())
    texts.push_back(size.str());
  SmallVector<StringRef> sizes(texts.begin(), texts.end());
  auto launch = program::LaunchOp::create(builder, group.getLoc(), group.getResultTypes(),
                                          FlatSymbolRefAttr::get(kernel), inputs, builder.getStrArrayAttr(sizes));
  group.replaceAllUsesWith(launch);
  group.erase();
}

//===-- Host ops -----------------------------------------------------------------===//

static program::BufferKind getSymbolKind(Operation *symbol) {
  return isa<program::StateOp>(symbol)      ? program::BufferKind::state
         : isa<program::PreparedOp>(symbol) ? program::BufferKind::prepared
                                            : program::BufferKind::parameter;
}

void Outliner::convertHostOp(Operation *op) {
  OpBuilder builder(op);
  Location loc = op->getLoc();
  auto bind = [&](program::BufferKind kind, FlatSymbolRefAttr ref, StringAttr formula) {
    auto bound = program::BindOp::create(builder, loc, op->getResult(0).getType(),
                                         program::BufferKindAttr::get(builder.getContext(), kind), ref, formula);
    op->replaceAllUsesWith(bound);
    op->erase();
  };
  if (auto read = dyn_cast<ReadOp>(op)) {
    bind(getSymbolKind(symbols.lookup(read.getRef())), read.getRefAttr(), {});
  } else if (isa<RngOp>(op)) {
    bind(program::BufferKind::rng, {}, {});
  } else if (auto scalar = dyn_cast<ScalarOp>(op)) {
    bind(program::BufferKind::scalar, {}, scalar.getFormulaAttr());
  } else if (auto reshape = dyn_cast<ReshapeOp>(op)) {
    op->replaceAllUsesWith(program::ReshapeOp::create(builder, loc, reshape.getType(), reshape.getX()));
    op->erase();
  } else if (isa<UnpackOp>(op)) {
    op->erase(); // launches read what it unpacks
  } else if (auto update = dyn_cast<UpdateOp>(op)) {
    program::UpdateOp::create(builder, loc, update.getRefAttr(), update.getValue());
    op->erase();
  }
}

namespace {
struct OutlineKernelsPass : vae::impl::OutlineKernelsBase<OutlineKernelsPass> {
  using vae::impl::OutlineKernelsBase<OutlineKernelsPass>::OutlineKernelsBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    SymbolTable symbols(module);
    unsigned kernelCount = 0;
    Outliner::Tables tables;
    StringRef model = module.getName().value_or("model");
    for (auto function : module.getOps<func::FuncOp>())
      if (failed(Outliner(function, symbols, model, kernelCount, tables).run()))
        return signalPassFailure();
    for (auto parameter : llvm::make_early_inc_range(module.getOps<ParameterOp>())) {
      OpBuilder builder(parameter);
      program::ParameterOp::create(builder, parameter.getLoc(), parameter.getSymName(), parameter.getType(),
                                   parameter.getInit(), parameter.getFrozen(), parameter.getPartAttr());
      parameter.erase();
    }
  }
};
} // namespace
