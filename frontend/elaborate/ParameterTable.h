// Paths of the model's parameters: who made each, so that calls share weights and clashes are found.
#ifndef VAE_FRONTEND_ELABORATE_PARAMETERTABLE_H
#define VAE_FRONTEND_ELABORATE_PARAMETERTABLE_H

#include "frontend/diagnostics/Diagnostics.h"
#include "ir/ops/Model.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include <map>
#include <set>

namespace vae::frontend {

/// A place that makes parameters: the chain of calls from the func (or the model) down to the layer, each chain once.
/// Calls of one func again pass the same places, which is how they share weights.
struct SitePlace {
  const SitePlace *outer;
  const void *place;
  auto operator<=>(const SitePlace &) const = default;
};
using Site = const SitePlace *;

/// One elaboration of a func. A path may be made once in each.
struct SiteVisit {
  llvm::StringSet<> paths;
  std::map<Site, unsigned> occurrences; // of unlabelled layers, whose sites repeat in loops
};

/// The parameters made so far.
class ParameterTable {
public:
  struct Entry {
    Site site;
    llvm::SMRange range;
    vae::ParameterOp op;
  };

  /// The site of that place inside another; null is around all.
  Site enter(Site outer, const void *place) { return &*sites.insert({outer, place}).first; }

  /// The path segment `<op>_<k>` of an unlabelled layer under `prefix`: the same again for the same site.
  std::string unlabelledSegment(llvm::StringRef prefix, llvm::StringRef op, Site site, SiteVisit &visit);

  /// What paths begin with, of as many segments as `like`, sorted: what may have been meant by it.
  std::vector<llvm::StringRef> partsLike(llvm::StringRef like) const;
  /// Whether that is a path, or what one begins with.
  bool holds(llvm::StringRef part) const;

  /// All paths of buffers, sorted.
  std::vector<llvm::StringRef> buffers() const;
  /// Whether training by gradients may change something in that part.
  bool hasTrainable(llvm::StringRef part) const;

  /// The entry at `path`, or null.
  const Entry *find(llvm::StringRef path) const;
  void add(llvm::StringRef path, Entry entry) { entries.try_emplace(path, entry); }

private:
  std::set<SitePlace> sites;
  llvm::StringMap<Entry> entries;
  std::map<std::tuple<std::string, Site, unsigned>, std::string> segments;
  llvm::StringMap<unsigned> counts; // of unlabelled layers, by prefix and op
};

} // namespace vae::frontend

#endif // VAE_FRONTEND_ELABORATE_PARAMETERTABLE_H
