// The weights of a session: into and out of files, and one by one.
#include "runtime/package/Averages.h"
#include "runtime/session/Session.h"

namespace vae::runtime {

/// The present values; parameters that `averages` names by number are replaced by the states that it gives.
Result<Checkpoint> Session::collect(bool states, const std::map<size_t, size_t> &averages) {
  std::lock_guard lock(mutex);
  Checkpoint values;
  for (size_t i = 0; i < sourcePackage->parameters().size(); ++i) {
    if (!given[i] && !sourcePackage->parameters()[i].part.empty()) {
      values.parameters.emplace_back();
      continue;
    }
    auto average = averages.find(i);
    Variable &variable = average == averages.end() ? variables.parameter(i) : variables.state(average->second);
    VAE_ASSIGN_OR_RETURN(HostTensor value, variable.get(target->allocator()));
    values.parameters.push_back(std::move(value));
  }
  for (size_t i = 0; states && i < sourcePackage->states().size(); ++i) {
    VAE_ASSIGN_OR_RETURN(HostTensor value, variables.state(i).get(target->allocator()));
    values.states.push_back(std::move(value));
  }
  return values;
}

void Session::adopt(const StoredCheckpoint &values) {
  std::lock_guard lock(mutex);
  auto set = [&](Variable &variable, const SafetensorsEntry *entry, ElementType element) {
    if (entry)
      variable.setSource([file = values.file, entry, element](Allocator &allocator, const ByteSink &sink) {
        return file->stream(*entry, element, allocator, sink);
      });
  };
  for (size_t i = 0; i < values.parameters.size(); ++i) {
    set(variables.parameter(i), values.parameters[i], sourcePackage->parameters()[i].element);
    given[i] = given[i] || values.parameters[i];
  }
  for (size_t i = 0; i < values.states.size(); ++i)
    set(variables.state(i), values.states[i], sourcePackage->states()[i].element);
}

Result<std::vector<std::string>> Session::loadWeights(const std::string &path, const WeightsRules &rules) {
  VAE_ASSIGN_OR_RETURN(StoredCheckpoint found, readWeights(*sourcePackage, path, rules));
  adopt(found);
  return std::move(found.notes);
}

Status Session::loadWeightsInside() {
  if (sourcePackage->weights().empty())
    return {};
  VAE_ASSIGN_OR_RETURN(StoredCheckpoint inside, readWeightsInside(*sourcePackage));
  adopt(inside);
  return {};
}

Status Session::requireWeights(std::span<const std::string> programs, bool frozenAlone) {
  VAE_ASSIGN_OR_RETURN(std::vector<bool> needed, neededParameters(*sourcePackage, programs));
  std::lock_guard lock(mutex);
  const Parameter *first = nullptr;
  size_t others = 0;
  for (size_t i = 0; i < needed.size(); ++i) {
    const Parameter &parameter = sourcePackage->parameters()[i];
    if (!needed[i] || given[i] || (frozenAlone && parameter.part.empty()))
      continue;
    others += first && parameter.part == first->part;
    first = first ? first : &parameter;
  }
  if (!first)
    return {};
  bool isFrozen = !first->part.empty();
  return invalidArgument(neederText(programs), " needs the weights of ",
                         isFrozen ? concat("the frozen part '", first->part, "'") : "the model",
                         ", which no file gives: ", first->path, others > 0 ? concat(" and ", others, " more") : "",
                         "; --weights ", isFrozen ? concat(first->part, "=FILE") : "FILE", " does");
}

Status Session::saveWeights(const std::string &path) {
  VAE_ASSIGN_OR_RETURN(Checkpoint values, collect(/*states=*/false));
  VAE_ASSIGN_OR_RETURN(AtomicFile file, draftCheckpoint(*sourcePackage, values, path));
  return file.commit();
}

Result<AtomicFile> Session::draftAverage(const std::string &path, std::span<const std::string> programs) {
  std::map<size_t, size_t> averages;
  for (const std::string &name : programs) {
    VAE_ASSIGN_OR_RETURN(uint32_t index, sourcePackage->findProgram(name));
    for (auto [parameter, state] : findAverages(*sourcePackage, sourcePackage->programs()[index]))
      averages.insert_or_assign(parameter, state);
  }
  if (averages.empty())
    return invalidArgument("training keeps no averages of the weights of '", sourcePackage->model(),
                           "'; a line of `train` does so with `ema(...)`");
  VAE_ASSIGN_OR_RETURN(Checkpoint values, collect(/*states=*/false, averages));
  return draftCheckpoint(*sourcePackage, values, path);
}

Result<AtomicFile> Session::draftState(const std::string &path, const TrainingProgress &progress) {
  VAE_ASSIGN_OR_RETURN(Checkpoint values, collect(/*states=*/true));
  values.progress = progress;
  return draftCheckpoint(*sourcePackage, values, path);
}

Result<Draft> Session::draftTraining(const std::string &statePath, const TrainingProgress &progress,
                                     const std::string &averagePath, std::span<const std::string> programs) {
  Draft draft;
  if (!statePath.empty()) {
    VAE_ASSIGN_OR_RETURN(AtomicFile state, draftState(statePath, progress));
    draft.files.push_back(std::move(state));
  }
  if (!averagePath.empty()) {
    VAE_ASSIGN_OR_RETURN(AtomicFile average, draftAverage(averagePath, programs));
    draft.files.push_back(std::move(average));
  }
  return draft;
}

Status Session::saveState(const std::string &path, const TrainingProgress &progress) {
  VAE_ASSIGN_OR_RETURN(Draft draft, draftTraining(path, progress));
  return draft.publish();
}

Status Draft::publish() {
  for (AtomicFile &file : files)
    VAE_RETURN_IF_ERROR(file.settle());
  for (AtomicFile &file : files)
    VAE_RETURN_IF_ERROR(file.publish());
  return {};
}

Result<TrainingProgress> Session::loadState(const std::string &path) {
  VAE_ASSIGN_OR_RETURN(StoredCheckpoint found, readCheckpoint(*sourcePackage, path));
  adopt(found);
  return *found.progress;
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
    return invalidArgument("parameter '", path, "' is ", elementName(parameter.element), shapeText(parameter.shape),
                           ", not ", elementName(value.element()), shapeText(value.shape()));
  VAE_ASSIGN_OR_RETURN(HostTensor copy, HostTensor::copyOf(value.element(), value.shape(), value.bytes()));
  std::lock_guard lock(mutex);
  variables.parameter(index).set(std::move(copy));
  given[index] = true;
  return {};
}

} // namespace vae::runtime
