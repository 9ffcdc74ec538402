// Prefixes are found by vote: a name of the file that ends like one of the model's speaks for what stands before that.
#include "runtime/session/WeightNames.h"
#include "runtime/formats/Excerpt.h"

#include <algorithm>
#include <unordered_set>

namespace vae::runtime {
namespace {

/// Where the segments of a name begin.
std::vector<size_t> segmentStarts(std::string_view name) {
  std::vector<size_t> starts = {0};
  for (size_t dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.', dot + 1))
    starts.push_back(dot + 1);
  return starts;
}

/// Whether the segments of `prefix` are the last ones of `longer`.
bool endsWithSegments(std::string_view longer, std::string_view prefix) {
  return longer == prefix || (longer.ends_with(prefix) && longer[longer.size() - prefix.size() - 1] == '.');
}

/// The name without the segments that wrappers put around modules: torch.compile, DataParallel, FSDP, checkpointing.
std::string unwrapped(std::string_view name) {
  constexpr std::string_view wrappers[] = {"_orig_mod.", "module.", "_fsdp_wrapped_module.",
                                           "_checkpoint_wrapped_module."};
  std::string plain;
  for (size_t start : segmentStarts(name)) {
    std::string_view segment = name.substr(start, name.find('.', start) - start + 1);
    if (std::find(std::begin(wrappers), std::end(wrappers), segment) == std::end(wrappers))
      plain += segment;
  }
  return plain;
}

class PrefixFinder {
public:
  PrefixFinder(const FileNames &stored, std::span<const WantedTensor> wanted) : stored(stored) {
    for (const WantedTensor &tensor : wanted)
      if (tensor.needed)
        needed.push_back(&tensor);
    for (const WantedTensor *tensor : needed) {
      names.insert(tensor->name);
      longest = std::max(longest, tensor->name.size());
    }
  }

  Result<NamePrefixes> find() {
    for (const std::string &model : modelPrefixes())
      voteWith(model);
    std::vector<NamePrefixes> candidates = mostVoted();
    bool complete = !candidates.empty() && votes.at(candidates.front()) == needed.size();
    if (candidates.empty() || candidates.front() == NamePrefixes())
      return NamePrefixes();
    NamePrefixes shortest = candidates.front();
    if (complete)
      std::erase_if(candidates, [&](const NamePrefixes &prefixes) { return !allFit(prefixes); });
    if (complete && candidates.size() > 1)
      return invalidFile("all that is needed stands there twice, under '", excerpt(candidates[0].file), "' and under '",
                         excerpt(candidates[1].file), "'; keep one of them");
    return candidates.empty() ? shortest : candidates.front();
  }

private:
  /// What all needed names begin with, dots included; the empty prefix first.
  std::vector<std::string> modelPrefixes() const {
    std::vector<std::string> prefixes;
    std::string_view first = needed.empty() ? std::string_view() : needed.front()->name;
    for (size_t start : segmentStarts(first))
      if (std::all_of(needed.begin(), needed.end(),
                      [&](const WantedTensor *tensor) { return tensor->name.starts_with(first.substr(0, start)); }))
        prefixes.emplace_back(first.substr(0, start));
    return prefixes;
  }

  /// Counts, for each that stands in the file in the place of `model`, the tensors found with it.
  void voteWith(const std::string &model) {
    for (const auto &[name, entry] : stored)
      for (size_t start : segmentStarts(name)) {
        std::string_view before = std::string_view(name).substr(0, start);
        std::string_view rest = std::string_view(name).substr(start);
        if (model.size() + rest.size() > longest || before.starts_with(statePrefix))
          continue;
        // With a prefix on both sides, "weight" alone would make any layer any other.
        bool tellsNothing = !model.empty() && start > 0 && rest.find('.') == std::string_view::npos;
        bool isCountedWithout = !model.empty() && endsWithSegments(before, model);
        if (!tellsNothing && !isCountedWithout && names.contains(model + std::string(rest)))
          ++votes[{std::string(before), model}];
      }
  }

  /// Those with the most votes, the shortest first.
  std::vector<NamePrefixes> mostVoted() const {
    size_t most = 1;
    for (const auto &[prefixes, count] : votes)
      most = std::max(most, count);
    std::vector<NamePrefixes> found;
    for (const auto &[prefixes, count] : votes)
      if (count == most)
        found.push_back(prefixes);
    std::sort(found.begin(), found.end(), [](const NamePrefixes &a, const NamePrefixes &b) {
      return std::pair(a.file.size() + a.model.size(), a) < std::pair(b.file.size() + b.model.size(), b);
    });
    return found;
  }

  bool allFit(const NamePrefixes &prefixes) const {
    return std::all_of(needed.begin(), needed.end(),
                       [&](const WantedTensor *tensor) { return fits(*prefixes.find(stored, tensor->name), *tensor); });
  }

  const FileNames &stored;
  std::vector<const WantedTensor *> needed;
  std::unordered_set<std::string> names; ///< of `needed`
  size_t longest = 0;                    ///< of `names`
  std::map<NamePrefixes, size_t> votes;
};

} // namespace

bool fits(const SafetensorsEntry &entry, const WantedTensor &wanted) {
  return entry.element && isReadableAs(*entry.element, wanted.element) &&
         std::equal(entry.shape.begin(), entry.shape.end(), wanted.shape.begin(), wanted.shape.end());
}

FileNames namesOf(const SafetensorsFile &file) {
  FileNames names;
  for (const SafetensorsEntry &entry : file.entries())
    names.emplace_hint(names.end(), entry.name, &entry);
  return names;
}

FileNames unwrappedNames(const SafetensorsFile &file) {
  FileNames names;
  bool changes = false;
  for (const SafetensorsEntry &entry : file.entries()) {
    std::string name = unwrapped(entry.name);
    changes |= name != entry.name;
    if (!names.emplace(std::move(name), &entry).second)
      return {};
  }
  return changes ? names : FileNames();
}

const SafetensorsEntry *NamePrefixes::find(const FileNames &names, std::string_view modelName) const {
  if (!modelName.starts_with(model))
    return nullptr;
  auto found = names.find(concat(file, modelName.substr(model.size())));
  return found == names.end() ? nullptr : found->second;
}

Result<NamePrefixes> findPrefixes(const FileNames &names, std::span<const WantedTensor> wanted) {
  return PrefixFinder(names, wanted).find();
}

bool isBookkeeping(std::string_view name) {
  constexpr std::string_view known[] = {
      "num_batches_tracked",                 // batch norm: how often running_mean was moved
      "n_averaged",                          // torch.optim.swa_utils.AveragedModel
      "position_ids",                        // transformers: 0, 1, 2 ...
      "total_ops",           "total_params", // thop's profiler
  };
  std::string_view last = name.substr(name.rfind('.') + 1);
  return std::find(std::begin(known), std::end(known), last) != std::end(known);
}

} // namespace vae::runtime
