// Runs within a limit of memory.
#include "runtime/session/Binding.h"
#include "runtime/session/strips/Footprint.h"
#include "runtime/session/strips/StripCommands.h"

namespace vae::runtime {
namespace {

/// Mebibytes, rounded up: a number to pass as a limit.
std::string mebibytes(uint64_t bytes) { return concat((bytes + (1 << 20) - 1) >> 20, " MiB"); }

} // namespace

Status Session::limitMemory(uint64_t bytes, uint64_t beside) {
  std::lock_guard lock(mutex);
  if (bytes != 0 && beside >= bytes)
    return invalidArgument("a limit of ", mebibytes(bytes), " is used up by the ", mebibytes(beside), " beside it");
  memoryLimit = bytes;
  memoryBeside = beside;
  bindings.clear();
  arena.reset();
  return {};
}

Result<Session::Manner> Session::planWithinLimit(const PackageProgram &program, const SizedProgram &sized,
                                                 bool byKernel) const {
  const std::string what = programText(program, sized.symbols);
  bool inStages = mayRunInStages(program);
  uint64_t beside = memoryBeside + bytesBesideStrips(program, sized, inStages),
           left = memoryLimit > beside ? memoryLimit - beside : 0;
  std::optional<StripPlan> plan;
  if (program.kind == ProgramKind::entry) {
    VAE_ASSIGN_OR_RETURN(plan,
                         planStrips(*sourcePackage, program, sized, target->limits().windowAlignment, left, inStages));
  }
  uint64_t least = plan ? plan->bytes() + beside : memoryBeside + bytesAtOnce(program, sized);
  if (!plan || least > memoryLimit)
    return fail(StatusCode::outOfMemory, "'", what, "' needs ", mebibytes(least), " on ", target->name(),
                plan ? " in the smallest pieces" : ", and can't run in pieces", "; the limit is ",
                mebibytes(memoryLimit));
  if (byKernel)
    return fail(StatusCode::unsupported, "'", what, "' runs in pieces to stay within ", mebibytes(memoryLimit),
                ", and can't be looked at kernel by kernel then; raise the limit to ",
                mebibytes(memoryBeside + bytesAtOnce(program, sized)));
  return Manner{inStages, std::move(plan)};
}

/// Records the plan's commands; in stages those are recorded as they run.
Status Session::bindStrips(const PackageProgram &program, const Manner &manner, Binding &binding) {
  std::vector<BoundBuffer> &buffers = binding.program.buffers;
  VAE_RETURN_IF_ERROR(reserveArena(program, manner.strips->arenaBytes));
  for (uint32_t i = 0; i < buffers.size(); ++i)
    if (uint32_t root = program.root(i); root != i)
      buffers[i] = buffers[root];
    else if (!buffers[i].memory)
      buffers[i] = {arena.get(), 0, 1};
  VAE_ASSIGN_OR_RETURN(StripCommands strips, writeStrips(*sourcePackage, program, binding.sized, *manner.strips,
                                                         *binding.kernels, *target, arena.get(), buffers));
  binding.program.commands = std::move(strips.commands);
  if (manner.inStages)
    binding.stages = joinStages(strips.segments, binding.sized, manner.strips->preparedBytes);
  return {};
}

} // namespace vae::runtime
