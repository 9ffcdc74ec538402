// A program as the package describes it: buffers and commands, their sizes formulas over its symbols.
#ifndef VAE_RUNTIME_PACKAGE_PACKAGEPROGRAM_H
#define VAE_RUNTIME_PACKAGE_PACKAGEPROGRAM_H

#include "runtime/base/Tensor.h"
#include "runtime/package/ScalarFormula.h"
#include "runtime/package/SizeFormula.h"

namespace vae::runtime {

// Both are numbered as in package.fbs.
enum class BufferKind : uint8_t { input, output, parameter, state, scalar, rng, constant, transient, prepared };
enum class ProgramKind : uint8_t { entry = 0, gradient = 1, train = 2, prepare = 3 };

/// Whether memory of this kind belongs to a run and lies in its arena; else it outlives runs.
inline bool inArena(BufferKind kind) {
  return kind != BufferKind::parameter && kind != BufferKind::state && kind != BufferKind::constant &&
         kind != BufferKind::prepared;
}

struct ValueRange {
  float low = 0, high = 0;
};

struct Buffer {
  BufferKind kind = BufferKind::transient;
  std::string name;
  ElementType element = ElementType::f32;
  std::vector<SizeFormula> shape;
  uint32_t index = 0;
  uint32_t firstPhase = 0, lastPhase = 0;
  bool optional = false;
  float defaultValue = 0;
  std::optional<ValueRange> range;
  ScalarFormula formula;
  bool report = false;
  int32_t reshapeOf = -1;
  bool noise = false;
  std::string noiseKind;
};

/// A step. Lists of them are flat: the body of a repeat follows it.
struct Command {
  enum class Kind { dispatch, copy, fill, barrier, repeat };
  Kind kind = Kind::barrier;
  uint32_t kernel = 0;            ///< dispatch
  std::vector<uint32_t> buffers;  ///< dispatch
  std::vector<SizeFormula> sizes; ///< dispatch
  uint32_t source = 0;            ///< copy
  uint32_t destination = 0;       ///< copy, fill
  uint32_t word = 0;              ///< fill
  SizeFormula count;              ///< repeat: turns
  uint32_t length = 0;            ///< repeat: how many of the commands after it are its body, inner bodies included
};

/// What the sizes of a run must fulfil: `surplus` is 0 or more.
struct Requirement {
  SizeFormula surplus;
  std::string what;     ///< the error where it is not
  std::string location; ///< in the model, "vae.vae:40:9"; may be empty
};

struct PackageProgram {
  std::string name;
  ProgramKind kind = ProgramKind::entry;
  std::vector<std::string> symbols;
  std::vector<Buffer> buffers;
  std::vector<Command> commands;
  uint32_t phaseCount = 1;
  std::vector<Requirement> requirements;

  /// The buffer whose memory buffer `index` is: itself, or what it reshapes.
  uint32_t root(uint32_t index) const;
};

/// A buffer's element type and shape as written: "f32[B, 784]".
std::string typeText(const PackageProgram &program, const Buffer &buffer);

} // namespace vae::runtime

#endif // VAE_RUNTIME_PACKAGE_PACKAGEPROGRAM_H
