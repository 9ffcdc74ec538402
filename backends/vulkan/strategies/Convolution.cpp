// Strategy for convolutions: a product of windows and filters whose tiles pass through shared memory.
#include "backends/vulkan/Costs.h"
#include "backends/vulkan/strategies/ConvolutionFeed.h"
#include "backends/vulkan/strategies/RootResult.h"
#include "backends/vulkan/strategies/Strategy.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace vae;
using namespace vae::vulkan;

namespace {

class ConvolutionEmitter {
public:
  explicit ConvolutionEmitter(const KernelView &kernel);
  Shader emit();

private:
  ConvolutionPlace findPlace(Value number);
  void emitTile(const ConvolutionPlace &place);
  void finishRow(const ConvolutionPlace &place, Value pixel, ValueRange quads);
  SmallVector<GridAxis> getGrid() const;

  const KernelView &kernel;
  const ConvolutionForm &form;
  int64_t outputs; // of a group
  WindowPhases windows[2];
  Emitter shader;
  SharedTile tile;
};

} // namespace

static int64_t getOutputs(const KernelView &kernel) { return kernel.root.loops[3].fixed / kernel.convolution.groups; }

/// As many outputs as a group has, up to 64; fewer sums a thread where threads are at taps of their own.
static SharedTileShape choosePixelTile(const KernelView &kernel) {
  int64_t inputs = kernel.buffers[kernel.convolution.other].shape[4].fixed, outputs = getOutputs(kernel);
  for (const SharedTileShape &narrower : {costs::colourTile, costs::slimTile})
    if (outputs <= narrower.columns())
      return narrower;
  if (inputs % costs::sharedDepth != 0)
    return costs::halfTile;
  return outputs <= costs::narrowTile.columns() ? costs::narrowTile : costs::wideTile;
}

ConvolutionEmitter::ConvolutionEmitter(const KernelView &kernel)
    : kernel(kernel), form(kernel.convolution), outputs(getOutputs(kernel)),
      windows{WindowPhases(form.rows), WindowPhases(form.columns)},
      shader(kernel, {static_cast<int32_t>(choosePixelTile(kernel).threads()), 1, 1}),
      tile(shader, choosePixelTile(kernel)) {}

//===-- Results -----------------------------------------------------------------===//

void ConvolutionEmitter::finishRow(const ConvolutionPlace &place, Value pixel, ValueRange quads) {
  Point point;
  point.loops = shader.split(pixel, {place.extents[0], place.extents[0], place.extents[1]});
  for (int axis = 0; axis < 2; ++axis)
    point.loops[1 + axis] =
        shader.add(shader.mul(point.loops[1 + axis], shader.index(windows[axis].phases)), place.phases[axis]);
  point.loops.push_back(shader.mul(place.group, shader.index(outputs)));
  Value first = shader.mul(place.panel, shader.index(program::filterPanel));
  for (auto [quad, sums] : llvm::enumerate(quads))
    storeSums(shader, point, shader.add(first, tile.quadColumn(static_cast<int64_t>(quad))), outputs, sums);
}

//===-- The tile ----------------------------------------------------------------===//

/// The place of a group and a phase each way, from its number.
ConvolutionPlace ConvolutionEmitter::findPlace(Value number) {
  ConvolutionPlace place;
  SmallVector<Value> indices = shader.split(
      number, {shader.index(form.groups), shader.index(windows[0].phases), shader.index(windows[1].phases)});
  place.group = indices[0];
  place.count = shader.length(kernel.root.loops[0]);
  for (int axis = 0; axis < 2; ++axis) {
    place.phases[axis] = indices[1 + axis];
    Value length = shader.length(kernel.root.loops[1 + axis]);
    place.extents[axis] = windows[axis].count(shader, length, indices[1 + axis]);
    place.count = shader.mul(place.count, place.extents[axis]);
  }
  return place;
}

void ConvolutionEmitter::emitTile(const ConvolutionPlace &place) {
  ConvolutionFeed feed(shader, tile, windows, place);
  SmallVector<Value> sums = tile.accumulate(feed, feed.getRounds());
  tile.forRows(sums, [&](Value row, ValueRange quads) {
    Value pixel = shader.add(place.pixel, row);
    shader.when(shader.lessThan(pixel, place.count), [&] { finishRow(place, pixel, quads); });
  });
}

/// Along the second axis, as many groups as the pixels of the largest phase take. Groups beyond them would find nothing to
/// do, and drivers that give each thread of a CPU its share of groups beforehand would leave threads without work.
static GridAxis getPixelGrid(const KernelView &kernel, const WindowPhases (&windows)[2], int64_t pixels) {
  ArrayRef<Extent> loops = kernel.root.loops;
  return GridAxis(
      {getGridFactor(loops[0]), getGridFactor(loops[1], windows[0].phases), getGridFactor(loops[2], windows[1].phases)},
      pixels);
}

SmallVector<GridAxis> ConvolutionEmitter::getGrid() const {
  auto fixed = [](int64_t count, int64_t divisor) { return GridAxis{getGridFactor(Extent{count, -1}, divisor)}; };
  return {fixed(outputs, tile.shape.columns()), getPixelGrid(kernel, windows, tile.shape.rows()),
          fixed(form.groups * windows[0].phases * windows[1].phases, 1)};
}

Shader ConvolutionEmitter::emit() {
  int64_t rows = tile.shape.rows(), columns = tile.shape.columns();
  shader.blocks(2, shader.index(form.groups * windows[0].phases * windows[1].phases), [&](Value number) {
    ConvolutionPlace place = findPlace(number);
    shader.blocks(1, shader.ceilDiv(place.count, rows), [&](Value rowBlock) {
      place.pixel = shader.mul(rowBlock, shader.index(rows));
      shader.blocks(0, shader.index(llvm::divideCeil(outputs, columns)), [&](Value columnBlock) {
        place.panel = shader.div(shader.mul(columnBlock, shader.index(columns)), program::filterPanel);
        emitTile(place);
      });
    });
  });
  return shader.finish(getGrid());
}

/// Rows are output pixels, columns a group's outputs, k runs over taps and then channels. Windows of every kind; those
/// of transposed convolutions by phases. Sums run over k in ascending order with fused multiply-adds where the device
/// has them; for four outputs or fewer in four parts, joined in a fixed order.
static Shader emitConvolution(const KernelView &kernel) { return ConvolutionEmitter(kernel).emit(); }

const Strategy vulkan::convolution{{"Direct", KernelForm::Convolution, estimateOperations}, emitConvolution};
