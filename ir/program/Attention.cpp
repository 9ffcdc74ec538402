// Roots of attention: what they must look like, and their products.
#include "ir/program/Messages.h"
#include "ir/program/Program.h"

using namespace mlir;
using namespace vae;
using namespace vae::program;

static RankedTensorType getTensor(Value value) { return cast<RankedTensorType>(value.getType()); }

namespace {

/// Holds a root's tensors to the sizes that its query, key and value give.
class AttentionVerifier {
public:
  template <typename Root>
  explicit AttentionVerifier(Root root) : op(root), heads(root.getHeads()), kvHeads(root.getKvHeads()) {}
  template <typename Root> LogicalResult verify(Root root);

private:
  LogicalResult verifyHeads(StringRef name, Value tensor, int64_t count, int64_t &width);
  LogicalResult verifyShape(StringRef name, Value tensor, ArrayRef<int64_t> shape);
  LogicalResult verifyMask(Value mask);
  LogicalResult verifyFunctions(Region &functions);
  LogicalResult verifyRest(AttentionOp root);
  LogicalResult verifyRest(AttentionQueryGradientOp root);
  LogicalResult verifyRest(AttentionKeyGradientOp root);
  template <typename Root> LogicalResult verifyGradient(Root root);

  Operation *op;
  int64_t heads, kvHeads, width = 0, valueWidth = 0;
  SmallVector<int64_t> queryShape, keyShape;
};

} // namespace

LogicalResult AttentionVerifier::verifyHeads(StringRef name, Value tensor, int64_t count, int64_t &channels) {
  RankedTensorType type = getTensor(tensor);
  if (type.getRank() != 3 || type.isDynamicDim(2) || !type.getElementType().isF32() || count < 1 ||
      type.getDimSize(2) % count != 0)
    return op->emitOpError() << messages::RootHeads(name, type, count);
  channels = type.getDimSize(2) / count;
  return success();
}

LogicalResult AttentionVerifier::verifyShape(StringRef name, Value tensor, ArrayRef<int64_t> shape) {
  RankedTensorType type = getTensor(tensor),
                   expected = RankedTensorType::get(shape, Float32Type::get(op->getContext()));
  return type == expected ? success() : op->emitOpError() << messages::RootTensor(name, type, expected);
}

LogicalResult AttentionVerifier::verifyMask(Value mask) {
  RankedTensorType type = getTensor(mask);
  SmallVector<int64_t> scores{queryShape[0], heads, queryShape[1], keyShape[1]};
  bool fits = type.getRank() == 4 && type.getElementType().isF32();
  for (int64_t axis = 0; fits && axis < 4; ++axis)
    fits = type.getDimSize(axis) == 1 || type.getDimSize(axis) == scores[axis];
  return fits ? success()
              : op->emitOpError() << messages::RootTensor(
                    "mask", type, RankedTensorType::get(scores, Float32Type::get(op->getContext())));
}

LogicalResult AttentionVerifier::verifyFunctions(Region &functions) {
  Block &block = functions.front();
  bool fits = block.getNumArguments() == 1 && block.getArgument(0).getType().isF32() && !block.empty() &&
              isa<YieldOp>(block.back()) && block.back().getNumOperands() == 2;
  return fits ? success() : op->emitOpError() << messages::RootFunctions();
}

LogicalResult AttentionVerifier::verifyRest(AttentionOp root) {
  int64_t batch = queryShape[0], places = queryShape[1];
  return success(succeeded(verifyShape("result", root.getResult(), {batch, places, heads * valueWidth})) &&
                 succeeded(verifyShape("sums", root.getSums(), {batch, places, heads})));
}

template <typename Root> LogicalResult AttentionVerifier::verifyGradient(Root root) {
  int64_t batch = queryShape[0], places = queryShape[1];
  return success(succeeded(verifyShape("gradient", root.getGradient(), {batch, places, heads * valueWidth})) &&
                 succeeded(verifyShape("sums", root.getSums(), {batch, places, heads})) &&
                 succeeded(verifyShape("deltas", root.getDeltas(), {batch, places, heads})));
}

LogicalResult AttentionVerifier::verifyRest(AttentionQueryGradientOp root) {
  return success(succeeded(verifyGradient(root)) && succeeded(verifyShape("result", root.getResult(), queryShape)));
}

LogicalResult AttentionVerifier::verifyRest(AttentionKeyGradientOp root) {
  return success(succeeded(verifyGradient(root)) && succeeded(verifyShape("result", root.getResult(), keyShape)) &&
                 succeeded(verifyShape("values", root.getValues(), getTensor(root.getValue()).getShape())));
}

template <typename Root> LogicalResult AttentionVerifier::verify(Root root) {
  if (failed(verifyHeads("query", root.getQuery(), heads, width)) ||
      failed(verifyHeads("value", root.getValue(), kvHeads, valueWidth)))
    return failure();
  if (heads % kvHeads != 0)
    return op->emitOpError() << messages::RootHeadGroups(heads, kvHeads);
  queryShape = SmallVector<int64_t>(getTensor(root.getQuery()).getShape());
  keyShape = {queryShape[0], getTensor(root.getValue()).getDimSize(1), kvHeads * width};
  if (failed(verifyShape("key", root.getKey(), keyShape)) ||
      failed(verifyShape("value", root.getValue(), {keyShape[0], keyShape[1], kvHeads * valueWidth})))
    return failure();
  if (Value mask = root.getMask(); mask && failed(verifyMask(mask)))
    return failure();
  return success(succeeded(verifyFunctions(root.getFunctions())) && succeeded(verifyRest(root)));
}

LogicalResult AttentionOp::verify() { return AttentionVerifier(*this).verify(*this); }
LogicalResult AttentionQueryGradientOp::verify() { return AttentionVerifier(*this).verify(*this); }
LogicalResult AttentionKeyGradientOp::verify() { return AttentionVerifier(*this).verify(*this); }

//===-- Products -----------------------------------------------------------------===//

/// For each pair of a query of a head and a key: so many products of queries' width, and of values'. Counted for each element
/// of the queries, rounded up where a value's width is another.
template <typename Root> static ProductCount countPairs(Root root, int64_t ofQueries, int64_t ofValues) {
  int64_t width = getTensor(root.getQuery()).getDimSize(2) / root.getHeads(),
          valueWidth = getTensor(root.getValue()).getDimSize(2) / root.getKvHeads();
  return {root.getQuery(), ofQueries + static_cast<int64_t>(llvm::divideCeil(ofValues * valueWidth, width)),
          root.getKey(), 1};
}

ProductCount AttentionOp::countProducts() { return countPairs(*this, 1, 1); }
ProductCount AttentionQueryGradientOp::countProducts() { return countPairs(*this, 2, 1); }
ProductCount AttentionKeyGradientOp::countProducts() { return countPairs(*this, 2, 2); }

std::optional<Reach> AttentionOp::findReach(unsigned axis, unsigned tensor) {
  bool isMask = getMask() && tensor == 3;
  if (axis > 1 || (axis == 1 && getCausal()))
    return std::nullopt;
  if (isMask) {
    unsigned maskAxis = axis == 0 ? 0 : 2;
    return cast<RankedTensorType>(getMask().getType()).getDimSize(maskAxis) == 1 ? Reach{} : Reach{maskAxis};
  }
  return axis == 0 || tensor == 0 ? Reach{axis} : Reach{};
}
