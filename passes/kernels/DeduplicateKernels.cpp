// DeduplicateKernels: kernels that differ only in their names become one.
#include "mlir/IR/OperationSupport.h"
#include "passes/Passes.h"

using namespace mlir;
using namespace vae;

namespace vae {
#define GEN_PASS_DEF_DEDUPLICATEKERNELS
#include "passes/Passes.h.inc"
} // namespace vae

/// A hash that equal kernels share.
static llvm::hash_code hashKernel(program::KernelOp kernel) {
  llvm::hash_code hash = llvm::hash_combine(kernel.getFunctionType(), kernel.getTiesAttr(), kernel.getFormAttr(),
                                            kernel.getArgAttrsAttr(), kernel.getResAttrsAttr());
  kernel.getBody().walk([&](Operation *op) {
    hash = llvm::hash_combine(hash, op->getName(), op->getDiscardableAttrDictionary(), op->hashProperties(),
                              op->getNumOperands());
  });
  return hash;
}

static bool isSame(program::KernelOp a, program::KernelOp b) {
  return a.getFunctionType() == b.getFunctionType() && a.getTiesAttr() == b.getTiesAttr() &&
         a.getFormAttr() == b.getFormAttr() && a.getArgAttrsAttr() == b.getArgAttrsAttr() &&
         a.getResAttrsAttr() == b.getResAttrsAttr() &&
         OperationEquivalence::isRegionEquivalentTo(&a.getBody(), &b.getBody(), OperationEquivalence::IgnoreLocations);
}

namespace {
struct DeduplicateKernelsPass : vae::impl::DeduplicateKernelsBase<DeduplicateKernelsPass> {
  using vae::impl::DeduplicateKernelsBase<DeduplicateKernelsPass>::DeduplicateKernelsBase;

  void runOnOperation() override {
    llvm::DenseMap<size_t, SmallVector<program::KernelOp>> known;
    llvm::StringMap<program::KernelOp> kept;
    SmallVector<program::KernelOp> dead;
    for (auto kernel : getOperation().getOps<program::KernelOp>()) {
      auto &same = known[hashKernel(kernel)];
      auto found = llvm::find_if(same, [&](program::KernelOp other) { return isSame(kernel, other); });
      if (found == same.end()) {
        same.push_back(kernel);
        continue;
      }
      kept[kernel.getSymName()] = *found;
      dead.push_back(kernel);
    }
    getOperation().walk([&](program::LaunchOp launch) {
      if (program::KernelOp kernel = kept.lookup(launch.getKernel()))
        launch.setKernelAttr(FlatSymbolRefAttr::get(kernel));
    });
    for (program::KernelOp kernel : dead)
      kernel.erase();
  }
};
} // namespace
