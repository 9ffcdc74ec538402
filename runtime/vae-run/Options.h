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
};

/// A package with weights on a device.
struct ModelOptions {
  std::string package;
  std::string weights;
  bool initialWeights = false;
  bool allowExtra = false; ///< weights may hold more than the model has
  DeviceChoice device;
  uint64_t seed = 0;
};

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_OPTIONS_H
