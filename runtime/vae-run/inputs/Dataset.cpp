// Reading items and gathering batches.
#include "runtime/vae-run/inputs/Dataset.h"
#include "runtime/base/Checked.h"
#include "runtime/formats/TensorFile.h"

#include <cmath>
#include <cstring>

namespace vae::runtime::tool {

Result<Dataset> Dataset::open(const Field &field, const std::string &path) {
  Dataset set;
  set.name = field.name;
  set.filePath = path;
  set.element = field.element;
  VAE_ASSIGN_OR_RETURN(set.data, readTensor(path));
  bool bytesToFloats = set.data.element() == ElementType::u8 && field.element == ElementType::f32;
  if (!bytesToFloats) {
    Result<HostTensor> fitted = fitTensor(std::move(set.data), field);
    if (!fitted.ok())
      return fitted.status().withContext(path);
    set.data = fitted.take();
    if (set.data.element() != field.element)
      return fail(StatusCode::invalidArgument, path, ": ", elementName(set.data.element()), " where input '",
                  field.name, "' takes ", elementName(field.element));
  }
  std::vector<int64_t> shape = fitShape(set.data.shape(), field);
  bool fits = !shape.empty() && shape.size() == field.shape.size() && shape[0] >= 1;
  for (size_t i = 1; fits && i < shape.size(); ++i)
    fits = sizeOf(field.shape[i]).value_or(shape[i]) == shape[i];
  if (!fits)
    return fail(StatusCode::invalidArgument, path, ": ", shapeText(set.data.shape()), " is no data for input ",
                field.text());
  if (Status status = checkRange(set.data, field); !status.ok())
    return status.withContext(path);
  set.count = static_cast<uint64_t>(shape[0]);
  set.itemShape.assign(shape.begin() + 1, shape.end());
  set.itemElements = set.data.count() / set.count;
  for (size_t i = 0; i < set.scale.size(); ++i)
    set.scale[i] = field.low + static_cast<float>(i) / 255.0f * (field.high - field.low);
  return set;
}

Result<TensorHandle> Dataset::makeBatch(uint64_t items) const {
  std::vector<int64_t> shape{static_cast<int64_t>(items)};
  shape.insert(shape.end(), itemShape.begin(), itemShape.end());
  return make<TensorHandle>([&](vae_tensor **handle, vae_error *error) {
    return vae_tensor_create(static_cast<vae_element>(element), shape.size(), shape.data(), nullptr, handle, error);
  });
}

Status Dataset::gather(std::span<const uint64_t> indices, vae_tensor *batch, bool finite) const {
  size_t itemBytes = static_cast<size_t>(itemElements * elementSize(element));
  if (vae_tensor_bytes(batch) != indices.size() * itemBytes)
    return fail(StatusCode::internal, "a batch of ", vae_tensor_bytes(batch), " bytes for ", indices.size(), " items");
  std::byte *out = static_cast<std::byte *>(vae_tensor_data(batch));
  for (uint64_t index : indices) {
    if (index >= count)
      return fail(StatusCode::invalidArgument, filePath, ": item ", index, " of ", count, " is needed");
    size_t first = static_cast<size_t>(index * itemElements);
    if (data.element() == ElementType::u8 && element == ElementType::f32) {
      float *floats = reinterpret_cast<float *>(out);
      for (size_t i = 0; i < itemElements; ++i)
        floats[i] = scale[data.as<uint8_t>()[first + i]];
    } else {
      std::memcpy(out, data.bytes().data() + index * itemBytes, itemBytes);
    }
    if (finite && element == ElementType::f32 && data.element() == ElementType::f32)
      for (size_t i = 0; i < itemElements; ++i)
        if (!std::isfinite(data.as<float>()[first + i]))
          return fail(StatusCode::nonFinite, filePath, ": item ", index, " holds NaN or infinity at element ", i);
    out += itemBytes;
  }
  return {};
}

} // namespace vae::runtime::tool
