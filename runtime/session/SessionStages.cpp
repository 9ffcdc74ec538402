// Runs in stages: where transients need more memory than prepared tensors do, those come and go with the stages that
// read them.
#include "runtime/session/Binding.h"
#include "runtime/session/strips/Footprint.h"

#include <algorithm>

namespace vae::runtime {

/// Prepared tensors of fewer bytes stay: giving them up would save too little to read weights again for.
static constexpr uint64_t leastGivenUp = 16 << 20;

/// Whether a preparation can run amid another program, and again: it needs no memory of the arena, which that program
/// is using, and a file has all that it reads.
bool Session::mayPrepareAgain(const PackageProgram &preparation) const {
  return std::all_of(preparation.buffers.begin(), preparation.buffers.end(), [&](const Buffer &buffer) {
    if (buffer.kind == BufferKind::parameter)
      return given[buffer.index] && variables.parameter(buffer.index).hasSource();
    return buffer.reshapeOf >= 0 || !inArena(buffer.kind);
  });
}

/// Whether all prepared tensors of the program can be made amid it. Not on a device with memory of its own, where each
/// weight would cross to it again.
bool Session::mayRunInStages(const PackageProgram &program) const {
  return target->sharesHostMemory() && program.kind == ProgramKind::entry &&
         std::all_of(program.buffers.begin(), program.buffers.end(), [&](const Buffer &buffer) {
           return buffer.kind != BufferKind::prepared ||
                  mayPrepareAgain(sourcePackage->programs()[sourcePackage->prepared()[buffer.index].program]);
         });
}

/// Making them anew reads each weight once, which is little beside a run that fills a larger arena, and takes what the
/// other stages need off the peak.
bool Session::savesByStages(const PackageProgram &program, const SizedProgram &sized) const {
  uint64_t bytes = bytesOfKind(program, sized, BufferKind::prepared);
  return bytes >= leastGivenUp && sized.placement.bytes > bytes && mayRunInStages(program);
}

/// How the program runs at these sizes: within the limit of memory where there is one, in stages where that saves, else
/// all at once. Not in parts where it is looked at kernel by kernel, to check or to time them.
Result<Session::Manner> Session::chooseManner(uint32_t index, const std::vector<int64_t> &symbols, bool byKernel) {
  const PackageProgram &program = sourcePackage->programs()[index];
  auto found = bindings.find({index, symbols});
  if (found != bindings.end() && (found->second->stages.empty() || !byKernel))
    return Manner{!found->second->stages.empty(), {}};
  if (found != bindings.end())
    bindings.erase(found);
  if (memoryLimit == 0 && (byKernel || !mayRunInStages(program)))
    return Manner{};
  VAE_ASSIGN_OR_RETURN(SizedProgram sized, sizeProgram(*sourcePackage, program, symbols, target->limits().alignment));
  if (memoryLimit != 0 && memoryBeside + bytesAtOnce(program, sized) > memoryLimit)
    return planWithinLimit(program, sized, byKernel);
  return Manner{!byKernel && savesByStages(program, sized), {}};
}

/// All commands, at once or in stages.
Status Session::runBound(const PackageProgram &program, const Binding &binding, std::span<const Upload> uploads,
                         std::span<const Download> downloads, const RunControl &control) {
  if (binding.stages.empty())
    return binding.executable->run(uploads, downloads, control);
  for (const Stage &stage : binding.stages) {
    bool first = &stage == &binding.stages.front(), last = &stage == &binding.stages.back();
    for (uint32_t buffer : stage.prepared)
      VAE_RETURN_IF_ERROR(runPreparation(sourcePackage->prepared()[program.buffers[buffer].index].program));
    VAE_RETURN_IF_ERROR(runStage(program, binding, stage, first ? uploads : std::span<const Upload>(),
                                 last ? downloads : std::span<const Download>(), control));
    release(program, stage);
  }
  return {};
}

Status Session::runStage(const PackageProgram &program, const Binding &binding, const Stage &stage,
                         std::span<const Upload> uploads, std::span<const Download> downloads,
                         const RunControl &control) {
  const std::vector<BoundCommand> &commands = binding.program.commands;
  BoundProgram part{binding.program.name, binding.program.buffers, {}};
  part.commands.assign(commands.begin() + static_cast<ptrdiff_t>(stage.begin),
                       commands.begin() + static_cast<ptrdiff_t>(stage.end));
  for (uint32_t i = 0; i < program.buffers.size(); ++i) {
    uint32_t root = program.root(i);
    if (program.buffers[root].kind != BufferKind::prepared)
      continue;
    bool bound = std::find(stage.prepared.begin(), stage.prepared.end(), root) != stage.prepared.end();
    part.buffers[i] = bound ? variables.of(program.buffers[root]).binding() : BoundBuffer{arena.get(), 0, 1};
  }
  VAE_ASSIGN_OR_RETURN(std::unique_ptr<Executable> executable, target->compile(binding.kernels, part));
  return executable->run(uploads, downloads, control);
}

/// Gives up what no later stage reads, and what else was recorded with it.
void Session::release(const PackageProgram &program, const Stage &stage) {
  for (uint32_t index : stage.released) {
    const Buffer &released = program.buffers[index];
    std::erase_if(bindings, [&](const auto &entry) {
      const std::vector<Buffer> &buffers = sourcePackage->programs()[entry.first.first].buffers;
      return entry.second->stages.empty() && std::any_of(buffers.begin(), buffers.end(), [&](const Buffer &buffer) {
               return buffer.kind == BufferKind::prepared && buffer.index == released.index;
             });
    });
    variables.of(released).drop();
    preparedFrom.erase(sourcePackage->prepared()[released.index].program);
  }
}

} // namespace vae::runtime
