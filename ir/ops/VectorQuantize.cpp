// Vector quantisation whole: result types, definitions, gradients.
#include "ir/ops/VectorQuantize.h"
#include "ir/Messages.h"
#include "ir/Shapes.h"
#include "ir/builders/TensorBuilder.h"
#include "ir/ops/Constants.h"
#include "ir/ops/Contractions.h"
#include "ir/ops/Discrete.h"
#include "ir/ops/Elementwise.h"
#include "ir/ops/Latent.h"
#include "ir/ops/Losses.h"
#include "ir/ops/Model.h"
#include "ir/ops/Shapes.h"
#include "ir/training/Arguments.h"
#include "ir/training/Schedules.h"
#include <limits>

using namespace mlir;
using namespace vae;

//===-- Types ------------------------------------------------------------------------===//

LogicalResult VectorQuantizeOp::inferReturnTypes(MLIRContext *context, OptionalLocation loc, Adaptor adaptor,
                                                 SmallVectorImpl<Type> &types) {
  RankedTensorType z = tensorType(adaptor.getZ());
  SmallVector<Size> sizes = program::getSizes(z), codebook = sizesOf(adaptor.getCodebook());
  FailureOr<SmallVector<int64_t>> axes = normalizeAxes(loc, ArrayRef<int64_t>(adaptor.getAxis()), z);
  if (failed(axes))
    return failure();
  if (codebook.size() != 2 || !codebook[0].getConstant() || !codebook[1].getConstant())
    return emitOptionalError(loc, messages::CodebookShape(shapeText(codebook)));
  if (int64_t codes = *codebook[0].getConstant(); codes < 2)
    return emitOptionalError(loc, messages::CodebookCodes(codes));
  if (sizes[axes->front()] != codebook[1])
    return emitOptionalError(
        loc, messages::CodeWidth(sizes[axes->front()].str(), axes->front(), shapeText(sizes), codebook[1].str()));
  if (z.getElementType() != tensorType(adaptor.getCodebook()).getElementType())
    return emitOptionalError(
        loc, messages::MixedElements(z.getElementType(), tensorType(adaptor.getCodebook()).getElementType()));
  sizes.erase(sizes.begin() + axes->front());
  types.push_back(z);
  types.push_back(program::getTensorType(sizes, IntegerType::get(context, 32)));
  types.push_back(RankedTensorType::get({}, z.getElementType()));
  return success();
}

LogicalResult VectorQuantizeOp::verify() {
  double beta = getBeta().convertToDouble(), weight = getCodebookWeight().convertToDouble();
  if (!(beta >= 0) || !(weight >= 0))
    return emitOpError() << messages::QuantizeWeights(getFormulaNumber(beta), getFormulaNumber(weight));
  return success();
}

LogicalResult NearestCodeOp::inferReturnTypes(MLIRContext *context, OptionalLocation loc, Adaptor adaptor,
                                              SmallVectorImpl<Type> &types) {
  RankedTensorType z = tensorType(adaptor.getZ());
  SmallVector<Size> sizes = program::getSizes(z), codebook = sizesOf(adaptor.getCodebook());
  size_t rank = sizes.size();
  if (rank < 2 || rank > 3 || codebook.size() != 2 || sizes[rank - (adaptor.getTransposed() ? 2 : 1)] != codebook[1] ||
      sizesOf(adaptor.getNorms()) != SmallVector<Size>{codebook[0]})
    return emitOptionalError(loc, messages::NearestCodeOperands(shapeText(sizes), shapeText(codebook),
                                                                shapeText(adaptor.getNorms().getType())));
  sizes.erase(sizes.end() - (adaptor.getTransposed() ? 2 : 1));
  types.push_back(z);
  types.push_back(program::getTensorType(sizes, IntegerType::get(context, 32)));
  types.push_back(program::getTensorType(sizes, z.getElementType()));
  return success();
}

LogicalResult PerplexityOp::inferReturnTypes(MLIRContext *context, OptionalLocation loc, Adaptor adaptor,
                                             SmallVectorImpl<Type> &types) {
  if (int64_t codes = adaptor.getCodes(); codes <= 0)
    return emitOptionalError(loc, messages::PerplexityCodes(codes));
  types.push_back(RankedTensorType::get({}, Float32Type::get(context)));
  return success();
}

//===-- Meaning ----------------------------------------------------------------------===//

SmallVector<AffineMap> NearestCodeOp::getProductMaps() {
  unsigned batch = tensorType(getZ()).getRank() - 2;
  auto dim = [&](unsigned position) { return getAffineDimExpr(position, getContext()); };
  AffineExpr m = dim(batch), n = dim(batch + 1), k = dim(batch + 2);
  auto map = [&](bool batched, AffineExpr row, AffineExpr column) {
    SmallVector<AffineExpr> exprs;
    if (batched && batch)
      exprs.push_back(dim(0));
    exprs.append({row, column});
    return AffineMap::get(batch + 3, 0, exprs, getContext());
  };
  return {getTransposed() ? map(true, k, m) : map(true, m, k), map(false, n, k), map(true, m, n)};
}

/// `vector_quantize(z, codebook, beta, codebook_weight, axis)`: with weights of run time, one term is the op's and the
/// other goes to the codes by their numbers.
FailureOr<SmallVector<Value>> VectorQuantizeOp::buildBuiltin(BuiltinCall &call) {
  if (!call.tensor("beta") && !call.tensor("codebook_weight"))
    return call.buildDefault(getOperationName());
  OpBuilder &builder = call.builder;
  TensorBuilder t(builder, call.loc);
  Value z = call.tensor("z"), codebook = call.tensor("codebook");
  IntegerAttr axis = cast<IntegerAttr>(call.find("axis")->attribute);
  FailureOr<SmallVector<Value>> results = call.build(
      getOperationName(), {z, codebook},
      {builder.getNamedAttr("beta", builder.getF64FloatAttr(1)),
       builder.getNamedAttr("codebook_weight", builder.getF64FloatAttr(0)), builder.getNamedAttr("axis", axis)});
  if (failed(results))
    return failure();
  int64_t place = axisOf(axis.getInt(), tensorType(z).getRank());
  Value codes = t.make<LookupOp>((*results)[1], codebook, builder.getI64IntegerAttr(place));
  Value toCodes = t.make<MseOp>(t.make<StopGradientOp>(z), codes, builder.getStringAttr("mean"));
  results->back() =
      t.add(t.mul(call.scalar("beta", z), results->back()), t.mul(call.scalar("codebook_weight", z), toCodes));
  return results;
}

/// The codebook's mean along each axis, as [width]; of what is finite, so that one code does not spoil all. Rounded to a
/// power of two that is at most what codes are away from it: where they lie about the origin it is 0, and numbers on a
/// coarse grid stay exact less it.
static Value findCentre(TensorBuilder &t, Value codebook) {
  Value share = t.scalar(1.0 / static_cast<double>(*sizesOf(codebook)[0].getConstant()), codebook);
  Value infinity = t.scalar(std::numeric_limits<double>::infinity(), codebook), zero = t.scalar(0, codebook);
  Value finite = t.make<LessOp>(t.make<AbsOp>(codebook), infinity);
  auto average = [&](Value values) { return t.sum(t.where(finite, t.mul(values, share), zero), 0); };
  Value mean = average(codebook), spread = average(t.make<AbsOp>(t.sub(codebook, mean)));
  Value rounds = t.mul(spread, t.scalar(0x1p23, codebook));
  return t.sub(t.add(mean, rounds), rounds);
}

/// z less the centre is read where it lies: what comes before the vectors' axis is the batch, what comes after it are the
/// rows.
SmallVector<Value> VectorQuantizeOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  SmallVector<Size> sizes = sizesOf(getZ());
  size_t axis = axisOf(getAxis(), sizes.size());
  Value centre = findCentre(t, getCodebook()), codebook = t.sub(getCodebook(), centre);
  SmallVector<Size> along(sizes.size() - axis, Size(1));
  along.front() = sizes[axis];
  Value z = t.sub(getZ(), along.size() == 1 ? centre : t.reshape(centre, along));
  Size before = product(ArrayRef(sizes).take_front(axis)), after = product(ArrayRef(sizes).drop_front(axis + 1));
  bool transposed = axis + 1 != sizes.size();
  SmallVector<Size> matrix{sizes[axis]};
  if (transposed)
    matrix.push_back(after);
  if (!transposed || before != Size(1))
    matrix.insert(matrix.begin(), before);
  Value norms = t.mul(t.sum(t.make<SquareOp>(codebook), 1), t.scalar(0.5, codebook));
  auto search =
      NearestCodeOp::create(builder, getLoc(), matrix == sizes ? z : t.reshape(z, matrix), codebook, norms, transposed);
  auto restore = [&](Value value, ArrayRef<Size> shape) {
    return sizesOf(value) == shape ? value : t.reshape(value, shape);
  };
  SmallVector<int64_t> all = llvm::to_vector(llvm::seq<int64_t>(0, matrix.size() - 1));
  Value error = t.divideBySize(t.sum(search.getError(), all), product(sizes));
  double weight = getBeta().convertToDouble() + getCodebookWeight().convertToDouble();
  Value index = restore(search.getIndex(), sizesOf(getIndex()));
  Value quantized = t.make<LookupOp>(index, getCodebook(), builder.getI64IntegerAttr(static_cast<int64_t>(axis)));
  return {quantized, index, t.mul(error, t.scalar(weight, error))};
}

/// A tensor's vectors along `axis` as rows of a matrix.
static Value vectorsAsRows(TensorBuilder &t, Value x, int64_t axis) {
  SmallVector<Size> sizes = sizesOf(x);
  SmallVector<int64_t> order;
  for (int64_t i = 0; i < static_cast<int64_t>(sizes.size()); ++i)
    if (i != axis)
      order.push_back(i);
  order.push_back(axis);
  Size width = sizes[axis];
  sizes.erase(sizes.begin() + axis);
  Value turned = order[axis] == axis ? x : t.make<TransposeOp>(x, order);
  return t.reshape(turned, {product(sizes), width});
}

/// The gradient of `quantized` goes to z as it is. The loss moves z towards its code and each code towards the sum of
/// what took it.
void VectorQuantizeOp::buildVjp(OpBuilder &builder, ValueRange resultGradients, SmallVectorImpl<Value> &gradients) {
  TensorBuilder t(builder, getLoc());
  Value straight = resultGradients[0], loss = resultGradients[2];
  if (!loss) {
    gradients.append({straight, Value()});
    return;
  }
  Value z = getZ(), difference = t.sub(z, getQuantized());
  Value rate = t.divideBySize(t.mul(loss, t.scalar(2, z)), product(sizesOf(z)));
  gradients.resize(2);
  Value toZ = t.mul(t.mul(rate, t.scalar(getBeta().convertToDouble(), z)), difference);
  gradients[0] = straight ? t.add(straight, toZ) : toZ;
  double weight = getCodebookWeight().convertToDouble();
  if (weight == 0)
    return;
  Value rows = vectorsAsRows(t, difference, axisOf(getAxis(), tensorType(z).getRank()));
  Value sums = t.sumByIndex(rows, getIndex(), sizesOf(getCodebook())[0]);
  gradients[1] = t.mul(t.mul(rate, t.scalar(-weight, z)), sums);
}

/// How many vectors take each code, as [1, codes], in the element type of `like`.
static Value countCodes(TensorBuilder &t, OpBuilder &builder, Value index, int64_t codes, Value like) {
  Value chosen = t.chosen(index, codes, like);
  auto shape = program::ShapeAttr::get(builder.getContext(), {Size(1), sizesOf(chosen)[0]});
  Value ones = t.make<FillOp>(shape, builder.getF64FloatAttr(1), TypeAttr::get(getElementTypeOrSelf(chosen)));
  return t.make<MatmulOp>(ones, chosen, /*transpose_a=*/false, /*transpose_b=*/false);
}

std::optional<int64_t> PerplexityOp::getIndexBound(unsigned) { return getCodes(); }

SmallVector<Value> PerplexityOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  Value counts = countCodes(t, builder, getIndex(), getCodes(), getResult());
  Value shares = t.divideBySize(counts, product(sizesOf(getIndex())));
  // The logarithm of a share that is none is not taken.
  Value logs = t.make<LogOp>(t.where(shares, shares, t.scalar(1, shares)));
  return {t.make<ExpOp>(t.make<NegOp>(t.sum(t.mul(shares, logs), {0, 1})))};
}

//===-- A codebook that follows ------------------------------------------------------===//

std::optional<Message> CodebookEmaOp::findFault(DictionaryAttr arguments) {
  std::optional<Message> fault = findOutside(arguments, {"decay"}, /*end=*/1);
  if (!fault)
    fault = findOutside(arguments, {"eps", "reseed_below"});
  if (!fault && numberOf(arguments, "eps") == 0)
    fault = messages::ArgumentNotPositive("eps", 0);
  return fault;
}

SmallVector<std::string> CodebookEmaOp::getScalarFormulas(DictionaryAttr arguments) {
  return {"1 " + formulaOf(arguments, "decay") + " step 1 + pow -"};
}

SmallVector<RuleState> CodebookEmaOp::getStates(DictionaryAttr, RankedTensorType buffer) {
  if (buffer.getRank() == 0)
    return {};
  return {{"counts", RankedTensorType::get(buffer.getShape().take_front(), buffer.getElementType())}, {"sums", buffer}};
}

LogicalResult CodebookEmaOp::inferReturnTypes(MLIRContext *, OptionalLocation loc, Adaptor adaptor,
                                              SmallVectorImpl<Type> &types) {
  SmallVector<Size> sums = sizesOf(adaptor.getSums());
  if (sums.size() != 2 || adaptor.getSums().getType() != adaptor.getStepSums().getType() ||
      adaptor.getSums().getType() != adaptor.getCodes().getType() ||
      adaptor.getCounts().getType() != adaptor.getStepCounts().getType() ||
      sizesOf(adaptor.getCounts()) != SmallVector<Size>{sums[0], Size(1)})
    return emitOptionalError(loc, messages::CodebookMoments(shapeText(sums), shapeText(adaptor.getCounts().getType())));
  ValueRange reseeding = adaptor.getReseeding();
  bool fits = reseeding.empty() ||
              (reseeding.size() == 2 && sizesOf(reseeding[0]).size() == 2 && sizesOf(reseeding[0])[1] == sums[1] &&
               sizesOf(reseeding[1]) == sizesOf(adaptor.getCounts()));
  if (!fits)
    return emitOptionalError(loc, messages::CodebookReseeding());
  types.append(2, adaptor.getSums().getType());
  return success();
}

bool CodebookEmaOp::isIndexedOperand(unsigned operand) {
  return !getReseeding().empty() && operand == getReseeding().getBeginOperandIndex();
}

/// The element at this place of the vector that the code's draw names.
static Value drawElement(OpBuilder &b, ScalarContext &context, Value vectors, unsigned operand, Value draw) {
  Location loc = context.loc;
  Value count = arith::IndexCastOp::create(b, loc, b.getI32Type(), context.size(sizesOf(vectors)[0]));
  Value last = arith::SubIOp::create(b, loc, count, arith::ConstantIntOp::create(b, loc, 1, 32));
  Value scaled = arith::MulFOp::create(b, loc, draw, arith::SIToFPOp::create(b, loc, draw.getType(), count));
  Value row = arith::MinSIOp::create(b, loc, arith::FPToSIOp::create(b, loc, b.getI32Type(), scaled), last);
  return context.extract(operand, {arith::IndexCastOp::create(b, loc, b.getIndexType(), row), context.index(1)});
}

void CodebookEmaOp::buildScalar(OpBuilder &b, ScalarContext &context, ValueRange x, SmallVectorImpl<Value> &results) {
  Location loc = context.loc;
  Value before = x[0], counts = x[1], sums = x[3], total = x[5], correction = x[6];
  auto constant = [&](double value) -> Value {
    return arith::ConstantOp::create(b, loc, b.getFloatAttr(counts.getType(), value));
  };
  double eps = getEps().convertToDouble(), codes = static_cast<double>(*sizesOf(getSums())[0].getConstant());
  Value back = arith::MulFOp::create(b, loc, constant(1 - getDecay().convertToDouble()),
                                     arith::SubFOp::create(b, loc, sums, x[4]));
  sums = arith::SubFOp::create(b, loc, sums, back);
  Value count = arith::DivFOp::create(b, loc, counts, correction);
  Value part = arith::DivFOp::create(b, loc, arith::AddFOp::create(b, loc, count, constant(eps)),
                                     arith::AddFOp::create(b, loc, total, constant(codes * eps)));
  Value mean = arith::DivFOp::create(b, loc, sums, correction);
  Value code = arith::DivFOp::create(b, loc, mean, arith::MulFOp::create(b, loc, part, total));
  Value chosen = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNE, x[2], constant(0));
  code = arith::SelectOp::create(b, loc, chosen, code, before);
  if (!getReseeding().empty()) {
    unsigned operand = getReseeding().getBeginOperandIndex();
    Value below = constant(getReseedBelow().convertToDouble());
    Value vector = drawElement(b, context, getReseeding()[0], operand, x[operand + 1]);
    Value dead = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT, count, below);
    Value seed = arith::MulFOp::create(b, loc, vector, arith::MulFOp::create(b, loc, below, correction));
    code = arith::SelectOp::create(b, loc, dead, vector, code);
    sums = arith::SelectOp::create(b, loc, dead, seed, sums);
  }
  results.append({code, sums});
}

namespace {
/// What one step says of a codebook: how many vectors took each code, their sums, the vectors as rows.
struct CodeUse {
  Value counts, sums, vectors;
};
} // namespace

/// Adds up all `vector_quantize` by this buffer; null values where there is none. The vectors are the first one's.
static CodeUse findUse(TensorBuilder &t, RuleCall &call) {
  CodeUse use;
  int64_t codes = *sizesOf(call.value)[0].getConstant();
  auto add = [&](Value &sum, Value more) { sum = sum ? t.add(sum, more) : more; };
  for (auto op : call.function.getFunctionBody().getOps<VectorQuantizeOp>()) {
    auto read = op.getCodebook().getDefiningOp<ReadOp>();
    if (!read || read.getRef() != call.buffer)
      continue;
    Value vectors = vectorsAsRows(t, op.getZ(), axisOf(op.getAxis(), tensorType(op.getZ()).getRank()));
    Value counts = countCodes(t, call.builder, op.getIndex(), codes, call.value);
    add(use.counts, t.reshape(counts, {Size(codes)}));
    add(use.sums, t.sumByIndex(vectors, op.getIndex(), codes));
    if (!use.vectors)
      use.vectors = vectors;
  }
  return use;
}

FailureOr<SmallVector<Value>> CodebookEmaOp::buildRule(RuleCall &call) {
  TensorBuilder t(call.builder, call.loc);
  CodeUse use = findUse(t, call);
  if (!use.counts)
    return mlir::emitError(call.loc) << messages::CodebookFollowsNothing(call.buffer);
  double rate = 1 - numberOf(call.arguments, "decay"), below = numberOf(call.arguments, "reseed_below");
  Value correction = call.scalars.front();
  Value counts = call.states[0];
  counts = t.sub(counts, t.mul(t.scalar(rate, counts), t.sub(counts, use.counts)));
  Value corrected = t.div(counts, correction), total = t.sum(corrected, {0});
  Size codes = sizesOf(counts)[0];
  SmallVector<Value> reseeding;
  Value kept = counts;
  if (below > 0) {
    auto shape = program::ShapeAttr::get(call.builder.getContext(), {codes, Size(1)});
    Value draws = UniformOp::create(call.builder, call.loc, RngOp::create(call.builder, call.loc), shape,
                                    call.builder.getF64FloatAttr(0), call.builder.getF64FloatAttr(1),
                                    call.builder.getI64IntegerAttr(call.freeSite));
    reseeding = {use.vectors, draws};
    Value limit = t.scalar(below, counts);
    kept = t.where(t.make<LessOp>(corrected, limit), t.mul(limit, correction), counts);
  }
  auto number = [&](StringRef name) { return call.builder.getF64FloatAttr(numberOf(call.arguments, name)); };
  auto made = create(call.builder, call.loc, call.value, t.reshape(counts, {codes, Size(1)}),
                     t.reshape(use.counts, {codes, Size(1)}), call.states[1], use.sums, total, correction, reseeding,
                     number("decay"), number("eps"), number("reseed_below"));
  return SmallVector<Value>{made.getCodebook(), kept, made.getNewSums()};
}
