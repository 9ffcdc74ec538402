// Sums over a program's buffers.
#include "runtime/session/strips/Footprint.h"

#include <algorithm>
#include <set>

namespace vae::runtime {
namespace {

/// Bytes of what outlives runs and can't be made anew.
uint64_t variableBytes(const PackageProgram &program, const SizedProgram &sized) {
  std::set<std::pair<BufferKind, uint32_t>> counted;
  uint64_t bytes = 0;
  for (uint32_t i = 0; i < program.buffers.size(); ++i) {
    const Buffer &buffer = program.buffers[i];
    if (!inArena(buffer.kind) && buffer.kind != BufferKind::prepared &&
        counted.insert({buffer.kind, buffer.index}).second)
      bytes += sized.bytes[i];
  }
  return bytes;
}

/// Bytes of the results that a run gives its caller.
uint64_t resultBytes(const PackageProgram &program, const SizedProgram &sized) {
  uint64_t bytes = 0;
  for (uint32_t i = 0; i < program.buffers.size(); ++i)
    if (program.buffers[i].kind == BufferKind::output)
      bytes += sized.bytes[i];
  return bytes;
}

uint64_t largestPrepared(const PackageProgram &program, const SizedProgram &sized) {
  uint64_t most = 0;
  for (uint32_t i = 0; i < program.buffers.size(); ++i)
    if (program.buffers[i].kind == BufferKind::prepared)
      most = std::max(most, sized.bytes[i]);
  return most;
}

uint64_t preparedBytes(const PackageProgram &program, const SizedProgram &sized) {
  uint64_t bytes = 0;
  for (uint32_t i = 0; i < program.buffers.size(); ++i)
    if (program.buffers[i].kind == BufferKind::prepared)
      bytes += sized.bytes[i];
  return bytes;
}

} // namespace

uint64_t bytesAtOnce(const PackageProgram &program, const SizedProgram &sized) {
  return sized.placement.bytes + bytesBesideStrips(program, sized, /*inStages=*/false);
}

uint64_t bytesBesideStrips(const PackageProgram &program, const SizedProgram &sized, bool inStages) {
  return variableBytes(program, sized) + resultBytes(program, sized) +
         (inStages ? largestPrepared(program, sized) : preparedBytes(program, sized));
}

} // namespace vae::runtime
