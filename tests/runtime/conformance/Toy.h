// The toy package on each device in turn. A new device adds one line to `configurations`, and its kernels to the toy package.
#ifndef VAE_TESTS_RUNTIME_CONFORMANCE_TOY_H
#define VAE_TESTS_RUNTIME_CONFORMANCE_TOY_H

#include "runtime/devices/Devices.h"
#include "runtime/session/Session.h"
#include "tests/catch.h"
#include "tests/runtime/conformance/ToyPackage.h"

#include <algorithm>
#include <numeric>

namespace vae::test {

using namespace vae::runtime;

struct Configuration {
  std::string label, device;
  DeviceOptions options;
  bool computes = true; ///< exempt where false: the null device's results are zeros by definition
};

inline std::vector<Configuration> configurations() {
  DeviceOptions one, two, debug;
  one.threads = 1;
  two.threads = 2;
  debug.debug = true;
  return {{"null", "null", {}, false},
          {"cpu, 1 thread", "cpu", one, true},
          {"cpu, 2 threads", "cpu", two, true},
          {"vulkan", "vulkan", debug, true}};
}

/// A session on each device in turn, with what the tests ask of it.
class Toy {
public:
  explicit Toy(const Configuration &configuration) : configuration(configuration) {
    Result<std::shared_ptr<const Package>> package = Package::create(toyPackageBytes());
    INFO(package.status().message());
    REQUIRE(package.ok());
    device = open(configuration);
    Result<std::unique_ptr<Session>> made = Session::create(*package, device);
    INFO(made.status().message());
    REQUIRE(made.ok());
    session = made.take();
  }

  /// One device a configuration for the whole program: Vulkan takes its time to open.
  static std::shared_ptr<Device> open(const Configuration &configuration) {
    static std::map<std::string, std::shared_ptr<Device>> opened;
    std::shared_ptr<Device> &device = opened[configuration.label];
    if (device)
      return device;
    Result<std::shared_ptr<Device>> made = openDevice(configuration.device, configuration.options);
    INFO(made.status().message());
    REQUIRE(made.ok());
    return device = made.take();
  }

  RunResult run(const RunRequest &request) {
    Result<RunResult> result = session->run(request);
    INFO(result.status().message());
    REQUIRE(result.ok());
    return result.take();
  }

  /// Results, or zeros in their place where the device doesn't compute.
  template <typename T> std::vector<T> expected(std::vector<T> values) const {
    if (!configuration.computes)
      std::fill(values.begin(), values.end(), T());
    return values;
  }

  Configuration configuration;
  std::shared_ptr<Device> device;
  std::unique_ptr<Session> session;
};

inline HostTensor tensor(std::vector<int64_t> shape, const std::vector<float> &values) {
  Result<HostTensor> made = HostTensor::copyOf(ElementType::f32, std::move(shape), std::as_bytes(std::span(values)));
  REQUIRE(made.ok());
  return made.take();
}

inline std::vector<float> ramp(int64_t count) {
  std::vector<float> values(static_cast<size_t>(count));
  std::iota(values.begin(), values.end(), 1.0f);
  return values;
}

template <typename T = float> std::vector<T> values(const HostTensor &from) {
  return {from.as<T>().begin(), from.as<T>().end()};
}

template <typename T = float> std::vector<T> output(const RunResult &result, const std::string &name) {
  const HostTensor *found = result.find(name);
  REQUIRE(found);
  return values<T>(*found);
}

inline /// A run with sizes beside its input x = 1, 2, ..., n.
    RunResult runLoop(Toy &toy, const std::string &program, int64_t n, const NamedSizes &sizes, bool profile = false) {
  HostTensor x = tensor({n}, ramp(n));
  RunRequest request{program, {{"x", &x}}};
  request.sizes = sizes;
  request.profile = profile;
  return toy.run(request);
}

} // namespace vae::test

#endif // VAE_TESTS_RUNTIME_CONFORMANCE_TOY_H
