// StateRequirements: what sizes that are known at run time only must fulfil is collected, to be checked then.
#include "ir/Inference.h"
#include "ir/Interfaces.h"
#include "ir/Shapes.h"
#include "ir/ops/Model.h"
#include "ir/program/SourceLines.h"
#include "passes/Messages.h"
#include "passes/Passes.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace vae;

namespace vae {
#define GEN_PASS_DEF_STATEREQUIREMENTS
#include "passes/Passes.h.inc"
} // namespace vae

/// The op as the model calls it, with the label of the layer whose parameters it reads: "`conv2d` @encoder.down".
static std::string describeLayer(Value value) {
  Operation *op = value.getDefiningOp();
  for (Value operand : op->getOperands())
    if (auto read = operand.getDefiningOp<ReadOp>(); read && read.getRef().contains('.'))
      return ("`" + op->getName().stripDialect() + "` @" + read.getRef().rsplit('.').first).str();
  return ("`" + op->getName().stripDialect() + "`").str();
}

namespace {
class StateRequirementsPass : public vae::impl::StateRequirementsBase<StateRequirementsPass> {
  void runOnOperation() override {
    found.clear();
    seen.clear();
    getOperation().walk([&](Operation *op) {
      if (auto requiring = dyn_cast<SizeRequirementsOpInterface>(op))
        for (const SizeRequirement &requirement : requiring.getSizeRequirements())
          add(requirement, op->getLoc());
      for (Value result : op->getResults())
        requireElements(result);
    });
    if (!found.empty())
      getOperation()->setAttr(program::requirementsAttrName,
                              ArrayAttr::get(&getContext(), llvm::to_vector(llvm::make_second_range(found))));
  }

  /// That no size is below 1. Not each tensor becomes a buffer, of which that is checked anyway.
  void requireElements(Value value) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (!type || type.hasStaticShape() || !seen.insert(type).second)
      return;
    for (const Size &size : program::getSizes(type))
      add({size - Size(1), messages::TensorWithoutElements(describeLayer(value), shapeText(type), size.str())},
          value.getLoc());
  }

  /// One of several that ask the same, the first in the text.
  void add(const SizeRequirement &requirement, Location loc) {
    if (requirement.surplus.isNeverNegative())
      return;
    Builder builder(&getContext());
    auto text = [&](StringRef string) { return builder.getStringAttr(string); };
    StringAttr surplus = text(requirement.surplus.str());
    auto made =
        program::RequirementAttr::get(&getContext(), surplus, text(requirement.message.text), text(getSourceLine(loc)));
    found.insert({surplus, made});
  }

  llvm::MapVector<Attribute, Attribute> found; // by surplus
  DenseSet<Type> seen;
};
} // namespace
