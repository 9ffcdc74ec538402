// Binding programs, caching them by size, and running them.
#include "runtime/session/Session.h"
#include "runtime/session/Binding.h"
#include "runtime/session/BoundCommands.h"
#include "runtime/session/CheckedExecutable.h"
#include "runtime/session/TensorChecks.h"
#include "runtime/session/sizes/SizedProgram.h"
#include "runtime/session/sizes/TensorLimits.h"

#include <algorithm>
#include <set>

namespace vae::runtime {
namespace {

/// Recorded programs kept at a time; training needs two (full and last batch), a server some sizes more.
constexpr size_t maxBindings = 16;

std::optional<uint32_t> findInput(const PackageProgram &program, std::string_view name) {
  for (uint32_t i = 0; i < program.buffers.size(); ++i)
    if (program.buffers[i].kind == BufferKind::input && program.buffers[i].name == name)
      return i;
  return std::nullopt;
}

std::string inputList(const PackageProgram &program) {
  std::string text;
  for (const Buffer &buffer : program.buffers)
    if (buffer.kind == BufferKind::input)
      text += concat(text.empty() ? "" : ", ", buffer.name, ": ", typeText(program, buffer));
  return text.empty() ? "nothing" : text;
}

bool outlivesRuns(const Buffer &buffer) { return !inArena(buffer.kind); }

/// Terms before the loss that they add up to: what is wrong with it is wrong with one of them.
Status checkOutputs(const std::vector<NamedOutput> &outputs, const std::string &program) {
  for (bool report : {true, false})
    for (const NamedOutput &output : outputs)
      if (output.report == report)
        VAE_RETURN_IF_ERROR(checkFinite(output.tensor, concat("'", output.name, "' of ", program)));
  return {};
}

/// Turns of all dispatches, as many of them as a profile keeps.
size_t countTurns(std::span<const BoundCommand> commands, std::span<const int64_t> counts) {
  constexpr size_t most = 1u << 20;
  size_t turns = 0;
  for (size_t i = 0; i < commands.size(); ++i)
    if (commands[i].kind == BoundCommand::Kind::dispatch)
      turns = std::min(most, turns + std::min(most, static_cast<size_t>(counts[i])));
  return turns;
}

} // namespace

struct Session::Given {
  std::vector<std::pair<uint32_t, const HostTensor *>> tensors; ///< by buffer
  std::vector<uint32_t> defaults;                               ///< optional inputs that were left out
};

const HostTensor *RunResult::find(std::string_view name) const {
  for (const NamedOutput &output : outputs)
    if (output.name == name)
      return &output.tensor;
  return nullptr;
}

Session::Session(std::shared_ptr<const Package> package, std::shared_ptr<Device> device)
    : sourcePackage(std::move(package)), target(std::move(device)), variables(*sourcePackage) {}

Session::~Session() = default;

Result<std::unique_ptr<Session>> Session::create(std::shared_ptr<const Package> package,
                                                 std::shared_ptr<Device> device) {
  std::unique_ptr<Session> session(new Session(std::move(package), std::move(device)));
  VAE_ASSIGN_OR_RETURN(session->targetKernels, session->target->loadKernels(session->sourcePackage, {}));
  session->initialize(0);
  VAE_RETURN_IF_ERROR(session->loadWeightsInside());
  return session;
}

void Session::initialize(uint64_t seed) {
  std::lock_guard lock(mutex);
  variables.initialize(*sourcePackage, seed);
  given.assign(sourcePackage->parameters().size(), false);
}

SessionUsage Session::usage() {
  std::lock_guard lock(mutex);
  return {variables.variableBytes(), variables.constantBytes(), variables.preparedBytes(), largestArena, bindingCount};
}

Result<uint32_t> Session::chooseProgram(const RunRequest &request) const {
  VAE_ASSIGN_OR_RETURN(uint32_t index, sourcePackage->findProgram(request.program));
  std::optional<uint32_t> twin = sourcePackage->programIndex(request.program + ".noise");
  if (!twin)
    return index;
  for (const NamedInput &input : request.inputs)
    if (!findInput(sourcePackage->programs()[index], input.name) &&
        findInput(sourcePackage->programs()[*twin], input.name))
      return *twin;
  return index;
}

Result<Session::Given> Session::matchInputs(const PackageProgram &program, const RunRequest &request) const {
  Given given;
  std::vector<bool> seen(program.buffers.size(), false);
  for (const NamedInput &input : request.inputs) {
    std::optional<uint32_t> index = findInput(program, input.name);
    if (!index)
      return invalidArgument("'", program.name, "' has no input '", input.name, "'; it takes ", inputList(program));
    if (seen[*index])
      return invalidArgument("input '", input.name, "' is given twice");
    seen[*index] = true;
    const Buffer &buffer = program.buffers[*index];
    if (input.tensor->element() != buffer.element)
      return invalidArgument("input '", input.name, "' is ", elementName(input.tensor->element()),
                             shapeText(input.tensor->shape()), ", expected ", typeText(program, buffer));
    if (request.checkInputs)
      VAE_RETURN_IF_ERROR(checkFinite(*input.tensor, concat("input '", input.name, "'")));
    VAE_RETURN_IF_ERROR(checkRange(*input.tensor, buffer));
    given.tensors.emplace_back(*index, input.tensor);
  }
  for (uint32_t i = 0; i < program.buffers.size(); ++i) {
    const Buffer &buffer = program.buffers[i];
    if (buffer.kind != BufferKind::input || seen[i])
      continue;
    if (!buffer.optional)
      return invalidArgument("'", program.name, "' needs input '", buffer.name, "': ", typeText(program, buffer));
    given.defaults.push_back(i);
  }
  return given;
}

Result<RunResult> Session::run(const RunRequest &request) {
  std::lock_guard lock(mutex);
  if (request.step > std::numeric_limits<uint32_t>::max())
    return invalidArgument("step ", request.step, " exceeds ", std::numeric_limits<uint32_t>::max());
  if (request.profile && request.checkKernels)
    return invalidArgument("a run that checks its kernels is not timed");
  VAE_ASSIGN_OR_RETURN(uint32_t index, chooseProgram(request));
  const PackageProgram &program = sourcePackage->programs()[index];
  if (program.kind == ProgramKind::prepare)
    return invalidArgument("'", program.name, "' runs by itself before programs that read what it makes");
  VAE_ASSIGN_OR_RETURN(Given given, matchInputs(program, request));
  std::vector<GivenShape> shapes;
  for (const auto &[buffer, tensor] : given.tensors)
    shapes.push_back({buffer, tensor->shape()});
  VAE_ASSIGN_OR_RETURN(std::vector<int64_t> symbols, bindSymbols(program, shapes, request.sizes));
  VAE_ASSIGN_OR_RETURN(Manner manner, chooseManner(index, symbols, request.checkKernels || request.profile));
  if (!manner.inStages)
    VAE_RETURN_IF_ERROR(prepare(program)); // before binding: it may forget what is bound
  VAE_ASSIGN_OR_RETURN(Binding * binding, bind(index, std::move(symbols), manner));
  VAE_RETURN_IF_ERROR(refreshVariables(program));
  return execute(program, *binding, given, request);
}

Result<Session::Binding *> Session::bind(uint32_t program, std::vector<int64_t> symbols, const Manner &manner) {
  BindingKey key(program, symbols);
  auto found = bindings.find(key);
  if (found == bindings.end()) {
    VAE_ASSIGN_OR_RETURN(std::unique_ptr<Binding> binding, makeBinding(program, std::move(symbols), manner));
    if (bindings.size() >= maxBindings)
      bindings.erase(std::min_element(bindings.begin(), bindings.end(), [](const auto &a, const auto &b) {
        return a.second->lastUse < b.second->lastUse;
      }));
    found = bindings.emplace(std::move(key), std::move(binding)).first;
    ++bindingCount;
  }
  found->second->lastUse = ++clock;
  return found->second.get();
}

Result<std::unique_ptr<Session::Binding>> Session::makeBinding(uint32_t index, std::vector<int64_t> symbols,
                                                               const Manner &manner) {
  const PackageProgram &program = sourcePackage->programs()[index];
  auto binding = std::make_unique<Binding>();
  VAE_ASSIGN_OR_RETURN(binding->sized,
                       sizeProgram(*sourcePackage, program, std::move(symbols), target->limits().alignment));
  VAE_RETURN_IF_ERROR(checkTensors(*sourcePackage, program, binding->sized, target->limits(), target->name()));
  VAE_ASSIGN_OR_RETURN(binding->kernels, kernelsOf(index));
  binding->program.name = program.name;
  std::vector<BoundBuffer> &buffers = binding->program.buffers;
  buffers.resize(program.buffers.size());
  VAE_RETURN_IF_ERROR(placeVariables(program, buffers, manner.inStages));
  VAE_RETURN_IF_ERROR(manner.strips ? bindStrips(program, manner, *binding) : bindWhole(program, manner, *binding));
  if (!manner.inStages) {
    VAE_ASSIGN_OR_RETURN(binding->executable, target->compile(binding->kernels, binding->program));
  }
  return binding;
}

Status Session::bindWhole(const PackageProgram &program, const Manner &manner, Binding &binding) {
  std::vector<BoundBuffer> &buffers = binding.program.buffers;
  VAE_ASSIGN_OR_RETURN(binding.program.commands,
                       bindCommands(*sourcePackage, program, binding.sized, *binding.kernels, target->limits()));
  VAE_RETURN_IF_ERROR(placeArena(program, binding.sized, buffers));
  for (uint32_t i = 0; i < buffers.size(); ++i)
    if (uint32_t root = program.root(i); root != i)
      buffers[i] = buffers[root];
  if (manner.inStages)
    binding.stages = cutStages(program, binding.sized, binding.sized.placement.bytes / stagesOfArena);
  return {};
}

Result<std::shared_ptr<DeviceKernels>> Session::kernelsOf(uint32_t index) {
  auto found = kernels.find(index);
  if (found != kernels.end())
    return found->second;
  std::vector<uint32_t> used;
  for (const Command &command : sourcePackage->programs()[index].commands)
    if (command.kind == Command::Kind::dispatch)
      used.push_back(command.kernel);
  std::sort(used.begin(), used.end());
  used.erase(std::unique(used.begin(), used.end()), used.end());
  VAE_ASSIGN_OR_RETURN(std::shared_ptr<DeviceKernels> loaded, target->loadKernels(sourcePackage, used));
  kernels.emplace(index, loaded);
  return loaded;
}

/// Prepared tensors of a program that runs in stages are placed before each.
Status Session::placeVariables(const PackageProgram &program, std::vector<BoundBuffer> &buffers, bool inStages) {
  for (uint32_t i = 0; i < buffers.size(); ++i) {
    const Buffer &buffer = program.buffers[i];
    if (!outlivesRuns(buffer) || (inStages && buffer.kind == BufferKind::prepared))
      continue;
    Variable &variable = variables.of(buffer);
    bool constant = buffer.kind == BufferKind::constant;
    if (constant)
      VAE_RETURN_IF_ERROR(variables.loadConstant(*sourcePackage, buffer.index, target->allocator()));
    VAE_RETURN_IF_ERROR(variable.reserve(*target, constant ? MemoryPurpose::constants : MemoryPurpose::variables));
    buffers[i] = variable.binding();
  }
  return {};
}

Status Session::placeArena(const PackageProgram &program, const SizedProgram &sized,
                           std::vector<BoundBuffer> &buffers) {
  VAE_RETURN_IF_ERROR(reserveArena(program, sized.placement.bytes));
  for (size_t i = 0; i < sized.arenaBuffers.size(); ++i) {
    uint32_t buffer = sized.arenaBuffers[i];
    buffers[buffer] = {arena.get(), sized.placement.offsets[i], sized.bytes[buffer]};
  }
  return {};
}

/// One arena serves all bindings, as only one runs at a time. To grow it, all recorded programs are forgotten: they
/// name the old one.
Status Session::reserveArena(const PackageProgram &program, uint64_t bytes) {
  if (bytes == 0 || (arena && arena->size() >= bytes))
    return {};
  uint64_t limit = target->limits().maxAllocation;
  if (bytes > limit)
    return fail(StatusCode::outOfMemory, "'", program.name, "' needs an arena of ", bytes, " bytes, ", target->name(),
                " allows ", limit);
  bindings.clear();
  arena.reset();
  if (uint64_t available = target->availableMemory(); bytes > available)
    return fail(StatusCode::outOfMemory, "'", program.name, "' needs an arena of ", bytes, " bytes, ", target->name(),
                " has ", available, " free");
  VAE_ASSIGN_OR_RETURN(arena, target->allocate(bytes, MemoryPurpose::arena));
  largestArena = std::max(largestArena, bytes);
  return {};
}

Status Session::refreshVariables(const PackageProgram &program) {
  for (const Buffer &buffer : program.buffers)
    if (outlivesRuns(buffer) && buffer.kind != BufferKind::prepared) {
      VAE_RETURN_IF_ERROR(variables.of(buffer).refresh(*target));
      if (program.kind != ProgramKind::prepare || buffer.kind != BufferKind::parameter)
        variables.of(buffer).forgetHost();
    }
  return {};
}

/// Tells each variable that a train or prepare program has written.
void Session::markWritten(const PackageProgram &program) {
  std::set<Variable *> written;
  for (const Command &command : program.commands)
    for (uint32_t buffer : writtenVariables(*sourcePackage, program, command))
      written.insert(&variables.of(program.buffers[buffer]));
  for (Variable *variable : written)
    variable->markWritten();
}

/// Makes current what the program reads of prepared tensors.
Status Session::prepare(const PackageProgram &program) {
  for (const Buffer &buffer : program.buffers)
    if (buffer.kind == BufferKind::prepared)
      VAE_RETURN_IF_ERROR(runPreparation(sourcePackage->prepared()[buffer.index].program));
  return {};
}

/// Runs a prepare program where a parameter that it reads has changed since its last run.
Status Session::runPreparation(uint32_t index) {
  const PackageProgram &program = sourcePackage->programs()[index];
  uint64_t changes = 0;
  for (const Buffer &buffer : program.buffers)
    if (buffer.kind == BufferKind::parameter)
      changes += variables.of(buffer).changes();
  auto last = preparedFrom.find(index);
  if (last != preparedFrom.end() && last->second == changes)
    return {};
  preparedFrom.erase(index);
  VAE_ASSIGN_OR_RETURN(Binding * binding, bind(index, {}, {}));
  VAE_RETURN_IF_ERROR(refreshVariables(program));
  VAE_RETURN_IF_ERROR(execute(program, *binding, {}, {}).status());
  preparedFrom[index] = changes;
  bindings.erase({index, {}});
  return releaseParameters(program);
}

/// Of parameters that only preparations read, the device keeps what is prepared, and the host what they are.
Status Session::releaseParameters(const PackageProgram &program) {
  std::set<uint32_t> bound;
  for (const auto &[key, binding] : bindings)
    for (const Buffer &buffer : sourcePackage->programs()[key.first].buffers)
      if (buffer.kind == BufferKind::parameter)
        bound.insert(buffer.index);
  for (const Buffer &buffer : program.buffers)
    if (buffer.kind == BufferKind::parameter && !bound.contains(buffer.index))
      VAE_RETURN_IF_ERROR(variables.of(buffer).leaveDevice(target->allocator()));
  return {};
}

Result<RunResult> Session::execute(const PackageProgram &program, Binding &binding, const Given &given,
                                   const RunRequest &request) {
  std::vector<Upload> uploads;
  for (const auto &[buffer, tensor] : given.tensors)
    uploads.push_back({buffer, tensor->bytes().data(), tensor->bytes().size()});
  std::vector<float> scalars(program.buffers.size());
  std::array<uint32_t, 4> random = {static_cast<uint32_t>(request.seed), static_cast<uint32_t>(request.seed >> 32),
                                    static_cast<uint32_t>(request.step), 0};
  for (uint32_t i : given.defaults)
    scalars[i] = program.buffers[i].defaultValue;
  RunResult result;
  for (uint32_t i = 0; i < program.buffers.size(); ++i) {
    const Buffer &buffer = program.buffers[i];
    bool byDefault = std::find(given.defaults.begin(), given.defaults.end(), i) != given.defaults.end();
    if (buffer.kind == BufferKind::scalar)
      scalars[i] = static_cast<float>(
          buffer.formula.evaluate(static_cast<double>(request.step), static_cast<double>(request.epoch)));
    if (byDefault || buffer.kind == BufferKind::scalar)
      uploads.push_back({i, &scalars[i], sizeof(float)});
    if (buffer.kind == BufferKind::rng)
      uploads.push_back({i, random.data(), sizeof(random)});
    if (buffer.kind != BufferKind::output)
      continue;
    VAE_ASSIGN_OR_RETURN(HostTensor tensor,
                         HostTensor::create(buffer.element, binding.sized.shapes[i], target->allocator()));
    result.outputs.push_back({buffer.name, std::move(tensor), buffer.report});
  }
  std::vector<Download> downloads;
  for (uint32_t i = 0; i < program.buffers.size(); ++i)
    if (program.buffers[i].kind == BufferKind::output) {
      HostTensor &tensor = result.outputs[downloads.size()].tensor;
      downloads.push_back({i, tensor.bytes().data(), tensor.bytes().size()});
    }
  Status status;
  if (request.profile)
    status = runTimed(program, binding, uploads, downloads, request, result);
  else if (request.checkKernels)
    status = checkedOf(program, binding)
                 .run(uploads, downloads, {.cancelled = request.cancelled, .anywhere = request.cancelAnywhere});
  else
    status = runBound(program, binding, uploads, downloads,
                      {.cancelled = request.cancelled, .anywhere = request.cancelAnywhere});
  if (program.kind == ProgramKind::train || program.kind == ProgramKind::prepare)
    markWritten(program);
  if (!status.ok())
    return status.withContext(programText(program, binding.sized.symbols));
  if (request.checkOutputs)
    VAE_RETURN_IF_ERROR(checkOutputs(result.outputs, program.name));
  return result;
}

Executable &Session::checkedOf(const PackageProgram &program, Binding &binding) {
  if (!binding.checked)
    binding.checked = std::make_unique<CheckedExecutable>(*target, *sourcePackage, program, binding.sized,
                                                          binding.program, binding.kernels);
  return *binding.checked;
}

/// Runs with the device's times, and keeps them with what the package and the sizes say of each dispatch.
Status Session::runTimed(const PackageProgram &program, const Binding &binding, std::span<const Upload> uploads,
                         std::span<const Download> downloads, const RunRequest &request, RunResult &result) {
  const std::vector<int64_t> counts = countRuns(binding.program.commands);
  std::vector<DispatchTime> times;
  std::vector<DispatchSpan> spans;
  if (request.spans)
    spans.reserve(countTurns(binding.program.commands, counts));
  VAE_RETURN_IF_ERROR(runBound(program, binding, uploads, downloads,
                               {&times, request.spans ? &spans : nullptr, request.cancelled, request.cancelAnywhere}));
  std::vector<size_t> dispatchOf(counts.size());
  for (const DispatchTime &time : times) {
    dispatchOf[time.command] = result.dispatches.size();
    result.dispatches.push_back(profileOf(program, binding, time, static_cast<uint64_t>(counts[time.command])));
  }
  for (const DispatchSpan &span : spans)
    result.turns.push_back({dispatchOf[span.command], span.start, span.seconds});
  return {};
}

DispatchProfile Session::profileOf(const PackageProgram &program, const Binding &binding, const DispatchTime &time,
                                   uint64_t runs) const {
  const BoundDispatch &dispatch = binding.program.commands[time.command].dispatch;
  const Kernel &kernel = sourcePackage->kernels()[dispatch.kernel];
  DispatchProfile profile;
  profile.kernel = kernel.name;
  profile.strategy = binding.kernels->code(dispatch.kernel)->strategy;
  profile.location = kernel.location;
  profile.seconds = time.seconds;
  profile.flops = dispatch.flops * static_cast<double>(runs);
  profile.runs = runs;
  std::set<uint32_t> memories;
  for (uint32_t buffer : dispatch.buffers) {
    profile.shapes += concat(profile.shapes.empty() ? "" : ", ", elementName(program.buffers[buffer].element),
                             shapeText(binding.sized.shapes[buffer]));
    if (memories.insert(program.root(buffer)).second)
      profile.bytes += binding.sized.bytes[buffer] * runs;
  }
  return profile;
}

} // namespace vae::runtime
