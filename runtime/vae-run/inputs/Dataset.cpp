// Gathering batches.
#include "runtime/vae-run/inputs/Dataset.h"

#include <cmath>

namespace vae::runtime::tool {

Result<Dataset> Dataset::open(const Field &field, const std::string &path, const PictureFit &pictures) {
  VAE_ASSIGN_OR_RETURN(InputFile file, InputFile::open(field, path, pictures));
  if (file.shape().empty() || file.items() < 1 || !file.fits())
    return invalidArgument(path, ": ", shapeText(file.fileShape()), " does not fit input ", field.text());
  VAE_RETURN_IF_ERROR(file.prepare());
  return Dataset(std::move(file));
}

Result<TensorHandle> Dataset::makeBatch(uint64_t items) const {
  std::vector<int64_t> shape = file.shape();
  shape[0] = static_cast<int64_t>(items);
  return make<TensorHandle>([&](vae_tensor **handle, vae_error *error) {
    return vae_tensor_create(static_cast<vae_element>(file.field().element), shape.size(), shape.data(), nullptr,
                             handle, error);
  });
}

Status Dataset::gather(std::span<const uint64_t> indices, vae_tensor *batch, bool finite) const {
  const size_t itemBytes = file.itemElements() * static_cast<size_t>(elementSize(file.field().element));
  if (vae_tensor_bytes(batch) != indices.size() * itemBytes)
    return fail(StatusCode::internal, "a batch of ", vae_tensor_bytes(batch), " bytes for ", indices.size(), " items");
  std::byte *out = static_cast<std::byte *>(vae_tensor_data(batch));
  for (uint64_t index : indices) {
    if (index >= items())
      return invalidArgument(path(), ": item ", index, " of ", items(), " is needed");
    VAE_RETURN_IF_ERROR(file.read(index, {out, itemBytes}));
    const float *floats = reinterpret_cast<const float *>(out);
    for (size_t i = 0; finite && file.field().element == ElementType::f32 && i < file.itemElements(); ++i)
      if (!std::isfinite(floats[i]))
        return fail(StatusCode::nonFinite, path(), ": item ", index, " holds NaN or infinity at element ", i);
    out += itemBytes;
  }
  return {};
}

} // namespace vae::runtime::tool
