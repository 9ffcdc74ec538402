// Command by command, each result downloaded.
#include "runtime/session/CheckedExecutable.h"
#include "runtime/session/BoundCommands.h"
#include "runtime/session/TensorChecks.h"

#include <algorithm>

namespace vae::runtime {

CheckedExecutable::CheckedExecutable(Device &device, const Package &package, const PackageProgram &program,
                                     const SizedProgram &sized, const BoundProgram &bound,
                                     std::shared_ptr<DeviceKernels> kernels)
    : device(device), package(package), program(program), sized(sized), bound(bound), kernels(std::move(kernels)),
      executables(bound.commands.size()) {}

Status CheckedExecutable::run(std::span<const Upload> uploads, std::span<const Download> downloads,
                              const RunControl &control) {
  first = Status();
  committed = false;
  written.assign(program.buffers.size(), false);
  for (const Upload &upload : uploads) {
    const BoundBuffer &buffer = bound.buffers[upload.buffer];
    VAE_RETURN_IF_ERROR(buffer.memory->upload(buffer.offset, upload.source, upload.bytes));
  }
  VAE_RETURN_IF_ERROR(noteGiven());
  VAE_RETURN_IF_ERROR(runCommands(0, bound.commands.size(), control));
  VAE_RETURN_IF_ERROR(requireFiniteOutputs());
  for (const Download &download : downloads) {
    const BoundBuffer &buffer = bound.buffers[download.buffer];
    VAE_RETURN_IF_ERROR(buffer.memory->download(buffer.offset, download.destination, download.bytes));
  }
  return {};
}

/// Looks at what the program is given: nothing computed can be blamed before that.
Status CheckedExecutable::noteGiven() {
  for (uint32_t i = 0; i < program.buffers.size(); ++i) {
    const Buffer &buffer = program.buffers[i];
    if (buffer.kind == BufferKind::input || buffer.kind == BufferKind::scalar)
      VAE_RETURN_IF_ERROR(note(i, concat("input '", buffer.name, "'")));
    if (buffer.kind == BufferKind::parameter)
      VAE_RETURN_IF_ERROR(note(i, concat("parameter '", package.parameters()[buffer.index].path, "'")));
    if (buffer.kind == BufferKind::state)
      VAE_RETURN_IF_ERROR(note(i, concat("state '", package.states()[buffer.index].name, "'")));
  }
  return {};
}

Status CheckedExecutable::runCommands(size_t begin, size_t end, const RunControl &control) {
  for (size_t i = begin; i < end; ++i) {
    const BoundCommand &command = bound.commands[i];
    if (command.kind == BoundCommand::Kind::repeat) {
      for (int64_t turn = 0; turn < command.turns; ++turn)
        VAE_RETURN_IF_ERROR(runCommands(i + 1, i + 1 + command.length, control));
      i += command.length;
    } else if (command.kind != BoundCommand::Kind::barrier) {
      VAE_RETURN_IF_ERROR(runCommand(i, control));
    }
  }
  return {};
}

Status CheckedExecutable::runCommand(size_t index, const RunControl &control) {
  const Command &command = program.commands[index];
  if ((!committed || control.anywhere) && control.isCancelled())
    return cancelledRun();
  const bool commits = bound.commands[index].commits;
  if (commits && !committed)
    VAE_RETURN_IF_ERROR(requireFiniteOutputs());
  committed |= commits;
  VAE_ASSIGN_OR_RETURN(Executable * executable, executableOf(index));
  VAE_RETURN_IF_ERROR(executable->run({}, {}, {}));
  for (size_t i = 0; i < command.buffers.size(); ++i)
    if (package.kernels()[command.kernel].accesses[i] != Access::read) {
      written[program.root(command.buffers[i])] = true;
      VAE_RETURN_IF_ERROR(note(command.buffers[i], nameOf(command, i)));
    }
  if (command.kind == Command::Kind::copy || command.kind == Command::Kind::fill)
    written[program.root(command.destination)] = true;
  return commits ? requireFinite(writtenVariables(package, program, command)) : Status();
}

Result<Executable *> CheckedExecutable::executableOf(size_t index) {
  if (!executables[index]) {
    BoundProgram alone{bound.name, bound.buffers, {bound.commands[index]}};
    VAE_ASSIGN_OR_RETURN(executables[index], device.compile(kernels, alone));
  }
  return executables[index].get();
}

/// "the result of kernel 'encode_exp' (model.vae:5:13, 5:20)"
std::string CheckedExecutable::nameOf(const Command &command, size_t binding) const {
  const Kernel &kernel = package.kernels()[command.kernel];
  const std::string &places = kernel.resultLocations[binding];
  return concat("the result of kernel '", kernel.name, "'", places.empty() ? "" : concat(" (", places, ")"));
}

/// nonFinite, in `what`'s name, where the buffer holds NaN or infinity.
Status CheckedExecutable::check(uint32_t buffer, const std::string &what) const {
  VAE_ASSIGN_OR_RETURN(HostTensor value,
                       HostTensor::create(program.buffers[buffer].element, sized.shapes[buffer], device.allocator()));
  const BoundBuffer &memory = bound.buffers[buffer];
  VAE_RETURN_IF_ERROR(memory.memory->download(memory.offset, value.bytes().data(), value.bytes().size()));
  return checkFinite(value, what);
}

Status CheckedExecutable::note(uint32_t buffer, const std::string &what) {
  if (!first.ok())
    return {};
  Status verdict = check(buffer, what);
  if (verdict.code() != StatusCode::nonFinite)
    return verdict;
  first = std::move(verdict);
  return {};
}

/// nonFinite, naming the first value that was not, where one of the buffers is not.
Status CheckedExecutable::requireFinite(std::span<const uint32_t> buffers) const {
  if (first.ok())
    return {};
  for (uint32_t buffer : buffers) {
    Status verdict = check(buffer, "it");
    if (verdict.code() == StatusCode::nonFinite)
      return first;
    VAE_RETURN_IF_ERROR(verdict);
  }
  return {};
}

Status CheckedExecutable::requireFiniteOutputs() const {
  std::vector<uint32_t> outputs;
  for (uint32_t i = 0; i < program.buffers.size(); ++i)
    if (program.buffers[i].kind == BufferKind::output && written[program.root(i)])
      outputs.push_back(i);
  return requireFinite(outputs);
}

} // namespace vae::runtime
