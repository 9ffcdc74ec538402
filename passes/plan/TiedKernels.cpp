// Kernels that write results over inputs.
#include "passes/plan/TiedKernels.h"

using namespace mlir;
using namespace vae;
using namespace vae::program;

KernelOp TiedKernels::get(KernelOp kernel, ArrayRef<int64_t> ties) {
  if (kernel.getTies() == ties)
    return kernel;
  KernelOp &copy = copies[{kernel, DenseI64ArrayAttr::get(kernel.getContext(), ties)}];
  if (!copy) {
    copy = kernel.clone();
    copy.setTies(ties);
    copy.setSymName((kernel.getSymName() + "_in_place").str());
    symbols.insert(copy, std::next(kernel->getIterator()));
  }
  return copy;
}
