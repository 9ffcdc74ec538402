// Sizes, grids, scratch and turns of a program's commands.
#include "runtime/session/BoundCommands.h"
#include "runtime/abi/kernel.h"
#include "runtime/base/Checked.h"

#include <algorithm>

namespace vae::runtime {
namespace {

/// Values of a command's size formulas. They are numbers to its kernel: the last index of an axis of one is 0.
Result<std::vector<int64_t>> evaluateSizes(const PackageProgram &program, const Command &command,
                                           std::span<const int64_t> symbols) {
  std::vector<int64_t> values;
  for (const SizeFormula &formula : command.sizes) {
    VAE_ASSIGN_OR_RETURN(int64_t value, formula.evaluate(symbols, program.symbols));
    values.push_back(value);
  }
  return values;
}

/// How often the commands run that are walked through in order, given the repeats around each.
class Turns {
public:
  Turns(const PackageProgram &program, std::span<const int64_t> symbols) : program(program), symbols(symbols) {}

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
      return invalidArgument("a loop of ", command.count.text(program.symbols), " = ", count, " turns, run ", around,
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
  const PackageProgram &program;
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

/// Copies need equal sizes, fills whole words.
Status checkTransfer(const Command &command, const SizedProgram &sized) {
  uint64_t bytes = sized.bytes[command.destination];
  if (command.kind == Command::Kind::copy && sized.bytes[command.source] != bytes)
    return invalidArgument("copy of ", sized.bytes[command.source], " bytes to a buffer of ", bytes);
  if (command.kind == Command::Kind::fill && bytes % 4 != 0)
    return invalidArgument("fill of ", bytes, " bytes, which are no whole words");
  return {};
}

} // namespace

Result<BoundDispatch> bindDispatch(const Package &package, const PackageProgram &program, const Command &command,
                                   std::span<const int64_t> symbols, const DeviceKernels &kernels,
                                   const DeviceLimits &limits) {
  BoundDispatch dispatch;
  dispatch.kernel = command.kernel;
  dispatch.buffers = command.buffers;
  const Kernel &kernel = package.kernels()[command.kernel];
  const KernelCode *code = kernels.code(command.kernel);
  if (!code)
    return fail(StatusCode::internal, "kernel '", kernel.name, "' wasn't loaded");
  VAE_ASSIGN_OR_RETURN(dispatch.sizes, evaluateSizes(program, command, symbols));
  for (size_t axis = 0; axis < std::min<size_t>(code->grid.size(), 3); ++axis) {
    VAE_ASSIGN_OR_RETURN(dispatch.grid[axis], evaluateAxis(code->grid[axis], dispatch.sizes));
  }
  VAE_ASSIGN_OR_RETURN(int64_t scratch, evaluateSum(code->scratchSizes, dispatch.sizes));
  std::optional<uint64_t> total = checkedAdd(code->scratchBytes, static_cast<uint64_t>(scratch));
  if (!total)
    return invalidArgument("the scratch memory of kernel '", kernel.name, "' overflows");
  dispatch.scratchBytes = *total;
  VAE_ASSIGN_OR_RETURN(int64_t flops, evaluateSum(kernel.flops, dispatch.sizes));
  dispatch.flops = static_cast<double>(flops);
  VAE_RETURN_IF_ERROR(checkGrid(dispatch, kernel, limits));
  return dispatch;
}

std::vector<uint32_t> writtenVariables(const Package &package, const PackageProgram &program, const Command &command) {
  std::vector<uint32_t> kept;
  auto add = [&](uint32_t index) {
    if (uint32_t root = program.root(index); !inArena(program.buffers[root].kind))
      kept.push_back(root);
  };
  if (command.kind == Command::Kind::copy || command.kind == Command::Kind::fill)
    add(command.destination);
  for (size_t i = 0; i < command.buffers.size(); ++i)
    if (package.kernels()[command.kernel].accesses[i] != Access::read)
      add(command.buffers[i]);
  return kept;
}

Result<std::vector<BoundCommand>> bindCommands(const Package &package, const PackageProgram &program,
                                               const SizedProgram &sized, const DeviceKernels &kernels,
                                               const DeviceLimits &limits) {
  static constexpr BoundCommand::Kind kinds[] = {BoundCommand::Kind::dispatch, BoundCommand::Kind::copy,
                                                 BoundCommand::Kind::fill, BoundCommand::Kind::barrier,
                                                 BoundCommand::Kind::repeat};
  std::vector<BoundCommand> commands;
  Turns turns(program, sized.symbols);
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
    bound.commits = !writtenVariables(package, program, command).empty();
    if (command.kind == Command::Kind::dispatch) {
      VAE_ASSIGN_OR_RETURN(bound.dispatch, bindDispatch(package, program, command, sized.symbols, kernels, limits));
    } else if (command.kind == Command::Kind::copy || command.kind == Command::Kind::fill) {
      VAE_RETURN_IF_ERROR(checkTransfer(command, sized));
    }
    commands.push_back(std::move(bound));
  }
  return commands;
}

Result<double> countFlops(const Package &package, const PackageProgram &program, const Command &dispatch,
                          std::span<const int64_t> symbols) {
  VAE_ASSIGN_OR_RETURN(std::vector<int64_t> sizes, evaluateSizes(program, dispatch, symbols));
  VAE_ASSIGN_OR_RETURN(int64_t count, evaluateSum(package.kernels()[dispatch.kernel].flops, sizes));
  return static_cast<double>(count);
}

Result<double> countFlops(const Package &package, const PackageProgram &program, std::span<const int64_t> symbols) {
  double flops = 0;
  Turns turns(program, symbols);
  for (size_t i = 0; i < program.commands.size(); ++i) {
    const Command &command = program.commands[i];
    VAE_ASSIGN_OR_RETURN(int64_t runs, turns.runs(i));
    if (command.kind != Command::Kind::dispatch || runs == 0)
      continue;
    VAE_ASSIGN_OR_RETURN(double count, countFlops(package, program, command, symbols));
    flops += count * static_cast<double>(runs);
  }
  return flops;
}

} // namespace vae::runtime
