// Phases, lifetimes, and the finished program.
#include "passes/plan/ProgramPlan.h"
#include "ir/ops/Model.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace vae;
using namespace vae::program;

int64_t ProgramPlan::add(const PlannedBuffer &buffer) {
  buffers.push_back(buffer);
  return static_cast<int64_t>(buffers.size()) - 1;
}

int64_t ProgramPlan::view(int64_t buffer, RankedTensorType type, Location loc) {
  int64_t root = memory(buffer);
  if (buffers[root].type == type)
    return root;
  auto [entry, fresh] = views.try_emplace({root, type}, buffers.size());
  if (!fresh)
    return entry->second;
  PlannedBuffer result(BufferKind::transient, type, loc);
  result.sameMemory = root;
  return add(result);
}

//===-- Phases -------------------------------------------------------------------===//

void ProgramPlan::touch(int64_t memory, int64_t phase) {
  PlannedBuffer &buffer = buffers[memory];
  buffer.first = buffer.first < 0 ? phase : std::min(buffer.first, phase);
  buffer.last = std::max(buffer.last, phase);
}

/// What a loop finds and what it leaves must stay as it is from turn to turn: memory of its surroundings lives from its
/// first to its last phase.
void ProgramPlan::keepThroughout(const PlannedStep &loop, const std::vector<PlannedStep> &list, int64_t end) {
  for (const PlannedStep &step : list) {
    keepThroughout(loop, step.body, end);
    for (int64_t memory : llvm::concat<const int64_t>(step.reads, step.writes)) {
      if (buffers[memory].frame >= loop.frame)
        continue;
      touch(memory, loop.phase);
      touch(memory, end);
    }
  }
}

int64_t PhaseClock::find(ArrayRef<int64_t> reads, ArrayRef<int64_t> writes) const {
  int64_t phase = begin;
  for (int64_t memory : reads)
    phase = std::max(phase, readable.lookup(memory));
  for (int64_t memory : writes)
    phase = std::max({phase, readable.lookup(memory), writable.lookup(memory)});
  return phase;
}

void PhaseClock::add(const PlannedStep &step) {
  for (int64_t memory : step.reads)
    writable[memory] = std::max(writable.lookup(memory), step.phase + 1);
  for (int64_t memory : step.writes)
    readable[memory] = writable[memory] = step.phase + 1;
  end = std::max(end, step.phase);
}

/// Gives the steps of a list their phases from `begin` on. A loop waits for all steps before it, and all steps after it
/// wait for the loop. Returns the last phase.
int64_t ProgramPlan::schedule(std::vector<PlannedStep> &list, int64_t begin) {
  PhaseClock clock(begin);
  for (PlannedStep &step : list) {
    if (step.isLoop()) {
      step.phase = clock.getEnd() + 1;
      int64_t last = schedule(step.body, step.phase);
      keepThroughout(step, step.body, last);
      clock.restart(last + 1);
      continue;
    }
    step.phase = clock.find(step.reads, step.writes);
    clock.add(step);
    for (int64_t memory : llvm::concat<int64_t>(step.reads, step.writes))
      touch(memory, step.phase);
  }
  return clock.getEnd();
}

void ProgramPlan::schedule() { phases = schedule(steps, 0) + 1; }

//===-- The program --------------------------------------------------------------===//

static void forEachStep(const std::vector<PlannedStep> &list, function_ref<void(const PlannedStep &)> visit) {
  for (const PlannedStep &step : list) {
    visit(step);
    forEachStep(step.body, visit);
  }
}

/// Null where there are none.
ArrayAttr ProgramPlan::getRequirements() const {
  return func::FuncOp(function)->getAttrOfType<ArrayAttr>(requirementsAttrName);
}

/// Names in sizes, in the order in which arguments, then buffers and steps name them.
ArrayAttr ProgramPlan::getSymbols() const {
  Builder builder(func::FuncOp(function).getContext());
  llvm::SetVector<StringRef> names;
  auto collect = [&](const Size &size) {
    for (const std::string &name : size.symbols())
      names.insert(builder.getStringAttr(name).getValue());
  };
  for (const PlannedBuffer &buffer : buffers)
    llvm::for_each(getSizes(buffer.type), collect);
  forEachStep(steps, [&](const PlannedStep &step) {
    if (step.isLoop())
      collect(*Size::parse(step.count.getValue()));
    if (step.launch)
      for (auto text : LaunchOp(step.launch).getSizes().getAsValueRange<StringAttr>())
        collect(*Size::parse(text));
  });
  if (ArrayAttr requirements = getRequirements())
    for (auto requirement : requirements.getAsRange<RequirementAttr>())
      collect(*Size::parse(requirement.getSurplus()));
  return builder.getStrArrayAttr(names.getArrayRef());
}

void ProgramPlan::emitBuffers(OpBuilder &builder, SmallVectorImpl<Value> &values) const {
  values.resize(buffers.size());
  // By kind, views last.
  auto key = [&](int64_t index) {
    return std::tuple(buffers[index].sameMemory >= 0, buffers[index].kind, buffers[index].result, index);
  };
  auto order = llvm::to_vector(llvm::seq<int64_t>(0, buffers.size()));
  llvm::sort(order, [&](int64_t a, int64_t b) { return key(a) < key(b); });
  for (int64_t index : order) {
    const PlannedBuffer &buffer = buffers[index];
    // A view lives as long as the memory that it shows.
    const PlannedBuffer &root = buffers[memory(index)];
    bool placed = buffer.kind == BufferKind::transient;
    auto lifetime = placed ? builder.getDenseI64ArrayAttr({root.first, root.last}) : DenseI64ArrayAttr();
    values[index] = BufferOp::create(builder, buffer.loc, BufferType::get(builder.getContext()),
                                     BufferKindAttr::get(builder.getContext(), buffer.kind), buffer.name, buffer.ref,
                                     buffer.sameMemory < 0 ? Value() : values[buffer.sameMemory],
                                     TypeAttr::get(buffer.type), lifetime, buffer.defaultValue, buffer.range,
                                     buffer.formula, buffer.report ? builder.getUnitAttr() : UnitAttr(), buffer.noise);
  }
}

/// Steps by phase; barriers part the phases, but a loop is a barrier of its own.
void ProgramPlan::emitSteps(const std::vector<PlannedStep> &list, OpBuilder &builder, ArrayRef<Value> values) const {
  SmallVector<const PlannedStep *> order;
  for (const PlannedStep &step : list)
    order.push_back(&step);
  // Within a phase as they came; all are of one vector.
  llvm::sort(order,
             [](const PlannedStep *a, const PlannedStep *b) { return std::tie(a->phase, a) < std::tie(b->phase, b); });
  const PlannedStep *before = nullptr;
  for (const PlannedStep *step : order) {
    if (before && before->phase != step->phase && !before->isLoop() && !step->isLoop())
      BarrierOp::create(builder, step->loc);
    emitStep(*step, builder, values);
    before = step;
  }
}

void ProgramPlan::emitStep(const PlannedStep &step, OpBuilder &builder, ArrayRef<Value> values) const {
  if (step.isLoop()) {
    auto repeat = RepeatOp::create(builder, step.loc, step.count);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(&repeat.getBody().emplaceBlock());
    return emitSteps(step.body, builder, values);
  }
  SmallVector<Value> operands = llvm::map_to_vector(step.buffers, [&](int64_t buffer) { return values[buffer]; });
  LaunchOp launch = step.launch;
  if (launch)
    DispatchOp::create(builder, step.loc, launch.getKernelAttr(), operands, launch.getSizesAttr());
  else
    CopyOp::create(builder, step.loc, operands[0], operands[1]);
}

static ProgramKind getProgramKind(func::FuncOp function) {
  return symbolizeProgramKind(getKind(function)).value_or(ProgramKind::entry);
}

void ProgramPlan::emit() {
  OpBuilder builder(function);
  auto kind = ProgramKindAttr::get(builder.getContext(), getProgramKind(function));
  auto program = ProgramOp::create(builder, function.getLoc(), function.getSymNameAttr(), kind, getSymbols(),
                                   getRequirements(), builder.getI64IntegerAttr(phases));
  builder.setInsertionPointToStart(&program.getBody().emplaceBlock());
  SmallVector<Value> values;
  emitBuffers(builder, values);
  emitSteps(steps, builder, values);
}
