// What a program means: lifetimes, order of writes and reads, and that commands between two barriers are independent.
#include "runtime/package/ProgramVerifier.h"

#include <map>
#include <set>
#include <tuple>

namespace vae::runtime {
namespace {

class ProgramVerifier {
public:
  ProgramVerifier(const Package &package, const PackageProgram &program) : package(package), program(program) {}

  Status verify() {
    if (program.kind == ProgramKind::prepare && !program.symbols.empty())
      return invalidFile("a prepare program has no sizes to choose, this has ", program.symbols.size());
    VAE_RETURN_IF_ERROR(checkBuffers());
    for (size_t i = 0; i < program.commands.size(); ++i) {
      VAE_RETURN_IF_ERROR(leaveRepeats(i));
      Status status = checkCommand(i);
      if (!status.ok())
        return status.withContext(concat("step ", i));
    }
    VAE_RETURN_IF_ERROR(leaveRepeats(program.commands.size()));
    return checkOutputs();
  }

private:
  struct Use {
    uint32_t buffer;
    Access access;
  };

  /// A repeat whose body is being read.
  struct OpenRepeat {
    size_t index, end; ///< of its commands: itself, the first behind its body
    uint32_t firstPhase;
    std::vector<bool> writtenBefore;
    std::set<uint32_t> used{}; ///< memory
  };

  Status checkBuffers();
  Status checkBuffer(uint32_t index);
  Status checkCommand(size_t index);
  void enterRepeat(size_t index);
  Status leaveRepeats(size_t end);
  Status checkTurns(const OpenRepeat &repeat) const;
  void beginPhase();
  Status checkUse(const Use &use);
  Status checkIndependent(const std::vector<Use> &uses);
  Status checkOutputs();
  std::vector<Use> usesOf(const Command &command) const;

  static bool mayPrepareFrom(BufferKind kind) {
    return kind == BufferKind::parameter || kind == BufferKind::constant || kind == BufferKind::transient ||
           kind == BufferKind::prepared;
  }
  static bool writes(Access access) { return access != Access::read; }
  bool startsWritten(uint32_t root) const {
    BufferKind kind = program.buffers[root].kind;
    return kind != BufferKind::transient && kind != BufferKind::output &&
           !(kind == BufferKind::prepared && program.kind == ProgramKind::prepare);
  }

  const Package &package;
  const PackageProgram &program;
  uint32_t phase = 0;
  std::vector<uint32_t> memory; ///< the first buffer with the same memory, for each buffer
  std::vector<bool> written;    ///< by memory
  std::set<uint32_t> readInPhase, writtenInPhase;
  std::vector<OpenRepeat> repeats;
};

Status ProgramVerifier::checkBuffers() {
  std::set<std::string_view> inputs, outputs;
  std::map<std::pair<BufferKind, uint32_t>, uint32_t> shared;
  written.assign(program.buffers.size(), false);
  for (uint32_t i = 0; i < program.buffers.size(); ++i) {
    const Buffer &buffer = program.buffers[i];
    Status status = checkBuffer(i);
    if (!status.ok())
      return status.withContext(concat("buffer ", i));
    if (buffer.kind == BufferKind::input && !inputs.insert(buffer.name).second)
      return invalidFile("input '", buffer.name, "' appears twice");
    if (buffer.kind == BufferKind::output && !outputs.insert(buffer.name).second)
      return invalidFile("output '", buffer.name, "' appears twice");
    uint32_t root = program.root(i);
    bool variable =
        buffer.kind == BufferKind::parameter || buffer.kind == BufferKind::state || buffer.kind == BufferKind::prepared;
    memory.push_back(variable               ? shared.try_emplace({buffer.kind, buffer.index}, i).first->second
                     : memory.size() > root ? memory[root]
                                            : root);
    written[memory.back()] = startsWritten(root);
  }
  return {};
}

Status ProgramVerifier::checkBuffer(uint32_t index) {
  const Buffer &buffer = program.buffers[index];
  bool placed = buffer.kind == BufferKind::transient && buffer.reshapeOf < 0;
  if (placed && (buffer.firstPhase > buffer.lastPhase || buffer.lastPhase >= program.phaseCount))
    return invalidFile("lives from phase ", buffer.firstPhase, " to ", buffer.lastPhase, " of ", program.phaseCount);
  if (program.kind == ProgramKind::prepare && !mayPrepareFrom(buffer.kind))
    return invalidFile("a prepare program binds parameters, constants, prepared tensors and transients alone");
  if (buffer.noise &&
      (buffer.kind != BufferKind::input || (buffer.noiseKind != "normal" && buffer.noiseKind != "uniform")))
    return invalidFile("unknown noise '", buffer.noiseKind, "'");
  if (buffer.reshapeOf < 0)
    return {};
  if (buffer.kind != BufferKind::transient && buffer.kind != BufferKind::output)
    return invalidFile("only results may be another buffer's memory");
  const Buffer &source = program.buffers[static_cast<size_t>(buffer.reshapeOf)];
  if (buffer.element != source.element)
    return invalidFile("reshapes buffer ", buffer.reshapeOf, " of another element type");
  return {};
}

std::vector<ProgramVerifier::Use> ProgramVerifier::usesOf(const Command &command) const {
  std::vector<Use> uses;
  if (command.kind == Command::Kind::dispatch)
    for (size_t i = 0; i < command.buffers.size(); ++i)
      uses.push_back({command.buffers[i], package.kernels()[command.kernel].accesses[i]});
  if (command.kind == Command::Kind::copy)
    uses = {{command.source, Access::read}, {command.destination, Access::write}};
  if (command.kind == Command::Kind::fill)
    uses = {{command.destination, Access::write}};
  return uses;
}

void ProgramVerifier::beginPhase() {
  ++phase;
  readInPhase.clear();
  writtenInPhase.clear();
}

void ProgramVerifier::enterRepeat(size_t index) {
  beginPhase();
  repeats.push_back({index, index + 1 + program.commands[index].length, phase, written});
}

/// Closes the repeats whose body ends before command `end`. What they wrote may never have been written: their count
/// may be 0.
Status ProgramVerifier::leaveRepeats(size_t end) {
  while (!repeats.empty() && repeats.back().end == end) {
    OpenRepeat closed = std::move(repeats.back());
    repeats.pop_back();
    Status status = checkTurns(closed);
    if (!status.ok())
      return status.withContext(concat("step ", closed.index));
    written = std::move(closed.writtenBefore);
    if (!repeats.empty())
      repeats.back().used.merge(closed.used);
    beginPhase();
  }
  return {};
}

/// A life that begins or ends in the middle of a repeat and also reaches outside would share its memory with others in
/// the next turn.
Status ProgramVerifier::checkTurns(const OpenRepeat &repeat) const {
  for (uint32_t place : repeat.used) {
    const Buffer &buffer = program.buffers[place];
    bool within = buffer.firstPhase >= repeat.firstPhase && buffer.lastPhase <= phase;
    bool throughout = buffer.firstPhase <= repeat.firstPhase && buffer.lastPhase >= phase;
    if (buffer.kind == BufferKind::transient && !within && !throughout)
      return invalidFile("buffer ", place, " lives from phase ", buffer.firstPhase, " to ", buffer.lastPhase,
                         ", neither through nor within the repeat's phases ", repeat.firstPhase, " to ", phase);
  }
  return {};
}

Status ProgramVerifier::checkCommand(size_t index) {
  const Command &command = program.commands[index];
  if (command.kind == Command::Kind::repeat) {
    enterRepeat(index);
    return {};
  }
  if (command.kind == Command::Kind::barrier) {
    beginPhase();
    return {};
  }
  if (phase >= program.phaseCount)
    return invalidFile("it is in phase ", phase, " of ", program.phaseCount);
  std::vector<Use> uses = usesOf(command);
  for (const Use &use : uses)
    VAE_RETURN_IF_ERROR(checkUse(use));
  VAE_RETURN_IF_ERROR(checkIndependent(uses));
  for (const Use &use : uses) {
    uint32_t place = memory[use.buffer];
    (writes(use.access) ? writtenInPhase : readInPhase).insert(place);
    if (!repeats.empty())
      repeats.back().used.insert(place);
    if (writes(use.access))
      written[place] = true;
  }
  return {};
}

Status ProgramVerifier::checkUse(const Use &use) {
  // A view lives as long as the memory that it shows.
  const Buffer &buffer = program.buffers[memory[use.buffer]];
  if (buffer.kind == BufferKind::transient && (phase < buffer.firstPhase || phase > buffer.lastPhase))
    return invalidFile("buffer ", use.buffer, " is used in phase ", phase, ", outside its life from ",
                       buffer.firstPhase, " to ", buffer.lastPhase);
  if (use.access != Access::write && !written[memory[use.buffer]])
    return invalidFile("buffer ", use.buffer, " is read before it is written");
  if (!writes(use.access))
    return {};
  BufferKind kind = program.buffers[program.root(use.buffer)].kind;
  if (kind == BufferKind::constant || kind == BufferKind::scalar || kind == BufferKind::rng)
    return invalidFile("it writes buffer ", use.buffer, ", which is read only");
  if (kind == BufferKind::prepared && program.kind != ProgramKind::prepare)
    return invalidFile("it writes buffer ", use.buffer, ", a prepared tensor, outside a prepare program");
  if ((kind == BufferKind::parameter || kind == BufferKind::state) && program.kind != ProgramKind::train)
    return invalidFile("it writes buffer ", use.buffer, ", a weight or state, outside training");
  return {};
}

Status ProgramVerifier::checkIndependent(const std::vector<Use> &uses) {
  for (size_t i = 0; i < uses.size(); ++i) {
    uint32_t place = memory[uses[i].buffer];
    if (writtenInPhase.contains(place) || (writes(uses[i].access) && readInPhase.contains(place)))
      return invalidFile("buffer ", uses[i].buffer, " is also used by another command of phase ", phase,
                         ", and one of them writes it");
    for (size_t j = 0; j < i; ++j)
      if (memory[uses[j].buffer] == place && (writes(uses[i].access) || writes(uses[j].access)))
        return invalidFile("bindings ", j, " and ", i, " are the same memory, and one of them is written");
  }
  return {};
}

Status ProgramVerifier::checkOutputs() {
  for (uint32_t i = 0; i < program.buffers.size(); ++i) {
    if (program.buffers[i].kind == BufferKind::output && !written[memory[i]])
      return invalidFile("output '", program.buffers[i].name, "' is never written");
    if (program.buffers[i].kind == BufferKind::prepared && !written[memory[i]])
      return invalidFile("buffer ", i, ", a prepared tensor, is never written");
  }
  return {};
}

} // namespace

Status verifyProgram(const Package &package, const PackageProgram &program) {
  return ProgramVerifier(package, program).verify();
}

} // namespace vae::runtime
