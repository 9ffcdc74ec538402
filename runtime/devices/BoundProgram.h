// A program with every number known: what a device records.
#ifndef VAE_RUNTIME_DEVICES_BOUNDPROGRAM_H
#define VAE_RUNTIME_DEVICES_BOUNDPROGRAM_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace vae::runtime {

class DeviceMemory;

/// A buffer of a bound program: `size` bytes at `offset` of `memory`. Offsets are multiples of DeviceLimits::alignment;
/// size is exact (the elements in the buffer's layout, not rounded up), at least 1. Two buffers may overlap only where
/// the plan says so (aliases, or lifetimes that don't meet).
struct BoundBuffer {
  DeviceMemory *memory = nullptr;
  uint64_t offset = 0;
  uint64_t size = 0;
};

/// Runs kernel `kernel` (index in Package::kernels()) over `grid` blocks. CPU: one axis counts, grid = {blocks, 1, 1}.
/// All grid values are positive and within DeviceLimits::maxGrid; sizes fit 32 bits on Vulkan-like targets (checked
/// when maxSizes is finite).
struct BoundDispatch {
  uint32_t kernel = 0;
  std::vector<uint32_t> buffers; ///< indices into BoundProgram::buffers, in the kernel's order
  std::vector<int64_t> sizes;    ///< the kernel's run-time sizes, in order
  std::array<int64_t, 3> grid = {1, 1, 1};
  uint64_t scratchBytes = 0; ///< a thread; CPU only
  double flops = 0;          ///< floating-point operations, as far as the kernel states them
};

struct BoundCommand {
  enum class Kind { dispatch, copy, fill, barrier, repeat };
  Kind kind = Kind::barrier;
  BoundDispatch dispatch;   ///< dispatch
  uint32_t source = 0;      ///< copy: index into BoundProgram::buffers; same size as destination
  uint32_t destination = 0; ///< copy, fill
  uint32_t word = 0;        ///< fill: 32-bit pattern; the destination's size is a multiple of 4
  int64_t turns = 0;        ///< repeat: how often its body runs, 1 or more
  bool commits = false;     ///< dispatch, copy, fill: it writes a buffer that outlives the run (a weight, a state)
  uint32_t length = 0;      ///< repeat: how many of the commands after it are its body, inner bodies included
};

/// A program with every number known. Commands between two barriers are independent of each other; a barrier makes all
/// writes before it visible to everything after it. The start of a repeat, each end of its body and what follows it are
/// barriers too. Uploads are visible to the first command, all writes are visible to downloads.
struct BoundProgram {
  std::string name; ///< for messages and debug labels
  std::vector<BoundBuffer> buffers;
  std::vector<BoundCommand> commands;
};

/// How often each command runs: the product of the turns of all repeats around it. Their products have been checked to
/// fit.
std::vector<int64_t> countRuns(std::span<const BoundCommand> commands);

} // namespace vae::runtime

#endif // VAE_RUNTIME_DEVICES_BOUNDPROGRAM_H
