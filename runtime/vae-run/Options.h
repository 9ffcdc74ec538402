// What each verb was asked to do; filled by CommandLine.cpp, carried out by the verb's own files.
#ifndef VAE_RUNTIME_VAE_RUN_OPTIONS_H
#define VAE_RUNTIME_VAE_RUN_OPTIONS_H

#include <cstdint>
#include <optional>
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
  DeviceChoice device;
  uint64_t seed = 0;
};

struct InfoOptions {
  std::string package;
  Words sizes;
  bool json = false;
};

struct DevicesOptions {
  bool json = false;
};

struct RunOptions {
  ModelOptions model;
  std::string program;
  Words arguments; ///< name=value
  Words outputs;   ///< path or name=path
  Words noise;
  std::optional<uint64_t> batch; ///< items at a time; nothing: all at once
  bool compare = false;
  bool allowNonFinite = false;
  bool json = false;
};

struct SampleOptions {
  ModelOptions model;
  std::string entry;   ///< empty: `sample`, or for a walk the entry that decodes latents
  std::string encoder; ///< empty: the entry that gives latents
  std::string grid;    ///< empty: 16x16
  std::string output;
  Words arguments;
  std::vector<uint64_t> traverse; ///< dimensions of the latent, one a row
  std::string interpolate;        ///< "spherical" or "linear"; empty: no strip
  std::vector<uint64_t> items;    ///< of the inputs that are encoded; empty: the first ones
  std::optional<uint64_t> columns;

  bool walks() const { return !traverse.empty() || !interpolate.empty(); }
};

struct TrainOptions {
  ModelOptions model;
  std::string loss;
  Words data; ///< path or name=path
  Words arguments;
  Words noise;
  uint64_t epochs = 10;
  std::optional<uint64_t> steps;
  uint64_t batch = 64;
  bool seedGiven = false;
  bool shuffle = true;
  std::string save, saveAverage, resume, log, samples, plot;
  uint64_t checkpointEvery = 0;
  bool json = false;
};

struct BenchOptions {
  ModelOptions model;
  std::string program;
  Words arguments;
  uint64_t repeat = 10;
  bool profile = false;
  bool json = false;
};

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_OPTIONS_H
