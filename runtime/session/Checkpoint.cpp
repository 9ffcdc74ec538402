// The session's weights and training state in and out of files, and checks of tensors.
#include "runtime/formats/Safetensors.h"
#include "runtime/session/Averages.h"
#include "runtime/session/Session.h"

#include <charconv>
#include <cstring>
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
    return fail(StatusCode::invalidFile, file.path(), ": '", key, "' is no number: '", text, "'");
  return value;
}

Result<TrainingProgress> readProgress(const SafetensorsFile &file) {
  TrainingProgress progress;
  VAE_ASSIGN_OR_RETURN(progress.step, readNumber(file, "step"));
  VAE_ASSIGN_OR_RETURN(progress.epoch, readNumber(file, "epoch"));
  VAE_ASSIGN_OR_RETURN(progress.seed, readNumber(file, "seed"));
  return progress;
}

} // namespace

Status Session::restore(const std::string &path, bool withStates, TrainingProgress *progress) {
  VAE_ASSIGN_OR_RETURN(SafetensorsFile file, SafetensorsFile::open(path));
  TrainingProgress found;
  if (progress) {
    VAE_ASSIGN_OR_RETURN(found, readProgress(file));
  }
  std::vector<Expected> expected = expectedTensors(*sourcePackage, withStates);
  VAE_RETURN_IF_ERROR(compareNames(file, expected, withStates));
  std::vector<HostTensor> values;
  for (const Expected &tensor : expected) {
    VAE_ASSIGN_OR_RETURN(HostTensor value, file.read(*file.find(tensor.name)));
    values.push_back(std::move(value));
  }
  std::lock_guard lock(mutex);
  size_t parameters = sourcePackage->parameters().size();
  for (size_t i = 0; i < values.size(); ++i)
    (i < parameters ? variables.parameter(i) : variables.state(i - parameters)).set(std::move(values[i]));
  if (progress)
    *progress = found;
  return {};
}

Status Session::store(const std::string &path, const TrainingProgress *progress) {
  std::vector<HostTensor> values;
  std::vector<SafetensorsItem> items;
  std::vector<Expected> expected = expectedTensors(*sourcePackage, progress != nullptr);
  {
    std::lock_guard lock(mutex);
    size_t parameters = sourcePackage->parameters().size();
    for (size_t i = 0; i < expected.size(); ++i) {
      Variable &variable = i < parameters ? variables.parameter(i) : variables.state(i - parameters);
      VAE_ASSIGN_OR_RETURN(HostTensor value, variable.get(target->allocator()));
      values.push_back(std::move(value));
    }
  }
  for (size_t i = 0; i < expected.size(); ++i)
    items.push_back({expected[i].name, values[i].element(), values[i].shape(), values[i].bytes()});
  std::map<std::string, std::string> notes;
  if (progress)
    notes = {{"step", std::to_string(progress->step)},
             {"epoch", std::to_string(progress->epoch)},
             {"seed", std::to_string(progress->seed)}};
  return writeSafetensors(path, std::move(items), notes);
}

Status Session::saveAverage(const std::string &path, std::span<const std::string> programs) {
  std::map<size_t, size_t> averages;
  for (const std::string &name : programs) {
    VAE_ASSIGN_OR_RETURN(uint32_t index, sourcePackage->findProgram(name));
    for (auto [parameter, state] : findAverages(*sourcePackage, sourcePackage->programs()[index]))
      averages.insert_or_assign(parameter, state);
  }
  if (averages.empty())
    return fail(StatusCode::invalidArgument, "training keeps no averages of the weights of '", sourcePackage->model(),
                "'; a line of `train` does so with `ema(...)`");
  std::vector<HostTensor> values;
  std::vector<SafetensorsItem> items;
  std::vector<Expected> expected = expectedTensors(*sourcePackage, /*withStates=*/false);
  {
    std::lock_guard lock(mutex);
    for (size_t i = 0; i < expected.size(); ++i) {
      auto average = averages.find(i);
      Variable &variable = average == averages.end() ? variables.parameter(i) : variables.state(average->second);
      VAE_ASSIGN_OR_RETURN(HostTensor value, variable.get(target->allocator()));
      values.push_back(std::move(value));
    }
  }
  for (size_t i = 0; i < expected.size(); ++i)
    items.push_back({expected[i].name, values[i].element(), values[i].shape(), values[i].bytes()});
  return writeSafetensors(path, std::move(items), {});
}

Status Session::loadWeights(const std::string &path) { return restore(path, false, nullptr); }
Status Session::saveWeights(const std::string &path) { return store(path, nullptr); }
Status Session::saveState(const std::string &path, const TrainingProgress &progress) { return store(path, &progress); }

Result<TrainingProgress> Session::loadState(const std::string &path) {
  TrainingProgress progress;
  VAE_RETURN_IF_ERROR(restore(path, true, &progress));
  return progress;
}

static Result<size_t> findParameter(const Package &package, std::string_view path) {
  for (size_t i = 0; i < package.parameters().size(); ++i)
    if (package.parameters()[i].path == path)
      return i;
  return fail(StatusCode::notFound, "model '", package.model(), "' has no parameter '", path, "'");
}

Result<HostTensor> Session::parameter(std::string_view path) {
  VAE_ASSIGN_OR_RETURN(size_t index, findParameter(*sourcePackage, path));
  std::lock_guard lock(mutex);
  return variables.parameter(index).get(target->allocator());
}

Status Session::setParameter(std::string_view path, const HostTensor &value) {
  VAE_ASSIGN_OR_RETURN(size_t index, findParameter(*sourcePackage, path));
  const Parameter &parameter = sourcePackage->parameters()[index];
  if (value.element() != parameter.element || value.shape() != parameter.shape)
    return fail(StatusCode::invalidArgument, "parameter '", path, "' is ", elementName(parameter.element),
                shapeText(parameter.shape), ", not ", elementName(value.element()), shapeText(value.shape()));
  VAE_ASSIGN_OR_RETURN(HostTensor copy, HostTensor::copyOf(value.element(), value.shape(), value.bytes()));
  std::lock_guard lock(mutex);
  variables.parameter(index).set(std::move(copy));
  return {};
}

/// Index of the first word whose exponent bits are all ones.
template <typename Word> static std::optional<size_t> firstNonFinite(std::span<const std::byte> bytes, Word exponent) {
  for (size_t i = 0; i < bytes.size() / sizeof(Word); ++i) {
    Word word;
    std::memcpy(&word, &bytes[i * sizeof(Word)], sizeof(Word));
    if ((word & exponent) == exponent)
      return i;
  }
  return std::nullopt;
}

Status checkFinite(const HostTensor &tensor, const std::string &what) {
  std::optional<size_t> place;
  if (tensor.element() == ElementType::f32)
    place = firstNonFinite<uint32_t>(tensor.bytes(), 0x7f800000u);
  if (tensor.element() == ElementType::f64)
    place = firstNonFinite<uint64_t>(tensor.bytes(), 0x7ff0000000000000u);
  if (tensor.element() == ElementType::f16)
    place = firstNonFinite<uint16_t>(tensor.bytes(), 0x7c00u);
  if (tensor.element() == ElementType::bf16)
    place = firstNonFinite<uint16_t>(tensor.bytes(), 0x7f80u);
  if (!place)
    return {};
  return fail(StatusCode::nonFinite, what, " holds NaN or infinity, first at element ", *place, " of ", tensor.count());
}

} // namespace vae::runtime
