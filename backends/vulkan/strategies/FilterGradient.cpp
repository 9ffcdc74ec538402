// Strategy for gradients of filters: a product over all output pixels whose tiles pass through shared memory.
#include "backends/vulkan/Costs.h"
#include "backends/vulkan/strategies/FilterGradientFeed.h"
#include "backends/vulkan/strategies/RootResult.h"
#include "backends/vulkan/strategies/Strategy.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace vae;
using namespace vae::vulkan;

namespace {

class FilterGradientEmitter {
public:
  explicit FilterGradientEmitter(const KernelView &kernel);
  Shader emit();

private:
  void emitTile(const FilterPlace &place);
  void finishRow(const FilterPlace &place, Value row, ValueRange quads);

  const KernelView &kernel;
  const int64_t rows, columns; // of the product: taps and input channels, outputs
  Emitter shader;
  SharedTile tile;
};

} // namespace

static int64_t countTiles(const SharedTileShape &tile, int64_t rows, int64_t columns) {
  return static_cast<int64_t>(llvm::divideCeil(rows, tile.rows()) * llvm::divideCeil(columns, tile.columns()));
}

/// Whether channels of both sides are read four at a time.
static bool hasQuads(const KernelView &kernel) {
  const ConvolutionForm &form = kernel.convolution;
  return kernel.buffers[form.picture].shape[3].fixed / form.groups % 4 == 0 &&
         kernel.buffers[form.other].shape[3].fixed / form.groups % 4 == 0;
}

/// The filter alone decides how many tiles there are.
static SharedTileShape chooseFilterTile(const KernelView &kernel, int64_t rows, int64_t columns) {
  if (columns <= costs::colourFilterTile.columns())
    return costs::colourFilterTile;
  auto givesGroups = [&](const SharedTileShape &tile, int64_t least) {
    return countTiles(tile, rows, columns) * kernel.convolution.groups >= least;
  };
  if (!hasQuads(kernel))
    return givesGroups(costs::scalarFilterTile, costs::enoughGroups) ? costs::scalarFilterTile : costs::smallFilterTile;
  for (const SharedTileShape &tile : {costs::largeFilterTile, costs::tallFilterTile})
    if (givesGroups(tile, costs::enoughGroups))
      return tile;
  return givesGroups(costs::middleFilterTile, costs::someGroups) ? costs::middleFilterTile : costs::smallFilterTile;
}

FilterGradientEmitter::FilterGradientEmitter(const KernelView &kernel)
    : kernel(kernel), rows(kernel.root.loops[1].fixed * kernel.root.loops[2].fixed * kernel.root.loops[3].fixed),
      columns(kernel.root.loops[4].fixed),
      shader(kernel, {static_cast<int32_t>(chooseFilterTile(kernel, rows, columns).threads()), 1, 1}),
      tile(shader, chooseFilterTile(kernel, rows, columns)) {}

void FilterGradientEmitter::finishRow(const FilterPlace &place, Value row, ValueRange quads) {
  Point point;
  ArrayRef<Extent> loops = ArrayRef(kernel.root.loops).slice(1, 3);
  point.loops = {place.group};
  llvm::append_range(point.loops, shader.split(row, loops));
  point.loops.push_back(shader.index(0));
  for (auto [quad, sums] : llvm::enumerate(quads))
    storeSums(shader, point, shader.add(place.column, tile.quadColumn(static_cast<int64_t>(quad))), columns, sums);
}

void FilterGradientEmitter::emitTile(const FilterPlace &place) {
  FilterGradientFeed feed(shader, tile, place);
  SmallVector<Value> sums = tile.accumulate(feed, feed.getRounds());
  tile.forRows(sums, [&](Value number, ValueRange quads) {
    Value row = shader.add(place.row, number);
    shader.when(shader.lessThan(row, shader.index(rows)), [&] { finishRow(place, row, quads); });
  });
}

Shader FilterGradientEmitter::emit() {
  int64_t groups = kernel.convolution.groups;
  auto countBlocks = [](int64_t count, int64_t size) { return static_cast<int64_t>(llvm::divideCeil(count, size)); };
  int64_t rowBlocks = countBlocks(rows, tile.shape.rows()), columnBlocks = countBlocks(columns, tile.shape.columns());
  shader.blocks(2, shader.index(groups), [&](Value group) {
    shader.blocks(1, shader.index(rowBlocks), [&](Value rowBlock) {
      shader.blocks(0, shader.index(columnBlocks), [&](Value columnBlock) {
        emitTile({group, shader.mul(rowBlock, shader.index(tile.shape.rows())),
                  shader.mul(columnBlock, shader.index(tile.shape.columns()))});
      });
    });
  });
  auto grid = [](int64_t count) { return GridAxis{getGridFactor(Extent{count, -1})}; };
  return shader.finish({grid(columnBlocks), grid(rowBlocks), grid(groups)});
}

/// Rows are a group's taps and input channels, columns its outputs, k runs over output pixels. A workgroup walks all of
/// them in some parts, joined in a fixed order, so that the same numbers come out however many groups run.
static Shader emitFilterGradient(const KernelView &kernel) { return FilterGradientEmitter(kernel).emit(); }

const Strategy vulkan::filterGradient{{"FilterGradient", KernelForm::FilterGradient, estimateOperations},
                                      emitFilterGradient};
