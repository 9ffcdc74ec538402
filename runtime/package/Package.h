// A package in memory: read once, checked completely, then plain structs. Mirrors runtime/abi/package.fbs, whose
// comments are the spec.
#ifndef VAE_RUNTIME_PACKAGE_PACKAGE_H
#define VAE_RUNTIME_PACKAGE_PACKAGE_H

#include "runtime/base/Status.h"
#include "runtime/base/Tensor.h"
#include "runtime/package/ScalarFormula.h"
#include "runtime/package/SizeFormula.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vae::runtime {

// Every enum is numbered as in package.fbs.
enum class Layout : uint8_t { rowMajor = 0, panels32 = 1 };
inline constexpr size_t layoutCount = 2;
enum class InitKind : uint8_t { zeros = 0, constant = 1, uniform = 2, normal = 3 };
enum class BufferKind : uint8_t { input, output, parameter, state, scalar, rng, constant, transient };
enum class Access : uint8_t { read = 0, write = 1, readWrite = 2 };
enum class ProgramKind : uint8_t { entry = 0, gradient = 1, train = 2 };

struct Initializer {
  InitKind kind = InitKind::zeros;
  double a = 0, b = 0;
};

struct Parameter {
  std::string path;
  ElementType element = ElementType::f32;
  std::vector<int64_t> shape;
  Initializer init;
  bool trainable = true;
};

struct State {
  std::string name;
  ElementType element = ElementType::f32;
  std::vector<int64_t> shape;
};

struct Constant {
  ElementType element = ElementType::f32;
  std::vector<int64_t> shape;
  std::span<const std::byte> data; ///< within the package's bytes
};

struct ValueRange {
  float low = 0, high = 0;
};

struct Buffer {
  BufferKind kind = BufferKind::transient;
  std::string name;
  ElementType element = ElementType::f32;
  std::vector<SizeFormula> shape;
  Layout layout = Layout::rowMajor;
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

/// ceil(value / divisor), value being sizes[size] or, for size = -1, constant.
struct GridFactor {
  int32_t size = -1;
  int64_t constant = 1;
  int64_t divisor = 1;
};
/// The product of its factors.
using GridAxis = std::vector<GridFactor>;

/// invalidArgument where it overflows. `sizes` are a dispatch's run-time sizes.
Result<int64_t> evaluateAxis(const GridAxis &axis, std::span<const int64_t> sizes);
/// The sum of the axes' values.
Result<int64_t> evaluateSum(std::span<const GridAxis> axes, std::span<const int64_t> sizes);

/// One kernel for one target.
struct KernelCode {
  std::string target; ///< "x86-64-v3", "x86-64-v4", "vulkan"
  std::string strategy;
  std::string symbol;              ///< CPU: in the library of that target
  std::span<const std::byte> code; ///< Vulkan: SPIR-V words, 4-byte aligned
  std::vector<GridAxis> grid;      ///< CPU: one axis; Vulkan: three
  uint64_t scratchBytes = 0;
  std::vector<GridAxis> scratchSizes;
};

struct Kernel {
  std::string name;
  std::string location;
  std::vector<Access> accesses; ///< one a buffer
  uint32_t sizeCount = 0;
  std::vector<GridAxis> flops;
  std::vector<KernelCode> code;

  /// The code for `target`; null where there is none.
  const KernelCode *codeFor(std::string_view target) const;
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

struct Program {
  std::string name;
  ProgramKind kind = ProgramKind::entry;
  std::vector<std::string> symbols;
  std::vector<Buffer> buffers;
  std::vector<Command> commands;
  uint32_t phaseCount = 1;

  /// The buffer whose memory buffer `index` is: itself, or what it reshapes.
  uint32_t root(uint32_t index) const;
};

struct Library {
  std::string target;
  std::span<const std::byte> code; ///< an ELF shared object
};

/// Immutable once open, so any number of threads may use it. Everything in it has been checked: indices, formulas,
/// names, byte ranges, accesses, lifetimes. What needs the symbols' values (whole, positive sizes) is checked when a
/// program is bound.
class Package {
public:
  /// Reads and checks a file.
  static Result<std::shared_ptr<const Package>> open(const std::string &path);
  /// Checks bytes, which must stay as they are: the package keeps them.
  static Result<std::shared_ptr<const Package>> create(std::vector<std::byte> bytes);

  Package(const Package &) = delete;
  Package &operator=(const Package &) = delete;

  const std::string &model() const { return modelName; }
  const std::string &compiler() const { return compilerName; }
  uint64_t fileBytes() const { return bytes.size(); }
  const std::vector<Parameter> &parameters() const { return parameterList; }
  const std::vector<State> &states() const { return stateList; }
  const std::vector<Constant> &constants() const { return constantList; }
  const std::vector<Kernel> &kernels() const { return kernelList; }
  const std::vector<Program> &programs() const { return programList; }
  const std::vector<Library> &libraries() const { return libraryList; }
  /// Every target that some kernel has code for, sorted, once each.
  const std::vector<std::string> &targets() const { return targetList; }

  /// notFound names what there is.
  Result<uint32_t> findProgram(std::string_view name) const;
  /// Like findProgram, without a message.
  std::optional<uint32_t> programIndex(std::string_view name) const;
  const Library *library(std::string_view target) const;

private:
  friend class PackageReader;
  Package() = default;

  std::vector<std::byte> bytes;
  std::string modelName, compilerName;
  std::vector<Parameter> parameterList;
  std::vector<State> stateList;
  std::vector<Constant> constantList;
  std::vector<Kernel> kernelList;
  std::vector<Program> programList;
  std::vector<Library> libraryList;
  std::vector<std::string> targetList;
};

/// Checks what one program means beyond its indices: lifetimes, what is written before it is read, also by the turns of
/// repeats, what may be written at all, and that commands of one phase don't touch each other's results. Assumes valid
/// indices. invalidFile.
Status verifyProgram(const Package &package, const Program &program);

/// Bytes that a tensor takes in a layout, its padding included; nothing where they overflow.
std::optional<uint64_t> storageBytes(ElementType element, std::span<const int64_t> shape, Layout layout);

} // namespace vae::runtime

#endif // VAE_RUNTIME_PACKAGE_PACKAGE_H
