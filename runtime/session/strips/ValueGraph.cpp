// From buffers that are written again to values.
#include "runtime/session/strips/ValueGraph.h"

namespace vae::runtime {
namespace {

/// A command's bindings with what it does to each.
struct Bindings {
  std::vector<uint32_t> buffers;
  std::vector<Access> accesses;
};

Bindings bindingsOf(const Package &package, const Command &command) {
  switch (command.kind) {
  case Command::Kind::dispatch:
    return {command.buffers, package.kernels()[command.kernel].accesses};
  case Command::Kind::copy:
    return {{command.source, command.destination}, {Access::read, Access::write}};
  case Command::Kind::fill:
    return {{command.destination}, {Access::write}};
  case Command::Kind::barrier:
  case Command::Kind::repeat:
    return {};
  }
  return {};
}

} // namespace

ValueGraph::ValueGraph(const Package &package, const PackageProgram &program, const SizedProgram &sized) {
  std::vector<uint32_t> current(program.buffers.size(), none);
  auto make = [&](uint32_t root, uint32_t maker, uint32_t tied) {
    values.push_back({root, maker, tied, {}, sized.bytes[root], false});
    return current[root] = static_cast<uint32_t>(values.size() - 1);
  };
  for (uint32_t i = 0; i < program.buffers.size(); ++i) {
    BufferKind kind = program.buffers[i].kind;
    if (program.root(i) == i && inArena(kind) && kind != BufferKind::transient && kind != BufferKind::output)
      make(i, none, none);
  }
  initial = current;
  for (uint32_t i = 0; i < program.commands.size(); ++i) {
    Bindings bindings = bindingsOf(package, program.commands[i]);
    CommandUses &use = uses.emplace_back();
    use.buffers = bindings.buffers;
    use.reads.assign(bindings.buffers.size(), none);
    use.writes.assign(bindings.buffers.size(), none);
    for (size_t b = 0; b < bindings.buffers.size(); ++b) {
      uint32_t root = program.root(bindings.buffers[b]);
      if (!inArena(program.buffers[root].kind) || bindings.accesses[b] == Access::write)
        continue;
      use.reads[b] = current[root];
      if (current[root] != none)
        values[current[root]].readers.push_back(i);
    }
    for (size_t b = 0; b < bindings.buffers.size(); ++b) {
      uint32_t root = program.root(bindings.buffers[b]);
      if (inArena(program.buffers[root].kind) && bindings.accesses[b] != Access::read)
        use.writes[b] = make(root, i, use.reads[b]);
    }
  }
  for (uint32_t i = 0; i < program.buffers.size(); ++i)
    if (program.buffers[i].kind == BufferKind::output && current[i] != none)
      values[current[i]].isOutput = true;
  final = current;
}

} // namespace vae::runtime
