// SplitConcats: a concat of more tensors than a kernel binds becomes a tree.
#include "ir/builders/TensorBuilder.h"
#include "ir/ops/Shapes.h"
#include "passes/Passes.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace vae;

namespace vae {
#define GEN_PASS_DEF_SPLITCONCATS
#include "passes/Passes.h.inc"
} // namespace vae

/// Joins neighbours, `most` and about equally many at a time, until `most` are left.
static void split(ConcatOp op, size_t most) {
  OpBuilder builder(op);
  TensorBuilder tensors(builder, op.getLoc());
  SmallVector<Value> parts(op.getTensors());
  while (parts.size() > most) {
    SmallVector<Value> joined;
    size_t groups = llvm::divideCeil(parts.size(), most);
    for (size_t group = 0, begin = 0; group < groups; ++group) {
      size_t end = parts.size() * (group + 1) / groups;
      joined.push_back(tensors.make<ConcatOp>(ValueRange(parts).slice(begin, end - begin), op.getAxisAttr()));
      begin = end;
    }
    parts = std::move(joined);
  }
  op.getTensorsMutable().assign(parts);
}

namespace {
struct SplitConcatsPass : vae::impl::SplitConcatsBase<SplitConcatsPass> {
  using vae::impl::SplitConcatsBase<SplitConcatsPass>::SplitConcatsBase;

  void runOnOperation() override {
    // One buffer is the result's; pairs at least, so that a tree ends.
    size_t most = std::max(maxBuffers.getValue(), 3u) - 1;
    getOperation().walk([&](ConcatOp op) { split(op, most); });
  }
};
} // namespace
