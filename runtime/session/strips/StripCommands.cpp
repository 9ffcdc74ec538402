// Strips as dispatches and copies between windows of the arena.
#include "runtime/session/strips/StripCommands.h"
#include "runtime/session/BoundCommands.h"

#include <algorithm>

namespace vae::runtime {
namespace {

class Writer {
public:
  Writer(const Package &package, const PackageProgram &program, const SizedProgram &sized, const StripPlan &plan,
         const DeviceKernels &kernels, const Device &device, DeviceMemory *arena, std::vector<BoundBuffer> &buffers)
      : problem(package, program, sized, plan.symbol, device.limits().windowAlignment), plan(plan), kernels(kernels),
        device(device), arena(arena), buffers(buffers) {}

  Result<StripCommands> write() {
    bindEnds(problem.graph.initial);
    bindEnds(problem.graph.final);
    for (uint32_t s = 0; s < plan.segments.size(); ++s) {
      size_t begin = result.commands.size();
      const Segment &segment = plan.segments[s];
      VAE_RETURN_IF_ERROR(segment.sweep ? writeSweep(s, *segment.sweep) : writeWhole(segment.command));
      std::set<uint32_t> prepared = preparedIn(problem, segment);
      result.segments.push_back({begin, result.commands.size(), {prepared.begin(), prepared.end()}, {}});
    }
    return std::move(result);
  }

private:
  /// Where inputs are before the first command, and outputs behind the last.
  void bindEnds(const std::vector<uint32_t> &values) {
    for (uint32_t i = 0; i < values.size(); ++i)
      if (values[i] != none && problem.program.buffers[i].kind != BufferKind::transient)
        buffers[i] = buffers[whole(values[i])];
  }

  uint32_t add(uint64_t offset, uint64_t bytes) {
    buffers.push_back({arena, offset, bytes});
    return static_cast<uint32_t>(buffers.size() - 1);
  }

  uint32_t whole(uint32_t value) {
    return add(plan.placeOffsets[plan.keptIn[value]], problem.graph.values[value].bytes);
  }

  /// Units `units` of a value where it is kept.
  uint32_t window(uint32_t value, const Range &units) {
    uint64_t unit = problem.unitBytes(value);
    return add(plan.placeOffsets[plan.keptIn[value]] + unit * static_cast<uint64_t>(units.begin),
               unit * static_cast<uint64_t>(units.length()));
  }

  /// The same of a value that the present sweep makes.
  uint32_t slotWindow(uint32_t value, const Range &units) {
    size_t slot = sweep->slotOf.at(value);
    int64_t begin = std::max<int64_t>(0, strip.begin - sweep->slots[slot].margin.before);
    uint64_t unit = problem.unitBytes(value);
    return add(slotBase + plan.slotsWithin[segment][slot] + unit * static_cast<uint64_t>(units.begin - begin),
               unit * static_cast<uint64_t>(units.length()));
  }

  bool isKept(uint32_t value) const { return plan.keptIn[value] != none; }

  void addCopy(uint32_t source, uint32_t destination) {
    BoundCommand copy;
    copy.kind = BoundCommand::Kind::copy;
    copy.source = source;
    copy.destination = destination;
    result.commands.push_back(std::move(copy));
    addBarrier();
  }

  void addBarrier() { result.commands.emplace_back(); }

  Status writeWhole(uint32_t index) {
    const CommandUses &use = problem.graph.uses[index];
    const Command &command = problem.program.commands[index];
    std::vector<uint32_t> bound;
    for (size_t b = 0; b < use.buffers.size(); ++b) {
      uint32_t read = use.reads[b], write = use.writes[b];
      if (read == none && write == none) {
        bound.push_back(use.buffers[b]);
        continue;
      }
      uint32_t value = write != none ? write : read;
      if (write != none && read != none && plan.keptIn[read] != plan.keptIn[write])
        addCopy(whole(read), whole(write));
      bound.push_back(whole(value));
    }
    if (command.kind == Command::Kind::dispatch) {
      VAE_RETURN_IF_ERROR(addDispatch(command, problem.sized.symbols, std::move(bound)));
    } else if (command.kind == Command::Kind::copy) {
      addCopy(bound[0], bound[1]);
    } else {
      BoundCommand fill;
      fill.kind = BoundCommand::Kind::fill;
      fill.destination = bound[0];
      fill.word = command.word;
      result.commands.push_back(std::move(fill));
      addBarrier();
    }
    return {};
  }

  Status addDispatch(const Command &command, const std::vector<int64_t> &symbols, std::vector<uint32_t> bound) {
    BoundCommand dispatch;
    dispatch.kind = BoundCommand::Kind::dispatch;
    dispatch.turns = 1;
    VAE_ASSIGN_OR_RETURN(dispatch.dispatch,
                         bindDispatch(problem.package, problem.program, command, symbols, kernels, device.limits()));
    dispatch.dispatch.buffers = std::move(bound);
    result.commands.push_back(std::move(dispatch));
    addBarrier();
    return {};
  }

  Status writeSweep(uint32_t index, const Sweep &of) {
    segment = index;
    sweep = &of;
    slotBase = plan.slotOffsets[index];
    for (int64_t begin = 0; begin < problem.units; begin += of.height) {
      strip = {begin, std::min(begin + of.height, problem.units)};
      for (const SweepStep &step : of.steps)
        VAE_RETURN_IF_ERROR(writeStep(step, &step == &of.steps.back()));
      if (!of.direct)
        copyResults(of.steps.back().command);
    }
    return {};
  }

  Status writeStep(const SweepStep &step, bool isLast) {
    const Piece &piece = *problem.pieces[step.command];
    const CommandUses &use = problem.graph.uses[step.command];
    Range units{std::max<int64_t>(0, strip.begin - step.margin.before),
                std::min(problem.units, strip.end + step.margin.after)};
    bool direct = isLast && sweep->direct;
    std::vector<uint32_t> bound;
    for (size_t b = 0; b < use.buffers.size(); ++b) {
      uint32_t read = use.reads[b], write = use.writes[b];
      if (read == none && write == none)
        bound.push_back(use.buffers[b]);
      else if (write != none)
        bound.push_back(direct ? window(write, units) : slotWindow(write, units));
      else if (piece.rows[b] == 0)
        bound.push_back(whole(read));
      else
        bound.push_back(isKept(read) ? window(read, units) : slotWindow(read, units));
      bool isCopied = std::find(step.copies.begin(), step.copies.end(), b) != step.copies.end();
      bool isThere = direct && isCopied && isKept(read) && plan.keptIn[read] == plan.keptIn[write];
      if (isCopied && !isThere)
        addCopy(isKept(read) ? window(read, units) : slotWindow(read, units), bound.back());
    }
    std::vector<int64_t> symbols = problem.sized.symbols;
    symbols[problem.symbol] = units.length();
    return addDispatch(problem.program.commands[step.command], symbols, std::move(bound));
  }

  void copyResults(uint32_t command) {
    for (uint32_t value : problem.graph.uses[command].writes)
      if (value != none && isKept(value))
        addCopy(slotWindow(value, strip), window(value, strip));
  }

  StripProblem problem;
  const StripPlan &plan;
  const DeviceKernels &kernels;
  const Device &device;
  DeviceMemory *arena;
  std::vector<BoundBuffer> &buffers;
  StripCommands result;
  uint32_t segment = 0;
  const Sweep *sweep = nullptr;
  Range strip;
  uint64_t slotBase = 0;
};

} // namespace

Result<StripCommands> writeStrips(const Package &package, const PackageProgram &program, const SizedProgram &sized,
                                  const StripPlan &plan, const DeviceKernels &kernels, const Device &device,
                                  DeviceMemory *arena, std::vector<BoundBuffer> &buffers) {
  return Writer(package, program, sized, plan, kernels, device, arena, buffers).write();
}

} // namespace vae::runtime
