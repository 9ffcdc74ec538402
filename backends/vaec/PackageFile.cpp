// A package into a file.
#include "backends/vaec/PackageFile.h"
#include "backends/package/PackageWriter.h"
#include "runtime/base/AtomicFile.h"

using namespace vae::runtime;

Status vae::writePackageFile(const std::string &path, std::vector<char> core, std::vector<SafetensorsItem> weights) {
  std::optional<SafetensorsLayout> layout;
  if (!weights.empty()) {
    VAE_ASSIGN_OR_RETURN(layout, SafetensorsLayout::create(std::move(weights)));
    setWeightsSize(core, layout->size());
  }
  VAE_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::create(path));
  VAE_RETURN_IF_ERROR(file.write(std::string_view(core.data(), core.size())));
  if (layout)
    VAE_RETURN_IF_ERROR(layout->write(file));
  return file.commit();
}
