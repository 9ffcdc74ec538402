// Checking and loading of stored tensors.
#include "runtime/formats/stored/StoredTensor.h"
#include "runtime/base/Checked.h"

namespace vae::runtime {

Result<StoredTensor> makeStored(StoredType type, std::vector<int64_t> shape, ByteRange data) {
  std::optional<uint64_t> size = checkedByteSize(shape, type.width);
  if (!size)
    return invalidFile("the shape ", shapeText(shape), " is out of range");
  if (data.size() != *size)
    return invalidFile("the header promises ", *size, " bytes of ", storedName(type), shapeText(shape), " but ",
                       data.size(), " follow");
  return StoredTensor{type, std::move(shape), std::move(data)};
}

Result<HostTensor> loadTensor(const StoredTensor &stored) {
  VAE_ASSIGN_OR_RETURN(HostTensor tensor, HostTensor::create(elementOf(stored.type), stored.shape));
  if (storedTypeOf(tensor.element()) == stored.type) {
    VAE_RETURN_IF_ERROR(stored.data.read(0, tensor.bytes()));
    return tensor;
  }
  VAE_ASSIGN_OR_RETURN(HostBuffer bytes, stored.data.load());
  if (auto misfit = convertElements(bytes.bytes(), stored.type, tensor.element(), tensor.bytes()))
    return invalidFile("element ", misfit->element, " is ", misfit->value, ", which ", elementName(tensor.element()),
                       " cannot hold");
  return tensor;
}

} // namespace vae::runtime
