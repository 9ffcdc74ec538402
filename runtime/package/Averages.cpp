// Names of states taken apart.
#include "runtime/package/Averages.h"

namespace vae::runtime {

/// The path in "ema.<path>"; nothing where the name is another.
static std::string_view averagedPath(std::string_view name) {
  constexpr std::string_view prefix = "ema.";
  return name.starts_with(prefix) ? name.substr(prefix.size()) : std::string_view();
}

std::map<size_t, size_t> findAverages(const Package &package, const PackageProgram &program) {
  std::map<std::string_view, size_t> parameters;
  for (size_t i = 0; i < package.parameters().size(); ++i)
    parameters.emplace(package.parameters()[i].path, i);
  std::string own = program.name.substr(0, program.name.find('.') + 1); // "elbo." of "elbo.train"
  std::map<size_t, size_t> averages;
  for (const Buffer &buffer : program.buffers) {
    if (program.kind != ProgramKind::train || buffer.kind != BufferKind::state)
      continue;
    std::string_view name = package.states()[buffer.index].name;
    auto found = parameters.find(averagedPath(name));
    if (found == parameters.end() && name.starts_with(own))
      found = parameters.find(averagedPath(name.substr(own.size())));
    if (found != parameters.end())
      averages.emplace(found->second, buffer.index);
  }
  return averages;
}

} // namespace vae::runtime
