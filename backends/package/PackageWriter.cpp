// The program dialect mirrors the package schema; writing a package is walking one and filling the other.
#include "backends/package/PackageWriter.h"
#include "backends/package/KernelEntry.h"
#include "ir/program/Arguments.h"
#include "ir/program/SourceLines.h"
#include "runtime/abi/kernel.h"
#include "runtime/abi/package_generated.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CRC.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace vae;

namespace {

uint32_t crc32(ArrayRef<char> bytes) {
  return llvm::crc32(ArrayRef<uint8_t>(reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()));
}

using Steps = std::vector<std::unique_ptr<abi::StepT>>;

/// What the ops of a program name, by number.
struct ProgramNames {
  llvm::StringMap<int64_t> symbols;
  DenseMap<Value, unsigned> buffers;
};

class PackageWriter {
public:
  PackageWriter(ModuleOp module, ArrayRef<TargetCode> targets) : module(module), targets(targets) {}
  FailureOr<std::vector<char>> write();

private:
  void addArguments();
  LogicalResult addSymbols();
  void addKernel(program::KernelOp kernel, unsigned index);
  LogicalResult addProgram(program::ProgramOp program);
  static void addRequirements(program::ProgramOp program, abi::ProgramT &result, const ProgramNames &names);
  FailureOr<Steps> getSteps(Block &block, const ProgramNames &names);
  FailureOr<abi::DispatchT> getDispatch(program::DispatchOp dispatch, const ProgramNames &names);
  LogicalResult addBuffer(program::BufferOp buffer, abi::ProgramT &result, const ProgramNames &names);
  std::unique_ptr<abi::SectionT> addSection(ArrayRef<char> bytes);
  std::vector<char> assemble();

  ModuleOp module;
  ArrayRef<TargetCode> targets;
  abi::PackageT package;
  llvm::StringMap<unsigned> parameters, states, constants, prepared, kernels;
  std::vector<std::pair<abi::SectionT *, std::vector<char>>> sections;
};

} // namespace

static_assert(program::maxRepeatDepth == VAE_MAX_REPEAT_DEPTH, "what the dialect allows, a package must");

static FailureOr<abi::ElementType> getElement(Operation *op, Type type) {
  if (type.isF32())
    return abi::ElementType_f32;
  if (type.isInteger(32))
    return abi::ElementType_i32;
  if (type.isInteger(8))
    return abi::ElementType_u8;
  if (type.isInteger(64))
    return abi::ElementType_i64;
  return op->emitOpError() << "element type " << type << " has no form in a package";
}

static std::unique_ptr<abi::SizeT> getSize(const Size &size, const llvm::StringMap<int64_t> &symbols) {
  auto result = std::make_unique<abi::SizeT>();
  for (const Size::Token &token : size.postfix()) {
    int64_t value = token.op == Size::Op::Symbol ? symbols.lookup(token.symbol) : token.value;
    result->tokens.emplace_back(static_cast<abi::SizeOp>(token.op), value);
  }
  return result;
}

static std::vector<int64_t> getShape(Type type) { return cast<RankedTensorType>(type).getShape().vec(); }

std::unique_ptr<abi::SectionT> PackageWriter::addSection(ArrayRef<char> bytes) {
  auto section = std::make_unique<abi::SectionT>();
  section->size = bytes.size();
  section->crc32 = crc32(bytes);
  // The offset is patched once the FlatBuffer's size is known; a non-default value keeps the field's place in it.
  section->offset = ~uint64_t{0};
  sections.emplace_back(section.get(), bytes.vec());
  return section;
}

/// The value of the schema's enumeration that is called `word`; fails, reported at the op, where none is.
template <typename EnumT, size_t count>
static FailureOr<EnumT> findValue(Operation *op, StringRef what, StringRef word, const EnumT (&values)[count],
                                  const char *(*getName)(EnumT)) {
  for (EnumT value : values)
    if (word == getName(value))
      return value;
  auto known = llvm::map_range(values, getName);
  return op->emitOpError() << what << " `" << word << "` has no form in a package; known: " << llvm::join(known, ", ");
}

/// An entry with the element type and shape of a tensor; null, reported at the op, where a package has no such element.
template <typename EntryT> static std::unique_ptr<EntryT> makeTensorEntry(Operation *op, Type type) {
  FailureOr<abi::ElementType> element = getElement(op, cast<RankedTensorType>(type).getElementType());
  if (failed(element))
    return nullptr;
  auto entry = std::make_unique<EntryT>();
  entry->element = *element;
  entry->shape = getShape(type);
  return entry;
}

void PackageWriter::addArguments() {
  auto arguments = module->getAttrOfType<ArrayAttr>(program::argumentsAttrName);
  if (!arguments)
    return;
  for (auto pair : arguments.getAsRange<ArrayAttr>()) {
    auto entry = std::make_unique<abi::ArgumentT>();
    entry->name = cast<StringAttr>(pair[0]).str();
    entry->value = cast<StringAttr>(pair[1]).str();
    package.arguments.push_back(std::move(entry));
  }
}

LogicalResult PackageWriter::addSymbols() {
  for (auto op : module.getOps<program::ParameterOp>()) {
    auto entry = makeTensorEntry<abi::ParameterT>(op, op.getType());
    if (!entry)
      return failure();
    entry->path = op.getSymName();
    entry->trainable = !op.getFrozen();
    entry->part = op.getPart().value_or("");
    entry->init = std::make_unique<abi::InitializerT>();
    FailureOr<abi::InitKind> kind =
        findValue(op, "initialiser", op.getInit().getKind(), abi::EnumValuesInitKind(), abi::EnumNameInitKind);
    if (failed(kind))
      return failure();
    entry->init->kind = *kind;
    entry->init->a = op.getInit().getA().getValueAsDouble();
    entry->init->b = op.getInit().getB().getValueAsDouble();
    parameters[op.getSymName()] = package.parameters.size();
    package.parameters.push_back(std::move(entry));
  }
  for (auto op : module.getOps<program::StateOp>()) {
    auto entry = makeTensorEntry<abi::StateT>(op, op.getType());
    if (!entry)
      return failure();
    entry->name = op.getSymName();
    states[op.getSymName()] = package.states.size();
    package.states.push_back(std::move(entry));
  }
  for (auto op : module.getOps<program::PreparedOp>()) {
    auto entry = makeTensorEntry<abi::PreparedT>(op, op.getType());
    if (!entry)
      return failure();
    prepared[op.getSymName()] = package.prepared.size();
    package.prepared.push_back(std::move(entry));
  }
  for (auto op : module.getOps<program::ConstantOp>()) {
    auto value = dyn_cast<DenseElementsAttr>(op.getValue());
    if (!value)
      return op.emitOpError() << "is not a dense constant";
    auto entry = makeTensorEntry<abi::ConstantT>(op, value.getType());
    if (!entry)
      return failure();
    SmallVector<char> bytes(value.getRawData());
    if (value.isSplat())
      for (int64_t i = 1; i < value.getNumElements(); ++i)
        llvm::append_range(bytes, value.getRawData());
    entry->data = addSection(bytes);
    constants[op.getSymName()] = package.constants.size();
    package.constants.push_back(std::move(entry));
  }
  return success();
}

void PackageWriter::addKernel(program::KernelOp kernel, unsigned index) {
  std::unique_ptr<abi::KernelT> entry = makeKernelEntry(kernel);
  for (const TargetCode &target : targets) {
    const CompiledKernel &compiled = target.kernels[index];
    auto code = std::make_unique<abi::KernelCodeT>();
    code->target = target.target;
    code->strategy = compiled.strategy;
    code->kind = compiled.kind;
    code->symbol = compiled.symbol;
    if (!compiled.code.empty())
      code->code = addSection(compiled.code);
    for (const GridAxis &axis : compiled.grid)
      code->grid.push_back(makeAxisEntry(axis));
    code->scratch_bytes = compiled.scratchBytes;
    for (const GridAxis &axis : compiled.scratchSizes)
      code->scratch_sizes.push_back(makeAxisEntry(axis));
    entry->code.push_back(std::move(code));
  }
  kernels[kernel.getSymName()] = package.kernels.size();
  package.kernels.push_back(std::move(entry));
}

LogicalResult PackageWriter::addBuffer(program::BufferOp buffer, abi::ProgramT &result, const ProgramNames &names) {
  auto type = cast<RankedTensorType>(buffer.getType());
  FailureOr<abi::ElementType> element = getElement(buffer, type.getElementType());
  if (failed(element))
    return failure();
  auto entry = std::make_unique<abi::BufferT>();
  entry->kind = static_cast<abi::BufferKind>(buffer.getKind());
  entry->name = buffer.getName().value_or("").str();
  entry->element = *element;
  for (const Size &size : program::getSizes(type))
    entry->shape.push_back(getSize(size, names.symbols));
  if (auto ref = buffer.getRef()) {
    const llvm::StringMap<unsigned> &table = buffer.getKind() == program::BufferKind::parameter  ? parameters
                                             : buffer.getKind() == program::BufferKind::state    ? states
                                             : buffer.getKind() == program::BufferKind::prepared ? prepared
                                                                                                 : constants;
    auto found = table.find(*ref);
    if (found == table.end())
      return buffer.emitOpError() << "names `" << *ref << "`, which the module does not declare";
    entry->index = found->second;
  }
  if (auto lifetime = buffer.getLifetime()) {
    entry->first_phase = static_cast<uint32_t>((*lifetime)[0]);
    entry->last_phase = static_cast<uint32_t>((*lifetime)[1]);
  }
  if (auto value = buffer.getDefaultValue()) {
    entry->optional = true;
    entry->default_value = value->convertToFloat();
  }
  if (auto range = buffer.getRange()) {
    entry->range = std::make_unique<abi::RangeT>();
    entry->range->low = (*range)[0];
    entry->range->high = (*range)[1];
  }
  entry->formula = buffer.getFormula().value_or("").str();
  entry->report = buffer.getReport();
  if (Value same = buffer.getSameMemory())
    entry->reshape_of = static_cast<int32_t>(names.buffers.lookup(same));
  entry->noise_kind = buffer.getNoise().value_or("").str();
  entry->noise = !entry->noise_kind.empty();
  result.buffers.push_back(std::move(entry));
  return success();
}

template <typename T> static std::unique_ptr<abi::StepT> makeStep(T command) {
  auto step = std::make_unique<abi::StepT>();
  step->command.Set(std::move(command));
  return step;
}

FailureOr<abi::DispatchT> PackageWriter::getDispatch(program::DispatchOp dispatch, const ProgramNames &names) {
  abi::DispatchT command;
  command.kernel = kernels.lookup(dispatch.getKernel());
  for (Value buffer : dispatch.getBuffers())
    command.buffers.push_back(names.buffers.lookup(buffer));
  for (auto text : dispatch.getSizes().getAsValueRange<StringAttr>()) {
    std::optional<Size> size = Size::parse(text);
    if (!size)
      return dispatch.emitOpError() << "has a malformed size \"" << text << "\"";
    command.sizes.push_back(getSize(*size, names.symbols));
  }
  return command;
}

/// The steps among a block's ops.
FailureOr<Steps> PackageWriter::getSteps(Block &block, const ProgramNames &names) {
  Steps steps;
  for (Operation &op : block) {
    if (auto dispatch = dyn_cast<program::DispatchOp>(op)) {
      FailureOr<abi::DispatchT> command = getDispatch(dispatch, names);
      if (failed(command))
        return failure();
      steps.push_back(makeStep(std::move(*command)));
    } else if (auto copy = dyn_cast<program::CopyOp>(op)) {
      abi::CopyT command;
      command.source = names.buffers.lookup(copy.getSource());
      command.destination = names.buffers.lookup(copy.getDestination());
      steps.push_back(makeStep(command));
    } else if (isa<program::BarrierOp>(op)) {
      steps.push_back(makeStep(abi::BarrierT{}));
    } else if (auto repeat = dyn_cast<program::RepeatOp>(op)) {
      FailureOr<Steps> body = getSteps(repeat.getBody().front(), names);
      if (failed(body))
        return failure();
      abi::RepeatT command;
      command.count = getSize(*Size::parse(repeat.getCount()), names.symbols);
      command.steps = std::move(*body);
      steps.push_back(makeStep(std::move(command)));
    } else if (!isa<program::BufferOp>(op)) {
      return op.emitOpError() << "has no form in a package";
    }
  }
  return steps;
}

void PackageWriter::addRequirements(program::ProgramOp program, abi::ProgramT &result, const ProgramNames &names) {
  if (!program.getRequirements())
    return;
  for (auto requirement : program.getRequirements()->getAsRange<program::RequirementAttr>()) {
    auto entry = std::make_unique<abi::RequirementT>();
    entry->surplus = getSize(*Size::parse(requirement.getSurplus()), names.symbols);
    entry->what = requirement.getWhat().str();
    entry->location = requirement.getAt().str();
    result.requirements.push_back(std::move(entry));
  }
}

LogicalResult PackageWriter::addProgram(program::ProgramOp program) {
  auto result = std::make_unique<abi::ProgramT>();
  result->name = program.getSymName();
  result->kind = static_cast<abi::ProgramKind>(program.getKind());
  result->phase_count = static_cast<uint32_t>(program.getPhases());
  ProgramNames names;
  for (auto symbol : program.getSymbols().getAsValueRange<StringAttr>()) {
    names.symbols[symbol] = static_cast<int64_t>(result->symbols.size());
    result->symbols.push_back(symbol.str());
  }
  addRequirements(program, *result, names);
  Block &block = program.getBody().front();
  for (auto buffer : block.getOps<program::BufferOp>()) {
    if (failed(addBuffer(buffer, *result, names)))
      return failure();
    names.buffers[buffer.getBuffer()] = result->buffers.size() - 1;
  }
  FailureOr<Steps> steps = getSteps(block, names);
  if (failed(steps))
    return failure();
  result->steps = std::move(*steps);
  package.programs.push_back(std::move(result));
  return success();
}

std::vector<char> PackageWriter::assemble() {
  // Offsets don't change the FlatBuffer's size: build once to learn it, then again with the real ones.
  auto build = [&] {
    flatbuffers::FlatBufferBuilder builder;
    builder.ForceDefaults(true);
    abi::FinishPackageBuffer(builder, abi::Package::Pack(builder, &package));
    return std::vector<char>(builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize());
  };
  uint64_t offset = llvm::alignTo(sizeof(vae_package_header) + build().size(), VAE_SECTION_ALIGNMENT);
  for (auto &[section, bytes] : sections) {
    section->offset = offset;
    offset = llvm::alignTo(offset + bytes.size(), VAE_SECTION_ALIGNMENT);
  }
  std::vector<char> description = build();

  std::vector<char> file(offset, 0);
  vae_package_header header = {{'V', 'A', 'E', 'P'}, VAE_ABI_VERSION, offset, 0, description.size(), 0, 0};
  header.description_crc32 = crc32(description);
  std::memcpy(file.data(), &header, sizeof(header));
  setWeightsSize(file, 0);
  llvm::copy(description, file.begin() + sizeof(header));
  for (auto &[section, bytes] : sections)
    llvm::copy(bytes, file.begin() + static_cast<ptrdiff_t>(section->offset));
  return file;
}

FailureOr<std::vector<char>> PackageWriter::write() {
  package.model = module.getSymName().value_or("model").str();
  package.compiler = "vaec " VAE_VERSION;
  addArguments();
  if (failed(addSymbols()))
    return failure();
  for (auto [index, kernel] : llvm::enumerate(module.getOps<program::KernelOp>()))
    addKernel(kernel, index);
  for (auto program : module.getOps<program::ProgramOp>())
    if (failed(addProgram(program)))
      return failure();
  for (const TargetCode &target : targets) {
    if (target.library.empty())
      continue;
    auto library = std::make_unique<abi::LibraryT>();
    library->target = target.target;
    library->code = addSection(target.library);
    package.libraries.push_back(std::move(library));
  }
  return assemble();
}

void vae::setWeightsSize(MutableArrayRef<char> package, uint64_t size) {
  vae_package_header header;
  std::memcpy(&header, package.data(), sizeof(header));
  header.weights_size = size;
  header.header_crc32 =
      crc32(ArrayRef(reinterpret_cast<const char *>(&header), offsetof(vae_package_header, header_crc32)));
  std::memcpy(package.data(), &header, sizeof(header));
}

FailureOr<std::vector<char>> vae::writePackage(ModuleOp module, ArrayRef<TargetCode> targets) {
  return PackageWriter(module, targets).write();
}
