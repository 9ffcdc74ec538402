// A shared object in memory, opened.
#ifndef VAE_RUNTIME_DEVICES_CPU_LOADEDLIBRARY_H
#define VAE_RUNTIME_DEVICES_CPU_LOADEDLIBRARY_H

#include "runtime/base/Status.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace vae::runtime::cpu {

/// An opened ELF shared object; closed when destroyed.
class LoadedLibrary {
public:
  /// Loads `code` without a file on disk. invalidFile where the dynamic linker refuses it, with its words.
  static Result<std::shared_ptr<LoadedLibrary>> open(std::span<const std::byte> code);
  ~LoadedLibrary();
  LoadedLibrary(const LoadedLibrary &) = delete;
  LoadedLibrary &operator=(const LoadedLibrary &) = delete;

  /// Null where there is no such symbol.
  void *symbol(const std::string &name) const;

private:
  LoadedLibrary() = default;
  Status load(std::span<const std::byte> code);

  int descriptor = -1;
  void *handle = nullptr;
};

} // namespace vae::runtime::cpu

#endif // VAE_RUNTIME_DEVICES_CPU_LOADEDLIBRARY_H
