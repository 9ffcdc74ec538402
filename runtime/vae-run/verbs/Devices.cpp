// vae-run devices: what this machine can run packages on.
#include "runtime/vae-run/verbs/Devices.h"
#include "runtime/vae-run/Handles.h"
#include "runtime/vae-run/Interrupt.h"
#include "runtime/vae-run/Json.h"

namespace vae::runtime::tool {

Status devices(const DevicesOptions &options) {
  catchDriverFaults();
  std::vector<vae_device_info> list(64);
  size_t count = 0;
  VAE_RETURN_IF_ERROR(call([&](vae_error *error) { return vae_device_list(list.data(), list.size(), &count, error); }));
  list.resize(std::min(count, list.size()));
  Json all = Json::array();
  for (const vae_device_info &device : list) {
    all.push_back({{"name", device.name}, {"description", device.description}});
    if (!options.json)
      std::printf("%-10s %s\n", device.name, device.description);
  }
  if (options.json)
    printJson(all);
  return {};
}

} // namespace vae::runtime::tool
