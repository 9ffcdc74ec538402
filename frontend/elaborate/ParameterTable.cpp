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

static bool isWithin(llvm::StringRef path, llvm::StringRef part) {
  return path.consume_front(part) && (path.empty() || path.front() == '.');
}

std::vector<llvm::StringRef> ParameterTable::partsLike(llvm::StringRef like) const {
  std::set<llvm::StringRef> parts;
  for (llvm::StringRef part : entries.keys()) {
    for (size_t extra = part.count('.'); extra > like.count('.'); --extra)
      part = part.rsplit('.').first;
    if (part.count('.') == like.count('.'))
      parts.insert(part);
  }
  return {parts.begin(), parts.end()};
}

bool ParameterTable::holds(llvm::StringRef part) const {
  return llvm::any_of(entries.keys(), [&](llvm::StringRef path) { return isWithin(path, part); });
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
    return isWithin(entry.getKey(), part) && !op.getFrozen();
  });
}

const ParameterTable::Entry *ParameterTable::find(llvm::StringRef path) const {
  auto found = entries.find(path);
  return found == entries.end() ? nullptr : &found->second;
}

} // namespace vae::frontend
