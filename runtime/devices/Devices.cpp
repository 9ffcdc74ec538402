// The table of devices: the one place that names them all.
#include "runtime/devices/Devices.h"
#include "runtime/base/Checked.h"
#include "runtime/devices/cpu/Device.h"
#include "runtime/devices/null/Device.h"
#include "runtime/devices/vulkan/Device.h"

#include <optional>

namespace vae::runtime {
namespace {

struct Driver {
  std::string_view kind;
  std::vector<DeviceEntry> (*list)();
  /// Without an index: the best of the kind.
  Result<std::shared_ptr<Device>> (*open)(std::optional<uint32_t> index, const DeviceOptions &options);
};

/// For a kind of which there is just one.
template <Result<std::shared_ptr<Device>> (*open)(const DeviceOptions &)>
Result<std::shared_ptr<Device>> openOnly(std::optional<uint32_t> index, const DeviceOptions &options) {
  if (index.value_or(0) != 0)
    return fail(StatusCode::notFound, "there is only one device of this kind, not ", *index + 1);
  return open(options);
}

std::vector<DeviceEntry> listVulkanDevices() {
  std::vector<DeviceEntry> all;
  Result<std::vector<std::string>> descriptions = describeVulkanDevices();
  for (size_t i = 0; descriptions.ok() && i < descriptions->size(); ++i)
    all.push_back({descriptions->size() == 1 ? "vulkan" : concat("vulkan:", i), (*descriptions)[i]});
  return all;
}

constexpr Driver drivers[] = {
    {"cpu", listCpuDevices, openOnly<openCpuDevice>},
    {"vulkan", listVulkanDevices, openVulkanDevice},
    {"null", listNullDevices, openOnly<openNullDevice>},
};

} // namespace

std::vector<DeviceEntry> listDevices() {
  std::vector<DeviceEntry> all;
  for (const Driver &driver : drivers)
    for (DeviceEntry &entry : driver.list())
      all.push_back(std::move(entry));
  return all;
}

Result<std::shared_ptr<Device>> openDevice(std::string_view name, const DeviceOptions &options) {
  size_t colon = name.find(':');
  std::string_view kind = name.substr(0, colon);
  std::optional<uint32_t> index;
  if (colon != name.npos)
    index = parseNumber<uint32_t>(name.substr(colon + 1));
  std::string kinds;
  for (const Driver &driver : drivers) {
    if (driver.kind == kind && (index || colon == name.npos))
      return driver.open(index, options);
    kinds += concat(kinds.empty() ? "" : ", ", driver.kind);
  }
  return fail(StatusCode::notFound, "unknown device '", name, "'; devices are ", kinds);
}

} // namespace vae::runtime
