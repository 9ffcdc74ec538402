// The C API: version, errors, sizes.
#include "runtime/api/Handles.h"

using namespace vae::runtime;

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
