// A program with numbers in place of formulas: the symbols' values, every shape, every byte count, every place in the
// arena.
#ifndef VAE_RUNTIME_SESSION_BOUNDPROGRAM_H
#define VAE_RUNTIME_SESSION_BOUNDPROGRAM_H

#include "runtime/devices/Device.h"
#include "runtime/package/Package.h"
#include "runtime/session/Placer.h"

#include <map>

namespace vae::runtime {

using NamedSizes = std::map<std::string, int64_t, std::less<>>;

/// An input that a caller gave: buffer of the program, and the tensor's shape.
struct GivenShape {
  uint32_t buffer;
  std::span<const int64_t> shape;
};

/// Finds the program's symbols from the inputs' shapes and the sizes given by name, and checks that all of them agree.
/// invalidArgument names the input, the axis and, where two disagree, both places.
Result<std::vector<int64_t>> bindSymbols(const Program &program, std::span<const GivenShape> inputs,
                                         const NamedSizes &sizes);

/// A buffer's shape as written: "f32[B, 784]".
std::string bufferText(const Program &program, const Buffer &buffer);

/// What a program needs for given symbols; the same numbers for every device with the same alignment.
struct ProgramPlan {
  std::vector<int64_t> symbols;
  std::vector<std::vector<int64_t>> shapes; ///< by buffer
  std::vector<uint64_t> bytes;              ///< by buffer, exact
  std::vector<uint32_t> arenaBuffers;       ///< those that live in the arena and are no other's memory
  Placement placement;                      ///< of arenaBuffers
};

/// Evaluates and places. invalidArgument where a size isn't positive or whole, overflows, or an alias's bytes differ
/// from its source's.
Result<ProgramPlan> planProgram(const Program &program, std::vector<int64_t> symbols, uint64_t alignment);

/// Whether a buffer of this kind lives in the arena (else it is a parameter, state or constant).
bool inArena(BufferKind kind);

/// Evaluates the commands for a device: sizes, grids of the code that `kernels` chose, scratch; checks them against
/// `limits`.
Result<std::vector<BoundCommand>> bindCommands(const Package &package, const Program &program, const ProgramPlan &plan,
                                               const DeviceKernels &kernels, const DeviceLimits &limits);

/// Values of a command's size formulas, all positive.
Result<std::vector<int64_t>> evaluateSizes(const Program &program, const Command &command,
                                           std::span<const int64_t> symbols);

/// Floating-point operations of one run, as far as the kernels state them.
Result<double> countFlops(const Package &package, const Program &program, std::span<const int64_t> symbols);

} // namespace vae::runtime

#endif // VAE_RUNTIME_SESSION_BOUNDPROGRAM_H
