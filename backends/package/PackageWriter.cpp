// The program dialect mirrors the package schema; writing a package is walking one and filling the other.
#include "backends/package/PackageWriter.h"
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

static std::unique_ptr<abi::GridAxisT> getAxis(const GridAxis &axis) {
  auto result = std::make_unique<abi::GridAxisT>();
  result->divisor = axis.divisor;
  for (const GridFactor &factor : axis.factors) {
    auto entry = std::make_unique<abi::GridFactorT>();
    entry->size = static_cast<int32_t>(factor.size);
    entry->constant = factor.constant;
    entry->divisor = factor.divisor;
    result->factors.push_back(std::move(entry));
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

/// What a kernel does with each of its buffers: inputs are read, tied inputs also written, the other results written.
static std::vector<abi::Access> getAccesses(program::KernelOp kernel) {
  std::vector<abi::Access> accesses(kernel.getNumTensorInputs(), abi::Access_read);
  for (int64_t tie : kernel.getTies())
    if (tie >= 0)
      accesses[tie] = abi::Access_read_write;
    else
      accesses.push_back(abi::Access_write);
  return accesses;
}

/// The places in the source of what each buffer is given, by buffer.
static std::vector<std::string> getResultLocations(program::KernelOp kernel) {
  std::vector<std::string> places(kernel.getNumTensorInputs());
  for (auto [tie, value] : llvm::zip_equal(kernel.getTies(), kernel.getBody().front().getTerminator()->getOperands()))
    if (tie >= 0)
      places[tie] = getSourceLines(value);
    else
      places.push_back(getSourceLines(value));
  return places;
}

/// The kernel's size argument that a dynamic dimension of a tensor inside it has; -1 where that can't be told.
static int64_t getSizeNumber(program::KernelOp kernel, Value tensor, unsigned dimension) {
  auto number = [&](Value size) -> int64_t {
    auto argument = dyn_cast<BlockArgument>(size);
    return argument ? argument.getArgNumber() - kernel.getNumTensorInputs() : -1;
  };
  if (auto argument = dyn_cast<BlockArgument>(tensor))
    return kernel.getArgumentSizes(argument.getArgNumber())[dimension];
  if (auto op = tensor.getDefiningOp<linalg::LinalgOp>())
    return getSizeNumber(kernel, op.getDpsInits()[cast<OpResult>(tensor).getResultNumber()], dimension);
  auto empty = tensor.getDefiningOp<tensor::EmptyOp>();
  return empty && empty.getType().isDynamicDim(dimension) ? number(empty.getDynamicSize(dimension)) : -1;
}

static GridFactor getLength(program::KernelOp kernel, Value tensor, unsigned axis) {
  int64_t size = cast<RankedTensorType>(tensor.getType()).getDimSize(axis);
  return ShapedType::isDynamic(size) ? GridFactor{getSizeNumber(kernel, tensor, axis), 1, 1} : GridFactor{-1, size, 1};
}

/// So many operations for each element of a tensor of the kernel.
static GridAxis countPerElement(program::KernelOp kernel, Value tensor, int64_t operations) {
  GridAxis axis{{-1, operations, 1}};
  for (unsigned dimension : llvm::seq<unsigned>(cast<RankedTensorType>(tensor.getType()).getRank()))
    axis.factors.push_back(getLength(kernel, tensor, dimension));
  return axis;
}

/// Floating-point operations: twice the products of a root that is an op of its own, twice the volume of a contraction's iteration
/// space, or the arithmetic ops of each body over its space.
static std::vector<std::unique_ptr<abi::GridAxisT>> getFlops(program::KernelOp kernel) {
  std::vector<std::unique_ptr<abi::GridAxisT>> result;
  kernel.walk([&](program::RootOpInterface op) {
    program::ProductCount count = op.countProducts();
    GridAxis axis = countPerElement(kernel, count.tensor, 2 * count.perElement);
    if (count.along)
      axis.factors.push_back(getLength(kernel, count.along, count.axis));
    result.push_back(getAxis(axis));
  });
  kernel.walk([&](linalg::LinalgOp op) {
    auto generic = dyn_cast<linalg::GenericOp>(op.getOperation());
    if (!generic)
      return;
    int64_t operations = 0;
    generic.getBody()->walk([&](Operation *inner) {
      operations += isa<arith::AddFOp, arith::SubFOp, arith::MulFOp, arith::DivFOp, math::FmaOp, math::SqrtOp>(inner);
    });
    if (operations == 0)
      return;
    GridAxis axis{{-1, operations, 1}};
    SmallVector<int64_t> ranges = op.getStaticLoopRanges();
    SmallVector<AffineMap> maps = op.getIndexingMapsArray();
    for (auto [dim, range] : llvm::enumerate(ranges)) {
      if (!ShapedType::isDynamic(range)) {
        axis.factors.push_back({-1, range, 1});
        continue;
      }
      // A dynamic loop range is some operand's dynamic dimension.
      for (auto [operand, map] : llvm::zip(op->getOperands(), maps)) {
        std::optional<unsigned> position = map.getResultPosition(getAffineDimExpr(dim, op.getContext()));
        int64_t size = position ? getSizeNumber(kernel, operand, *position) : -1;
        if (size < 0)
          continue;
        axis.factors.push_back({size, 1, 1});
        break;
      }
    }
    result.push_back(getAxis(axis));
  });
  return result;
}

void PackageWriter::addKernel(program::KernelOp kernel, unsigned index) {
  auto entry = std::make_unique<abi::KernelT>();
  entry->name = kernel.getSymName();
  entry->location = getSourceLine(kernel.getLoc());
  entry->accesses = getAccesses(kernel);
  entry->result_locations = getResultLocations(kernel);
  entry->size_count = kernel.getNumSizes();
  entry->flops = getFlops(kernel);
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
      code->grid.push_back(getAxis(axis));
    code->scratch_bytes = compiled.scratchBytes;
    for (const GridAxis &axis : compiled.scratchSizes)
      code->scratch_sizes.push_back(getAxis(axis));
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
