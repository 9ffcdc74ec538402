// Naming of unlabelled layers.
#include "frontend/elaborate/ParameterTable.h"
#include "ir/ops/Model.h"

namespace vae::frontend {

std::string ParameterTable::unlabelledSegment(llvm::StringRef prefix, llvm::StringRef op, Site site, SiteVisit &visit) {
  unsigned occurrence = visit.occurrences[site]++;
  std::string &segment = segments[{prefix.str(), site, occurrence}];
  if (segment.empty())
    segment = (op + "_" + llvm::Twine(counts[(prefix + op).str()]++)).str();
  return segment;
}

std::vector<llvm::StringRef> ParameterTable::parts() const {
  std::vector<llvm::StringRef> parts;
  for (const auto &entry : entries)
    parts.push_back(entry.getKey().split('.').first);
  llvm::sort(parts);
  parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
  return parts;
}

std::vector<llvm::StringRef> ParameterTable::buffers() const {
  std::vector<llvm::StringRef> paths;
  for (const auto &entry : entries)
    if (vae::ParameterOp op = entry.second.op; op.getFrozen())
      paths.push_back(entry.getKey());
  llvm::sort(paths);
  return paths;
}

bool ParameterTable::hasTrainable(llvm::StringRef part) const {
  return llvm::any_of(entries, [&](const auto &entry) {
    vae::ParameterOp op = entry.second.op;
    return entry.getKey().split('.').first == part && !op.getFrozen();
  });
}

const ParameterTable::Entry *ParameterTable::find(llvm::StringRef path) const {
  auto found = entries.find(path);
  return found == entries.end() ? nullptr : &found->second;
}

} // namespace vae::frontend
