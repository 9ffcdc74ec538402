// The forms of kernels: their attribute, and what a kernel of each must look like.
#include "ir/program/Messages.h"
#include "ir/program/Program.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace vae;
using namespace vae::program;

//===-- The attribute ------------------------------------------------------------===//

FormAttr FormAttr::get(MLIRContext *context, KernelForm kind, ArrayRef<std::pair<StringRef, int64_t>> roles) {
  Builder builder(context);
  SmallVector<NamedAttribute> attributes;
  for (auto [role, loop] : roles)
    attributes.push_back(builder.getNamedAttr(role, builder.getI64IntegerAttr(loop)));
  return get(context, kind, builder.getDictionaryAttr(attributes));
}

std::optional<unsigned> FormAttr::findLoop(StringRef role) const {
  auto loop = getRoles().getAs<IntegerAttr>(role);
  return loop ? std::optional<unsigned>(loop.getInt()) : std::nullopt;
}

void FormAttr::print(AsmPrinter &printer) const {
  printer << "<" << stringifyKernelForm(getKind());
  for (NamedAttribute role : getRoles())
    printer << ", " << role.getName().getValue() << " = " << cast<IntegerAttr>(role.getValue()).getInt();
  printer << ">";
}

Attribute FormAttr::parse(AsmParser &parser, Type) {
  StringRef name;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseLess() || parser.parseKeyword(&name))
    return {};
  std::optional<KernelForm> kind = symbolizeKernelForm(name);
  if (!kind) {
    parser.emitError(loc) << messages::UnknownForm(name);
    return {};
  }
  SmallVector<std::pair<StringRef, int64_t>> roles;
  while (succeeded(parser.parseOptionalComma())) {
    auto &[role, loop] = roles.emplace_back();
    if (parser.parseKeyword(&role) || parser.parseEqual() || parser.parseInteger(loop))
      return {};
  }
  return parser.parseGreater() ? FormAttr() : get(parser.getContext(), *kind, roles);
}

//===-- Parts of a kernel ---------------------------------------------------------===//

bool program::isScalarOp(Operation *op) {
  return isa<linalg::IndexOp, tensor::ExtractOp, math::SqrtOp, math::AbsFOp, math::FloorOp, math::FmaOp>(op) ||
         isa<arith::ArithDialect>(op->getDialect());
}

/// The part that the op is of its kernel; empty for what only makes values for parts.
static StringRef getRole(Operation *op) {
  auto role = isa<linalg::GenericOp>(op) ? op->getAttrOfType<StringAttr>(roleAttrName) : StringAttr();
  return role ? role.getValue() : isa<RootOpInterface>(op) ? "root" : "";
}

Operation *KernelOp::findPart(StringRef role) {
  for (Operation &op : getBody().front())
    if (getRole(&op) == role)
      return &op;
  return nullptr;
}

namespace {

/// Holds one kernel to its form.
class FormVerifier {
public:
  explicit FormVerifier(KernelOp kernel)
      : kernel(kernel), form(kernel.getFormAttr()), root(kernel.findPart("root")),
        choice(dyn_cast_or_null<linalg::GenericOp>(kernel.findPart("choice"))),
        epilogue(dyn_cast_or_null<linalg::GenericOp>(kernel.findPart("epilogue"))) {}
  LogicalResult verify();

private:
  LogicalResult verifyParts();
  LogicalResult verifyRoot();
  LogicalResult verifyPlain(linalg::GenericOp op);
  LogicalResult verifyReduction(linalg::GenericOp op);
  LogicalResult verifyProduct(linalg::GenericOp op);
  LogicalResult verifyPrologue(OpOperand &side);
  LogicalResult verifyNearestCode(linalg::GenericOp op);
  LogicalResult verifyEpilogue();
  bool isInPanels(Value tensor) const;

  KernelOp kernel;
  FormAttr form;
  Operation *root;
  linalg::GenericOp choice, epilogue;
};

} // namespace

static bool folds(linalg::GenericOp op) {
  return llvm::is_contained(op.getIteratorTypesArray(), utils::IteratorType::reduction);
}

/// Where an accumulation starts; null where that is not a constant.
static TypedAttr getStart(linalg::GenericOp op, unsigned result) {
  auto fill = op.getDpsInitOperand(result)->get().getDefiningOp<linalg::FillOp>();
  TypedAttr start;
  return fill && matchPattern(fill.getInputs()[0], m_Constant(&start)) ? start : TypedAttr();
}

bool FormVerifier::isInPanels(Value tensor) const {
  auto argument = dyn_cast<BlockArgument>(tensor);
  return argument && const_cast<KernelOp &>(kernel).getArgAttr(argument.getArgNumber(), layoutAttrName);
}

/// Roles are known, and but for prologues one op's each.
LogicalResult FormVerifier::verifyParts() {
  llvm::DenseSet<StringRef> taken;
  for (Operation &op : kernel.getBody().front()) {
    if (!isa<arith::ConstantOp, arith::IndexCastOp, tensor::EmptyOp, tensor::DimOp, linalg::FillOp, linalg::GenericOp,
             YieldOp, RootOpInterface>(op))
      return op.emitOpError() << messages::NotKernelCode();
    StringRef role = getRole(&op);
    if (!isa<linalg::GenericOp, RootOpInterface>(op))
      continue;
    bool known = llvm::is_contained({"root", "epilogue", "prologue"}, role) ||
                 (role == "choice" && form.getKind() == KernelForm::NearestCode);
    if (!known || (role != "prologue" && !taken.insert(role).second))
      return op.emitOpError() << messages::PartRole(role);
  }
  return root ? success() : kernel.emitOpError() << messages::KernelWithoutRoot();
}

//===-- Roots ---------------------------------------------------------------------===//

/// A root that has no sides: it reads arguments only, row by row.
LogicalResult FormVerifier::verifyPlain(linalg::GenericOp op) {
  for (OpOperand *operand : op.getDpsInputOperands())
    if (!isa<BlockArgument>(operand->get()) || isInPanels(operand->get()))
      return op.emitOpError() << messages::RootOperand(operand->getOperandNumber(),
                                                       stringifyKernelForm(form.getKind()));
  return success();
}

/// All that is folded leaves the same loops, which are the parallel ones.
LogicalResult FormVerifier::verifyReduction(linalg::GenericOp op) {
  AffineMap kept;
  for (OpResult result : op->getResults()) {
    AffineMap map = op.getIndexingMapMatchingResult(result);
    if (map.getNumResults() == map.getNumDims())
      continue;
    if (kept && map != kept)
      return op.emitOpError() << messages::TwoReductions(AffineMapAttr::get(kept), AffineMapAttr::get(map));
    kept = map;
  }
  for (auto [loop, iterator] : llvm::enumerate(op.getIteratorTypesArray()))
    if (!kept || (iterator == utils::IteratorType::reduction) == kept.isFunctionOfDim(loop))
      return op.emitOpError() << messages::ReductionLoops(loop);
  return success();
}

/// a * b, or b where a is not 0 and else 0.
static bool isTerm(Value term, Value a, Value b) {
  if (auto product = term.getDefiningOp<arith::MulFOp>())
    return (product.getLhs() == a && product.getRhs() == b) || (product.getLhs() == b && product.getRhs() == a);
  auto choice = term.getDefiningOp<arith::SelectOp>();
  auto holds = choice ? choice.getCondition().getDefiningOp<arith::CmpFOp>() : arith::CmpFOp();
  return holds && holds.getPredicate() == arith::CmpFPredicate::UNE && holds.getLhs() == a &&
         matchPattern(holds.getRhs(), m_AnyZeroFloat()) && choice.getTrueValue() == b &&
         matchPattern(choice.getFalseValue(), m_AnyZeroFloat());
}

/// The body `accumulator + term` on the two inputs, from zero.
static bool isMultiplyAdd(linalg::GenericOp op) {
  if (op.getNumDpsInputs() != 2 || op->getNumResults() != 1)
    return false;
  Block &body = *op.getBody();
  auto sum = body.getTerminator()->getOperand(0).getDefiningOp<arith::AddFOp>();
  Value a = body.getArgument(0), b = body.getArgument(1), accumulator = body.getArgument(2);
  if (!sum || (sum.getLhs() != accumulator && sum.getRhs() != accumulator))
    return false;
  TypedAttr start = getStart(op, 0);
  return start && matchPattern(start, m_AnyZeroFloat()) &&
         isTerm(sum.getLhs() == accumulator ? sum.getRhs() : sum.getLhs(), a, b);
}

/// Whether the maps are those of a matrix product with loops of these roles; a side may be the same along batch loops.
static bool isProduct(linalg::GenericOp op, unsigned m, unsigned n, unsigned k) {
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  unsigned rank = op.getNumLoops();
  auto is = [&](AffineMap map, unsigned row, unsigned column) {
    SmallVector<unsigned> loops;
    for (unsigned loop = 0; loop < rank; ++loop)
      if (loop != m && loop != n && loop != k && map.isFunctionOfDim(loop))
        loops.push_back(loop);
    loops.append({row, column});
    return map == AffineMap::getMultiDimMapWithTargets(rank, loops, map.getContext());
  };
  return maps[2].getNumResults() + 1 == rank && is(maps[2], m, n) && (is(maps[0], m, k) || is(maps[0], k, m)) &&
         (is(maps[1], k, n) || is(maps[1], n, k));
}

/// A side that the kernel makes comes from a generic with one result in the order of its loops.
LogicalResult FormVerifier::verifyPrologue(OpOperand &side) {
  if (isa<BlockArgument>(side.get()))
    return success();
  auto op = side.get().getDefiningOp<linalg::GenericOp>();
  if (!op || getRole(op) != "prologue" || op->getNumResults() != 1 || folds(op) ||
      !op.getIndexingMapMatchingResult(op->getResult(0)).isIdentity())
    return side.getOwner()->emitOpError() << messages::NotAPrologue(side.getOperandNumber());
  return success();
}

LogicalResult FormVerifier::verifyProduct(linalg::GenericOp op) {
  std::optional<unsigned> m = form.findLoop("m"), n = form.findLoop("n"), k = form.findLoop("k");
  unsigned loops = op.getNumLoops();
  if (!m || !n || !k || *m >= loops || *n >= loops || *k >= loops || !isMultiplyAdd(op) || !isProduct(op, *m, *n, *k))
    return op.emitOpError() << messages::NotAProduct(form);
  for (unsigned side = 0; side < 2; ++side)
    if (failed(verifyPrologue(op->getOpOperand(side))))
      return failure();
  bool columnsLast = op.getIndexingMapsArray()[1].getResults().back() == getAffineDimExpr(*k, op.getContext());
  if (isInPanels(op->getOperand(0)) || (isInPanels(op->getOperand(1)) && !columnsLast))
    return op.emitOpError() << messages::PanelSide();
  return success();
}

//===-- Nearest codes ---------------------------------------------------------------===//

/// The body `less = score < best; yield less ? score : best, less ? n : code`, from infinity and zero.
static bool isChoice(linalg::GenericOp op) {
  unsigned inputs = op.getNumDpsInputs(), loops = op.getNumLoops();
  if (op->getNumResults() != 2 || loops == 0)
    return false;
  Block &body = *op.getBody();
  Value best = body.getArgument(inputs), code = body.getArgument(inputs + 1);
  auto keepBest = body.getTerminator()->getOperand(0).getDefiningOp<arith::SelectOp>(),
       keepCode = body.getTerminator()->getOperand(1).getDefiningOp<arith::SelectOp>();
  if (!keepBest || !keepCode)
    return false;
  auto less = keepBest.getCondition().getDefiningOp<arith::CmpFOp>();
  auto number = keepCode.getTrueValue().getDefiningOp<arith::IndexCastOp>();
  auto index = number ? number.getIn().getDefiningOp<linalg::IndexOp>() : linalg::IndexOp();
  TypedAttr first = getStart(op, 0), none = getStart(op, 1);
  return less && less.getPredicate() == arith::CmpFPredicate::OLT && less.getRhs() == best &&
         less.getLhs() == keepBest.getTrueValue() && keepBest.getFalseValue() == best &&
         keepCode.getCondition() == less && keepCode.getFalseValue() == code && index && index.getDim() + 1 == loops &&
         code.getType().isInteger(32) && best.hasNUses(2) && code.hasOneUse() && first && none &&
         matchPattern(first, m_PosInfFloat()) && matchPattern(none, m_Zero());
}

/// The root's products are read by the choice alone, at their own place.
LogicalResult FormVerifier::verifyNearestCode(linalg::GenericOp op) {
  AffineMap table = op.getIndexingMapsArray()[1];
  MLIRContext *context = op.getContext();
  bool plain = table == AffineMap::getMultiDimMapWithTargets(table.getNumDims(),
                                                             {*form.findLoop("n"), *form.findLoop("k")}, context);
  if (!plain || failed(verifyPlain(op)))
    return plain ? failure() : op.emitOpError() << messages::NotATable();
  if (!choice)
    return kernel.emitOpError() << messages::KernelWithoutChoice();
  unsigned rank = choice.getNumLoops();
  AffineMap all = AffineMap::getMultiDimIdentityMap(rank, context), kept = all.dropResult(rank - 1);
  bool fits = isChoice(choice) && op->hasOneUse() && choice->getResult(0).use_empty();
  for (OpResult result : choice->getResults())
    fits &= choice.getIndexingMapMatchingResult(result) == kept;
  for (OpOperand *operand : choice.getDpsInputOperands())
    fits &= isa<BlockArgument>(operand->get()) ||
            (operand->get().getDefiningOp() == op && choice.getMatchingIndexingMap(operand) == all);
  return fits ? success() : choice.emitOpError() << messages::NotAChoice();
}

LogicalResult FormVerifier::verifyRoot() {
  auto refuse = [&] { return root->emitOpError() << messages::OtherForm(stringifyKernelForm(form.getKind())); };
  if (auto own = dyn_cast<RootOpInterface>(root))
    return own.getKernelForm() == form.getKind() ? success() : refuse();
  auto generic = cast<linalg::GenericOp>(root);
  switch (form.getKind()) {
  case KernelForm::Elementwise:
    return folds(generic) ? refuse() : verifyPlain(generic);
  case KernelForm::Reduction:
    return success(succeeded(verifyPlain(generic)) && succeeded(verifyReduction(generic)));
  case KernelForm::Gemm:
    return verifyProduct(generic);
  case KernelForm::NearestCode:
    return success(succeeded(verifyProduct(generic)) && succeeded(verifyNearestCode(generic)));
  default:
    return refuse();
  }
}

//===-- Epilogues -------------------------------------------------------------------===//

/// It reads the root's result; after a choice the code chosen, and then it may sum over the last loop.
LogicalResult FormVerifier::verifyEpilogue() {
  if (form.getKind() == KernelForm::Elementwise)
    return epilogue.emitOpError() << messages::EpilogueOfElementwise();
  unsigned rank = epilogue.getNumLoops();
  if (choice && rank != choice.getNumLoops())
    return epilogue.emitOpError() << messages::EpilogueLoops(rank);
  AffineMap all = AffineMap::getMultiDimIdentityMap(rank, epilogue.getContext());
  AffineMap kept = choice ? all.dropResult(rank - 1) : all;
  for (OpResult result : epilogue->getResults())
    if (AffineMap map = epilogue.getIndexingMapMatchingResult(result);
        map.getNumResults() != rank && (!choice || map != kept))
      return epilogue.emitOpError() << messages::EpilogueReduces();
  for (OpOperand *operand : epilogue.getDpsInputOperands()) {
    Value value = operand->get();
    bool fits = choice ? value == choice->getResult(1) && epilogue.getMatchingIndexingMap(operand) == kept
                       : value.getDefiningOp() == root;
    if (!isa<BlockArgument>(value) && !fits)
      return epilogue.emitOpError() << messages::EpilogueOperand(operand->getOperandNumber());
  }
  return success();
}

LogicalResult FormVerifier::verify() {
  if (failed(verifyParts()) || failed(verifyRoot()))
    return failure();
  return epilogue ? verifyEpilogue() : success();
}

LogicalResult KernelOp::verifyRegions() { return getForm() ? FormVerifier(*this).verify() : success(); }
