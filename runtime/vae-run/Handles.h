// The C API's handles as values that free themselves, and its errors as Status.
#ifndef VAE_RUNTIME_VAE_RUN_HANDLES_H
#define VAE_RUNTIME_VAE_RUN_HANDLES_H

#include "runtime/api/vae_runtime.h"
#include "runtime/base/Tensor.h"

#include <memory>

namespace vae::runtime::tool {

template <auto close> struct Closer {
  template <typename T> void operator()(T *handle) const { close(handle); }
};
using PackageHandle = std::unique_ptr<vae_package, Closer<vae_package_close>>;
using DeviceHandle = std::unique_ptr<vae_device, Closer<vae_device_close>>;
using SessionHandle = std::unique_ptr<vae_session, Closer<vae_session_destroy>>;
using TensorHandle = std::unique_ptr<vae_tensor, Closer<vae_tensor_destroy>>;
using DraftHandle = std::unique_ptr<vae_draft, Closer<vae_draft_destroy>>;
using ResultHandle = std::unique_ptr<vae_result, Closer<vae_result_destroy>>;

/// Calls `function(&error)`, an API call, and returns its outcome.
template <typename Function> Status call(Function function) {
  vae_error error{};
  vae_status status = function(&error);
  return status == VAE_OK ? Status() : Status(static_cast<StatusCode>(status), error.message);
}

/// Calls `function(&handle, &error)`, an API call that makes a handle.
template <typename Handle, typename Function> Result<Handle> make(Function function) {
  typename Handle::pointer handle = nullptr;
  VAE_RETURN_IF_ERROR(call([&](vae_error *error) { return function(&handle, error); }));
  return Handle(handle);
}

/// A copy for the API.
inline Result<TensorHandle> apiTensor(const HostTensor &tensor) {
  return make<TensorHandle>([&](vae_tensor **handle, vae_error *error) {
    return vae_tensor_create(static_cast<vae_element>(tensor.element()), tensor.shape().size(), tensor.shape().data(),
                             tensor.bytes().data(), handle, error);
  });
}

/// A copy of the API's tensor.
inline Result<HostTensor> hostTensor(vae_tensor *tensor) {
  const int64_t *shape = vae_tensor_shape(tensor);
  return HostTensor::copyOf(static_cast<ElementType>(vae_tensor_element(tensor)),
                            {shape, shape + vae_tensor_rank(tensor)},
                            {static_cast<const std::byte *>(vae_tensor_data(tensor)), vae_tensor_bytes(tensor)});
}

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_HANDLES_H
