// The program dialect's registration, attribute syntax, and verifiers.
#include "ir/program/Program.h"
#include "ir/program/Messages.h"
#include "ir/program/kernels/Ties.h"
#include "mlir/Interfaces/FunctionImplementation.h"

using namespace mlir;
using namespace vae;
using namespace vae::program;

#include "ir/program/ProgramDialect.cpp.inc"
#include "ir/program/ProgramEnums.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "ir/program/ProgramAttrs.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "ir/program/ProgramInterfaces.cpp.inc"
#include "ir/program/ProgramTypes.cpp.inc"
#define GET_OP_CLASSES
#include "ir/program/ProgramOps.cpp.inc"

void ProgramDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "ir/program/ProgramAttrs.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "ir/program/ProgramTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "ir/program/ProgramOps.cpp.inc"
      >();
}

//===-- Shapes -------------------------------------------------------------===//

void ShapeAttr::print(AsmPrinter &printer) const {
  printer << "<";
  llvm::interleaveComma(getSizes(), printer, [&](const Size &size) {
    if (std::optional<int64_t> constant = size.getConstant())
      printer << *constant;
    else
      printer << '"' << size.str() << '"';
  });
  printer << ">";
}

/// Reads an integer or a formula in canonical form.
static ParseResult parseSize(AsmParser &parser, Size &size) {
  int64_t value;
  if (OptionalParseResult integer = parser.parseOptionalInteger(value); integer.has_value()) {
    size = value;
    return *integer;
  }
  SMLoc loc = parser.getCurrentLocation();
  std::string text;
  if (parser.parseString(&text))
    return failure();
  std::optional<Size> formula = Size::parse(text);
  if (!formula)
    return parser.emitError(loc) << messages::DimensionKind(text);
  if (formula->str() != text)
    return parser.emitError(loc) << messages::UncanonicalFormula(text, formula->str());
  size = *formula;
  return success();
}

Attribute ShapeAttr::parse(AsmParser &parser, Type) {
  SmallVector<Size> sizes;
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::LessGreater,
                                     [&] { return parseSize(parser, sizes.emplace_back()); }))
    return {};
  return get(parser.getContext(), sizes);
}

LogicalResult ShapeAttr::verifyEncoding(ArrayRef<int64_t> shape, Type,
                                        llvm::function_ref<InFlightDiagnostic()> emitError) const {
  if (shape.size() != getSizes().size())
    return emitError() << messages::ShapeRank(shape.size(), getSizes().size());
  for (auto [dim, size] : llvm::zip_equal(shape, getSizes()))
    if (dim != size.getConstant().value_or(ShapedType::kDynamic))
      return emitError() << messages::ShapeDimension(size.str());
  return success();
}

SmallVector<Size> program::getSizes(RankedTensorType type) {
  if (auto shape = dyn_cast_or_null<ShapeAttr>(type.getEncoding()))
    return SmallVector<Size>(shape.getSizes());
  SmallVector<Size> sizes;
  for (int64_t dim : type.getShape())
    sizes.emplace_back(ShapedType::isDynamic(dim) ? Size::symbol("unknown") : Size(dim));
  return sizes;
}

RankedTensorType program::getTensorType(ArrayRef<Size> sizes, Type element) {
  SmallVector<int64_t> shape;
  for (const Size &size : sizes)
    shape.push_back(size.getConstant().value_or(ShapedType::kDynamic));
  Attribute encoding;
  if (llvm::any_of(shape, ShapedType::isDynamic))
    encoding = ShapeAttr::get(element.getContext(), sizes);
  return RankedTensorType::get(shape, element, encoding);
}

RankedTensorType program::getPlainType(RankedTensorType type) {
  return RankedTensorType::get(type.getShape(), type.getElementType());
}

//===-- Initialisers ---------------------------------------------------------===//

InitAttr InitAttr::get(MLIRContext *context, StringRef kind, double a, double b) {
  Builder builder(context);
  return Base::get(context, builder.getStringAttr(kind), builder.getF64FloatAttr(a), builder.getF64FloatAttr(b));
}

void InitAttr::print(AsmPrinter &printer) const {
  printer << "<" << getKind().getValue() << ", ";
  printer.printAttributeWithoutType(getA());
  printer << ", ";
  printer.printAttributeWithoutType(getB());
  printer << ">";
}

Attribute InitAttr::parse(AsmParser &parser, Type) {
  StringRef kind;
  FloatAttr a, b;
  Type f64 = parser.getBuilder().getF64Type();
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseLess() || parser.parseKeyword(&kind) || parser.parseComma() || parser.parseAttribute(a, f64) ||
      parser.parseComma() || parser.parseAttribute(b, f64) || parser.parseGreater())
    return {};
  if (!llvm::is_contained({"zeros", "constant", "uniform", "normal"}, kind)) {
    parser.emitError(loc) << messages::UnknownInitialiser(kind);
    return {};
  }
  return Base::get(parser.getContext(), parser.getBuilder().getStringAttr(kind), a, b);
}

//===-- Requirements -----------------------------------------------------------===//

LogicalResult RequirementAttr::verify(llvm::function_ref<InFlightDiagnostic()> emitError, StringAttr surplus,
                                      StringAttr, StringAttr) {
  if (!Size::parse(surplus))
    return emitError() << messages::SurplusNotAFormula(surplus.getValue());
  return success();
}

//===-- Kernels ----------------------------------------------------------------===//

ParseResult KernelOp::parse(OpAsmParser &parser, OperationState &result) {
  auto buildType = [](Builder &builder, ArrayRef<Type> inputs, ArrayRef<Type> results,
                      function_interface_impl::VariadicFlag,
                      std::string &) { return builder.getFunctionType(inputs, results); };
  return function_interface_impl::parseFunctionOp(parser, result, /*allowVariadic=*/false,
                                                  getFunctionTypeAttrName(result.name), buildType,
                                                  getArgAttrsAttrName(result.name), getResAttrsAttrName(result.name));
}

void KernelOp::print(OpAsmPrinter &printer) {
  function_interface_impl::printFunctionOp(printer, *this, /*isVariadic=*/false, getFunctionTypeAttrName(),
                                           getArgAttrsAttrName(), getResAttrsAttrName());
}

unsigned KernelOp::getNumTensorInputs() {
  return llvm::count_if(getArgumentTypes(), [](Type type) { return isa<RankedTensorType>(type); });
}

static SmallVector<int64_t> sizesOrStatic(DenseI64ArrayAttr attribute, Type type) {
  if (attribute)
    return SmallVector<int64_t>(attribute.asArrayRef());
  return SmallVector<int64_t>(cast<RankedTensorType>(type).getRank(), -1);
}

SmallVector<int64_t> KernelOp::getArgumentSizes(unsigned argument) {
  return sizesOrStatic(getArgAttrOfType<DenseI64ArrayAttr>(argument, sizesAttrName), getArgumentTypes()[argument]);
}

SmallVector<int64_t> KernelOp::getResultSizes(unsigned result) {
  return sizesOrStatic(getResultAttrOfType<DenseI64ArrayAttr>(result, sizesAttrName), getResultTypes()[result]);
}

/// Every dynamic dimension of a tensor names a size argument, and no static one does.
static LogicalResult verifySizes(KernelOp kernel, RankedTensorType type, ArrayRef<int64_t> sizes, StringRef what) {
  if (static_cast<int64_t>(sizes.size()) != type.getRank())
    return kernel.emitOpError() << messages::SizesCount(what, type, sizes.size());
  for (auto [dim, size] : llvm::zip_equal(type.getShape(), sizes)) {
    bool named = size >= 0 && size < static_cast<int64_t>(kernel.getNumSizes());
    if (ShapedType::isDynamic(dim) ? !named : size != -1)
      return kernel.emitOpError() << messages::SizeNumber(what, type, size, kernel.getNumSizes());
  }
  return success();
}

/// A layout is one of the tensor's rank.
static LogicalResult verifyLayout(KernelOp kernel, unsigned index, RankedTensorType type) {
  Attribute attribute = kernel.getArgAttr(index, layoutAttrName);
  auto layout = dyn_cast_or_null<LayoutAttr>(attribute);
  if (!attribute || (layout && getPacking(layout.getValue()).rank == type.getRank()))
    return success();
  return kernel.emitOpError() << messages::LayoutOfArgument(index, type, attribute);
}

LogicalResult KernelOp::verify() {
  unsigned tensors = getNumTensorInputs();
  for (auto [index, type] : llvm::enumerate(getArgumentTypes())) {
    if (index >= tensors ? !type.isIndex() : !isa<RankedTensorType>(type))
      return emitOpError() << messages::ArgumentOrder(index, type);
    if (index < tensors &&
        (failed(verifySizes(*this, cast<RankedTensorType>(type), getArgumentSizes(index), "argument")) ||
         failed(verifyLayout(*this, index, cast<RankedTensorType>(type)))))
      return failure();
  }
  if (getTies().size() != getNumResults())
    return emitOpError() << messages::TieCount(getTies().size(), getNumResults());
  for (auto [index, type] : llvm::enumerate(getResultTypes())) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor)
      return emitOpError() << messages::ResultNotATensor(index, type);
    if (failed(verifySizes(*this, tensor, getResultSizes(index), "result")))
      return failure();
    int64_t tie = getTies()[index];
    if (tie >= static_cast<int64_t>(tensors) || tie < -1)
      return emitOpError() << messages::TieInput(index, tie);
  }
  auto yield = getBody().front().empty() ? YieldOp() : dyn_cast<YieldOp>(getBody().front().back());
  if (!yield)
    return emitOpError() << messages::KernelWithoutYield();
  if (yield.getOperandTypes() != TypeRange(getResultTypes()))
    return emitOpError() << messages::KernelYieldMismatch(yield.getOperandTypes(), TypeRange(getResultTypes()));
  for (auto [index, tie] : llvm::enumerate(getTies()))
    if (StringRef obstacle = tie < 0 ? "" : findTieObstacle(*this, index, tie); !obstacle.empty())
      return emitOpError() << messages::TieObstacle(index, tie, obstacle);
  return success();
}

//===-- Loops --------------------------------------------------------------------===//

/// A count is a size formula in canonical form; a constant one isn't negative.
static LogicalResult verifyCount(Operation *op, StringRef text) {
  std::optional<Size> size = Size::parse(text);
  if (!size)
    return op->emitOpError() << messages::CountNotAFormula(text);
  if (size->str() != text)
    return op->emitOpError() << messages::CountNotCanonical(text, size->str());
  if (size->getConstant().value_or(0) < 0)
    return op->emitOpError() << messages::NegativeCount(text);
  return success();
}

LogicalResult RepeatCallOp::inferReturnTypes(MLIRContext *, std::optional<Location>, ValueRange operands,
                                             DictionaryAttr attributes, OpaqueProperties properties, RegionRange,
                                             SmallVectorImpl<Type> &types) {
  Adaptor adaptor(operands, attributes, properties.as<Properties *>());
  llvm::append_range(types, adaptor.getInitial().getTypes());
  return success();
}

LogicalResult RepeatCallOp::verify() { return verifyCount(*this, getCount()); }

LogicalResult RepeatCallOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto function = symbols.lookupNearestSymbolFrom<FunctionOpInterface>(*this, getBodyAttr());
  if (!function || isa<KernelOp>(function.getOperation()))
    return emitOpError() << messages::BodyNotAFunction(getBody());
  if (function.getArgumentTypes() != ArrayRef<Type>(llvm::to_vector(getOperandTypes())))
    return emitOpError() << messages::RepeatOperandTypes(getOperandTypes(), getBody(), function.getArgumentTypes());
  if (function.getResultTypes() != ArrayRef<Type>(llvm::to_vector(getResultTypes())))
    return emitOpError() << messages::RepeatResultTypes(getResultTypes(), getBody(), function.getResultTypes());
  return success();
}

LogicalResult RepeatOp::verify() {
  unsigned depth = 1;
  for (Operation *op = (*this)->getParentOp(); isa<RepeatOp>(op); op = op->getParentOp())
    ++depth;
  if (depth > maxRepeatDepth)
    return emitOpError() << messages::RepeatTooDeep(maxRepeatDepth);
  return verifyCount(*this, getCount());
}
