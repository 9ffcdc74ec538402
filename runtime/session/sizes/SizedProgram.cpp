// From formulas to numbers: shapes, bytes, lifetimes, placement.
#include "runtime/session/sizes/SizedProgram.h"
#include "runtime/base/Checked.h"

#include <algorithm>
#include <set>

namespace vae::runtime {
namespace {

Result<std::vector<int64_t>> evaluateShape(const std::vector<SizeFormula> &formulas, const PackageProgram &program,
                                           std::span<const int64_t> symbols) {
  std::vector<int64_t> values;
  for (const SizeFormula &formula : formulas) {
    VAE_ASSIGN_OR_RETURN(int64_t value, formula.evaluate(symbols, program.symbols));
    if (value <= 0)
      return invalidArgument("size ", formula.text(program.symbols), " is ", value, ", it must be positive");
    values.push_back(value);
  }
  return values;
}

/// Where a size is wrong: the program, and what makes the buffer.
std::string placeOf(const Package &package, const PackageProgram &program, uint32_t buffer) {
  const std::string maker = makerOf(package, program, buffer);
  return concat("'", program.name, "'", maker.empty() ? "" : ", ", maker);
}

/// What the model asks of sizes that only a run knows.
Status checkRequirements(const PackageProgram &program, std::span<const int64_t> symbols) {
  for (const Requirement &requirement : program.requirements) {
    const std::string place = requirement.location.empty() ? "" : concat(" at ", requirement.location);
    const Result<int64_t> surplus = requirement.surplus.evaluate(symbols, program.symbols);
    if (!surplus.ok())
      return surplus.status().withContext(concat(programText(program, symbols), place));
    if (*surplus < 0)
      return invalidArgument(programText(program, symbols), place, ": ", requirement.what);
  }
  return {};
}

/// First and last phase in which each buffer's memory is used, at its root. Inputs are there from the start, outputs to
/// the end; what a repeat uses is there in all of its phases, but for transients, whose lives the program states.
class Lifetimes {
public:
  explicit Lifetimes(const PackageProgram &program) : program(program), items(program.buffers.size(), {0, ~0u, 0}) {
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

  const PackageProgram &program;
  std::vector<PlacerItem> items;
  uint32_t phase = 0;
};

} // namespace

uint64_t bytesOfKind(const PackageProgram &program, const SizedProgram &sized, BufferKind kind) {
  std::set<uint32_t> counted;
  uint64_t bytes = 0;
  for (size_t i = 0; i < program.buffers.size(); ++i) {
    const Buffer &buffer = program.buffers[i];
    if (buffer.kind == kind && (inArena(kind) || counted.insert(buffer.index).second))
      bytes += sized.bytes[i];
  }
  return bytes;
}

std::string programText(const PackageProgram &program, std::span<const int64_t> symbols) {
  std::string text = program.name;
  for (size_t i = 0; i < symbols.size(); ++i)
    text += concat(i ? ", " : " (", program.symbols[i], " = ", symbols[i]);
  return symbols.empty() ? text : text + ")";
}

std::string makerOf(const Package &package, const PackageProgram &program, uint32_t buffer) {
  for (const Command &command : program.commands)
    for (uint32_t bound : command.buffers)
      if (program.root(bound) == program.root(buffer)) {
        const Kernel &kernel = package.kernels()[command.kernel];
        return concat(kernel.name, kernel.location.empty() ? "" : " at ", kernel.location);
      }
  return "";
}

Result<SizedProgram> sizeProgram(const Package &package, const PackageProgram &program, std::vector<int64_t> symbols,
                                 uint64_t alignment) {
  SizedProgram sized;
  sized.symbols = std::move(symbols);
  Lifetimes lifetimes(program);
  std::vector<PlacerItem> items;
  for (uint32_t i = 0; i < program.buffers.size(); ++i) {
    const Buffer &buffer = program.buffers[i];
    Result<std::vector<int64_t>> evaluated = evaluateShape(buffer.shape, program, sized.symbols);
    if (!evaluated.ok())
      return evaluated.status().withContext(placeOf(package, program, i));
    std::vector<int64_t> shape = std::move(*evaluated);
    std::optional<uint64_t> bytes = checkedByteSize(shape, elementSize(buffer.element));
    if (!bytes)
      return invalidArgument(placeOf(package, program, i), ": a tensor of shape ", shapeText(shape), " overflows");
    uint32_t root = program.root(i);
    if (root != i && *bytes != sized.bytes[root])
      return invalidArgument("buffer ", i, " of ", *bytes, " bytes reshapes buffer ", root, " of ", sized.bytes[root]);
    if (root == i && inArena(buffer.kind)) {
      sized.arenaBuffers.push_back(i);
      items.push_back(lifetimes.of(i, *bytes));
    }
    sized.shapes.push_back(std::move(shape));
    sized.bytes.push_back(*bytes);
  }
  VAE_RETURN_IF_ERROR(checkRequirements(program, sized.symbols));
  VAE_ASSIGN_OR_RETURN(sized.placement, place(items, alignment));
  return sized;
}

} // namespace vae::runtime
