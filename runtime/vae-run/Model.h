// A package opened for work: what its programs take and give, and a session with weights on a device.
#ifndef VAE_RUNTIME_VAE_RUN_MODEL_H
#define VAE_RUNTIME_VAE_RUN_MODEL_H

#include "runtime/vae-run/Handles.h"
#include "runtime/vae-run/Options.h"

#include <optional>

namespace vae::runtime::tool {

/// An input or output of a program.
struct Field {
  std::string name;
  ElementType element = ElementType::f32;
  std::vector<std::string> shape; ///< formulas over the program's symbols
  bool optional = false;
  float defaultValue = 0;
  bool hasRange = false;
  float low = 0, high = 1; ///< 0 and 1 where no range is declared
  bool report = false;
  std::string noiseKind;

  /// "x: f32[B, 784] in [0, 1]"
  std::string text() const;
};

/// What a program takes and gives.
struct ProgramSignature {
  std::string name;
  vae_program_kind kind = VAE_PROGRAM_ENTRY;
  size_t index = 0;
  bool isNoiseTwin = false, hasNoiseTwin = false, keepsAverages = false;
  size_t dispatches = 0, barriers = 0, phases = 0, loops = 0;
  std::vector<std::string> symbols;
  std::vector<Field> inputs, outputs;

  const Field *findInput(std::string_view input) const;
  const Field *findOutput(std::string_view output) const;
  bool hasSymbol(std::string_view symbol) const;
  /// The only input that must be given; null where there are none or several.
  const Field *requiredInput() const;
  /// Symbols that no input's shape mentions, so that the caller must give them: n of sample(n).
  std::vector<std::string> freeSymbols() const;
};

Result<PackageHandle> openPackage(const std::string &path);

/// All programs of a package, in its order.
Result<std::vector<ProgramSignature>> signatures(vae_package *package);

/// The funcs of a package's model.
Result<std::vector<ProgramSignature>> entriesOf(vae_package *package);

/// All parameters of a package, in its order.
Result<std::vector<vae_parameter_info>> parametersOf(const vae_package *package);

/// A source location without its folder: "mnist.vae:5:13".
std::string shortLocation(const char *location);

/// The program of that name; the error names those there are.
Result<ProgramSignature> signatureOf(vae_package *package, const std::string &name);

/// What `signature` takes when its random numbers are fed: the inputs of its noise twin whose noiseKind is set.
Result<std::vector<Field>> noiseInputs(vae_package *package, const ProgramSignature &signature);

/// A package and a session on it.
struct Model {
  PackageHandle package;
  DeviceHandle device;
  SessionHandle session;
};

enum class WeightsRule { required, initialAllowed };

/// Opens the device and binds the package to it. Parameters start from the seed, then, but for --initial-weights, as the
/// weights inside the package and those of --weights. With WeightsRule::required a model without --initial-weights must
/// have been given those that `programs` read (without programs: all).
Result<Model> openModel(PackageHandle package, const ModelOptions &options, WeightsRule rule, const Words &programs);

/// invalidArgument where one of the programs reads weights (`frozenAlone`: of frozen parts) that no file gave.
Status requireWeights(vae_session *session, const Words &programs, bool frozenAlone);

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_MODEL_H
