// Weights and training state in and out of files.
#include "runtime/session/Checkpoint.h"
#include "runtime/formats/Safetensors.h"

#include <charconv>
#include <set>

namespace vae::runtime {
namespace {

constexpr std::string_view statePrefix = "state/";

/// Collects names for one message and cuts long lists.
class NameList {
public:
  void add(const std::string &text) {
    if (++count <= 4)
      joined += (joined.empty() ? "" : ", ") + text;
  }
  bool empty() const { return count == 0; }
  std::string text() const { return count <= 4 ? joined : concat(joined, " and ", count - 4, " more"); }

private:
  std::string joined;
  size_t count = 0;
};

/// What a checkpoint must hold.
struct Expected {
  std::string name;
  ElementType element;
  std::span<const int64_t> shape;
};

std::vector<Expected> expectedTensors(const Package &package, bool withStates) {
  std::vector<Expected> all;
  for (const Parameter &parameter : package.parameters())
    all.push_back({parameter.path, parameter.element, parameter.shape});
  if (withStates)
    for (const State &state : package.states())
      all.push_back({concat(statePrefix, state.name), state.element, state.shape});
  return all;
}

/// invalidFile, naming all that is missing, extra or different.
Status compareNames(const SafetensorsFile &file, const std::vector<Expected> &expected, bool withStates) {
  NameList missing, extra, different;
  std::set<std::string_view> known;
  for (const Expected &tensor : expected) {
    known.insert(tensor.name);
    const SafetensorsEntry *entry = file.find(tensor.name);
    if (!entry)
      missing.add(tensor.name);
    else if (entry->element != tensor.element ||
             !std::equal(entry->shape.begin(), entry->shape.end(), tensor.shape.begin(), tensor.shape.end()))
      different.add(concat(tensor.name, " is ", entry->typeName, shapeText(entry->shape), ", expected ",
                           elementName(tensor.element), shapeText(tensor.shape)));
  }
  for (const SafetensorsEntry &entry : file.entries())
    if (!known.contains(entry.name) && (withStates || !std::string_view(entry.name).starts_with(statePrefix)))
      extra.add(entry.name);
  std::string problems;
  for (auto [what, list] : {std::pair("missing ", &missing), {"extra ", &extra}, {"", &different}})
    if (!list->empty())
      problems += concat(problems.empty() ? "" : "; ", what, list->text());
  if (problems.empty())
    return {};
  return fail(StatusCode::invalidFile, file.path(), ": the tensors differ from the model's: ", problems);
}

Result<uint64_t> readNumber(const SafetensorsFile &file, const std::string &key) {
  auto found = file.metadata().find(key);
  uint64_t value = 0;
  if (found == file.metadata().end())
    return fail(StatusCode::invalidFile, file.path(), ": no training state: '", key, "' is missing");
  const std::string &text = found->second;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    return fail(StatusCode::invalidFile, file.path(), ": '", key, "' is not a number: '", text, "'");
  return value;
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

Result<Checkpoint> readTensors(const Package &package, const SafetensorsFile &file, bool withStates) {
  std::vector<Expected> expected = expectedTensors(package, withStates);
  VAE_RETURN_IF_ERROR(compareNames(file, expected, withStates));
  Checkpoint found;
  for (const Expected &tensor : expected) {
    VAE_ASSIGN_OR_RETURN(HostTensor value, file.read(*file.find(tensor.name)));
    bool parameter = found.parameters.size() < package.parameters().size();
    (parameter ? found.parameters : found.states).push_back(std::move(value));
  }
  return found;
}

} // namespace

Result<Checkpoint> readWeights(const Package &package, const std::string &path) {
  VAE_ASSIGN_OR_RETURN(SafetensorsFile file, SafetensorsFile::open(path));
  return readTensors(package, file, /*withStates=*/false);
}

Result<Checkpoint> readCheckpoint(const Package &package, const std::string &path) {
  VAE_ASSIGN_OR_RETURN(SafetensorsFile file, SafetensorsFile::open(path));
  VAE_ASSIGN_OR_RETURN(TrainingProgress progress, readProgress(file));
  if (auto model = file.metadata().find("model"); model != file.metadata().end() && model->second != package.model())
    return invalidFile(path, ": a checkpoint of model '", model->second, "', not of '", package.model(), "'");
  VAE_ASSIGN_OR_RETURN(Checkpoint found, readTensors(package, file, /*withStates=*/true));
  found.progress = progress;
  return found;
}

Status writeCheckpoint(const Package &package, const Checkpoint &checkpoint, const std::string &path) {
  std::vector<SafetensorsItem> items;
  auto add = [&](std::string name, const HostTensor &value) {
    items.push_back({std::move(name), value.element(), value.shape(), value.bytes()});
  };
  for (size_t i = 0; i < checkpoint.parameters.size(); ++i)
    add(package.parameters()[i].path, checkpoint.parameters[i]);
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
  return writeSafetensors(path, std::move(items), notes);
}

} // namespace vae::runtime
