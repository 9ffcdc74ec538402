// Loading a shared object through an anonymous file.
#include "runtime/devices/cpu/LoadedLibrary.h"

#include <cerrno>
#include <cstring>
#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

namespace vae::runtime::cpu {

/// The code of a linked library, whole or an error.
static Status writeAll(int descriptor, std::span<const std::byte> code) {
  while (!code.empty()) {
    ssize_t written = write(descriptor, code.data(), code.size());
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return fail(StatusCode::outOfMemory, "cannot hold ", code.size(),
                  " bytes of machine code: ", std::strerror(errno));
    code = code.subspan(static_cast<size_t>(written));
  }
  return {};
}

Result<std::shared_ptr<LoadedLibrary>> LoadedLibrary::open(std::span<const std::byte> code) {
  std::shared_ptr<LoadedLibrary> library(new LoadedLibrary());
  VAE_RETURN_IF_ERROR(library->load(code));
  return library;
}

Status LoadedLibrary::load(std::span<const std::byte> code) {
  // The descriptor stays open as long as the library: the dynamic linker knows libraries by path, and a second one
  // under the same number would be taken for the first.
  descriptor = memfd_create("vae-kernels", MFD_CLOEXEC);
  if (descriptor < 0)
    return fail(StatusCode::outOfMemory, "cannot make a memory file for machine code: ", std::strerror(errno));
  VAE_RETURN_IF_ERROR(writeAll(descriptor, code));
  errno = 0;
  handle = dlopen(concat("/proc/self/fd/", descriptor).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    // The linker's own words say little where it had no memory for them.
    const bool noMemory = errno == ENOMEM;
    const char *reason = dlerror();
    return fail(noMemory ? StatusCode::outOfMemory : StatusCode::invalidFile,
                "cannot load the package's machine code: ", reason ? reason : "unknown reason");
  }
  return {};
}

LoadedLibrary::~LoadedLibrary() {
  if (handle)
    dlclose(handle);
  if (descriptor >= 0)
    close(descriptor);
}

void *LoadedLibrary::symbol(const std::string &name) const { return dlsym(handle, name.c_str()); }

} // namespace vae::runtime::cpu
