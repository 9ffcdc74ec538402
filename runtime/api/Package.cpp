// The C API: packages and what is in them.
#include "runtime/api/Handles.h"
#include "runtime/package/Averages.h"
#include "runtime/session/BoundCommands.h"
#include "runtime/session/strips/Footprint.h"
#include "runtime/session/strips/StripPlan.h"

#include <algorithm>
#include <set>

using namespace vae::runtime;

namespace {

constexpr std::string_view noiseSuffix = ".noise";

vae_package::Shape shapeView(const PackageProgram &program, const Buffer &buffer) {
  vae_package::Shape shape;
  for (const SizeFormula &size : buffer.shape)
    shape.texts.push_back(size.text(program.symbols));
  for (const std::string &text : shape.texts)
    shape.pointers.push_back(text.c_str());
  return shape;
}

vae_package::ProgramView programView(const PackageProgram &program) {
  vae_package::ProgramView view;
  for (uint32_t i = 0; i < program.buffers.size(); ++i) {
    if (program.buffers[i].kind == BufferKind::input)
      view.inputs.push_back(i);
    if (program.buffers[i].kind == BufferKind::output)
      view.outputs.push_back(i);
    view.shapes.push_back(shapeView(program, program.buffers[i]));
  }
  for (const Command &command : program.commands) {
    view.dispatches += command.kind == Command::Kind::dispatch;
    view.barriers += command.kind == Command::Kind::barrier;
    view.loops += command.kind == Command::Kind::repeat;
  }
  return view;
}

std::string strategyText(const Kernel &kernel) {
  std::string text;
  for (const KernelCode &code : kernel.code)
    text += concat(text.empty() ? "" : ", ", code.target, ": ", code.strategy);
  return text;
}

/// The types of the weights inside, once they have been checked: "F16, F32". Empty without any.
Result<std::string> weightTypes(const Package &package) {
  std::string text;
  if (package.weights().empty())
    return text;
  VAE_ASSIGN_OR_RETURN(StoredCheckpoint inside, readWeightsInside(package));
  std::set<std::string> names;
  for (const SafetensorsEntry &entry : inside.file->entries())
    names.insert(entry.typeName);
  for (const std::string &name : names)
    text += (text.empty() ? "" : ", ") + name;
  return text;
}

Status checkProgram(const vae_package *package, size_t program) {
  VAE_RETURN_IF_ERROR(requireAll({{"package", package}}));
  size_t count = package->package->programs().size();
  return program < count ? Status() : pastEnd("program", program, count);
}

/// Bytes of parameters, states, constants and prepared tensors that a program binds, each once.
/// A program at sizes by name.
Result<SizedProgram> sizeByNames(const vae_package *package, size_t program, const vae_size *sizes, size_t sizeCount) {
  VAE_RETURN_IF_ERROR(checkProgram(package, program));
  const PackageProgram &from = package->package->programs()[program];
  VAE_ASSIGN_OR_RETURN(NamedSizes named, readSizes(sizes, sizeCount));
  VAE_ASSIGN_OR_RETURN(std::vector<int64_t> symbols, bindSymbols(from, {}, named));
  return sizeProgram(*package->package, from, std::move(symbols), DeviceLimits().alignment);
}

vae_status describeValue(const vae_package *package, size_t program, size_t index, bool input, vae_value_info *info,
                         vae_error *error) {
  return guarded(error, [&]() -> Status {
    VAE_RETURN_IF_ERROR(requireAll({{"info", info}}));
    VAE_RETURN_IF_ERROR(checkProgram(package, program));
    const vae_package::ProgramView &view = package->programs[program];
    const std::vector<uint32_t> &list = input ? view.inputs : view.outputs;
    if (index >= list.size())
      return pastEnd(input ? "input" : "output", index, list.size());
    const Buffer &buffer = package->package->programs()[program].buffers[list[index]];
    ValueRange range = buffer.range.value_or(ValueRange());
    *info = {buffer.name.c_str(),
             static_cast<vae_element>(buffer.element),
             buffer.shape.size(),
             view.shapes[list[index]].pointers.data(),
             buffer.optional,
             buffer.defaultValue,
             buffer.range.has_value(),
             range.low,
             range.high,
             buffer.report,
             buffer.noise ? buffer.noiseKind.c_str() : nullptr};
    return {};
  });
}

} // namespace

vae_status vae_package_open(const char *path, vae_package **package, vae_error *error) {
  return guarded(error, [&]() -> Status {
    VAE_RETURN_IF_ERROR(requireAll({{"path", path}, {"package", package}}));
    auto handle = std::make_unique<vae_package>();
    VAE_ASSIGN_OR_RETURN(handle->package, Package::open(path));
    VAE_ASSIGN_OR_RETURN(handle->weightTypes, weightTypes(*handle->package));
    for (const PackageProgram &program : handle->package->programs())
      handle->programs.push_back(programView(program));
    for (const Kernel &kernel : handle->package->kernels())
      handle->strategies.push_back(strategyText(kernel));
    *package = handle.release();
    return {};
  });
}

void vae_package_close(vae_package *package) { delete package; }

void vae_package_describe(const vae_package *package, vae_package_info *info) {
  const Package &from = *package->package;
  *info = {from.model().c_str(),         from.compiler().c_str(),  from.fileBytes(),      from.weights().size(),
           package->weightTypes.c_str(), from.parameters().size(), from.states().size(),  from.constants().size(),
           from.kernels().size(),        from.programs().size(),   from.targets().size(), from.arguments().size()};
}

const char *vae_package_target(const vae_package *package, size_t index) {
  const std::vector<std::string> &targets = package->package->targets();
  return index < targets.size() ? targets[index].c_str() : nullptr;
}

vae_status vae_package_argument(const vae_package *package, size_t index, vae_argument_info *info, vae_error *error) {
  return guarded(error, [&]() -> Status {
    VAE_RETURN_IF_ERROR(requireAll({{"package", package}, {"info", info}}));
    const std::vector<Argument> &all = package->package->arguments();
    if (index >= all.size())
      return pastEnd("argument", index, all.size());
    *info = {all[index].name.c_str(), all[index].value.c_str()};
    return {};
  });
}

vae_status vae_package_parameter(const vae_package *package, size_t index, vae_parameter_info *info, vae_error *error) {
  return guarded(error, [&]() -> Status {
    VAE_RETURN_IF_ERROR(requireAll({{"package", package}, {"info", info}}));
    const std::vector<Parameter> &all = package->package->parameters();
    if (index >= all.size())
      return pastEnd("parameter", index, all.size());
    const Parameter &parameter = all[index];
    *info = {parameter.path.c_str(), static_cast<vae_element>(parameter.element),
             parameter.shape.size(), parameter.shape.data(),
             parameter.trainable,    parameter.part.c_str()};
    return {};
  });
}

vae_status vae_package_kernel(const vae_package *package, size_t index, vae_kernel_info *info, vae_error *error) {
  return guarded(error, [&]() -> Status {
    VAE_RETURN_IF_ERROR(requireAll({{"package", package}, {"info", info}}));
    const std::vector<Kernel> &all = package->package->kernels();
    if (index >= all.size())
      return pastEnd("kernel", index, all.size());
    *info = {all[index].name.c_str(), all[index].location.c_str(), package->strategies[index].c_str()};
    return {};
  });
}

vae_status vae_package_program(const vae_package *package, size_t program, vae_program_info *info, vae_error *error) {
  return guarded(error, [&]() -> Status {
    VAE_RETURN_IF_ERROR(requireAll({{"info", info}}));
    VAE_RETURN_IF_ERROR(checkProgram(package, program));
    const PackageProgram &from = package->package->programs()[program];
    const vae_package::ProgramView &view = package->programs[program];
    *info = {from.name.c_str(),
             static_cast<vae_program_kind>(from.kind),
             from.symbols.size(),
             view.inputs.size(),
             view.outputs.size(),
             view.dispatches,
             view.barriers,
             from.phaseCount,
             view.loops,
             from.name.ends_with(noiseSuffix),
             package->package->programIndex(concat(from.name, noiseSuffix)).has_value(),
             !findAverages(*package->package, from).empty()};
    return {};
  });
}

vae_status vae_package_find_program(const vae_package *package, const char *name, size_t *program, vae_error *error) {
  return guarded(error, [&]() -> Status {
    VAE_RETURN_IF_ERROR(requireAll({{"package", package}, {"name", name}, {"program", program}}));
    VAE_ASSIGN_OR_RETURN(uint32_t index, package->package->findProgram(name));
    *program = index;
    return {};
  });
}

const char *vae_program_symbol(const vae_package *package, size_t program, size_t index) {
  const std::vector<PackageProgram> &programs = package->package->programs();
  if (program >= programs.size() || index >= programs[program].symbols.size())
    return nullptr;
  return programs[program].symbols[index].c_str();
}

vae_status vae_program_input(const vae_package *package, size_t program, size_t index, vae_value_info *info,
                             vae_error *error) {
  return describeValue(package, program, index, true, info, error);
}

vae_status vae_program_output(const vae_package *package, size_t program, size_t index, vae_value_info *info,
                              vae_error *error) {
  return describeValue(package, program, index, false, info, error);
}

vae_status vae_program_memory(const vae_package *package, size_t program, const vae_size *sizes, size_t sizeCount,
                              vae_memory_info *info, vae_error *error) {
  return guarded(error, [&]() -> Status {
    VAE_RETURN_IF_ERROR(requireAll({{"info", info}}));
    VAE_ASSIGN_OR_RETURN(SizedProgram sized, sizeByNames(package, program, sizes, sizeCount));
    const PackageProgram &from = package->package->programs()[program];
    vae_memory_info found = {};
    found.arena_bytes = sized.placement.bytes;
    found.unplaced_bytes = sized.placement.unplacedBytes;
    found.buffers = from.buffers.size();
    found.parameter_bytes = bytesOfKind(from, sized, BufferKind::parameter);
    found.state_bytes = bytesOfKind(from, sized, BufferKind::state);
    found.constant_bytes = bytesOfKind(from, sized, BufferKind::constant);
    found.prepared_bytes = bytesOfKind(from, sized, BufferKind::prepared);
    VAE_ASSIGN_OR_RETURN(found.flops, countFlops(*package->package, from, sized.symbols));
    *info = found;
    return {};
  });
}

vae_status vae_program_memory_within(const vae_package *package, size_t program, const vae_size *sizes,
                                     size_t sizeCount, uint64_t limit, vae_limited_memory *info, vae_error *error) {
  return guarded(error, [&]() -> Status {
    VAE_RETURN_IF_ERROR(requireAll({{"info", info}}));
    VAE_ASSIGN_OR_RETURN(SizedProgram sized, sizeByNames(package, program, sizes, sizeCount));
    const PackageProgram &from = package->package->programs()[program];
    uint64_t beside = bytesBesideStrips(from, sized, /*inStages=*/true), left = limit > beside ? limit - beside : 0;
    std::optional<StripPlan> plan;
    if (from.kind == ProgramKind::entry) {
      VAE_ASSIGN_OR_RETURN(plan, planStrips(*package->package, from, sized, DeviceLimits().windowAlignment, left,
                                            /*inStages=*/true));
    }
    if (!plan)
      return fail(StatusCode::unsupported, "'", from.name, "' can't run in pieces");
    *info = {bytesAtOnce(from, sized), plan->bytes() + beside, plan->work};
    return {};
  });
}
