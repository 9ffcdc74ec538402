// Sums over a program's buffers.
#include "runtime/session/strips/Footprint.h"

#include <algorithm>

namespace vae::runtime {
namespace {

uint64_t largestPrepared(const PackageProgram &program, const SizedProgram &sized) {
  uint64_t most = 0;
  for (uint32_t i = 0; i < program.buffers.size(); ++i)
    if (program.buffers[i].kind == BufferKind::prepared)
      most = std::max(most, sized.bytes[i]);
  return most;
}

} // namespace

uint64_t bytesAtOnce(const PackageProgram &program, const SizedProgram &sized) {
  return sized.placement.bytes + bytesBesideStrips(program, sized, /*inStages=*/false);
}

uint64_t bytesBesideStrips(const PackageProgram &program, const SizedProgram &sized, bool inStages) {
  uint64_t bytes = inStages ? largestPrepared(program, sized) : bytesOfKind(program, sized, BufferKind::prepared);
  for (BufferKind kind : {BufferKind::parameter, BufferKind::state, BufferKind::constant, BufferKind::output})
    bytes += bytesOfKind(program, sized, kind);
  return bytes;
}

} // namespace vae::runtime
