// Weights and training state in and out of files.
#include "runtime/session/Checkpoint.h"
#include "runtime/base/Checked.h"
#include "runtime/formats/Excerpt.h"
#include "runtime/session/WeightMatch.h"

#include <algorithm>
#include <set>

namespace vae::runtime {
namespace {

/// What a file of a part or of the model is asked for, and which parameters these are.
struct Wanted {
  std::vector<WantedTensor> tensors;
  std::vector<size_t> parameters;
};

Wanted wantedParameters(const Package &package, const std::vector<bool> &needed, const WeightsRules &rules) {
  Wanted wanted;
  size_t label = rules.part.empty() ? 0 : rules.part.size() + 1;
  for (size_t i = 0; i < package.parameters().size(); ++i) {
    const Parameter &parameter = package.parameters()[i];
    bool isOthers = std::any_of(rules.otherParts.begin(), rules.otherParts.end(),
                                [&](const std::string &part) { return isUnder(parameter.path, part); });
    if (label > 0 && !isUnder(parameter.path, rules.part))
      continue;
    bool mayMiss = label == 0 && (isOthers || !parameter.part.empty());
    wanted.tensors.push_back({parameter.path.substr(label), parameter.element, parameter.shape, needed[i] && !mayMiss,
                              label == 0 && isOthers});
    wanted.parameters.push_back(i);
  }
  return wanted;
}

Status unknownPart(const Package &package, const std::string &part) {
  std::set<std::string> labels;
  for (const Parameter &parameter : package.parameters())
    labels.insert(parameter.part.empty() ? parameter.path.substr(0, parameter.path.find('.')) : parameter.part);
  std::string text;
  for (const std::string &label : labels)
    text += concat(text.empty() ? "" : ", ", label);
  return invalidArgument("model '", package.model(), "' has no part '", part, "'; its parts are ", text);
}

Result<uint64_t> readNumber(const SafetensorsFile &file, const std::string &key) {
  auto found = file.metadata().find(key);
  if (found == file.metadata().end())
    return fail(StatusCode::invalidFile, file.path(), ": no training state: '", key, "' is missing");
  const std::string &text = found->second;
  std::optional<uint64_t> value = parseNumber<uint64_t>(text);
  if (!value)
    return fail(StatusCode::invalidFile, file.path(), ": '", key, "' is not a number: '", excerpt(text), "'");
  return *value;
}

Result<TrainingProgress> readProgress(const SafetensorsFile &file) {
  TrainingProgress progress;
  VAE_ASSIGN_OR_RETURN(progress.step, readNumber(file, "step"));
  VAE_ASSIGN_OR_RETURN(progress.epoch, readNumber(file, "epoch"));
  VAE_ASSIGN_OR_RETURN(progress.seed, readNumber(file, "seed"));
  for (auto [key, value] : {std::pair("batch", &progress.batch), {"items", &progress.items}, {"data", &progress.data}})
    if (file.metadata().contains(key)) {
      VAE_ASSIGN_OR_RETURN(*value, readNumber(file, key));
    }
  return progress;
}

/// nonFinite for an F64 that becomes infinite: found out when the file is loaded, not when it is first used.
Status checkRanges(const SafetensorsFile &file, std::span<const SafetensorsEntry *const> entries,
                   std::span<const WantedTensor> wanted) {
  for (size_t i = 0; i < wanted.size(); ++i)
    if (const SafetensorsEntry *entry = entries[i];
        entry && wanted[i].needed && *entry->element == ElementType::f64 && wanted[i].element == ElementType::f32)
      VAE_RETURN_IF_ERROR(file.stream(*entry, ElementType::f32, Allocator::standard(),
                                      [](uint64_t, std::span<const std::byte>) { return Status(); }));
  return {};
}

Result<StoredCheckpoint> openCheckpoint(const std::string &path) {
  VAE_ASSIGN_OR_RETURN(SafetensorsFile file, SafetensorsFile::open(path));
  StoredCheckpoint found;
  found.file = std::make_shared<const SafetensorsFile>(std::move(file));
  return found;
}

} // namespace

Result<std::vector<bool>> neededParameters(const Package &package, std::span<const std::string> programs) {
  std::vector<bool> needed(package.parameters().size(), programs.empty());
  auto addFrom = [&](const PackageProgram &program) {
    for (const Buffer &buffer : program.buffers)
      if (buffer.kind == BufferKind::parameter)
        needed[buffer.index] = true;
  };
  for (const std::string &name : programs) {
    VAE_ASSIGN_OR_RETURN(uint32_t index, package.findProgram(name));
    const PackageProgram &program = package.programs()[index];
    addFrom(program);
    for (const Buffer &buffer : program.buffers)
      if (buffer.kind == BufferKind::prepared)
        addFrom(package.programs()[package.prepared()[buffer.index].program]);
  }
  return needed;
}

std::string neederText(std::span<const std::string> programs) {
  if (programs.empty())
    return "the model";
  return concat("'", programs.front(), "'", programs.size() > 1 ? concat(" and others: ", programs.size() - 1) : "");
}

Result<StoredCheckpoint> readWeights(const Package &package, const std::string &path, const WeightsRules &rules) {
  VAE_ASSIGN_OR_RETURN(std::vector<bool> needed, neededParameters(package, rules.programs));
  Wanted wanted = wantedParameters(package, needed, rules);
  if (!rules.part.empty() && wanted.tensors.empty())
    return unknownPart(package, rules.part);
  VAE_ASSIGN_OR_RETURN(StoredCheckpoint found, openCheckpoint(path));
  std::string needer = rules.part.empty() ? neederText(rules.programs) : concat("part '", rules.part, "'");
  VAE_ASSIGN_OR_RETURN(WeightMatch match, matchWeights(*found.file, wanted.tensors, {false, rules.allowExtra, needer}));
  found.notes = std::move(match.notes);
  VAE_RETURN_IF_ERROR(checkRanges(*found.file, match.entries, wanted.tensors));
  found.parameters.resize(package.parameters().size());
  for (size_t i = 0; i < wanted.parameters.size(); ++i)
    found.parameters[wanted.parameters[i]] = match.entries[i];
  return found;
}

Result<StoredCheckpoint> readWeightsInside(const Package &package) {
  const std::string name = concat(package.file()->path(), ": its weights");
  VAE_ASSIGN_OR_RETURN(SafetensorsFile file, SafetensorsFile::open(package.file(), package.weights(), name));
  std::vector<WantedTensor> wanted;
  for (const Parameter &parameter : package.parameters())
    wanted.push_back({parameter.path, parameter.element, parameter.shape, file.find(parameter.path) != nullptr, true});
  StoredCheckpoint found;
  found.file = std::make_shared<const SafetensorsFile>(std::move(file));
  VAE_ASSIGN_OR_RETURN(WeightMatch match, matchWeights(*found.file, wanted, {true, false, neederText({})}));
  found.parameters = std::move(match.entries);
  return found;
}

Result<StoredCheckpoint> readCheckpoint(const Package &package, const std::string &path) {
  VAE_ASSIGN_OR_RETURN(StoredCheckpoint found, openCheckpoint(path));
  VAE_ASSIGN_OR_RETURN(found.progress, readProgress(*found.file));
  const auto &metadata = found.file->metadata();
  if (auto model = metadata.find("model"); model != metadata.end() && model->second != package.model())
    return invalidFile(path, ": a checkpoint of model '", excerpt(model->second), "', not of '", package.model(), "'");
  std::vector<WantedTensor> wanted =
      wantedParameters(package, std::vector<bool>(package.parameters().size(), true), {}).tensors;
  for (const State &state : package.states())
    wanted.push_back({concat(statePrefix, state.name), state.element, state.shape});
  VAE_ASSIGN_OR_RETURN(WeightMatch match, matchWeights(*found.file, wanted, {true, false, neederText({})}));
  auto states = match.entries.begin() + static_cast<ptrdiff_t>(package.parameters().size());
  found.parameters.assign(match.entries.begin(), states);
  found.states.assign(states, match.entries.end());
  return found;
}

Result<AtomicFile> draftCheckpoint(const Package &package, const Checkpoint &checkpoint, const std::string &path) {
  std::vector<SafetensorsItem> items;
  auto add = [&](std::string name, const HostTensor &value) {
    items.push_back({std::move(name), value.element(), value.shape(), value.bytes()});
  };
  for (size_t i = 0; i < checkpoint.parameters.size(); ++i)
    if (checkpoint.parameters[i])
      add(package.parameters()[i].path, *checkpoint.parameters[i]);
  for (size_t i = 0; i < checkpoint.states.size(); ++i)
    add(concat(statePrefix, package.states()[i].name), checkpoint.states[i]);
  std::map<std::string, std::string> notes;
  if (checkpoint.progress)
    notes = {{"step", std::to_string(checkpoint.progress->step)},
             {"epoch", std::to_string(checkpoint.progress->epoch)},
             {"seed", std::to_string(checkpoint.progress->seed)},
             {"batch", std::to_string(checkpoint.progress->batch)},
             {"items", std::to_string(checkpoint.progress->items)},
             {"data", std::to_string(checkpoint.progress->data)},
             {"model", package.model()}};
  return draftSafetensors(path, std::move(items), notes);
}

} // namespace vae::runtime
