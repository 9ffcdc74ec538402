// Opening packages and looking things up in them.
#include "runtime/package/Package.h"
#include "runtime/base/Checked.h"
#include "runtime/package/PackageHeader.h"
#include "runtime/package/PackageReader.h"

#include <algorithm>

namespace vae::runtime {

/// ceil(value / divisor) for positive numbers.
static int64_t ceilDiv(int64_t value, int64_t divisor) { return value / divisor + (value % divisor != 0); }

Result<int64_t> evaluateAxis(const GridAxis &axis, std::span<const int64_t> sizes) {
  int64_t product = 1;
  for (const GridFactor &factor : axis.factors) {
    int64_t value = factor.size < 0 ? factor.constant : sizes[static_cast<size_t>(factor.size)];
    if (value <= 0)
      return fail(StatusCode::invalidArgument, "an axis of ", value, " elements has no blocks");
    std::optional<int64_t> next = checkedMul(product, ceilDiv(value, factor.divisor));
    if (!next)
      return fail(StatusCode::invalidArgument, "the number of blocks overflows");
    product = *next;
  }
  return ceilDiv(product, axis.divisor);
}

Result<int64_t> evaluateSum(std::span<const GridAxis> axes, std::span<const int64_t> sizes) {
  int64_t sum = 0;
  for (const GridAxis &axis : axes) {
    VAE_ASSIGN_OR_RETURN(int64_t value, evaluateAxis(axis, sizes));
    std::optional<int64_t> next = checkedAdd(sum, value);
    if (!next)
      return fail(StatusCode::invalidArgument, "a sum over block counts overflows");
    sum = *next;
  }
  return sum;
}

const KernelCode *Kernel::codeFor(std::string_view target, CodeKind kind) const {
  auto found = std::find_if(code.begin(), code.end(),
                            [&](const KernelCode &one) { return one.target == target && one.kind == kind; });
  return found == code.end() ? nullptr : &*found;
}

Result<std::shared_ptr<const Package>> Package::open(const std::string &path) {
  using Opened = Result<std::shared_ptr<const Package>>;
  VAE_ASSIGN_OR_RETURN(MappedFile file, MappedFile::open(path));
  auto shared = std::make_shared<const MappedFile>(std::move(file));
  Opened package = open(shared);
  VAE_RETURN_IF_ERROR(shared->check());
  return package.ok() ? package : Opened(package.status().withContext(path));
}

Result<std::shared_ptr<const Package>> Package::open(std::shared_ptr<const MappedFile> file) {
  VAE_ASSIGN_OR_RETURN(vae_package_header header, readPackageHeader(file->bytes()));
  // A copy: what has been checked must not change while it is used.
  std::span<const std::byte> core = file->bytes().first(header.core_size);
  VAE_ASSIGN_OR_RETURN(std::shared_ptr<Package> package, readCore({core.begin(), core.end()}, header));
  file->forget(core);
  package->fileSize = file->bytes().size();
  package->weightBytes = weightsIn(file->bytes(), header);
  if (header.weights_size > 0)
    package->mapping = std::move(file);
  return std::shared_ptr<const Package>(std::move(package));
}

Result<std::shared_ptr<const Package>> Package::create(std::vector<std::byte> bytes) {
  VAE_ASSIGN_OR_RETURN(vae_package_header header, readPackageHeader(bytes));
  if (header.weights_size > 0)
    return fail(StatusCode::unsupported, "a package with weights inside is read from its file alone");
  VAE_ASSIGN_OR_RETURN(std::shared_ptr<Package> package, readCore(std::move(bytes), header));
  package->fileSize = header.core_size;
  return std::shared_ptr<const Package>(std::move(package));
}

Result<std::shared_ptr<Package>> Package::readCore(std::vector<std::byte> core, const vae_package_header &header) {
  std::shared_ptr<Package> package(new Package());
  package->bytes = std::move(core);
  VAE_RETURN_IF_ERROR(PackageReader(*package).read(header));
  return package;
}

std::optional<uint32_t> Package::programIndex(std::string_view name) const {
  for (size_t i = 0; i < programList.size(); ++i)
    if (programList[i].name == name)
      return static_cast<uint32_t>(i);
  return std::nullopt;
}

Result<uint32_t> Package::findProgram(std::string_view name) const {
  if (std::optional<uint32_t> index = programIndex(name))
    return *index;
  std::string known;
  for (const PackageProgram &program : programList)
    if (program.kind != ProgramKind::prepare && !program.name.ends_with(".noise"))
      known += (known.empty() ? "" : ", ") + program.name;
  return fail(StatusCode::notFound, "model '", modelName, "' has no entry '", name, "'; it has ", known);
}

const Library *Package::library(std::string_view target) const {
  auto found =
      std::find_if(libraryList.begin(), libraryList.end(), [&](const Library &one) { return one.target == target; });
  return found == libraryList.end() ? nullptr : &*found;
}

} // namespace vae::runtime
