// PlanPrograms: host functions over values become programs over buffers.
#include "ir/program/kernels/Ties.h"
#include "passes/Messages.h"
#include "passes/Passes.h"
#include "passes/Prepared.h"
#include "passes/Refusals.h"
#include "passes/plan/EarlyReaders.h"
#include "passes/plan/ProgramPlan.h"
#include "passes/plan/TiedKernels.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace vae;
using namespace vae::program;

namespace vae {
#define GEN_PASS_DEF_PLANPROGRAMS
#include "passes/Passes.h.inc"
} // namespace vae

namespace {

/// A function body while its values are placed: the program's own, or that of a loop.
struct Frame {
  Frame(func::FuncOp function, unsigned number, std::vector<PlannedStep> &steps)
      : function(function), number(number), steps(steps) {}
  func::FuncOp function;
  unsigned number;
  std::vector<PlannedStep> &steps;
  PhaseClock clock;
  DenseMap<Value, int64_t> places;
  DenseMap<int64_t, SmallVector<Value>> held; // memory -> values placed there
  bool isLoop = false;
  unsigned depth = 0;
  SmallVector<int64_t> carried; // of a loop, by carried value: the buffer that holds it from turn to turn
};

/// A copy still to be made, from buffer to buffer.
struct Move {
  int64_t source, target;
  Location loc;
};

/// Plans one host function.
class Planner {
public:
  Planner(func::FuncOp function, SymbolTable &symbols, TiedKernels &tiedKernels)
      : plan(function), symbols(symbols), tiedKernels(tiedKernels), program(function, 0, plan.steps),
        hasLoops(!function.getOps<RepeatCallOp>().empty()) {}
  LogicalResult run();

private:
  void takeArguments();
  LogicalResult placeAll();
  LogicalResult place(Operation &op);
  void placeLaunch(LaunchOp launch);
  LogicalResult placeLoop(RepeatCallOp call);
  LogicalResult placeBody(RepeatCallOp call, ArrayRef<int64_t> carried);
  LogicalResult placeUpdate(program::UpdateOp update);
  void placeReturn(func::ReturnOp op);
  void placeTurnEnd(func::ReturnOp op);
  int64_t bind(BufferKind kind, RankedTensorType type, FlatSymbolRefAttr ref, StringAttr formula, Location loc);
  int64_t makeResult(OpResult result);
  int64_t makeOutput(unsigned index, Location loc);
  int64_t makeTransient(RankedTensorType type, Location loc);
  bool isNeeded(int64_t memory, Operation *op, OpOperand *except = nullptr) const;
  bool mayOverwrite(OpOperand &operand, Value result) const;
  bool mayLieOver(LaunchOp launch, KernelOp kernel, unsigned result, unsigned input) const;
  KernelOp writeOverDying(LaunchOp launch);
  void addStep(PlannedStep step);
  void copy(int64_t source, int64_t destination, Location loc);
  void copyAll(SmallVector<Move> moves);
  void copyUpdates();

  void setPlace(Value value, int64_t buffer) { setPlace(*frame, value, buffer); }
  void setPlace(Frame &frame, Value value, int64_t buffer) {
    frame.places[value] = buffer;
    frame.held[plan.memory(buffer)].push_back(value);
  }
  int64_t placeOf(Value value) const { return frame->places.at(value); }
  int64_t memoryOf(Value value) const { return plan.memory(placeOf(value)); }

  ProgramPlan plan;
  SymbolTable &symbols;
  TiedKernels &tiedKernels;
  Frame program;
  Frame *frame = &program;
  bool hasLoops;
  unsigned frames = 1;
  using Bound = std::tuple<int, Attribute, Attribute>;
  DenseMap<Bound, int64_t> bound;      // kind, symbol and formula -> buffer
  DenseMap<unsigned, int64_t> outputs; // function result -> buffer that is written as it
  SmallVector<program::UpdateOp> updates;
};

/// Which of its function's results the value becomes: itself, after reshapes, or as the value of a loop that nobody
/// else reads before or after it. `alone`: so far nothing else reads it.
std::optional<unsigned> getReturnIndex(Value value, bool alone = true) {
  alone &= value.hasOneUse();
  for (OpOperand &use : value.getUses())
    if (isa<func::ReturnOp>(use.getOwner()))
      return use.getOperandNumber();
  for (OpOperand &use : value.getUses()) {
    Value next;
    if (auto reshape = dyn_cast<program::ReshapeOp>(use.getOwner()))
      next = reshape.getResult();
    auto loop = dyn_cast<RepeatCallOp>(use.getOwner());
    if (loop && alone && use.getOperandNumber() < loop.getInitial().size())
      next = loop.getResult(use.getOperandNumber());
    if (std::optional<unsigned> index = next ? getReturnIndex(next, alone) : std::nullopt)
      return index;
  }
  return std::nullopt;
}

/// Whether the value becomes the next one of the symbol's parameter or state.
bool isUpdateOf(Value value, FlatSymbolRefAttr ref) {
  return llvm::any_of(value.getUsers(), [&](Operation *user) {
    auto update = dyn_cast<program::UpdateOp>(user);
    return update && update.getRefAttr() == ref;
  });
}

DenseF32ArrayAttr getRange(Attribute attribute) {
  auto pair = dyn_cast_or_null<ArrayAttr>(attribute);
  if (!pair)
    return dyn_cast_or_null<DenseF32ArrayAttr>(attribute);
  SmallVector<float> values;
  for (Attribute bound : pair)
    values.push_back(static_cast<float>(cast<FloatAttr>(bound).getValueAsDouble()));
  return DenseF32ArrayAttr::get(pair.getContext(), values);
}

FloatAttr asF32(Attribute attribute) {
  auto number = dyn_cast_or_null<FloatAttr>(attribute);
  return number ? FloatAttr::get(Float32Type::get(number.getContext()), number.getValueAsDouble()) : FloatAttr();
}

} // namespace

LogicalResult Planner::run() {
  takeArguments();
  if (failed(placeAll()))
    return failure();
  copyUpdates();
  plan.schedule();
  plan.emit();
  return success();
}

//===-- Values to buffers ------------------------------------------------------===//

void Planner::takeArguments() {
  func::FuncOp function = plan.function;
  for (BlockArgument argument : function.getArguments()) {
    unsigned index = argument.getArgNumber();
    PlannedBuffer buffer(BufferKind::input, cast<RankedTensorType>(argument.getType()), argument.getLoc());
    buffer.name = function.getArgAttrOfType<StringAttr>(index, "vae.name");
    buffer.range = getRange(function.getArgAttr(index, "vae.range"));
    buffer.defaultValue = asF32(function.getArgAttr(index, "vae.default"));
    buffer.noise = function.getArgAttrOfType<StringAttr>(index, "vae.noise");
    if (!buffer.name)
      buffer.name = StringAttr::get(function.getContext(), "arg" + Twine(index));
    setPlace(argument, plan.add(buffer));
  }
}

LogicalResult Planner::placeAll() {
  for (Operation &op : frame->function.getBody().front())
    if (failed(place(op)))
      return failure();
  return success();
}

LogicalResult Planner::place(Operation &op) {
  if (auto bindOp = dyn_cast<BindOp>(op))
    setPlace(bindOp.getValue(), bind(bindOp.getKind(), cast<RankedTensorType>(bindOp.getValue().getType()),
                                     bindOp.getRefAttr(), bindOp.getFormulaAttr(), op.getLoc()));
  else if (auto reshape = dyn_cast<program::ReshapeOp>(op))
    setPlace(reshape.getResult(), plan.view(placeOf(reshape.getInput()),
                                            cast<RankedTensorType>(reshape.getResult().getType()), op.getLoc()));
  else if (auto launch = dyn_cast<LaunchOp>(op))
    placeLaunch(launch);
  else if (auto loop = dyn_cast<RepeatCallOp>(op))
    return placeLoop(loop);
  else if (auto update = dyn_cast<program::UpdateOp>(op))
    return placeUpdate(update);
  else if (frame->isLoop)
    placeTurnEnd(cast<func::ReturnOp>(op));
  else
    placeReturn(cast<func::ReturnOp>(op));
  return success();
}

/// The buffer of a symbol, scalar or the random state; the same things share one.
int64_t Planner::bind(BufferKind kind, RankedTensorType type, FlatSymbolRefAttr ref, StringAttr formula, Location loc) {
  auto [entry, fresh] = bound.try_emplace({static_cast<int>(kind), ref, formula}, plan.buffers.size());
  if (!fresh)
    return entry->second;
  PlannedBuffer buffer(kind, type, loc);
  buffer.ref = ref;
  buffer.formula = formula;
  return plan.add(buffer);
}

int64_t Planner::makeTransient(RankedTensorType type, Location loc) {
  PlannedBuffer buffer(BufferKind::transient, type, loc);
  buffer.frame = frame->number;
  return plan.add(buffer);
}

/// A buffer for a result that overwrites none of its op's operands: where a returned value goes in the end, if that is
/// free, else a transient one.
int64_t Planner::makeResult(OpResult result) {
  auto type = cast<RankedTensorType>(result.getType());
  std::optional<unsigned> index = getReturnIndex(result);
  if (index && frame->isLoop && !isNeeded(plan.memory(frame->carried[*index]), result.getOwner()))
    return plan.view(frame->carried[*index], type, result.getLoc());
  if (index && !frame->isLoop && !outputs.contains(*index))
    return plan.view(makeOutput(*index, result.getLoc()), type, result.getLoc());
  return makeTransient(type, result.getLoc());
}

int64_t Planner::makeOutput(unsigned index, Location loc) {
  func::FuncOp function = plan.function;
  PlannedBuffer buffer(BufferKind::output, cast<RankedTensorType>(function.getResultTypes()[index]), loc);
  buffer.name = function.getResultAttrOfType<StringAttr>(index, "vae.name");
  buffer.range = getRange(function.getResultAttr(index, "vae.range"));
  buffer.result = index;
  if (auto prepared = function.getResultAttrOfType<FlatSymbolRefAttr>(index, preparedAttrName)) {
    buffer.kind = BufferKind::prepared;
    buffer.ref = prepared;
    return outputs[index] = plan.add(buffer);
  }
  buffer.report = static_cast<bool>(function.getResultAttr(index, "vae.report"));
  if (!buffer.name)
    buffer.name = StringAttr::get(function.getContext(), "result" + Twine(index));
  return outputs[index] = plan.add(buffer);
}

/// Whether `op`, but for one operand, or anything after it in this body reads what the memory holds before `op`.
bool Planner::isNeeded(int64_t memory, Operation *op, OpOperand *except) const {
  auto values = frame->held.find(memory);
  return values != frame->held.end() && llvm::any_of(values->second, [&](Value value) {
           return llvm::any_of(value.getUses(), [&](OpOperand &use) {
             return use.getOwner() == op ? &use != except : op->isBeforeInBlock(use.getOwner());
           });
         });
}

/// Whether the result may take its operand's memory: nobody needs the old value, and it is no caller's, nor that of
/// code around this loop, which the next turn reads again. A parameter or state is overwritten only by its own next
/// value, and in a program with loops, whose bodies bind it anew, by nothing.
bool Planner::mayOverwrite(OpOperand &operand, Value result) const {
  int64_t memory = memoryOf(operand.get());
  const PlannedBuffer &buffer = plan.buffers[memory];
  bool symbol = buffer.kind == BufferKind::parameter || buffer.kind == BufferKind::state;
  bool own =
      buffer.frame == frame->number && (buffer.kind == BufferKind::transient || buffer.kind == BufferKind::output);
  own |= llvm::any_of(frame->carried, [&](int64_t carried) { return plan.memory(carried) == memory; });
  if (symbol ? hasLoops || !isUpdateOf(result, buffer.ref) : !own)
    return false;
  return !isNeeded(memory, operand.getOwner(), &operand);
}

/// Whether the result may take the memory of an input whose value ends here. The launch must not wait for other readers
/// of the input because of it.
bool Planner::mayLieOver(LaunchOp launch, KernelOp kernel, unsigned result, unsigned input) const {
  OpOperand &operand = launch->getOpOperand(input);
  int64_t memory = memoryOf(operand.get());
  if (plan.buffers[memory].kind != BufferKind::transient || !mayOverwrite(operand, launch->getResult(result)))
    return false;
  if (StringRef obstacle = findTieObstacle(kernel, result, input); !obstacle.empty())
    return VAE_REFUSE("written over its input", launch, obstacle);
  auto reads = llvm::map_to_vector(launch.getInputs(), [&](Value value) { return memoryOf(value); });
  return frame->clock.find(reads, memory) == frame->clock.find(reads, {}) ||
         VAE_REFUSE("written over its input", launch, "it would wait for others that read the input");
}

/// The launch's kernel with results tied to inputs that end here, so that both need one memory. A result that goes where
/// the function returns it is written there.
KernelOp Planner::writeOverDying(LaunchOp launch) {
  auto kernel = symbols.lookup<KernelOp>(launch.getKernel());
  SmallVector<int64_t> ties(kernel.getTies());
  for (OpResult result : launch->getResults()) {
    int64_t &tie = ties[result.getResultNumber()];
    if (tie >= 0 || getReturnIndex(result))
      continue;
    auto inputs = llvm::seq<unsigned>(0, launch.getInputs().size());
    auto found = llvm::find_if(inputs, [&](unsigned input) {
      return !llvm::is_contained(ties, input) && mayLieOver(launch, kernel, result.getResultNumber(), input);
    });
    if (found != inputs.end())
      tie = *found;
  }
  KernelOp tied = tiedKernels.get(kernel, ties);
  launch.setKernelAttr(FlatSymbolRefAttr::get(tied));
  return tied;
}

void Planner::addStep(PlannedStep step) {
  step.phase = frame->clock.find(step.reads, step.writes);
  frame->clock.add(step);
  frame->steps.push_back(std::move(step));
}

void Planner::placeLaunch(LaunchOp launch) {
  KernelOp kernel = writeOverDying(launch);
  PlannedStep step(launch.getLoc());
  step.launch = launch;
  for (Value input : launch.getInputs())
    step.buffers.push_back(placeOf(input));
  SmallVector<int64_t> untied;
  for (OpResult result : launch->getResults()) {
    int64_t tie = kernel.getTies()[result.getResultNumber()];
    bool inPlace = tie >= 0 && mayOverwrite(launch->getOpOperand(tie), result);
    int64_t place = inPlace ? step.buffers[tie] : makeResult(result);
    setPlace(result, place);
    if (tie < 0) {
      untied.push_back(place);
      continue;
    }
    if (!inPlace)
      copy(step.buffers[tie], place, launch.getLoc());
    step.buffers[tie] = place;
    step.writes.push_back(plan.memory(place));
  }
  for (int64_t buffer : step.buffers)
    step.reads.push_back(plan.memory(buffer));
  for (int64_t buffer : untied)
    step.writes.push_back(plan.memory(buffer));
  step.buffers.append(untied);
  addStep(std::move(step));
}

void Planner::placeReturn(func::ReturnOp op) {
  for (auto [index, value] : llvm::enumerate(op.getOperands())) {
    int64_t buffer = placeOf(value);
    auto output = outputs.find(index);
    if (output != outputs.end() && output->second == plan.memory(buffer))
      continue;
    copy(buffer, makeOutput(index, op.getLoc()), op.getLoc());
  }
}

void Planner::copy(int64_t source, int64_t destination, Location loc) {
  PlannedStep step(loc);
  step.buffers = {source, destination};
  step.reads = {plan.memory(source)};
  step.writes = {plan.memory(destination)};
  addStep(std::move(step));
}

/// Copies as if all at once: none overwrites what another still reads. Where they go round in a circle, one value is
/// saved first.
void Planner::copyAll(SmallVector<Move> moves) {
  auto isRead = [&](const Move &move) {
    return llvm::any_of(moves, [&](const Move &other) {
      return &other != &move && plan.memory(other.source) == plan.memory(move.target);
    });
  };
  while (!moves.empty()) {
    Move *next = llvm::find_if_not(moves, isRead);
    if (next == moves.end()) {
      Move &first = moves.front();
      int64_t saved = makeTransient(plan.buffers[first.source].type, first.loc);
      copy(first.source, saved, first.loc);
      first.source = saved;
      continue;
    }
    copy(next->source, next->target, next->loc);
    moves.erase(next);
  }
}

LogicalResult Planner::placeUpdate(program::UpdateOp update) {
  if (frame->isLoop)
    return update.emitOpError() << messages::UpdateInsideLoop();
  updates.push_back(update);
  return success();
}

/// Values that are not in their parameter's memory yet go there at the end.
void Planner::copyUpdates() {
  SmallVector<Move> moves;
  for (program::UpdateOp update : updates) {
    BufferKind kind = isa<StateOp>(symbols.lookup(update.getRef())) ? BufferKind::state : BufferKind::parameter;
    auto type = cast<RankedTensorType>(update.getValue().getType());
    int64_t source = placeOf(update.getValue());
    int64_t target = bind(kind, type, update.getRefAttr(), {}, update.getLoc());
    if (plan.memory(source) != plan.memory(target))
      moves.push_back({source, target, update.getLoc()});
  }
  copyAll(std::move(moves));
}

//===-- Loops --------------------------------------------------------------------===//

/// Each carried value has one buffer, in which a turn finds and leaves it: the initial value's own where nobody else
/// needs that, else one into which the initial value is copied.
LogicalResult Planner::placeLoop(RepeatCallOp call) {
  if (frame->depth == maxRepeatDepth)
    return call.emitOpError() << messages::LoopTooDeep(maxRepeatDepth);
  SmallVector<int64_t> carried;
  for (OpResult result : call->getResults()) {
    OpOperand &initial = call.getInitialMutable()[result.getResultNumber()];
    int64_t source = placeOf(initial.get());
    carried.push_back(mayOverwrite(initial, result) ? source : makeResult(result));
    if (plan.memory(carried.back()) != plan.memory(source))
      copy(source, carried.back(), call.getLoc());
  }
  if (failed(placeBody(call, carried)))
    return failure();
  for (auto [result, buffer] : llvm::zip_equal(call.getResults(), carried))
    setPlace(result, buffer);
  return success();
}

LogicalResult Planner::placeBody(RepeatCallOp call, ArrayRef<int64_t> carried) {
  PlannedStep step(call.getLoc());
  step.count = call.getCountAttr();
  step.frame = frames++;
  Frame body(symbols.lookup<func::FuncOp>(call.getBody()), step.frame, step.body);
  body.isLoop = true;
  body.depth = frame->depth + 1;
  body.carried.assign(carried.begin(), carried.end());
  for (auto [argument, value] : llvm::zip_equal(body.function.getArguments(), call.getOperands()))
    setPlace(body, argument,
             argument.getArgNumber() < carried.size() ? carried[argument.getArgNumber()] : placeOf(value));
  Frame *around = std::exchange(frame, &body);
  LogicalResult placed = placeAll();
  frame = around;
  if (succeeded(placed) && !step.body.empty()) {
    frame->clock.restart(frame->clock.getEnd() + 1);
    frame->steps.push_back(std::move(step));
  }
  return placed;
}

/// Puts the turn's values where the next turn finds them.
void Planner::placeTurnEnd(func::ReturnOp op) {
  SmallVector<Move> moves;
  for (auto [value, carried] : llvm::zip_equal(op.getOperands(), frame->carried))
    if (memoryOf(value) != plan.memory(carried))
      moves.push_back({placeOf(value), carried, op.getLoc()});
  copyAll(std::move(moves));
}

//===-- The pass -------------------------------------------------------------------===//

/// The functions that loops repeat: they are part of the programs that do.
static llvm::DenseSet<StringRef> getBodies(ModuleOp module) {
  llvm::DenseSet<StringRef> bodies;
  module.walk([&](RepeatCallOp call) { bodies.insert(call.getBody()); });
  return bodies;
}

/// Kernels, constants and states that no program names any more.
static void removeDeadSymbols(ModuleOp module) {
  llvm::DenseSet<Attribute> named;
  std::optional<SymbolTable::UseRange> uses = SymbolTable::getSymbolUses(&module.getBodyRegion());
  for (const SymbolTable::SymbolUse &use : *uses)
    named.insert(use.getSymbolRef().getRootReference());
  for (Operation &op : llvm::make_early_inc_range(*module.getBody()))
    if (isa<KernelOp, program::ConstantOp, PreparedOp, StateOp>(op) && !named.contains(SymbolTable::getSymbolName(&op)))
      op.erase();
}

namespace {
struct PlanProgramsPass : vae::impl::PlanProgramsBase<PlanProgramsPass> {
  using vae::impl::PlanProgramsBase<PlanProgramsPass>::PlanProgramsBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    SymbolTable symbols(module);
    TiedKernels tiedKernels(symbols);
    llvm::DenseSet<StringRef> bodies = getBodies(module);
    for (auto function : module.getOps<func::FuncOp>())
      moveReadersBeforeOverwriters(function, symbols);
    for (auto function : module.getOps<func::FuncOp>())
      if (!bodies.contains(function.getSymName()) && failed(Planner(function, symbols, tiedKernels).run()))
        return signalPassFailure();
    for (auto function : llvm::make_early_inc_range(module.getOps<func::FuncOp>()))
      function.erase();
    removeDeadSymbols(module);
  }
};
} // namespace
