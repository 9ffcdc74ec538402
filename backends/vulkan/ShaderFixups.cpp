// What upstream's path to SPIR-V leaves undone for Vulkan.
#include "backends/vulkan/ShaderFixups.h"
#include "backends/vulkan/ShaderLowering.h"
#include "mlir/Dialect/SPIRV/IR/SPIRVOps.h"
#include "mlir/Dialect/SPIRV/IR/TargetAndABI.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace vae;

/// The loop's variables are stored in the order of the values that it carries, at the end of the block that leads back
/// to its header; the header's first argument is the counter.
static void startResults(spirv::LoopOp loop) {
  auto enter = cast<spirv::BranchOp>(loop.getEntryBlock()->getTerminator());
  OpBuilder builder(loop);
  unsigned carried = 1;
  for (Block *before : loop.getHeaderBlock()->getPredecessors())
    for (auto store : before->getOps<spirv::StoreOp>())
      if (store.getPtr().getDefiningOp<spirv::VariableOp>())
        spirv::StoreOp::create(builder, loop.getLoc(), store.getPtr(), enter.getOperand(carried++));
}

// Outer loops first: what starts an inner one is a store in the outer one's block.
void vulkan::startLoopResults(spirv::ModuleOp module) { module.walk<WalkOrder::PreOrder>(startResults); }

void vulkan::forbidUnrolling(spirv::ModuleOp module) {
  module.walk([](spirv::LoopOp loop) { loop.setLoopControl(spirv::LoopControl::DontUnroll); });
}

static void forbidContraction(spirv::ModuleOp module) {
  module.walk([](Operation *op) {
    if (isa<spirv::FAddOp, spirv::FSubOp, spirv::FMulOp, spirv::FDivOp, spirv::FRemOp>(op))
      op->setAttr("no_contraction", UnitAttr::get(op->getContext()));
  });
}

static void markAliased(spirv::ModuleOp module) {
  llvm::MapVector<std::pair<uint32_t, uint32_t>, SmallVector<spirv::GlobalVariableOp>> bindings;
  for (auto variable : module.getOps<spirv::GlobalVariableOp>())
    if (variable.getBinding() && variable.getDescriptorSet())
      bindings[{*variable.getDescriptorSet(), *variable.getBinding()}].push_back(variable);
  for (auto &[binding, variables] : bindings)
    if (variables.size() > 1)
      for (spirv::GlobalVariableOp variable : variables)
        variable->setAttr("aliased", UnitAttr::get(module.getContext()));
}

/// The buffer variable that a pointer leads into.
static StringRef getVariable(Value pointer) {
  while (auto chain = pointer.getDefiningOp<spirv::AccessChainOp>())
    pointer = chain.getBasePtr();
  auto address = pointer.getDefiningOp<spirv::AddressOfOp>();
  return address ? address.getVariable() : StringRef();
}

/// Lets drivers read through caches that don't see writes.
static void markReadOnly(spirv::ModuleOp module) {
  llvm::StringSet<> stored;
  module.walk([&](spirv::StoreOp store) { stored.insert(getVariable(store.getPtr())); });
  for (auto variable : module.getOps<spirv::GlobalVariableOp>())
    if (variable.getBinding() && !variable->hasAttr("aliased") && !stored.contains(variable.getSymName()))
      variable->setAttr("non_writable", UnitAttr::get(module.getContext()));
}

/// Drivers otherwise take x * 0 for 0 and -0 for 0. The runtime drops the request where a device cannot promise it.
static void preserveSpecialValues(spirv::ModuleOp module) {
  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
  SymbolTable symbols(module);
  for (auto entry : llvm::to_vector(module.getOps<spirv::EntryPointOp>()))
    spirv::ExecutionModeOp::create(builder, entry.getLoc(), symbols.lookup<spirv::FuncOp>(entry.getFn()),
                                   spirv::ExecutionMode::SignedZeroInfNanPreserve, ArrayRef<int32_t>(32));
}

void vulkan::decorate(spirv::ModuleOp module) {
  preserveSpecialValues(module);
  forbidContraction(module);
  markAliased(module);
  markReadOnly(module);
}

void vulkan::restoreVersion(spirv::ModuleOp module) {
  spirv::VerCapExtAttr triple = *module.getVceTriple();
  SmallVector<spirv::Capability> capabilities(triple.getCapabilities());
  module.setVceTripleAttr(spirv::VerCapExtAttr::get(spirv::Version::V_1_5, capabilities, ArrayRef<spirv::Extension>(),
                                                    module.getContext()));
}
