// Sorts the tensors of a file into those that are wanted and those that are not, and puts both into words.
#include "runtime/session/WeightMatch.h"
#include "runtime/formats/Excerpt.h"

#include <algorithm>
#include <set>

namespace vae::runtime {
namespace {

/// The first of some tensors, and how many there are.
struct Tally {
  std::string first;
  size_t count = 0;

  void add(const std::string &text) {
    if (count++ == 0)
      first = text;
  }
  /// "a", "a and 3 more"
  std::string text() const { return count <= 1 ? first : concat(first, " and ", count - 1, " more"); }
};

/// "1 tensor", "4 tensors"
std::string tensors(size_t count) { return concat(count, count == 1 ? " tensor" : " tensors"); }

std::string firstSegment(std::string_view name) { return std::string(name.substr(0, name.find('.'))); }

std::string typeText(const SafetensorsEntry &entry) { return concat(entry.typeName, shapeText(entry.shape)); }
std::string typeText(const WantedTensor &wanted) {
  return concat(elementName(wanted.element), shapeText(wanted.shape));
}

/// How `entry` is not what is wanted: "F32[3, 5], expected f32[5, 3], transposed".
std::string differenceText(const SafetensorsEntry &entry, const WantedTensor &wanted) {
  std::vector<int64_t> have = entry.shape, want(wanted.shape.begin(), wanted.shape.end());
  bool sameShape = have == want;
  std::sort(have.begin(), have.end());
  std::sort(want.begin(), want.end());
  const char *reason = sameShape ? "; tensor.float() in PyTorch makes it so" : have == want ? ", transposed" : "";
  return concat(typeText(entry), ", expected ", typeText(wanted), reason);
}

class Matcher {
public:
  Matcher(const SafetensorsFile &file, std::span<const WantedTensor> wanted, const MatchRules &rules)
      : file(file), wanted(wanted), rules(rules) {}

  Result<WeightMatch> run() {
    if (Status status = chooseNames(); !status.ok())
      return status.withContext(file.path());
    findWanted();
    sortOthers();
    if (missing.count + different.count > 0 || (extra.count > 0 && !rules.allowExtra))
      return invalidFile(file.path(), ": ", problems());
    note();
    return std::move(match);
  }

private:
  /// The names as they are, else those without wrappers, if they give all that is needed.
  Status chooseNames() {
    names = namesOf(file);
    if (rules.isCheckpoint)
      return {};
    VAE_ASSIGN_OR_RETURN(prefixes, findPrefixes(names, wanted));
    FileNames inner = holdsAll(names, prefixes) ? FileNames() : unwrappedNames(file);
    Result<NamePrefixes> others = findPrefixes(inner, wanted);
    if (inner.empty() || !others.ok() || !holdsAll(inner, *others))
      return {};
    names = std::move(inner);
    prefixes = others.take();
    match.notes.emplace_back("names of wrappers (module, _orig_mod) are taken out of its names");
    return {};
  }

  bool holdsAll(const FileNames &from, const NamePrefixes &with) const {
    return std::all_of(wanted.begin(), wanted.end(),
                       [&](const WantedTensor &tensor) { return !tensor.needed || with.find(from, tensor.name); });
  }

  void findWanted() {
    for (const WantedTensor &tensor : wanted) {
      const SafetensorsEntry *entry = prefixes.find(names, tensor.name);
      match.entries.push_back(entry);
      used.insert(entry);
      needed += tensor.needed;
      fitting += tensor.needed && entry && fits(*entry, tensor);
      if (!entry && tensor.elsewhere)
        continue;
      if (!entry)
        (tensor.needed ? missing : unneeded).add(tensor.name);
      else if (!fits(*entry, tensor))
        findDifference(*entry, tensor);
      else if (*entry->element != tensor.element)
        converted[entry->typeName].add(excerpt(entry->name));
    }
  }

  void findDifference(const SafetensorsEntry &entry, const WantedTensor &tensor) {
    std::string text = concat(excerpt(entry.name), " is ", differenceText(entry, tensor));
    (tensor.needed ? different : unneeded).add(text);
    if (!tensor.needed)
      match.entries.back() = nullptr;
  }

  /// What the file has beside the wanted tensors.
  void sortOthers() {
    std::set<std::string> parts; // first segments of wanted names, as the file would call them
    for (const WantedTensor &tensor : wanted)
      if (tensor.name.starts_with(prefixes.model))
        parts.insert(firstSegment(std::string_view(tensor.name).substr(prefixes.model.size())));
    for (const auto &[name, entry] : names) {
      if (used.contains(entry))
        continue;
      if (rules.isCheckpoint)
        extra.add(excerpt(entry->name));
      else if (isBookkeeping(name))
        bookkeeping.add(excerpt(entry->name));
      else if (!name.starts_with(statePrefix))
        (isForeign(name, parts) ? foreign : extra).add(excerpt(entry->name));
    }
  }

  /// Whether the name stands where the model has nothing: not behind the file's prefix, or in a part of its own.
  bool isForeign(std::string_view name, const std::set<std::string> &parts) const {
    if (!name.starts_with(prefixes.file))
      return true;
    std::string_view rest = name.substr(prefixes.file.size());
    return rest.find('.') != std::string_view::npos && !parts.contains(firstSegment(rest));
  }

  /// What is done with the prefixes; empty where there are none.
  std::string prefixText() const {
    if (prefixes.file.empty() && prefixes.model.empty())
      return {};
    if (prefixes.model.empty())
      return concat("the prefix '", excerpt(prefixes.file), "' is taken off its names");
    if (prefixes.file.empty())
      return concat("the prefix '", prefixes.model, "' is put before its names");
    return concat("the prefix '", prefixes.model, "' is put in the place of '", excerpt(prefixes.file), "'");
  }

  std::string problems() const {
    std::string common = prefixText();
    if (fitting + different.count == 0 && missing.count > 0)
      return nothingInCommon();
    std::string text = concat(fitting, " of the ", tensors(needed), " that ", rules.needer, " needs ",
                              fitting == 1 ? "fits" : "fit", common.empty() ? "" : " when ", common);
    if (missing.count > 0)
      text += concat("; missing ", missing.text());
    if (different.count > 0)
      text += concat("; ", different.text(), different.count > 1 ? " differ" : "");
    if (extra.count > 0 && !rules.allowExtra)
      text += concat("; extra ", extra.text(), rules.isCheckpoint ? "" : " (--allow-extra passes over such)");
    return text;
  }

  std::string nothingInCommon() const {
    if (file.entries().empty())
      return concat("no tensors; missing ", missing.text());
    return concat("none of the ", tensors(needed), " that ", rules.needer, " needs is there; missing ", missing.text(),
                  ", while the file has ", excerpt(file.entries().front().name),
                  file.entries().size() > 1 ? concat(" and ", file.entries().size() - 1, " more") : "");
  }

  void note() {
    if (std::string text = prefixText(); !text.empty())
      match.notes.push_back(text);
    for (const auto &[type, tally] : converted)
      match.notes.push_back(
          concat(tensors(tally.count), " of ", type, type == "F64" ? " rounded" : " converted", " to f32"));
    noteOthers("not needed, and missing or different", unneeded);
    noteOthers("passed over as bookkeeping", bookkeeping);
    noteOthers("passed over, as the model has no such part", foreign);
    noteOthers("passed over", extra);
  }

  void noteOthers(const char *what, const Tally &tally) {
    if (tally.count > 0)
      match.notes.push_back(concat(tensors(tally.count), ' ', what, ": ", tally.text()));
  }

  const SafetensorsFile &file;
  std::span<const WantedTensor> wanted;
  const MatchRules &rules;
  FileNames names;
  NamePrefixes prefixes;
  WeightMatch match;
  std::set<const SafetensorsEntry *> used;
  size_t needed = 0, fitting = 0;
  Tally missing, different, extra;        ///< wrong
  Tally unneeded, bookkeeping, foreign;   ///< right, but worth a word
  std::map<std::string, Tally> converted; ///< by the type they had
};

} // namespace

Result<WeightMatch> matchWeights(const SafetensorsFile &file, std::span<const WantedTensor> wanted,
                                 const MatchRules &rules) {
  return Matcher(file, wanted, rules).run();
}

} // namespace vae::runtime
