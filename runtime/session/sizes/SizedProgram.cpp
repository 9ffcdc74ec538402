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

/// The first kernel that is given the buffer's memory; null for none.
const Kernel *findMaker(const Package &package, const PackageProgram &program, uint32_t buffer) {
  for (const Command &command : program.commands)
    for (uint32_t bound : command.buffers)
      if (program.root(bound) == program.root(buffer))
        return &package.kernels()[command.kernel];
  return nullptr;
}

/// Where a size is wrong: the program, and the line of the model that makes the buffer.
std::string placeOf(const Package &package, const PackageProgram &program, std::span<const int64_t> symbols,
                    uint32_t buffer) {
  const Kernel *maker = findMaker(package, program, buffer);
  const std::string place = maker && !maker->location.empty() ? concat(" at ", maker->location) : "";
  return programText(program, symbols) + place;
}

std::string placeOf(const PackageProgram &program, std::span<const int64_t> symbols, const Requirement &requirement) {
  return programText(program, symbols) + (requirement.location.empty() ? "" : concat(" at ", requirement.location));
}

/// Whether some buffer has that many elements along an axis; other symbols count turns of a loop alone.
bool isSizeOfBuffer(const PackageProgram &program, const std::string &symbol) {
  auto isSymbol = [&](const SizeFormula &formula) { return formula.text(program.symbols) == symbol; };
  return std::ranges::any_of(program.buffers,
                             [&](const Buffer &buffer) { return std::ranges::any_of(buffer.shape, isSymbol); });
}

/// That what was given is a size, before what follows from it.
Status checkPositive(const PackageProgram &program, std::span<const int64_t> symbols) {
  for (size_t i = 0; i < symbols.size(); ++i)
    if (symbols[i] <= 0 && isSizeOfBuffer(program, program.symbols[i]))
      return invalidArgument("'", program.name, "': size ", program.symbols[i], " is ", symbols[i],
                             ", it must be positive");
  return {};
}

/// What the model asks of sizes that only a run knows.
Status checkRequirements(const PackageProgram &program, std::span<const int64_t> symbols) {
  for (const Requirement &requirement : program.requirements)
    if (const Result<int64_t> surplus = requirement.surplus.evaluate(symbols, program.symbols);
        surplus.ok() && *surplus < 0)
      return invalidArgument(placeOf(program, symbols, requirement), ": ", requirement.what);
  return {};
}

/// That each is a whole number. Asked after buffers, whose sizes are closer to the text.
Status checkWhole(const PackageProgram &program, std::span<const int64_t> symbols) {
  for (const Requirement &requirement : program.requirements)
    if (const Result<int64_t> surplus = requirement.surplus.evaluate(symbols, program.symbols); !surplus.ok())
      return surplus.status().withContext(placeOf(program, symbols, requirement));
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
  const Kernel *maker = findMaker(package, program, buffer);
  return maker ? concat(maker->name, maker->location.empty() ? "" : " at ", maker->location) : "";
}

Result<SizedProgram> sizeProgram(const Package &package, const PackageProgram &program, std::vector<int64_t> symbols,
                                 uint64_t alignment) {
  SizedProgram sized;
  sized.symbols = std::move(symbols);
  Lifetimes lifetimes(program);
  std::vector<PlacerItem> items;
  VAE_RETURN_IF_ERROR(checkPositive(program, sized.symbols));
  VAE_RETURN_IF_ERROR(checkRequirements(program, sized.symbols));
  for (uint32_t i = 0; i < program.buffers.size(); ++i) {
    const Buffer &buffer = program.buffers[i];
    Result<std::vector<int64_t>> evaluated = evaluateShape(buffer.shape, program, sized.symbols);
    if (!evaluated.ok())
      return evaluated.status().withContext(placeOf(package, program, sized.symbols, i));
    std::vector<int64_t> shape = std::move(*evaluated);
    std::optional<uint64_t> bytes = checkedByteSize(shape, elementSize(buffer.element));
    if (!bytes)
      return invalidArgument(placeOf(package, program, sized.symbols, i), ": a tensor of shape ", shapeText(shape),
                             " overflows");
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
  VAE_RETURN_IF_ERROR(checkWhole(program, sized.symbols));
  VAE_ASSIGN_OR_RETURN(sized.placement, place(items, alignment));
  return sized;
}

} // namespace vae::runtime
