// Kernels as a package describes them.
#include "backends/package/KernelEntry.h"
#include "ir/program/SourceLines.h"
#include "ir/program/kernels/Cuts.h"
#include "runtime/abi/kernel.h"

using namespace mlir;
using namespace vae;

std::unique_ptr<abi::GridAxisT> vae::makeAxisEntry(const GridAxis &axis) {
  auto result = std::make_unique<abi::GridAxisT>();
  result->divisor = axis.divisor;
  for (const GridFactor &factor : axis.factors) {
    auto entry = std::make_unique<abi::GridFactorT>();
    entry->size = static_cast<int32_t>(factor.size);
    entry->constant = factor.constant;
    entry->divisor = factor.divisor;
    result->factors.push_back(std::move(entry));
  }
  return result;
}

/// What a kernel does with each of its buffers: inputs are read, tied inputs also written, the other results written.
static std::vector<abi::Access> getAccesses(program::KernelOp kernel) {
  std::vector<abi::Access> accesses(kernel.getNumTensorInputs(), abi::Access_read);
  for (int64_t tie : kernel.getTies())
    if (tie >= 0)
      accesses[tie] = abi::Access_read_write;
    else
      accesses.push_back(abi::Access_write);
  return accesses;
}

/// The places in the source of what each buffer is given, by buffer.
static std::vector<std::string> getResultLocations(program::KernelOp kernel) {
  std::vector<std::string> places(kernel.getNumTensorInputs());
  for (auto [tie, value] : llvm::zip_equal(kernel.getTies(), kernel.getBody().front().getTerminator()->getOperands()))
    if (tie >= 0)
      places[tie] = getSourceLines(value);
    else
      places.push_back(getSourceLines(value));
  return places;
}

/// The kernel's size argument that a dynamic dimension of a tensor inside it has; -1 where that can't be told.
static int64_t getSizeNumber(program::KernelOp kernel, Value tensor, unsigned dimension) {
  auto number = [&](Value size) -> int64_t {
    auto argument = dyn_cast<BlockArgument>(size);
    return argument ? argument.getArgNumber() - kernel.getNumTensorInputs() : -1;
  };
  if (auto argument = dyn_cast<BlockArgument>(tensor))
    return kernel.getArgumentSizes(argument.getArgNumber())[dimension];
  if (auto op = tensor.getDefiningOp<linalg::LinalgOp>())
    return getSizeNumber(kernel, op.getDpsInits()[cast<OpResult>(tensor).getResultNumber()], dimension);
  auto empty = tensor.getDefiningOp<tensor::EmptyOp>();
  return empty && empty.getType().isDynamicDim(dimension) ? number(empty.getDynamicSize(dimension)) : -1;
}

static GridFactor getLength(program::KernelOp kernel, Value tensor, unsigned axis) {
  int64_t size = cast<RankedTensorType>(tensor.getType()).getDimSize(axis);
  return ShapedType::isDynamic(size) ? GridFactor{getSizeNumber(kernel, tensor, axis), 1, 1} : GridFactor{-1, size, 1};
}

/// So many operations for each element of a tensor of the kernel.
static GridAxis countPerElement(program::KernelOp kernel, Value tensor, int64_t operations) {
  GridAxis axis{{-1, operations, 1}};
  for (unsigned dimension : llvm::seq<unsigned>(cast<RankedTensorType>(tensor.getType()).getRank()))
    axis.factors.push_back(getLength(kernel, tensor, dimension));
  return axis;
}

/// Floating-point operations: twice the products of a root that is an op of its own, twice the volume of a contraction's iteration
/// space, or the arithmetic ops of each body over its space.
static std::vector<std::unique_ptr<abi::GridAxisT>> getFlops(program::KernelOp kernel) {
  std::vector<std::unique_ptr<abi::GridAxisT>> result;
  kernel.walk([&](program::RootOpInterface op) {
    program::ProductCount count = op.countProducts();
    GridAxis axis = countPerElement(kernel, count.tensor, 2 * count.perElement);
    if (count.along)
      axis.factors.push_back(getLength(kernel, count.along, count.axis));
    result.push_back(makeAxisEntry(axis));
  });
  kernel.walk([&](linalg::LinalgOp op) {
    auto generic = dyn_cast<linalg::GenericOp>(op.getOperation());
    if (!generic)
      return;
    int64_t operations = 0;
    generic.getBody()->walk([&](Operation *inner) {
      operations += isa<arith::AddFOp, arith::SubFOp, arith::MulFOp, arith::DivFOp, math::FmaOp, math::SqrtOp>(inner);
    });
    if (operations == 0)
      return;
    GridAxis axis{{-1, operations, 1}};
    SmallVector<int64_t> ranges = op.getStaticLoopRanges();
    SmallVector<AffineMap> maps = op.getIndexingMapsArray();
    for (auto [dim, range] : llvm::enumerate(ranges)) {
      if (!ShapedType::isDynamic(range)) {
        axis.factors.push_back({-1, range, 1});
        continue;
      }
      // A dynamic loop range is some operand's dynamic dimension.
      for (auto [operand, map] : llvm::zip(op->getOperands(), maps)) {
        std::optional<unsigned> position = map.getResultPosition(getAffineDimExpr(dim, op.getContext()));
        int64_t size = position ? getSizeNumber(kernel, operand, *position) : -1;
        if (size < 0)
          continue;
        axis.factors.push_back({size, 1, 1});
        break;
      }
    }
    result.push_back(makeAxisEntry(axis));
  });
  return result;
}

static bool isWithinLimits(const program::Reach &reach) {
  return llvm::all_of(ArrayRef{reach.stride, reach.divisor, reach.high, -reach.low},
                      [](int64_t number) { return number <= VAE_MAX_REACH; });
}

static std::vector<std::unique_ptr<abi::CutT>> getCuts(program::KernelOp kernel) {
  std::vector<std::unique_ptr<abi::CutT>> cuts;
  for (const program::Cut &cut : program::findCuts(kernel)) {
    if (!llvm::all_of(cut.reaches, isWithinLimits))
      continue;
    auto entry = std::make_unique<abi::CutT>();
    for (const program::Reach &reach : cut.reaches)
      entry->reaches.emplace_back(static_cast<int32_t>(reach.axis), reach.stride, reach.divisor, reach.low, reach.high);
    entry->sizes.assign(cut.sizes.begin(), cut.sizes.end());
    cuts.push_back(std::move(entry));
  }
  return cuts;
}

std::unique_ptr<abi::KernelT> vae::makeKernelEntry(program::KernelOp kernel) {
  auto entry = std::make_unique<abi::KernelT>();
  entry->name = kernel.getSymName();
  entry->location = getSourceLine(kernel.getLoc());
  entry->accesses = getAccesses(kernel);
  entry->result_locations = getResultLocations(kernel);
  entry->size_count = kernel.getNumSizes();
  entry->flops = getFlops(kernel);
  entry->cuts = getCuts(kernel);
  return entry;
}
