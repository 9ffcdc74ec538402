// PlanPrograms: host functions over values become programs over buffers.
#include "passes/Passes.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace vae;
using namespace vae::program;

namespace vae {
#define GEN_PASS_DEF_PLANPROGRAMS
#include "passes/Passes.h.inc"
} // namespace vae

namespace {

/// A buffer to be: what `program.buffer` will say, with other buffers named by number.
struct Buffer {
  Buffer(BufferKind kind, RankedTensorType type, Location loc) : kind(kind), type(type), loc(loc) {}
  BufferKind kind;
  RankedTensorType type;
  Location loc;
  StringAttr name;
  FlatSymbolRefAttr ref;
  StringAttr layout, formula, noise;
  FloatAttr defaultValue;
  DenseF32ArrayAttr range;
  bool report = false;
  unsigned result = 0;           // output: which of the function's results
  int64_t sameMemory = -1;       // the buffer that this one is seen with another shape
  int64_t first = -1, last = -1; // phases that touch it or a view of it
};

/// A dispatch or a copy, with the memory it touches.
struct Step {
  LaunchOp launch;                    // null for a copy
  SmallVector<int64_t> buffers;       // of the dispatch; source and destination of a copy
  SmallVector<int64_t> reads, writes; // memory
  int64_t phase = 0;
  Location loc;
};

/// Plans one host function.
class Planner {
public:
  Planner(func::FuncOp function, SymbolTable &symbols) : function(function), symbols(symbols) {}
  void run() {
    takeArguments();
    for (Operation &op : function.getBody().front())
      place(op);
    copyUpdates();
    schedule();
    emit();
  }

private:
  void takeArguments();
  void place(Operation &op);
  void placeLaunch(LaunchOp launch);
  void placeReturn(func::ReturnOp op);
  int64_t bind(BufferKind kind, RankedTensorType type, FlatSymbolRefAttr ref, StringAttr formula, StringAttr layout,
               Location loc);
  int64_t view(int64_t buffer, RankedTensorType type, Location loc);
  int64_t makeResult(Value result);
  int64_t makeOutput(unsigned index, Location loc);
  bool mayOverwrite(LaunchOp launch, unsigned input, Value result);
  void copy(int64_t source, int64_t destination, Location loc);
  void copyUpdates();
  void schedule();
  void emit();
  void emitBuffers(OpBuilder &builder, SmallVectorImpl<Value> &values);
  void emitSteps(OpBuilder &builder, ArrayRef<Value> values);
  void emitStep(Step &step, OpBuilder &builder, ArrayRef<Value> values);
  ArrayAttr getSymbols();

  int64_t memory(int64_t buffer) const { return buffers[buffer].sameMemory < 0 ? buffer : buffers[buffer].sameMemory; }
  int64_t add(const Buffer &buffer) {
    buffers.push_back(buffer);
    return static_cast<int64_t>(buffers.size()) - 1;
  }

  func::FuncOp function;
  SymbolTable &symbols;
  SmallVector<Buffer> buffers;
  SmallVector<Step> steps;
  DenseMap<Value, int64_t> places;
  DenseMap<unsigned, int64_t> outputs; // function result -> buffer that is written as it
  SmallVector<program::UpdateOp> updates;
  int64_t phases = 1;
};

/// The function result that the value becomes, itself or after reshapes.
std::optional<unsigned> getReturnIndex(Value value) {
  for (OpOperand &use : value.getUses())
    if (isa<func::ReturnOp>(use.getOwner()))
      return use.getOperandNumber();
  for (Operation *user : value.getUsers())
    if (auto reshape = dyn_cast<program::ReshapeOp>(user))
      if (std::optional<unsigned> index = getReturnIndex(reshape.getResult()))
        return index;
  return std::nullopt;
}

/// The symbol's parameter or state that the value becomes at the end of the program, itself or after reshapes.
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

//===-- Values to buffers ------------------------------------------------------===//

void Planner::takeArguments() {
  for (BlockArgument argument : function.getArguments()) {
    unsigned index = argument.getArgNumber();
    Buffer buffer(BufferKind::input, cast<RankedTensorType>(argument.getType()), argument.getLoc());
    buffer.name = function.getArgAttrOfType<StringAttr>(index, "vae.name");
    buffer.range = getRange(function.getArgAttr(index, "vae.range"));
    buffer.defaultValue = asF32(function.getArgAttr(index, "vae.default"));
    buffer.noise = function.getArgAttrOfType<StringAttr>(index, "vae.noise");
    if (!buffer.name)
      buffer.name = StringAttr::get(function.getContext(), "arg" + Twine(index));
    places[argument] = add(buffer);
  }
}

void Planner::place(Operation &op) {
  if (auto bindOp = dyn_cast<BindOp>(op))
    places[bindOp.getValue()] = bind(bindOp.getKind(), cast<RankedTensorType>(bindOp.getValue().getType()),
                                     bindOp.getRefAttr(), bindOp.getFormulaAttr(), bindOp.getLayoutAttr(), op.getLoc());
  else if (auto reshape = dyn_cast<program::ReshapeOp>(op))
    places[reshape.getResult()] =
        view(places.at(reshape.getInput()), cast<RankedTensorType>(reshape.getResult().getType()), op.getLoc());
  else if (auto launch = dyn_cast<LaunchOp>(op))
    placeLaunch(launch);
  else if (auto update = dyn_cast<program::UpdateOp>(op))
    updates.push_back(update);
  else
    placeReturn(cast<func::ReturnOp>(op));
}

/// The buffer of a symbol, scalar or the random state; the same things share one.
int64_t Planner::bind(BufferKind kind, RankedTensorType type, FlatSymbolRefAttr ref, StringAttr formula,
                      StringAttr layout, Location loc) {
  for (auto [index, buffer] : llvm::enumerate(buffers))
    if (buffer.kind == kind && buffer.ref == ref && buffer.formula == formula && buffer.layout == layout &&
        kind != BufferKind::input)
      return index;
  Buffer buffer(kind, type, loc);
  buffer.ref = ref;
  buffer.formula = formula;
  buffer.layout = layout;
  return add(buffer);
}

int64_t Planner::view(int64_t buffer, RankedTensorType type, Location loc) {
  int64_t root = memory(buffer);
  for (auto [index, other] : llvm::enumerate(buffers))
    if (memory(index) == root && other.type == type)
      return index;
  Buffer result(BufferKind::transient, type, loc);
  result.sameMemory = root;
  return add(result);
}

/// A buffer for a result that overwrites nothing: the caller's where the value is returned, else a transient one.
int64_t Planner::makeResult(Value result) {
  auto type = cast<RankedTensorType>(result.getType());
  std::optional<unsigned> index = getReturnIndex(result);
  if (!index || outputs.contains(*index))
    return add(Buffer(BufferKind::transient, type, result.getLoc()));
  return view(makeOutput(*index, result.getLoc()), type, result.getLoc());
}

int64_t Planner::makeOutput(unsigned index, Location loc) {
  Buffer buffer(BufferKind::output, cast<RankedTensorType>(function.getResultTypes()[index]), loc);
  buffer.name = function.getResultAttrOfType<StringAttr>(index, "vae.name");
  buffer.range = getRange(function.getResultAttr(index, "vae.range"));
  buffer.result = index;
  buffer.report = static_cast<bool>(function.getResultAttr(index, "vae.report"));
  if (!buffer.name)
    buffer.name = StringAttr::get(function.getContext(), "result" + Twine(index));
  return outputs[index] = add(buffer);
}

/// Whether nobody needs the input's old value after this launch: it is no caller's, nothing later reads it, and a
/// parameter or state is overwritten only by its own next value.
bool Planner::mayOverwrite(LaunchOp launch, unsigned input, Value result) {
  int64_t root = memory(places.at(launch.getInputs()[input]));
  BufferKind kind = buffers[root].kind;
  bool symbol = kind == BufferKind::parameter || kind == BufferKind::state;
  if (symbol ? !isUpdateOf(result, buffers[root].ref) : kind != BufferKind::transient)
    return false;
  for (auto [value, buffer] : places) {
    if (memory(buffer) != root)
      continue;
    for (OpOperand &use : value.getUses()) {
      Operation *user = use.getOwner();
      bool reads = user == launch ? use.getOperandNumber() != input : launch->isBeforeInBlock(user);
      if (reads)
        return false;
    }
  }
  return true;
}

void Planner::placeLaunch(LaunchOp launch) {
  auto kernel = symbols.lookup<KernelOp>(launch.getKernel());
  Step step{launch, {}, {}, {}, 0, launch.getLoc()};
  for (Value input : launch.getInputs())
    step.buffers.push_back(places.at(input));
  SmallVector<int64_t> untied;
  for (auto [index, result] : llvm::enumerate(launch.getResults())) {
    int64_t tie = kernel.getTies()[index];
    bool inPlace = tie >= 0 && mayOverwrite(launch, tie, result);
    int64_t place = inPlace ? step.buffers[tie] : makeResult(result);
    places[result] = place;
    if (tie < 0) {
      untied.push_back(place);
      continue;
    }
    if (!inPlace)
      copy(step.buffers[tie], place, launch.getLoc());
    step.buffers[tie] = place;
    step.writes.push_back(memory(place));
  }
  for (int64_t buffer : step.buffers)
    step.reads.push_back(memory(buffer));
  for (int64_t buffer : untied)
    step.writes.push_back(memory(buffer));
  step.buffers.append(untied);
  steps.push_back(std::move(step));
}

void Planner::placeReturn(func::ReturnOp op) {
  for (auto [index, value] : llvm::enumerate(op.getOperands())) {
    int64_t buffer = places.at(value);
    auto output = outputs.find(index);
    if (output != outputs.end() && output->second == memory(buffer))
      continue;
    copy(buffer, makeOutput(index, op.getLoc()), op.getLoc());
  }
}

void Planner::copy(int64_t source, int64_t destination, Location loc) {
  steps.push_back(Step{LaunchOp(), {source, destination}, {memory(source)}, {memory(destination)}, 0, loc});
}

/// Values that are not in their parameter's memory yet go there at the end. One parameter may become another's old
/// value, so old values are saved before the first is overwritten.
void Planner::copyUpdates() {
  SmallVector<std::tuple<int64_t, int64_t, Location>> late;
  for (program::UpdateOp update : updates) {
    Operation *symbol = symbols.lookup(update.getRef());
    BufferKind kind = isa<StateOp>(symbol) ? BufferKind::state : BufferKind::parameter;
    auto type = cast<RankedTensorType>(update.getValue().getType());
    int64_t source = places.at(update.getValue()),
            target = bind(kind, type, update.getRefAttr(), {}, {}, update.getLoc());
    if (memory(source) == memory(target))
      continue;
    if (buffers[memory(source)].kind == BufferKind::parameter || buffers[memory(source)].kind == BufferKind::state) {
      int64_t saved = add(Buffer(BufferKind::transient, type, update.getLoc()));
      copy(source, saved, update.getLoc());
      source = saved;
    }
    late.emplace_back(source, target, update.getLoc());
  }
  for (auto [source, target, loc] : late)
    copy(source, target, loc);
}

//===-- Phases -------------------------------------------------------------------===//

/// Gives each step the first phase after all steps that it must wait for, and each buffer the phases between its first
/// and last use.
void Planner::schedule() {
  DenseMap<int64_t, int64_t> read, written; // first phase that may read, write the memory
  for (Step &step : steps) {
    for (int64_t memory : step.reads)
      step.phase = std::max(step.phase, read.lookup(memory));
    for (int64_t memory : step.writes)
      step.phase = std::max({step.phase, read.lookup(memory), written.lookup(memory)});
    for (int64_t memory : step.reads)
      written[memory] = std::max(written.lookup(memory), step.phase + 1);
    for (int64_t memory : step.writes)
      read[memory] = written[memory] = step.phase + 1;
    phases = std::max(phases, step.phase + 1);
    for (int64_t memory : llvm::concat<int64_t>(step.reads, step.writes)) {
      Buffer &buffer = buffers[memory];
      buffer.first = buffer.first < 0 ? step.phase : std::min(buffer.first, step.phase);
      buffer.last = std::max(buffer.last, step.phase);
    }
  }
}

//===-- The program --------------------------------------------------------------===//

/// Names in sizes, in the order in which arguments, then buffers and dispatches name them.
ArrayAttr Planner::getSymbols() {
  llvm::SetVector<StringRef> names;
  std::vector<std::vector<std::string>> storage;
  auto collect = [&](const Size &size) {
    storage.push_back(size.symbols());
    for (const std::string &name : storage.back())
      names.insert(StringAttr::get(function.getContext(), name).getValue());
  };
  for (const Buffer &buffer : buffers)
    llvm::for_each(getSizes(buffer.type), collect);
  for (Step &step : steps)
    if (step.launch)
      for (auto text : step.launch.getSizes().getAsValueRange<StringAttr>())
        collect(*Size::parse(text));
  return Builder(function.getContext()).getStrArrayAttr(names.getArrayRef());
}

void Planner::emitBuffers(OpBuilder &builder, SmallVectorImpl<Value> &values) {
  values.resize(buffers.size());
  // By kind, views last.
  auto key = [&](int64_t index) {
    return std::tuple(buffers[index].sameMemory >= 0, buffers[index].kind, buffers[index].result, index);
  };
  auto order = llvm::to_vector(llvm::seq<int64_t>(0, buffers.size()));
  llvm::sort(order, [&](int64_t a, int64_t b) { return key(a) < key(b); });
  for (int64_t index : order) {
    const Buffer &buffer = buffers[index];
    // A view lives as long as the memory that it shows.
    const Buffer &root = buffers[memory(index)];
    bool placed = buffer.kind == BufferKind::transient;
    auto lifetime = placed ? builder.getDenseI64ArrayAttr({root.first, root.last}) : DenseI64ArrayAttr();
    values[index] =
        BufferOp::create(builder, buffer.loc, BufferType::get(builder.getContext()),
                         BufferKindAttr::get(builder.getContext(), buffer.kind), buffer.name, buffer.ref,
                         buffer.sameMemory < 0 ? Value() : values[buffer.sameMemory], TypeAttr::get(buffer.type),
                         buffer.layout, lifetime, buffer.defaultValue, buffer.range, buffer.formula,
                         buffer.report ? builder.getUnitAttr() : UnitAttr(), buffer.noise);
  }
}

void Planner::emitSteps(OpBuilder &builder, ArrayRef<Value> values) {
  SmallVector<SmallVector<Step *>> inPhase(phases);
  for (Step &step : steps)
    inPhase[step.phase].push_back(&step);
  for (auto [phase, list] : llvm::enumerate(inPhase)) {
    if (phase != 0)
      BarrierOp::create(builder, list.front()->loc);
    for (Step *step : list)
      emitStep(*step, builder, values);
  }
}

void Planner::emitStep(Step &step, OpBuilder &builder, ArrayRef<Value> values) {
  SmallVector<Value> operands = llvm::map_to_vector(step.buffers, [&](int64_t buffer) { return values[buffer]; });
  if (step.launch)
    DispatchOp::create(builder, step.loc, step.launch.getKernelAttr(), operands, step.launch.getSizesAttr());
  else
    CopyOp::create(builder, step.loc, operands[0], operands[1]);
}

static ProgramKind getProgramKind(func::FuncOp function) {
  auto kind = function->getAttrOfType<StringAttr>("vae.kind");
  return kind ? symbolizeProgramKind(kind.getValue()).value_or(ProgramKind::entry) : ProgramKind::entry;
}

void Planner::emit() {
  OpBuilder builder(function);
  auto kind = ProgramKindAttr::get(builder.getContext(), getProgramKind(function));
  auto program = ProgramOp::create(builder, function.getLoc(), function.getSymNameAttr(), kind, getSymbols(),
                                   builder.getI64IntegerAttr(phases));
  builder.setInsertionPointToStart(&program.getBody().emplaceBlock());
  SmallVector<Value> values;
  emitBuffers(builder, values);
  emitSteps(builder, values);
}

//===-- The pass -------------------------------------------------------------------===//

/// Kernels, constants and states that no program names any more.
static void removeDeadSymbols(ModuleOp module) {
  SmallVector<Operation *> dead;
  for (Operation &op : *module.getBody())
    if (isa<KernelOp, program::ConstantOp, StateOp>(op) && SymbolTable::symbolKnownUseEmpty(&op, module))
      dead.push_back(&op);
  for (Operation *op : dead)
    op->erase();
}

namespace {
struct PlanProgramsPass : vae::impl::PlanProgramsBase<PlanProgramsPass> {
  using vae::impl::PlanProgramsBase<PlanProgramsPass>::PlanProgramsBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    SymbolTable symbols(module);
    for (auto function : llvm::make_early_inc_range(module.getOps<func::FuncOp>())) {
      Planner(function, symbols).run();
      function.erase();
    }
    removeDeadSymbols(module);
  }
};
} // namespace
