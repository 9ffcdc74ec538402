// Binding a program's sizes: shapes, bytes, lifetimes, placement, grids.
#include "runtime/session/BoundProgram.h"
#include "runtime/abi/kernel.h"
#include "runtime/base/Checked.h"

#include <algorithm>

namespace vae::runtime {
namespace {

template <typename... Parts> Status wrong(const Parts &...parts) { return fail(StatusCode::invalidArgument, parts...); }

Result<std::vector<int64_t>> evaluateShape(const std::vector<SizeFormula> &formulas, const Program &program,
                                           std::span<const int64_t> symbols) {
  std::vector<int64_t> values;
  for (const SizeFormula &formula : formulas) {
    VAE_ASSIGN_OR_RETURN(int64_t value, formula.evaluate(symbols, program.symbols));
    if (value <= 0)
      return wrong("size ", formula.text(program.symbols), " is ", value, ", it must be positive");
    values.push_back(value);
  }
  return values;
}

/// First and last phase in which each buffer's memory is used, at its root. Inputs are there from the start, outputs to
/// the end; what a repeat uses is there in all of its phases, but for transients, whose lives the program states.
class Lifetimes {
public:
  explicit Lifetimes(const Program &program) : program(program), items(program.buffers.size(), {0, ~0u, 0}) {
    for (uint32_t i = 0; i < program.buffers.size(); ++i)
      declare(i);
    walk(0, program.commands.size());
  }

  PlacerItem of(uint32_t root, uint64_t bytes) const {
    PlacerItem item = items[root];
    return {bytes, std::min(item.first, item.last), item.last};
  }

private:
  /// Every use of commands [begin, end), from phase `phase` on.
  void walk(size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
      const Command &command = program.commands[i];
      phase += command.kind == Command::Kind::barrier;
      if (command.kind == Command::Kind::repeat) {
        uint32_t first = ++phase;
        walk(i + 1, i + 1 + command.length);
        keep(i + 1, i + 1 + command.length, first);
        ++phase;
        i += command.length;
        continue;
      }
      forEachBuffer(command, [&](uint32_t buffer) { use(buffer, phase); });
    }
  }

  template <typename Visit> static void forEachBuffer(const Command &command, Visit visit) {
    std::for_each(command.buffers.begin(), command.buffers.end(), visit);
    if (command.kind == Command::Kind::copy)
      visit(command.source);
    if (command.kind == Command::Kind::copy || command.kind == Command::Kind::fill)
      visit(command.destination);
  }

  /// From phase `first` to the present one, for what the body [begin, end) of a repeat uses.
  void keep(size_t begin, size_t end, uint32_t first) {
    for (size_t i = begin; i < end; ++i)
      forEachBuffer(program.commands[i], [&](uint32_t buffer) {
        if (program.buffers[program.root(buffer)].kind == BufferKind::transient)
          return;
        use(buffer, first);
        use(buffer, phase);
      });
  }

  void use(uint32_t buffer, uint32_t phase) {
    PlacerItem &item = items[program.root(buffer)];
    item.first = std::min(item.first, phase);
    item.last = std::max(item.last, phase);
  }

  void declare(uint32_t index) {
    const Buffer &buffer = program.buffers[index];
    if (buffer.kind == BufferKind::transient) {
      use(index, buffer.firstPhase);
      use(index, buffer.lastPhase);
    } else if (buffer.kind == BufferKind::output) {
      use(index, program.phaseCount);
    } else {
      use(index, 0);
    }
  }

  const Program &program;
  std::vector<PlacerItem> items;
  uint32_t phase = 0;
};

/// How often the commands run that are walked through in order, given the repeats around each.
class Turns {
public:
  Turns(const Program &program, std::span<const int64_t> symbols) : program(program), symbols(symbols) {}

  /// Runs of command `index`; asked of each in order. Where that is a repeat, `own` is its count.
  Result<int64_t> runs(size_t index, int64_t *own = nullptr) {
    while (!open.empty() && open.back().end == index)
      open.pop_back();
    int64_t around = open.empty() ? 1 : open.back().runs;
    const Command &command = program.commands[index];
    if (command.kind != Command::Kind::repeat)
      return around;
    VAE_ASSIGN_OR_RETURN(int64_t count, command.count.evaluate(symbols, program.symbols));
    count = std::max<int64_t>(count, 0);
    std::optional<int64_t> all = checkedMul(around, count);
    if (!all || *all > VAE_MAX_TURNS || count > VAE_MAX_TURNS)
      return wrong("a loop of ", command.count.text(program.symbols), " = ", count, " turns, run ", around,
                   " times, exceeds ", VAE_MAX_TURNS);
    open.push_back({index + 1 + command.length, *all});
    if (own)
      *own = count;
    return around;
  }

private:
  struct Open {
    size_t end;
    int64_t runs;
  };
  const Program &program;
  std::span<const int64_t> symbols;
  std::vector<Open> open;
};

Status checkGrid(const BoundDispatch &dispatch, const Kernel &kernel, const DeviceLimits &limits) {
  for (size_t axis = 0; axis < 3; ++axis)
    if (dispatch.grid[axis] > limits.maxGrid[axis])
      return fail(StatusCode::outOfMemory, "kernel '", kernel.name, "' needs ", dispatch.grid[axis],
                  " blocks along axis ", axis, ", the device allows ", limits.maxGrid[axis]);
  bool narrow = limits.maxSizes != std::numeric_limits<uint32_t>::max();
  if (dispatch.buffers.size() > limits.maxBindings || dispatch.sizes.size() > limits.maxSizes)
    return fail(StatusCode::unsupported, "kernel '", kernel.name, "' binds ", dispatch.buffers.size(), " buffers and ",
                dispatch.sizes.size(), " sizes, the device allows ", limits.maxBindings, " and ", limits.maxSizes);
  for (int64_t size : dispatch.sizes)
    if (narrow && size != static_cast<int32_t>(size))
      return fail(StatusCode::unsupported, "kernel '", kernel.name, "' has size ", size, ", the device allows ",
                  std::numeric_limits<int32_t>::max());
  return {};
}

Result<BoundDispatch> bindDispatch(const Package &package, const Program &program, const Command &command,
                                   const ProgramPlan &plan, const DeviceKernels &kernels, const DeviceLimits &limits) {
  BoundDispatch dispatch;
  dispatch.kernel = command.kernel;
  dispatch.buffers = command.buffers;
  const Kernel &kernel = package.kernels()[command.kernel];
  const KernelCode *code = kernels.code(command.kernel);
  if (!code)
    return fail(StatusCode::internal, "kernel '", kernel.name, "' wasn't loaded");
  VAE_ASSIGN_OR_RETURN(dispatch.sizes, evaluateSizes(program, command, plan.symbols));
  for (size_t axis = 0; axis < std::min<size_t>(code->grid.size(), 3); ++axis) {
    VAE_ASSIGN_OR_RETURN(dispatch.grid[axis], evaluateAxis(code->grid[axis], dispatch.sizes));
  }
  VAE_ASSIGN_OR_RETURN(int64_t scratch, evaluateSum(code->scratchSizes, dispatch.sizes));
  std::optional<uint64_t> total = checkedAdd(code->scratchBytes, static_cast<uint64_t>(scratch));
  if (!total)
    return wrong("the scratch memory of kernel '", kernel.name, "' overflows");
  dispatch.scratchBytes = *total;
  VAE_ASSIGN_OR_RETURN(int64_t flops, evaluateSum(kernel.flops, dispatch.sizes));
  dispatch.flops = static_cast<double>(flops);
  VAE_RETURN_IF_ERROR(checkGrid(dispatch, kernel, limits));
  return dispatch;
}

} // namespace

bool inArena(BufferKind kind) {
  return kind != BufferKind::parameter && kind != BufferKind::state && kind != BufferKind::constant;
}

std::string bufferText(const Program &program, const Buffer &buffer) {
  std::string text = concat(elementName(buffer.element), "[");
  for (size_t i = 0; i < buffer.shape.size(); ++i)
    text += (i ? ", " : "") + buffer.shape[i].text(program.symbols);
  return text + "]";
}

Result<ProgramPlan> planProgram(const Program &program, std::vector<int64_t> symbols, uint64_t alignment) {
  ProgramPlan plan;
  plan.symbols = std::move(symbols);
  Lifetimes lifetimes(program);
  std::vector<PlacerItem> items;
  for (uint32_t i = 0; i < program.buffers.size(); ++i) {
    const Buffer &buffer = program.buffers[i];
    VAE_ASSIGN_OR_RETURN(std::vector<int64_t> shape, evaluateShape(buffer.shape, program, plan.symbols));
    std::optional<uint64_t> bytes = storageBytes(buffer.element, shape, buffer.layout);
    if (!bytes)
      return wrong("a tensor of shape ", shapeText(shape), " overflows");
    uint32_t root = program.root(i);
    if (root != i && *bytes != plan.bytes[root])
      return wrong("buffer ", i, " of ", *bytes, " bytes reshapes buffer ", root, " of ", plan.bytes[root]);
    if (root == i && inArena(buffer.kind)) {
      plan.arenaBuffers.push_back(i);
      items.push_back(lifetimes.of(i, *bytes));
    }
    plan.shapes.push_back(std::move(shape));
    plan.bytes.push_back(*bytes);
  }
  VAE_ASSIGN_OR_RETURN(plan.placement, place(items, alignment));
  return plan;
}

/// Sizes of a dispatch are numbers to its kernel: the last index of an axis of one is 0.
Result<std::vector<int64_t>> evaluateSizes(const Program &program, const Command &command,
                                           std::span<const int64_t> symbols) {
  std::vector<int64_t> values;
  for (const SizeFormula &formula : command.sizes) {
    VAE_ASSIGN_OR_RETURN(int64_t value, formula.evaluate(symbols, program.symbols));
    values.push_back(value);
  }
  return values;
}

/// Copies need equal sizes, fills whole words.
static Status checkTransfer(const Command &command, const ProgramPlan &plan) {
  uint64_t bytes = plan.bytes[command.destination];
  if (command.kind == Command::Kind::copy && plan.bytes[command.source] != bytes)
    return wrong("copy of ", plan.bytes[command.source], " bytes to a buffer of ", bytes);
  if (command.kind == Command::Kind::fill && bytes % 4 != 0)
    return wrong("fill of ", bytes, " bytes, which are no whole words");
  return {};
}

Result<std::vector<BoundCommand>> bindCommands(const Package &package, const Program &program, const ProgramPlan &plan,
                                               const DeviceKernels &kernels, const DeviceLimits &limits) {
  static constexpr BoundCommand::Kind kinds[] = {BoundCommand::Kind::dispatch, BoundCommand::Kind::copy,
                                                 BoundCommand::Kind::fill, BoundCommand::Kind::barrier,
                                                 BoundCommand::Kind::repeat};
  std::vector<BoundCommand> commands;
  Turns turns(program, plan.symbols);
  for (size_t i = 0; i < program.commands.size(); ++i) {
    const Command &command = program.commands[i];
    BoundCommand bound;
    VAE_RETURN_IF_ERROR(turns.runs(i, &bound.turns).status());
    if (command.kind == Command::Kind::repeat && bound.turns == 0) {
      // Barriers are left of it, so that numbers of commands stay. Sizes that its body uses need not be positive.
      commands.resize(commands.size() + 1 + command.length);
      i += command.length;
      continue;
    }
    bound.length = command.length;
    bound.kind = kinds[static_cast<size_t>(command.kind)];
    bound.source = command.source;
    bound.destination = command.destination;
    bound.word = command.word;
    if (command.kind == Command::Kind::dispatch) {
      VAE_ASSIGN_OR_RETURN(bound.dispatch, bindDispatch(package, program, command, plan, kernels, limits));
    } else if (command.kind == Command::Kind::copy || command.kind == Command::Kind::fill) {
      VAE_RETURN_IF_ERROR(checkTransfer(command, plan));
    }
    commands.push_back(std::move(bound));
  }
  return commands;
}

std::vector<int64_t> countRuns(std::span<const BoundCommand> commands) {
  std::vector<int64_t> runs(commands.size(), 1);
  for (size_t i = 0; i < commands.size(); ++i)
    if (commands[i].kind == BoundCommand::Kind::repeat)
      for (size_t inner = i + 1; inner <= i + commands[i].length; ++inner)
        runs[inner] *= commands[i].turns;
  return runs;
}

Result<double> countFlops(const Package &package, const Program &program, std::span<const int64_t> symbols) {
  double flops = 0;
  Turns turns(program, symbols);
  for (size_t i = 0; i < program.commands.size(); ++i) {
    const Command &command = program.commands[i];
    VAE_ASSIGN_OR_RETURN(int64_t runs, turns.runs(i));
    if (command.kind != Command::Kind::dispatch || runs == 0)
      continue;
    VAE_ASSIGN_OR_RETURN(std::vector<int64_t> sizes, evaluateSizes(program, command, symbols));
    VAE_ASSIGN_OR_RETURN(int64_t count, evaluateSum(package.kernels()[command.kernel].flops, sizes));
    flops += static_cast<double>(count) * static_cast<double>(runs);
  }
  return flops;
}

} // namespace vae::runtime
