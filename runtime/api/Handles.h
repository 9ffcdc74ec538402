// Behind the C API: what the handles are, and how errors leave. Private to this folder.
#ifndef VAE_RUNTIME_API_HANDLES_H
#define VAE_RUNTIME_API_HANDLES_H

#include "runtime/api/vae_runtime.h"
#include "runtime/session/Session.h"

#include <cstring>
#include <exception>
#include <new>

struct vae_tensor {
  vae::runtime::HostTensor tensor;
};

struct vae_device {
  std::shared_ptr<vae::runtime::Device> device;
};

/// The package with the texts that queries hand out.
struct vae_package {
  std::shared_ptr<const vae::runtime::Package> package;
  struct Shape {
    std::vector<std::string> texts;
    std::vector<const char *> pointers;
  };
  struct ProgramView {
    std::vector<uint32_t> inputs, outputs; ///< buffers
    std::vector<Shape> shapes;             ///< by buffer
    size_t dispatches = 0, barriers = 0, loops = 0;
  };
  std::vector<ProgramView> programs;
  std::vector<std::string> strategies; ///< by kernel
  std::string weightTypes;             ///< of the weights inside: "F16, F32"
};

struct vae_session {
  std::unique_ptr<vae::runtime::Session> session;
};

struct vae_draft {
  vae::runtime::Draft draft;
};

struct vae_result {
  std::vector<std::string> names;
  std::vector<std::unique_ptr<vae_tensor>> tensors;
  std::vector<vae::runtime::DispatchProfile> dispatches;
  std::vector<vae::runtime::DispatchTurn> turns;
};

namespace vae::runtime {

/// Copies as much of a text as fits.
template <size_t size> void copyText(char (&to)[size], const char *from) {
  std::strncpy(to, from, size - 1);
  to[size - 1] = 0;
}

/// Fills `error` (which may be null) and gives the status's number.
vae_status report(vae_error *error, vae_status code, const char *message) noexcept;

/// Runs `body`, which returns a Status, and lets nothing but its code out.
template <typename Body> vae_status guarded(vae_error *error, Body body) noexcept {
  try {
    Status status = body();
    return report(error, static_cast<vae_status>(status.code()), status.message().c_str());
  } catch (const std::bad_alloc &) {
    return report(error, VAE_OUT_OF_MEMORY, "out of host memory");
  } catch (const std::exception &exception) {
    return report(error, VAE_INTERNAL, exception.what());
  } catch (...) {
    return report(error, VAE_INTERNAL, "unknown exception");
  }
}

/// invalidArgument naming the first null among pairs of (name, pointer).
inline Status requireAll(std::initializer_list<std::pair<const char *, const void *>> pointers) {
  for (auto [name, pointer] : pointers)
    if (!pointer)
      return fail(StatusCode::invalidArgument, name, " is null");
  return {};
}

inline Status pastEnd(const char *what, size_t index, size_t count) {
  return fail(StatusCode::notFound, what, ' ', index, " of ", count);
}

/// Sizes of the C API as a map; invalidArgument for a null or repeated name.
Result<NamedSizes> readSizes(const vae_size *sizes, size_t count);

} // namespace vae::runtime

#endif // VAE_RUNTIME_API_HANDLES_H
