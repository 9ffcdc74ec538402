// A package in memory: read once, checked completely, then plain structs. Mirrors runtime/abi/package.fbs, whose
// comments are the spec.
#ifndef VAE_RUNTIME_PACKAGE_PACKAGE_H
#define VAE_RUNTIME_PACKAGE_PACKAGE_H

#include "runtime/base/File.h"
#include "runtime/package/PackageProgram.h"

#include <memory>
#include <string_view>

struct vae_package_header;

namespace vae::runtime {

// Every enum is numbered as in package.fbs.
enum class InitKind : uint8_t { zeros = 0, constant = 1, uniform = 2, normal = 3 };
enum class Access : uint8_t { read = 0, write = 1, readWrite = 2 };

/// A parameter of the model as it was compiled: "scaling_factor", "0.18215".
struct Argument {
  std::string name, value;
};

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
  std::string part; ///< label of the frozen part that it belongs to; else empty
};

/// Whether that is the path of a parameter under a label: "first_stage.conv.weight" under "first_stage".
inline bool isUnder(std::string_view path, std::string_view label) {
  return path.size() > label.size() && path.starts_with(label) && path[label.size()] == '.';
}

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

struct Prepared {
  ElementType element = ElementType::f32;
  std::vector<int64_t> shape;
  uint32_t program = 0; ///< the one that makes it
};

/// ceil(value / divisor), value being sizes[size] or, for size = -1, constant.
struct GridFactor {
  int32_t size = -1;
  int64_t constant = 1;
  int64_t divisor = 1;
};
/// ceil(product of the factors / divisor).
struct GridAxis {
  std::vector<GridFactor> factors;
  int64_t divisor = 1;
};

/// invalidArgument where it overflows. `sizes` are a dispatch's run-time sizes.
Result<int64_t> evaluateAxis(const GridAxis &axis, std::span<const int64_t> sizes);
/// The sum of the axes' values.
Result<int64_t> evaluateSum(std::span<const GridAxis> axes, std::span<const int64_t> sizes);

/// What the code of a kernel is. Numbered as in package.fbs, whose comments say what each means.
enum class CodeKind : uint8_t { native = 0, spirv = 1 };
/// What a package must hold of code of a kind.
struct CodeRules {
  bool inLibrary; ///< a symbol in the target's library, else bytes of its own
  size_t axes;    ///< of the grid
};
inline constexpr CodeRules codeRules[] = {/*native=*/{true, 1}, /*spirv=*/{false, 3}}; ///< by kind

/// One kernel for one target.
struct KernelCode {
  std::string target; ///< "x86-64-v3", "vulkan"; nothing but a name to all except the device that runs it
  std::string strategy;
  CodeKind kind = CodeKind::native;
  std::string symbol;              ///< native: in the library of that target
  std::span<const std::byte> code; ///< else: its bytes, which only the device reads; 16-byte aligned
  std::vector<GridAxis> grid;      ///< as many axes as the kind has
  uint64_t scratchBytes = 0;
  std::vector<GridAxis> scratchSizes;
};

/// What of a binding a stretch of the results' axis needs, as package.fbs says.
struct Reach {
  int32_t axis = -1;
  int64_t stride = 1, divisor = 1, low = 0, high = 0;
};

/// An axis along which a kernel may run in pieces.
struct Cut {
  std::vector<Reach> reaches;  ///< one a buffer
  std::vector<uint32_t> sizes; ///< run-time sizes that are lengths along it, and nothing else
};

struct Kernel {
  std::string name;
  std::string location;
  std::vector<Access> accesses;             ///< one a buffer
  std::vector<std::string> resultLocations; ///< by buffer: "mnist.vae:5:13, 7:9"; empty where it is only read
  uint32_t sizeCount = 0;
  std::vector<GridAxis> flops;
  std::vector<KernelCode> code;
  std::vector<Cut> cuts;

  /// The code for `target` of that kind; null where there is none.
  const KernelCode *codeFor(std::string_view target, CodeKind kind) const;
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
  /// Reads and checks a file. Weights inside stay there: nothing of them is read.
  static Result<std::shared_ptr<const Package>> open(const std::string &path);
  /// Checks the bytes of a file without weights inside, which must stay as they are: the package keeps them.
  static Result<std::shared_ptr<const Package>> create(std::vector<std::byte> bytes);

  Package(const Package &) = delete;
  Package &operator=(const Package &) = delete;

  const std::string &model() const { return modelName; }
  const std::string &compiler() const { return compilerName; }
  uint64_t fileBytes() const { return fileSize; }
  /// The file that holds weights inside; null without any.
  const std::shared_ptr<const MappedFile> &file() const { return mapping; }
  /// The weights inside, a safetensors file within `file`, unchecked; empty without any.
  std::span<const std::byte> weights() const { return weightBytes; }
  const std::vector<Argument> &arguments() const { return argumentList; }
  const std::vector<Parameter> &parameters() const { return parameterList; }
  const std::vector<State> &states() const { return stateList; }
  const std::vector<Constant> &constants() const { return constantList; }
  const std::vector<Prepared> &prepared() const { return preparedList; }
  const std::vector<Kernel> &kernels() const { return kernelList; }
  const std::vector<PackageProgram> &programs() const { return programList; }
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
  static Result<std::shared_ptr<const Package>> open(std::shared_ptr<const MappedFile> file);
  static Result<std::shared_ptr<Package>> readCore(std::vector<std::byte> core, const vae_package_header &header);

  std::vector<std::byte> bytes; ///< the core
  uint64_t fileSize = 0;
  std::shared_ptr<const MappedFile> mapping;
  std::span<const std::byte> weightBytes;
  std::string modelName, compilerName;
  std::vector<Argument> argumentList;
  std::vector<Parameter> parameterList;
  std::vector<State> stateList;
  std::vector<Constant> constantList;
  std::vector<Prepared> preparedList;
  std::vector<Kernel> kernelList;
  std::vector<PackageProgram> programList;
  std::vector<Library> libraryList;
  std::vector<std::string> targetList;
};

} // namespace vae::runtime

#endif // VAE_RUNTIME_PACKAGE_PACKAGE_H
