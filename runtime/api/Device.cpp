// The C API: devices.
#include "runtime/api/Handles.h"
#include "runtime/devices/Devices.h"

#include <algorithm>

using namespace vae::runtime;

vae_status vae_device_list(vae_device_info *devices, size_t capacity, size_t *count, vae_error *error) {
  return guarded(error, [&]() -> Status {
    VAE_RETURN_IF_ERROR(requireAll({{"count", count}, {"devices", capacity ? devices : static_cast<void *>(count)}}));
    std::vector<DeviceEntry> all = listDevices();
    for (size_t i = 0; i < std::min(capacity, all.size()); ++i) {
      copyText(devices[i].name, all[i].name.c_str());
      copyText(devices[i].description, all[i].description.c_str());
    }
    *count = all.size();
    return {};
  });
}

vae_status vae_device_open(const char *name, const vae_device_options *options, vae_device **device, vae_error *error) {
  return guarded(error, [&]() -> Status {
    VAE_RETURN_IF_ERROR(requireAll({{"name", name}, {"device", device}}));
    DeviceOptions chosen;
    if (options) {
      chosen.threads = options->threads;
      chosen.cpuTarget = options->cpu_target ? options->cpu_target : "";
      chosen.debug = options->debug != 0;
      if (options->note)
        chosen.note = [note = options->note, context = options->note_context](const std::string &line) {
          note(context, line.c_str());
        };
    }
    VAE_ASSIGN_OR_RETURN(std::shared_ptr<Device> opened, openDevice(name, chosen));
    *device = new vae_device{std::move(opened)};
    return {};
  });
}

vae_status vae_device_measure(vae_device *device, vae_device_peak *peak, vae_error *error) {
  return guarded(error, [&]() -> Status {
    VAE_RETURN_IF_ERROR(requireAll({{"device", device}, {"peak", peak}}));
    DevicePeak measured = device->device->measurePeak();
    *peak = {measured.flops, measured.bytes};
    return {};
  });
}

void vae_device_close(vae_device *device) { delete device; }
const char *vae_device_name(const vae_device *device) { return device->device->name().c_str(); }
const char *vae_device_description(const vae_device *device) { return device->device->description().c_str(); }
