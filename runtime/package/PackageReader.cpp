// Reading the package file: header, checksums, FlatBuffer, and every index, name and byte range in it.
#include "runtime/package/PackageReader.h"
#include "runtime/base/Checked.h"
#include "runtime/package/Elements.h"
#include "runtime/package/FormulaReader.h"
#include "runtime/package/PackageHeader.h"
#include "runtime/package/ProgramVerifier.h"

#include <algorithm>
#include <set>

namespace vae::runtime {
namespace {

constexpr size_t maxRank = 8;

/// A name must be visible text: it appears in messages and command lines.
Result<std::string> readName(const flatbuffers::String *from, const char *what) {
  std::string name = readText(from);
  if (name.empty())
    return invalidFile(what, " has no name");
  if (std::any_of(name.begin(), name.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
    return invalidFile(what, " has a control character in its name");
  return name;
}

Result<ElementType> readElement(abi::ElementType from) {
  if (static_cast<uint8_t>(from) >= elementTypeCount)
    return invalidFile("unknown element type ", static_cast<int>(from));
  return static_cast<ElementType>(from);
}

template <typename To, typename From> Result<To> readEnum(From from, From last, const char *what) {
  if (static_cast<uint8_t>(from) > static_cast<uint8_t>(last))
    return invalidFile("unknown ", what, ' ', static_cast<int>(from));
  return static_cast<To>(from);
}

Result<std::vector<int64_t>> readShape(const flatbuffers::Vector<int64_t> *from, ElementType element) {
  if (!isAligned(from, alignof(int64_t)))
    return invalidFile("its shape is misaligned");
  std::vector<int64_t> shape(elements(from).begin(), elements(from).end());
  if (shape.size() > maxRank)
    return invalidFile("rank ", shape.size(), " exceeds ", maxRank);
  for (int64_t size : shape)
    if (size <= 0)
      return invalidFile("shape ", shapeText(shape), " has a size below 1");
  if (!checkedByteSize(shape, elementSize(element)))
    return invalidFile("shape ", shapeText(shape), " overflows");
  return shape;
}

template <typename List, typename Member> Status checkUnique(const List &list, Member member, const char *what) {
  std::set<std::string_view> seen;
  for (const auto &item : list)
    if (!seen.insert(item.*member).second)
      return invalidFile(what, " '", item.*member, "' appears twice");
  return {};
}

} // namespace

Status PackageReader::read(const vae_package_header &header) {
  VAE_ASSIGN_OR_RETURN(const abi::Package *from, readDescription(header));
  VAE_ASSIGN_OR_RETURN(package.modelName, readName(from->model(), "the model"));
  package.compilerName = readText(from->compiler());
  VAE_RETURN_IF_ERROR(readArguments(*from));
  VAE_RETURN_IF_ERROR(readTensors(*from));
  VAE_RETURN_IF_ERROR(readKernels(*from));
  VAE_RETURN_IF_ERROR(readPrograms(*from));
  VAE_RETURN_IF_ERROR(findMakers());
  return collectTargets();
}

Result<const abi::Package *> PackageReader::readDescription(const vae_package_header &header) {
  std::span<const std::byte> bytes = package.bytes;
  std::span<const std::byte> description = bytes.subspan(sizeof(header), header.description_size);
  if (checksum(description) != header.description_crc32)
    return invalidFile("the description is damaged: its checksum differs");
  if (description.size() >= FLATBUFFERS_MAX_BUFFER_SIZE)
    return invalidFile("the description of ", description.size(), " bytes is longer than a FlatBuffer can be");
  flatbuffers::Verifier verifier(reinterpret_cast<const uint8_t *>(description.data()), description.size());
  if (!abi::VerifyPackageBuffer(verifier))
    return invalidFile("the description is not a valid FlatBuffer of a package");
  sectionsBegin = sizeof(header) + description.size();
  return abi::GetPackage(description.data());
}

Result<std::span<const std::byte>> PackageReader::readSection(const abi::Section *from) {
  if (!checkedRange(from->offset(), from->size(), package.bytes.size()) || from->offset() < sectionsBegin)
    return invalidFile("section at ", from->offset(), " of ", from->size(), " bytes lies outside the file's ",
                       package.bytes.size());
  if (from->offset() % VAE_SECTION_ALIGNMENT != 0)
    return invalidFile("section at ", from->offset(), " isn't aligned to ", VAE_SECTION_ALIGNMENT);
  std::span<const std::byte> bytes = std::span<const std::byte>(package.bytes).subspan(from->offset(), from->size());
  if (checksum(bytes) != from->crc32())
    return invalidFile("section at ", from->offset(), " of ", from->size(), " bytes is damaged: its checksum differs");
  return bytes;
}

Status PackageReader::readArguments(const abi::Package &from) {
  for (const abi::Argument *argument : elements(from.arguments())) {
    VAE_ASSIGN_OR_RETURN(std::string name, readName(argument->name(), "an argument"));
    package.argumentList.push_back({std::move(name), readText(argument->value())});
  }
  return checkUnique(package.argumentList, &Argument::name, "argument");
}

Status PackageReader::readTensors(const abi::Package &from) {
  for (const abi::Parameter *parameter : elements(from.parameters()))
    VAE_RETURN_IF_ERROR(readParameter(*parameter).withContext(concat("parameter ", package.parameterList.size())));
  VAE_RETURN_IF_ERROR(checkUnique(package.parameterList, &Parameter::path, "parameter"));
  for (const abi::State *state : elements(from.states()))
    VAE_RETURN_IF_ERROR(readState(*state).withContext(concat("state ", package.stateList.size())));
  VAE_RETURN_IF_ERROR(checkUnique(package.stateList, &State::name, "state"));
  for (const abi::Constant *constant : elements(from.constants()))
    VAE_RETURN_IF_ERROR(readConstant(*constant).withContext(concat("constant ", package.constantList.size())));
  for (const abi::Prepared *prepared : elements(from.prepared()))
    VAE_RETURN_IF_ERROR(readPrepared(*prepared).withContext(concat("prepared tensor ", package.preparedList.size())));
  return {};
}

Status PackageReader::readParameter(const abi::Parameter &from) {
  Parameter parameter;
  VAE_ASSIGN_OR_RETURN(parameter.path, readName(from.path(), "it"));
  VAE_ASSIGN_OR_RETURN(parameter.element, readElement(from.element()));
  VAE_ASSIGN_OR_RETURN(parameter.shape, readShape(from.shape(), parameter.element));
  VAE_ASSIGN_OR_RETURN(parameter.init.kind, readEnum<InitKind>(from.init()->kind(), abi::InitKind_MAX, "initialiser"));
  if (parameter.element != ElementType::f32 && parameter.init.kind != InitKind::zeros)
    return invalidFile("only f32 parameters may start from other than zeros");
  parameter.init.a = from.init()->a();
  parameter.init.b = from.init()->b();
  parameter.trainable = from.trainable();
  if (from.part()) {
    VAE_ASSIGN_OR_RETURN(parameter.part, readName(from.part(), "its part"));
    if (!isUnder(parameter.path, parameter.part))
      return invalidFile("its path does not begin with its part '", parameter.part, "'");
  }
  package.parameterList.push_back(std::move(parameter));
  return {};
}

Status PackageReader::readState(const abi::State &from) {
  State state;
  VAE_ASSIGN_OR_RETURN(state.name, readName(from.name(), "it"));
  VAE_ASSIGN_OR_RETURN(state.element, readElement(from.element()));
  VAE_ASSIGN_OR_RETURN(state.shape, readShape(from.shape(), state.element));
  package.stateList.push_back(std::move(state));
  return {};
}

Status PackageReader::readConstant(const abi::Constant &from) {
  Constant constant;
  VAE_ASSIGN_OR_RETURN(constant.element, readElement(from.element()));
  VAE_ASSIGN_OR_RETURN(constant.shape, readShape(from.shape(), constant.element));
  VAE_ASSIGN_OR_RETURN(constant.data, readSection(from.data()));
  uint64_t expected = *checkedByteSize(constant.shape, elementSize(constant.element));
  if (constant.data.size() != expected)
    return invalidFile("shape ", shapeText(constant.shape), " needs ", expected, " bytes, its section has ",
                       constant.data.size());
  package.constantList.push_back(std::move(constant));
  return {};
}

Status PackageReader::readPrepared(const abi::Prepared &from) {
  Prepared prepared;
  VAE_ASSIGN_OR_RETURN(prepared.element, readElement(from.element()));
  VAE_ASSIGN_OR_RETURN(prepared.shape, readShape(from.shape(), prepared.element));
  package.preparedList.push_back(std::move(prepared));
  return {};
}

Status PackageReader::readKernels(const abi::Package &from) {
  for (const abi::Library *library : elements(from.libraries()))
    VAE_RETURN_IF_ERROR(readLibrary(*library).withContext(concat("library ", package.libraryList.size())));
  VAE_RETURN_IF_ERROR(checkUnique(package.libraryList, &Library::target, "library"));
  for (const abi::Kernel *kernel : elements(from.kernels()))
    VAE_RETURN_IF_ERROR(readKernel(*kernel).withContext(
        concat("kernel ", package.kernelList.size(), " '", readText(kernel->name()), "'")));
  return checkUnique(package.kernelList, &Kernel::name, "kernel");
}

Status PackageReader::readLibrary(const abi::Library &from) {
  Library library;
  VAE_ASSIGN_OR_RETURN(library.target, readName(from.target(), "its target"));
  VAE_ASSIGN_OR_RETURN(library.code, readSection(from.code()));
  package.libraryList.push_back(std::move(library));
  return {};
}

Status PackageReader::readKernel(const abi::Kernel &from) {
  Kernel kernel;
  VAE_ASSIGN_OR_RETURN(kernel.name, readName(from.name(), "it"));
  kernel.location = readText(from.location());
  if (from.accesses())
    for (size_t i = 0; i < from.accesses()->size(); ++i) {
      auto raw = static_cast<abi::Access>(from.accesses()->Get(i));
      VAE_ASSIGN_OR_RETURN(Access access, readEnum<Access>(raw, abi::Access_MAX, "access"));
      kernel.accesses.push_back(access);
    }
  for (const flatbuffers::String *places : elements(from.result_locations()))
    kernel.resultLocations.push_back(readText(places));
  kernel.resultLocations.resize(kernel.accesses.size());
  kernel.sizeCount = from.size_count();
  VAE_ASSIGN_OR_RETURN(kernel.flops, readAxes(from.flops(), kernel.sizeCount));
  for (const abi::Cut *cut : elements(from.cuts()))
    VAE_RETURN_IF_ERROR(readCut(*cut, kernel));
  for (const abi::KernelCode *code : elements(from.code()))
    VAE_RETURN_IF_ERROR(readCode(*code, kernel).withContext(readText(code->target())));
  VAE_RETURN_IF_ERROR(checkUnique(kernel.code, &KernelCode::target, "code for"));
  package.kernelList.push_back(std::move(kernel));
  return {};
}

Status PackageReader::readCode(const abi::KernelCode &from, Kernel &kernel) {
  KernelCode code;
  VAE_ASSIGN_OR_RETURN(code.target, readName(from.target(), "its target"));
  code.strategy = readText(from.strategy());
  VAE_ASSIGN_OR_RETURN(code.kind, readEnum<CodeKind>(from.kind(), abi::CodeKind_MAX, "kind of code"));
  code.symbol = readText(from.symbol());
  code.scratchBytes = from.scratch_bytes();
  VAE_ASSIGN_OR_RETURN(code.grid, readAxes(from.grid(), kernel.sizeCount));
  VAE_ASSIGN_OR_RETURN(code.scratchSizes, readAxes(from.scratch_sizes(), kernel.sizeCount));
  const CodeRules &rules = codeRules[static_cast<size_t>(code.kind)];
  if (code.grid.size() != rules.axes)
    return invalidFile("its grid has ", code.grid.size(), " axes, expected ", rules.axes);
  if (rules.inLibrary == (from.code() != nullptr))
    return invalidFile(rules.inLibrary ? "it has code of its own, expected a symbol in a library" : "it has no code");
  if (!rules.inLibrary) {
    VAE_ASSIGN_OR_RETURN(code.code, readSection(from.code()));
  } else if (code.symbol.empty() || code.symbol.find('\0') != std::string::npos || !package.library(code.target)) {
    return invalidFile("symbol '", code.symbol, "' has no library");
  }
  kernel.code.push_back(std::move(code));
  return {};
}

Status PackageReader::readCut(const abi::Cut &from, Kernel &kernel) {
  constexpr int64_t most = VAE_MAX_REACH;
  Cut cut;
  if (!isAligned(from.reaches(), alignof(abi::Reach)))
    return invalidFile("its cuts are misaligned");
  for (const abi::Reach *reach : elements(from.reaches())) {
    cut.reaches.push_back({reach->axis(), reach->stride(), reach->divisor(), reach->low(), reach->high()});
    const Reach &read = cut.reaches.back();
    bool isWithin = read.axis >= -1 && read.axis < static_cast<int32_t>(maxRank) && read.stride >= 1 &&
                    read.stride <= most && read.divisor >= 1 && read.divisor <= most && read.low >= -most &&
                    read.low <= read.high && read.high <= most;
    if (!isWithin)
      return invalidFile("a piece along axis ", read.axis, " reaches from ", read.low, " to ", read.high, " of ",
                         read.stride, " / ", read.divisor);
  }
  if (cut.reaches.size() != kernel.accesses.size())
    return invalidFile("a cut of ", cut.reaches.size(), " bindings, of ", kernel.accesses.size());
  cut.sizes.assign(elements(from.sizes()).begin(), elements(from.sizes()).end());
  kernel.cuts.push_back(std::move(cut));
  return {};
}

Status PackageReader::readPrograms(const abi::Package &from) {
  for (const abi::Program *program : elements(from.programs()))
    VAE_RETURN_IF_ERROR(readProgram(*program).withContext(concat("program '", readText(program->name()), "'")));
  return checkUnique(package.programList, &PackageProgram::name, "program");
}

Status PackageReader::readProgram(const abi::Program &from) {
  PackageProgram program;
  VAE_ASSIGN_OR_RETURN(program.name, readName(from.name(), "it"));
  VAE_ASSIGN_OR_RETURN(program.kind, readEnum<ProgramKind>(from.kind(), abi::ProgramKind_MAX, "program kind"));
  for (const flatbuffers::String *symbol : elements(from.symbols())) {
    VAE_ASSIGN_OR_RETURN(std::string name, readName(symbol, "a symbol"));
    if (std::find(program.symbols.begin(), program.symbols.end(), name) != program.symbols.end())
      return invalidFile("symbol '", name, "' appears twice");
    program.symbols.push_back(std::move(name));
  }
  program.phaseCount = from.phase_count();
  for (const abi::Requirement *requirement : elements(from.requirements())) {
    VAE_ASSIGN_OR_RETURN(SizeFormula surplus, readSize(requirement->surplus(), program.symbols.size()));
    program.requirements.push_back(
        {std::move(surplus), readText(requirement->what()), readText(requirement->location())});
  }
  for (const abi::Buffer *buffer : elements(from.buffers())) {
    Result<Buffer> read = readBuffer(*buffer, program);
    if (!read.ok())
      return read.status().withContext(concat("buffer ", program.buffers.size()));
    program.buffers.push_back(read.take());
  }
  VAE_RETURN_IF_ERROR(readSteps(from.steps(), 0, program));
  VAE_RETURN_IF_ERROR(verifyProgram(package, program));
  package.programList.push_back(std::move(program));
  return {};
}

Result<Buffer> PackageReader::readBuffer(const abi::Buffer &from, const PackageProgram &program) {
  Buffer buffer;
  VAE_ASSIGN_OR_RETURN(buffer.kind, readEnum<BufferKind>(from.kind(), abi::BufferKind_MAX, "buffer kind"));
  VAE_ASSIGN_OR_RETURN(buffer.element, readElement(from.element()));
  VAE_ASSIGN_OR_RETURN(buffer.shape, readSizes(from.shape(), program.symbols.size()));
  if (buffer.shape.size() > maxRank)
    return invalidFile("rank ", buffer.shape.size(), " exceeds ", maxRank);
  buffer.name = readText(from.name());
  if (buffer.kind == BufferKind::input || buffer.kind == BufferKind::output) {
    VAE_ASSIGN_OR_RETURN(buffer.name, readName(from.name(), "it"));
  }
  buffer.index = from.index();
  buffer.firstPhase = from.first_phase();
  buffer.lastPhase = from.last_phase();
  buffer.optional = from.optional();
  buffer.defaultValue = from.default_value();
  if (from.range())
    buffer.range = ValueRange{from.range()->low(), from.range()->high()};
  buffer.report = from.report();
  buffer.reshapeOf = from.reshape_of();
  buffer.noise = from.noise();
  buffer.noiseKind = readText(from.noise_kind());
  if (buffer.kind == BufferKind::scalar) {
    VAE_ASSIGN_OR_RETURN(buffer.formula, ScalarFormula::parse(readText(from.formula())));
  }
  if (buffer.reshapeOf < -1 || buffer.reshapeOf >= static_cast<int64_t>(program.buffers.size()))
    return invalidFile("it reshapes buffer ", buffer.reshapeOf, ", which doesn't come before it");
  VAE_RETURN_IF_ERROR(checkBinding(buffer));
  return buffer;
}

/// Whether a buffer's shape formulas are plain numbers equal to `shape`.
static bool hasShape(const Buffer &buffer, std::span<const int64_t> shape) {
  if (buffer.shape.size() != shape.size())
    return false;
  for (size_t i = 0; i < shape.size(); ++i)
    if (buffer.shape[i].constantValue() != shape[i])
      return false;
  return true;
}

template <typename Item>
static Status checkAgainst(const Buffer &buffer, const std::vector<Item> &list, const char *what) {
  if (buffer.index >= list.size())
    return invalidFile(what, ' ', buffer.index, " of ", list.size());
  const Item &item = list[buffer.index];
  if (buffer.element != item.element || !hasShape(buffer, item.shape))
    return invalidFile("its type differs from ", what, ' ', buffer.index, ", ", elementName(item.element),
                       shapeText(item.shape));
  return {};
}

Status PackageReader::checkBinding(const Buffer &buffer) {
  switch (buffer.kind) {
  case BufferKind::parameter:
    return checkAgainst(buffer, package.parameterList, "parameter");
  case BufferKind::state:
    return checkAgainst(buffer, package.stateList, "state");
  case BufferKind::constant:
    return checkAgainst(buffer, package.constantList, "constant");
  case BufferKind::prepared:
    return checkAgainst(buffer, package.preparedList, "prepared tensor");
  case BufferKind::scalar:
    if (buffer.element != ElementType::f32 || !buffer.shape.empty())
      return invalidFile("a scalar must be f32[]");
    return {};
  case BufferKind::rng:
    if (buffer.element != ElementType::i32 || !hasShape(buffer, std::array<int64_t, 1>{4}))
      return invalidFile("random state must be i32[4]");
    return {};
  case BufferKind::input:
  case BufferKind::output:
    if (buffer.optional && (!buffer.shape.empty() || buffer.element != ElementType::f32))
      return invalidFile("an optional input must be f32[]");
    return {};
  case BufferKind::transient:
    return {};
  }
  return {};
}

Status PackageReader::readSteps(const flatbuffers::Vector<flatbuffers::Offset<abi::Step>> *from, uint32_t depth,
                                PackageProgram &program) {
  for (const abi::Step *step : elements(from)) {
    std::string place = concat("step ", program.commands.size());
    if (step->command_type() == abi::Command_Repeat) {
      VAE_RETURN_IF_ERROR(readRepeat(*step->command_as_Repeat(), depth, program).withContext(place));
      continue;
    }
    Result<Command> read = readCommand(*step, program);
    if (!read.ok())
      return read.status().withContext(place);
    program.commands.push_back(read.take());
  }
  return {};
}

/// `depth`: how many repeats are around it. Steps that several repeats share are read once for each; the FlatBuffer's
/// verifier has counted them so, which bounds how many there are.
Status PackageReader::readRepeat(const abi::Repeat &from, uint32_t depth, PackageProgram &program) {
  if (depth == VAE_MAX_REPEAT_DEPTH)
    return invalidFile("a repeat inside ", depth, " others; the most is ", VAE_MAX_REPEAT_DEPTH, " deep");
  Command command;
  command.kind = Command::Kind::repeat;
  VAE_ASSIGN_OR_RETURN(command.count, readSize(from.count(), program.symbols.size()));
  size_t index = program.commands.size();
  program.commands.push_back(std::move(command));
  VAE_RETURN_IF_ERROR(readSteps(from.steps(), depth + 1, program));
  program.commands[index].length = static_cast<uint32_t>(program.commands.size() - index - 1);
  return {};
}

Result<Command> PackageReader::readCommand(const abi::Step &from, const PackageProgram &program) {
  Command command;
  auto inRange = [&](uint32_t buffer) { return buffer < program.buffers.size(); };
  switch (from.command_type()) {
  case abi::Command_Dispatch:
    command.kind = Command::Kind::dispatch;
    VAE_RETURN_IF_ERROR(readDispatch(*from.command_as_Dispatch(), program, command));
    return command;
  case abi::Command_Copy:
    command.kind = Command::Kind::copy;
    command.source = from.command_as_Copy()->source();
    command.destination = from.command_as_Copy()->destination();
    if (!inRange(command.source) || !inRange(command.destination))
      return invalidFile("copy from buffer ", command.source, " to ", command.destination, " of ",
                         program.buffers.size());
    return command;
  case abi::Command_Fill:
    command.kind = Command::Kind::fill;
    command.destination = from.command_as_Fill()->destination();
    command.word = from.command_as_Fill()->word();
    if (!inRange(command.destination))
      return invalidFile("fill of buffer ", command.destination, " of ", program.buffers.size());
    return command;
  case abi::Command_Barrier:
    return command;
  default:
    return invalidFile("unknown command ", static_cast<int>(from.command_type()));
  }
}

Status PackageReader::readDispatch(const abi::Dispatch &from, const PackageProgram &program, Command &command) {
  command.kernel = from.kernel();
  if (command.kernel >= package.kernelList.size())
    return invalidFile("kernel ", command.kernel, " of ", package.kernelList.size());
  const Kernel &kernel = package.kernelList[command.kernel];
  command.buffers.assign(elements(from.buffers()).begin(), elements(from.buffers()).end());
  for (uint32_t buffer : command.buffers)
    if (buffer >= program.buffers.size())
      return invalidFile("buffer ", buffer, " of ", program.buffers.size());
  if (command.buffers.size() != kernel.accesses.size())
    return invalidFile(command.buffers.size(), " buffers for kernel '", kernel.name, "', which takes ",
                       kernel.accesses.size());
  VAE_ASSIGN_OR_RETURN(command.sizes, readSizes(from.sizes(), program.symbols.size()));
  if (command.sizes.size() != kernel.sizeCount)
    return invalidFile(command.sizes.size(), " sizes for kernel '", kernel.name, "', which takes ", kernel.sizeCount);
  return {};
}

/// Each prepared tensor is made by one program. (That this writes it, its own check found.)
Status PackageReader::findMakers() {
  std::vector<bool> made(package.preparedList.size(), false);
  for (uint32_t index = 0; index < package.programList.size(); ++index) {
    const PackageProgram &program = package.programList[index];
    for (const Buffer &buffer : program.buffers) {
      if (program.kind != ProgramKind::prepare || buffer.kind != BufferKind::prepared)
        continue;
      if (made[buffer.index])
        return invalidFile("program '", program.name, "' makes prepared tensor ", buffer.index,
                           ", which is made already");
      made[buffer.index] = true;
      package.preparedList[buffer.index].program = index;
    }
  }
  for (size_t i = 0; i < made.size(); ++i)
    if (!made[i])
      return invalidFile("no program makes prepared tensor ", i);
  return {};
}

Status PackageReader::collectTargets() {
  std::set<std::string> targets;
  for (const Kernel &kernel : package.kernelList)
    for (const KernelCode &code : kernel.code)
      targets.insert(code.target);
  package.targetList.assign(targets.begin(), targets.end());
  return {};
}

} // namespace vae::runtime
