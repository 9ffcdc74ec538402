// The vae dialect: what it registers, how constants come into being.
#include "ir/Dialect.h"
#include "ir/ops/Constants.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/InliningUtils.h"

using namespace mlir;
using namespace vae;

#include "ir/Dialect.cpp.inc"

// Each family registers its ops in a source of its own; see Family.cpp.in.
#define FAMILY(name) void add##name##Ops(VaeDialect &dialect);
namespace vae {
#include "ir/Families.inc"
} // namespace vae
#undef FAMILY

namespace {
/// Every vae op may be inlined: none depends on the function around it.
struct VaeInlinerInterface : DialectInlinerInterface {
  using DialectInlinerInterface::DialectInlinerInterface;
  bool isLegalToInline(Operation *, Region *, bool, IRMapping &) const final { return true; }
  bool isLegalToInline(Region *, Region *, bool, IRMapping &) const final { return true; }
};
} // namespace

void VaeDialect::initialize() {
#define FAMILY(name) add##name##Ops(*this);
#include "ir/Families.inc"
#undef FAMILY
  addInterfaces<VaeInlinerInterface>();
}

Operation *VaeDialect::materializeConstant(OpBuilder &builder, Attribute value, Type type, Location loc) {
  auto elements = dyn_cast<DenseElementsAttr>(value);
  if (!elements || elements.getType() != type)
    return nullptr;
  return ConstantOp::create(builder, loc, elements);
}
