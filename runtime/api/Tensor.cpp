// The C API: tensors.
#include "runtime/api/Handles.h"
#include "runtime/base/AtomicFile.h"
#include "runtime/formats/Npy.h"
#include "runtime/formats/TensorFile.h"
#include "runtime/formats/pictures/PictureGrid.h"

#include <cstring>

using namespace vae::runtime;

static constexpr size_t maxRank = 8;

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

vae_status vae_tensor_read(const char *path, vae_tensor **tensor, vae_error *error) {
  return guarded(error, [&]() -> Status {
    VAE_RETURN_IF_ERROR(requireAll({{"path", path}, {"tensor", tensor}}));
    VAE_ASSIGN_OR_RETURN(HostTensor made, readTensor(path));
    *tensor = new vae_tensor{std::move(made)};
    return {};
  });
}

vae_status vae_tensor_write(const vae_tensor *tensor, const char *path, vae_error *error) {
  return guarded(error, [&]() -> Status {
    VAE_RETURN_IF_ERROR(requireAll({{"tensor", tensor}, {"path", path}}));
    return writeNpy(path, tensor->tensor);
  });
}

vae_status vae_tensor_write_pictures(const vae_tensor *tensor, float low, float high, const char *path,
                                     vae_error *error) {
  return guarded(error, [&]() -> Status {
    VAE_RETURN_IF_ERROR(requireAll({{"tensor", tensor}, {"path", path}}));
    if (!(low < high))
      return fail(StatusCode::invalidArgument, "black is not below white");
    Result<std::vector<std::byte>> bytes = encodePictures(tensor->tensor, low, high);
    return bytes.ok() ? writeFile(path, *bytes) : bytes.status().withContext(path);
  });
}
