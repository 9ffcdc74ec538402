// Cutting a program between its phases.
#include "runtime/session/Stages.h"

#include <algorithm>
#include <set>

namespace vae::runtime {
namespace {

/// The end of the phase that begins with command `begin`: behind its barrier, or behind a whole repeat.
size_t endOfPhase(const PackageProgram &program, size_t begin) {
  for (size_t i = begin; i < program.commands.size(); ++i) {
    const Command &command = program.commands[i];
    if (command.kind == Command::Kind::barrier)
      return i + 1;
    if (command.kind == Command::Kind::repeat)
      return i + 1 + command.length;
  }
  return program.commands.size();
}

/// The prepared tensors that commands [begin, end) bind, by buffer.
std::set<uint32_t> preparedIn(const PackageProgram &program, size_t begin, size_t end) {
  std::set<uint32_t> found;
  auto add = [&](uint32_t buffer) {
    if (program.buffers[program.root(buffer)].kind == BufferKind::prepared)
      found.insert(program.root(buffer));
  };
  for (size_t i = begin; i < end; ++i) {
    const Command &command = program.commands[i];
    std::for_each(command.buffers.begin(), command.buffers.end(), add);
    if (command.kind == Command::Kind::copy)
      add(command.source);
  }
  return found;
}

uint64_t sumBytes(const SizedProgram &sized, const std::set<uint32_t> &buffers) {
  uint64_t bytes = 0;
  for (uint32_t buffer : buffers)
    bytes += sized.bytes[buffer];
  return bytes;
}

/// Notes for each stage what none after it binds.
void noteReleases(std::vector<Stage> &stages) {
  std::set<uint32_t> later;
  for (size_t i = stages.size(); i-- > 0;)
    for (uint32_t buffer : stages[i].prepared)
      if (later.insert(buffer).second)
        stages[i].released.push_back(buffer);
}

} // namespace

std::vector<Stage> joinStages(const std::vector<Stage> &parts, const SizedProgram &sized, uint64_t bytes) {
  std::vector<Stage> stages;
  std::set<uint32_t> bound; // by the last stage
  for (const Stage &part : parts) {
    std::set<uint32_t> own(part.prepared.begin(), part.prepared.end()), joined = bound;
    joined.insert(own.begin(), own.end());
    bool fits = !stages.empty() && (own.empty() || bound.empty() || sumBytes(sized, joined) <= bytes);
    if (!fits)
      stages.push_back({part.begin, part.end, {}, {}});
    bound = fits ? joined : own;
    stages.back().end = part.end;
    stages.back().prepared.assign(bound.begin(), bound.end());
  }
  noteReleases(stages);
  return stages;
}

std::vector<Stage> cutStages(const PackageProgram &program, const SizedProgram &sized, uint64_t bytes) {
  std::vector<Stage> phases;
  for (size_t begin = 0; begin < program.commands.size();) {
    size_t end = endOfPhase(program, begin);
    std::set<uint32_t> own = preparedIn(program, begin, end);
    phases.push_back({begin, end, {own.begin(), own.end()}, {}});
    begin = end;
  }
  return joinStages(phases, sized, bytes);
}

} // namespace vae::runtime
