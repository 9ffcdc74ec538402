// The C API: version, errors, tensors, devices.
#include "runtime/api/Handles.h"
#include "runtime/devices/Devices.h"

#include <algorithm>
#include <cstring>

using namespace vae::runtime;

namespace {

constexpr size_t maxRank = 8;

template <size_t size> void copyText(char (&to)[size], const char *from) {
  std::strncpy(to, from, size - 1);
  to[size - 1] = 0;
}

} // namespace

vae_status vae::runtime::report(vae_error *error, vae_status code, const char *message) noexcept {
  if (error) {
    error->status = code;
    copyText(error->message, message);
  }
  return code;
}

Result<NamedSizes> vae::runtime::readSizes(const vae_size *sizes, size_t count) {
  NamedSizes named;
  for (size_t i = 0; i < count; ++i) {
    VAE_RETURN_IF_ERROR(requireAll({{"sizes", sizes}}));
    VAE_RETURN_IF_ERROR(requireAll({{"a size's name", sizes[i].name}}));
    if (!named.emplace(sizes[i].name, sizes[i].value).second)
      return fail(StatusCode::invalidArgument, "size '", sizes[i].name, "' is given twice");
  }
  return named;
}

uint32_t vae_runtime_version(void) { return VAE_RUNTIME_VERSION; }

vae_status vae_tensor_create(vae_element element, size_t rank, const int64_t *shape, const void *data,
                             vae_tensor **tensor, vae_error *error) {
  return guarded(error, [&]() -> Status {
    VAE_RETURN_IF_ERROR(requireAll(
        {{"tensor", tensor}, {"shape", rank ? static_cast<const void *>(shape) : static_cast<const void *>(tensor)}}));
    if (static_cast<uint32_t>(element) >= elementTypeCount || rank > maxRank)
      return fail(StatusCode::invalidArgument, "no tensor of element type ", static_cast<int>(element), " and rank ",
                  rank);
    std::vector<int64_t> sizes(shape, shape + rank);
    VAE_ASSIGN_OR_RETURN(HostTensor made, HostTensor::create(static_cast<ElementType>(element), std::move(sizes)));
    if (data && !made.bytes().empty())
      std::memcpy(made.bytes().data(), data, made.bytes().size());
    *tensor = new vae_tensor{std::move(made)};
    return {};
  });
}

void vae_tensor_destroy(vae_tensor *tensor) { delete tensor; }
vae_element vae_tensor_element(const vae_tensor *tensor) { return static_cast<vae_element>(tensor->tensor.element()); }
size_t vae_tensor_rank(const vae_tensor *tensor) { return tensor->tensor.shape().size(); }
const int64_t *vae_tensor_shape(const vae_tensor *tensor) { return tensor->tensor.shape().data(); }
size_t vae_tensor_bytes(const vae_tensor *tensor) { return tensor->tensor.bytes().size(); }
void *vae_tensor_data(vae_tensor *tensor) { return tensor->tensor.bytes().data(); }

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
    }
    VAE_ASSIGN_OR_RETURN(std::shared_ptr<Device> opened, openDevice(name, chosen));
    *device = new vae_device{std::move(opened)};
    return {};
  });
}

void vae_device_close(vae_device *device) { delete device; }
const char *vae_device_name(const vae_device *device) { return device->device->name().c_str(); }
const char *vae_device_description(const vae_device *device) { return device->device->description().c_str(); }
