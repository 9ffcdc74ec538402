// The C API: sessions and results.
#include "runtime/api/Handles.h"

#include <cstring>
#include <utility>

using namespace vae::runtime;

namespace {

constexpr std::string_view trainSuffix = ".train";

Result<RunRequest> readRequest(const vae_run *run) {
  RunRequest request;
  VAE_RETURN_IF_ERROR(requireAll({{"run", run}}));
  VAE_RETURN_IF_ERROR(requireAll({{"the program's name", run->program}}));
  request.program = run->program;
  for (size_t i = 0; i < run->input_count; ++i) {
    VAE_RETURN_IF_ERROR(requireAll({{"inputs", run->inputs}}));
    const vae_input &input = run->inputs[i];
    VAE_RETURN_IF_ERROR(requireAll({{"an input's name", input.name}}));
    if (!input.tensor)
      return fail(StatusCode::invalidArgument, "input '", input.name, "' has no tensor");
    request.inputs.push_back({input.name, &input.tensor->tensor});
  }
  VAE_ASSIGN_OR_RETURN(request.sizes, readSizes(run->sizes, run->size_count));
  request.seed = run->seed;
  request.step = run->step;
  request.epoch = run->epoch;
  request.checkInputs = run->check_inputs != 0;
  request.checkOutputs = run->check_outputs != 0;
  request.checkKernels = run->check_kernels != 0;
  request.profile = run->profile != 0;
  request.spans = run->profile > 1;
  if (run->cancelled)
    request.cancelled = [run] { return run->cancelled(run->cancelled_context) != 0; };
  request.cancelAnywhere = run->cancel_anywhere != 0;
  return request;
}

Status runInto(vae_session *session, const RunRequest &request, vae_result **result) {
  VAE_ASSIGN_OR_RETURN(RunResult made, session->session->run(request));
  auto handle = std::make_unique<vae_result>();
  for (NamedOutput &output : made.outputs) {
    handle->names.push_back(std::move(output.name));
    handle->tensors.push_back(std::make_unique<vae_tensor>(vae_tensor{std::move(output.tensor)}));
  }
  handle->dispatches = std::move(made.dispatches);
  handle->turns = std::move(made.turns);
  *result = handle.release();
  return {};
}

/// A call on a session that takes a path.
template <typename Call> vae_status withPath(vae_session *session, const char *path, vae_error *error, Call call) {
  return guarded(error, [&]() -> Status {
    VAE_RETURN_IF_ERROR(requireAll({{"session", session}, {"path", path}}));
    return call();
  });
}

TrainingProgress progressOf(const vae_progress &from) {
  return {from.step, from.epoch, from.seed, from.batch, from.items, from.data};
}

/// An array of strings of the caller's: what all are called, and one of them.
Result<std::vector<std::string>> textsOf(const char *all, const char *one, const char *const *texts, size_t count) {
  std::vector<std::string> made;
  for (size_t i = 0; i < count; ++i) {
    VAE_RETURN_IF_ERROR(requireAll({{all, texts}, {one, texts ? texts[i] : nullptr}}));
    made.emplace_back(texts[i]);
  }
  return made;
}

/// The programs that train these losses; of all losses, where none is named.
Result<std::vector<std::string>> trainingOf(const vae_session &session, const char *const *losses, size_t lossCount) {
  VAE_ASSIGN_OR_RETURN(std::vector<std::string> programs, textsOf("losses", "a loss", losses, lossCount));
  for (std::string &program : programs)
    program += trainSuffix;
  for (const PackageProgram &program : session.session->package().programs())
    if (lossCount == 0 && program.kind == ProgramKind::train)
      programs.push_back(program.name);
  return programs;
}

/// Where a path is null, without that file.
Result<Draft> draftOf(vae_session &session, const char *path, const vae_progress *progress, const char *averagePath,
                      const char *const *losses, size_t lossCount) {
  if (path)
    VAE_RETURN_IF_ERROR(requireAll({{"progress", progress}}));
  VAE_ASSIGN_OR_RETURN(std::vector<std::string> programs, trainingOf(session, losses, lossCount));
  return session.session->draftTraining(path ? path : "", path ? progressOf(*progress) : TrainingProgress(),
                                        averagePath ? averagePath : "", programs);
}

Status publishTraining(vae_session &session, const char *path, const vae_progress *progress, const char *averagePath,
                       const char *const *losses, size_t lossCount) {
  VAE_ASSIGN_OR_RETURN(Draft draft, draftOf(session, path, progress, averagePath, losses, lossCount));
  return draft.publish();
}

} // namespace

vae_status vae_session_create(vae_package *package, vae_device *device, vae_session **session, vae_error *error) {
  return guarded(error, [&]() -> Status {
    VAE_RETURN_IF_ERROR(requireAll({{"package", package}, {"device", device}, {"session", session}}));
    VAE_ASSIGN_OR_RETURN(std::unique_ptr<Session> made, Session::create(package->package, device->device));
    *session = new vae_session{std::move(made)};
    return {};
  });
}

void vae_session_destroy(vae_session *session) { delete session; }
const char *vae_session_target(const vae_session *session) { return session->session->targetName(); }

vae_status vae_session_limit_memory(vae_session *session, uint64_t bytes, uint64_t beside, vae_error *error) {
  return guarded(error, [&]() -> Status {
    VAE_RETURN_IF_ERROR(requireAll({{"session", session}}));
    return session->session->limitMemory(bytes, beside);
  });
}

vae_status vae_session_initialize(vae_session *session, uint64_t seed, vae_error *error) {
  return guarded(error, [&]() -> Status {
    VAE_RETURN_IF_ERROR(requireAll({{"session", session}}));
    session->session->initialize(seed);
    return {};
  });
}

vae_status vae_session_load_weights_inside(vae_session *session, vae_error *error) {
  return guarded(error, [&]() -> Status {
    VAE_RETURN_IF_ERROR(requireAll({{"session", session}}));
    return session->session->loadWeightsInside();
  });
}

vae_status vae_session_load_weights(vae_session *session, const char *path, vae_error *error) {
  return vae_session_load_weights_with(session, path, nullptr, error);
}

vae_status vae_session_load_weights_with(vae_session *session, const char *path, const vae_weights_options *options,
                                         vae_error *error) {
  return withPath(session, path, error, [&]() -> Status {
    const vae_weights_options given = options ? *options : vae_weights_options{};
    WeightsRules rules;
    rules.allowExtra = given.allow_extra != 0;
    rules.part = given.part ? given.part : "";
    VAE_ASSIGN_OR_RETURN(rules.programs, textsOf("programs", "a program", given.programs, given.program_count));
    VAE_ASSIGN_OR_RETURN(rules.otherParts, textsOf("other_parts", "a part", given.other_parts, given.other_part_count));
    VAE_ASSIGN_OR_RETURN(std::vector<std::string> notes, session->session->loadWeights(path, rules));
    for (const std::string &note : notes)
      if (given.note)
        given.note(given.note_context, note.c_str());
    return {};
  });
}

vae_status vae_session_require_weights(vae_session *session, const char *const *programs, size_t programCount,
                                       int frozenAlone, vae_error *error) {
  return guarded(error, [&]() -> Status {
    VAE_RETURN_IF_ERROR(requireAll({{"session", session}}));
    VAE_ASSIGN_OR_RETURN(std::vector<std::string> names, textsOf("programs", "a program", programs, programCount));
    return session->session->requireWeights(names, frozenAlone != 0);
  });
}

vae_status vae_session_save_weights(vae_session *session, const char *path, vae_error *error) {
  return withPath(session, path, error, [&] { return session->session->saveWeights(path); });
}

vae_status vae_session_save_average(vae_session *session, const char *const *losses, size_t lossCount, const char *path,
                                    vae_error *error) {
  return withPath(session, path, error,
                  [&]() -> Status { return publishTraining(*session, nullptr, nullptr, path, losses, lossCount); });
}

vae_status vae_session_save_state(vae_session *session, const char *path, const vae_progress *progress,
                                  vae_error *error) {
  return withPath(session, path, error,
                  [&]() -> Status { return publishTraining(*session, path, progress, nullptr, nullptr, 0); });
}

vae_status vae_session_save_training(vae_session *session, const char *path, const vae_progress *progress,
                                     const char *averagePath, const char *const *losses, size_t lossCount,
                                     vae_error *error) {
  return withPath(session, path, error, [&]() -> Status {
    VAE_RETURN_IF_ERROR(requireAll({{"progress", progress}, {"average_path", averagePath}}));
    return publishTraining(*session, path, progress, averagePath, losses, lossCount);
  });
}

vae_status vae_session_draft_training(vae_session *session, const char *path, const vae_progress *progress,
                                      const char *averagePath, const char *const *losses, size_t lossCount,
                                      vae_draft **draft, vae_error *error) {
  return guarded(error, [&]() -> Status {
    VAE_RETURN_IF_ERROR(requireAll({{"session", session}, {"draft", draft}}));
    VAE_ASSIGN_OR_RETURN(Draft made, draftOf(*session, path, progress, averagePath, losses, lossCount));
    *draft = new vae_draft{std::move(made)};
    return {};
  });
}

vae_status vae_draft_publish(vae_draft *draft, vae_error *error) {
  return guarded(error, [&]() -> Status {
    VAE_RETURN_IF_ERROR(requireAll({{"draft", draft}}));
    return std::exchange(draft->draft, {}).publish();
  });
}

void vae_draft_destroy(vae_draft *draft) { delete draft; }

vae_status vae_session_load_state(vae_session *session, const char *path, vae_progress *progress, vae_error *error) {
  return withPath(session, path, error, [&]() -> Status {
    VAE_RETURN_IF_ERROR(requireAll({{"progress", progress}}));
    VAE_ASSIGN_OR_RETURN(TrainingProgress found, session->session->loadState(path));
    *progress = {found.step, found.epoch, found.seed, found.batch, found.items, found.data};
    return {};
  });
}

vae_status vae_session_get_parameter(vae_session *session, const char *path, vae_tensor **tensor, vae_error *error) {
  return withPath(session, path, error, [&]() -> Status {
    VAE_RETURN_IF_ERROR(requireAll({{"tensor", tensor}}));
    VAE_ASSIGN_OR_RETURN(HostTensor value, session->session->parameter(path));
    *tensor = new vae_tensor{std::move(value)};
    return {};
  });
}

vae_status vae_session_set_parameter(vae_session *session, const char *path, const vae_tensor *tensor,
                                     vae_error *error) {
  return withPath(session, path, error, [&]() -> Status {
    VAE_RETURN_IF_ERROR(requireAll({{"tensor", tensor}}));
    return session->session->setParameter(path, tensor->tensor);
  });
}

vae_status vae_session_run(vae_session *session, const vae_run *run, vae_result **result, vae_error *error) {
  return guarded(error, [&]() -> Status {
    VAE_RETURN_IF_ERROR(requireAll({{"session", session}, {"result", result}}));
    VAE_ASSIGN_OR_RETURN(RunRequest request, readRequest(run));
    return runInto(session, request, result);
  });
}

vae_status vae_session_train_step(vae_session *session, const vae_run *run, vae_result **result, vae_error *error) {
  return guarded(error, [&]() -> Status {
    VAE_RETURN_IF_ERROR(requireAll({{"session", session}, {"result", result}}));
    VAE_ASSIGN_OR_RETURN(RunRequest request, readRequest(run));
    request.program += trainSuffix;
    return runInto(session, request, result);
  });
}

void vae_result_destroy(vae_result *result) { delete result; }
size_t vae_result_count(const vae_result *result) { return result->tensors.size(); }

const char *vae_result_name(const vae_result *result, size_t index) {
  return index < result->names.size() ? result->names[index].c_str() : nullptr;
}

vae_tensor *vae_result_tensor(const vae_result *result, size_t index) {
  return index < result->tensors.size() ? result->tensors[index].get() : nullptr;
}

vae_tensor *vae_result_find(const vae_result *result, const char *name) {
  for (size_t i = 0; name && i < result->names.size(); ++i)
    if (result->names[i] == name)
      return result->tensors[i].get();
  return nullptr;
}

vae_status vae_result_dispatch(const vae_result *result, size_t index, vae_dispatch_time *time, vae_error *error) {
  return guarded(error, [&]() -> Status {
    VAE_RETURN_IF_ERROR(requireAll({{"result", result}, {"time", time}}));
    if (index >= result->dispatches.size())
      return pastEnd("dispatch", index, result->dispatches.size());
    const DispatchProfile &from = result->dispatches[index];
    *time = {from.kernel.c_str(), from.strategy.c_str(), from.location.c_str(), from.seconds, from.flops, from.bytes,
             from.runs,           from.shapes.c_str()};
    return {};
  });
}

vae_status vae_result_turn(const vae_result *result, size_t index, vae_dispatch_turn *turn, vae_error *error) {
  return guarded(error, [&]() -> Status {
    VAE_RETURN_IF_ERROR(requireAll({{"result", result}, {"turn", turn}}));
    if (index >= result->turns.size())
      return pastEnd("turn", index, result->turns.size());
    *turn = {result->turns[index].dispatch, result->turns[index].start, result->turns[index].seconds};
    return {};
  });
}

void vae_session_usage(vae_session *session, vae_usage *usage) {
  SessionUsage from = session->session->usage();
  *usage = {from.variableBytes, from.constantBytes, from.preparedBytes, from.arenaBytes, from.bindings};
}
