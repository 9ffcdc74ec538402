// What several verbs are asked: a package, its weights, a device.
#ifndef VAE_RUNTIME_VAE_RUN_OPTIONS_H
#define VAE_RUNTIME_VAE_RUN_OPTIONS_H

#include <cstdint>
#include <string>
#include <vector>

namespace vae::runtime::tool {

using Words = std::vector<std::string>;

struct DeviceChoice {
  std::string name = "cpu";
  uint32_t threads = 0;
  std::string cpuTarget;
  bool validate = false;
  uint64_t memory = 0; ///< bytes that the process may need, on the CPU, or the device hold; 0: any number
};

/// A file of weights.
struct WeightsFile {
  std::string part; ///< the label of what it is of; empty: of the model
  std::string path;
};
/// "first_stage=vae.safetensors", or a file of the model: one whose name begins so is written ./first_stage=...
WeightsFile weightsFileOf(const std::string &word);

/// A package with weights on a device.
struct ModelOptions {
  std::string package;
  Words weights; ///< FILE of the model, PART=FILE of the parameters under a label
  bool initialWeights = false;
  bool allowExtra = false; ///< weights may hold more than the model has
  DeviceChoice device;
  uint64_t seed = 0;
};

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_OPTIONS_H
