// Gradients of convolutions' filters: for each tap, input channels times outputs, summed over pixels. A block owns a part of
// the filter and walks all pixels, some rows at a time so that they stay in cache while its tiles take turns; sums
// of different threads never meet.
#include "backends/cpu/Costs.h"
#include "backends/cpu/strategies/BlockSpace.h"
#include "backends/cpu/strategies/Pictures.h"
#include "backends/cpu/strategies/RootResult.h"
#include "backends/cpu/strategies/Strategy.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace vae;
using namespace vae::cpu;

namespace {

/// One block: some input channels and outputs of one group, one row of taps.
class FilterBlock {
public:
  FilterBlock(Emitter &emitter, Pictures &pictures);
  int64_t getChannels() const { return std::min(rows * costs::filterTiles, pictures.channels); }
  int64_t getOutputs() const { return std::min(columns * costs::filterTiles, outputsPerGroup); }
  /// Sums of a block, in f32.
  int64_t getScratchFloats() const { return kernel.convolution.columns.getKernel() * tileFloats(); }
  void emit(ArrayRef<LoopRange> ranges);

private:
  /// A tile of a tap's sums: where it begins in the filter and in scratch.
  struct Tile {
    Value column, channel, output, sums;
  };
  int64_t tileFloats() const;
  void forTiles(llvm::function_ref<void(const Tile &)> body);
  void clearSums();
  void addChunk(LoopRange lines);
  void addTile(const Tile &tile, LoopRange lines);
  SmallVector<Value> addLine(const Tile &tile, Value line, ValueRange sums);
  LoopRange clipColumns(Value tap);
  SmallVector<Value> addPixel(Value address, Value gradient, const Tile &tile, ValueRange sums);
  void storeTile(const Tile &tile);
  Value outputMask(Value output);

  Emitter &emitter;
  const KernelView &kernel;
  Pictures &pictures;
  int64_t rows, columns, outputsPerGroup; // of a tile: input channels, outputs
  Value group, rowTap;
  LoopRange channelRange, outputRange;
  Value height, width, lines; // of the gradient; rows of all images
};

} // namespace

FilterBlock::FilterBlock(Emitter &emitter, Pictures &pictures)
    : emitter(emitter), kernel(emitter.kernel), pictures(pictures),
      rows(std::min(emitter.target.tileRows, pictures.channels)), columns(emitter.target.tileColumns),
      outputsPerGroup(kernel.root.loops[4].fixed) {
  const KernelBuffer &gradient = kernel.buffers[kernel.convolution.other];
  height = emitter.length(gradient.shape[1]);
  width = emitter.length(gradient.shape[2]);
  lines = emitter.mul(emitter.length(gradient.shape[0]), height);
}

int64_t FilterBlock::tileFloats() const {
  return llvm::alignTo(getChannels(), rows) * llvm::alignTo(getOutputs(), columns);
}

static LogicalResult emitFilterGradient(Emitter &emitter, CompiledKernel &compiled) {
  const KernelView &kernel = emitter.kernel;
  Pictures pictures(emitter);
  FilterBlock block(emitter, pictures);
  ArrayRef<Extent> loops = kernel.root.loops;
  BlockSpace blocks;
  blocks.addLoop(loops[0], 1);
  blocks.addLoop(loops[1], 1);
  blocks.addLoop(loops[3], block.getChannels());
  blocks.addLoop(loops[4], block.getOutputs());
  compiled.grid = {blocks.getGrid()};
  compiled.scratchBytes = block.getScratchFloats() * sizeof(float);
  blocks.emit(emitter, [&](ArrayRef<LoopRange> ranges) { block.emit(ranges); });
  return success();
}

void FilterBlock::emit(ArrayRef<LoopRange> ranges) {
  group = ranges[0].from;
  rowTap = ranges[1].from;
  channelRange = ranges[2];
  outputRange = ranges[3];
  clearSums();
  const Extent &gradientWidth = kernel.buffers[kernel.convolution.other].shape[2];
  int64_t chunk = std::max<int64_t>(1, costs::filterPixels /
                                           (gradientWidth.isStatic() ? gradientWidth.fixed : costs::nominalWidth));
  emitter.loop(emitter.index(0), lines, chunk,
               [&](Value first) { addChunk({first, emitter.min(emitter.add(first, emitter.index(chunk)), lines)}); });
  forTiles([&](const Tile &tile) { storeTile(tile); });
}

void FilterBlock::clearSums() {
  Value zero = emitter.splat(emitter.b.getF32FloatAttr(0), columns);
  emitter.loop(emitter.index(0), emitter.index(getScratchFloats()), columns,
               [&](Value at) { emitter.storeVector(zero, emitter.scratch(), at); });
}

/// Tiles begin at multiples of their size; those at the end may reach over.
void FilterBlock::forTiles(llvm::function_ref<void(const Tile &)> body) {
  int64_t outputs = llvm::alignTo(getOutputs(), columns);
  emitter.loop(emitter.index(0), emitter.index(kernel.convolution.columns.getKernel()), 1, [&](Value column) {
    emitter.loop(channelRange.from, channelRange.to, rows, [&](Value channel) {
      emitter.loop(outputRange.from, outputRange.to, columns, [&](Value output) {
        Value within = emitter.mul(emitter.sub(channel, channelRange.from), outputs);
        within = emitter.add(within, emitter.mul(emitter.sub(output, outputRange.from), rows));
        Value sums = emitter.add(emitter.mul(column, tileFloats()), within);
        body({column, channel, output, sums});
      });
    });
  });
}

void FilterBlock::addChunk(LoopRange range) {
  forTiles([&](const Tile &tile) { addTile(tile, range); });
}

void FilterBlock::addTile(const Tile &tile, LoopRange range) {
  auto at = [&](int64_t row) { return emitter.add(tile.sums, emitter.index(row * columns)); };
  SmallVector<Value> sums;
  for (int64_t row = 0; row < rows; ++row)
    sums.push_back(emitter.loadVector(emitter.scratch(), at(row), columns));
  sums = emitter.loop(range.from, range.to, 1, sums,
                      [&](Value line, ValueRange carried) { return addLine(tile, line, carried); });
  for (auto [row, sum] : llvm::enumerate(sums))
    emitter.storeVector(sum, emitter.scratch(), at(static_cast<int64_t>(row)));
}

/// The outputs whose tap is inside the picture, where windows lie a stride apart; all, where each must be asked.
LoopRange FilterBlock::clipColumns(Value tap) {
  program::WindowAttr window = kernel.convolution.columns;
  if (window.getDivisor() != 1)
    return {emitter.index(0), width};
  ImplicitLocOpBuilder &b = emitter.b;
  Value zero = emitter.index(0), stride = emitter.index(window.getStride());
  Value first = emitter.add(emitter.mul(tap, window.getDilation()), emitter.index(window.getOffset())); // of output 0
  // How many windows have the tap before a position, which may be negative.
  auto countBefore = [&](Value position) {
    Value rounded = emitter.add(position, emitter.index(window.getStride() - 1));
    Value positive = b.createOrFold<arith::MaxSIOp>(rounded, zero);
    return emitter.min(emitter.div(positive, stride), width);
  };
  Value length = emitter.length(kernel.buffers[kernel.convolution.picture].shape[2]);
  return {countBefore(emitter.sub(zero, first)), countBefore(emitter.sub(length, first))};
}

SmallVector<Value> FilterBlock::addLine(const Tile &tile, Value line, ValueRange sums) {
  Value image = emitter.div(line, height), row = emitter.sub(line, emitter.mul(image, height));
  Pictures::Place place = pictures.place(0, row, rowTap);
  LoopRange range = clipColumns(tile.column);
  Value to = emitter.select(place.inside, range.to, range.from);
  int64_t outputs = kernel.buffers[kernel.convolution.other].shape[3].fixed;
  Value output = emitter.add(emitter.mul(group, outputsPerGroup), tile.output);
  bool asks = kernel.convolution.columns.getDivisor() != 1;
  return emitter.loop(range.from, to, 1, sums, [&](Value column, ValueRange carried) {
    Pictures::Place at = pictures.place(1, column, tile.column);
    Value address =
        asks ? pictures.addressOrZeros(image, place, at, group) : pictures.address(image, place.index, at.index, group);
    address = emitter.add(address, emitter.mul(tile.channel, sizeof(float)));
    Value pixel = emitter.add(emitter.mul(line, width), column);
    return addPixel(address, emitter.add(emitter.mul(pixel, outputs), output), tile, carried);
  });
}

Value FilterBlock::outputMask(Value output) {
  if (outputsPerGroup % columns == 0)
    return {};
  return emitter.firstLanes(emitter.sub(emitter.index(outputsPerGroup), output), columns);
}

/// Channels beyond the last repeat it: their sums are not stored.
SmallVector<Value> FilterBlock::addPixel(Value address, Value gradient, const Tile &tile, ValueRange sums) {
  Value outputs =
      emitter.loadVector(emitter.buffer(kernel.convolution.other), gradient, columns, outputMask(tile.output));
  SmallVector<Value> next;
  for (auto [row, sum] : llvm::enumerate(sums)) {
    Value channel = emitter.index(static_cast<int64_t>(row));
    if (pictures.channels % rows != 0)
      channel = emitter.min(channel, emitter.sub(emitter.index(pictures.channels - 1), tile.channel));
    Value element = emitter.broadcast(pictures.load(address, channel), columns);
    next.push_back(vector::FMAOp::create(emitter.b, element, outputs, sum));
  }
  return next;
}

void FilterBlock::storeTile(const Tile &tile) {
  Value count = emitter.min(emitter.sub(channelRange.to, tile.channel), emitter.index(rows));
  emitter.loop(emitter.index(0), count, 1, [&](Value row) {
    Point at;
    at.loops = {group, rowTap, tile.column, emitter.add(tile.channel, row), tile.output};
    at.laneLoop = 4;
    at.lanes = columns;
    at.mask = outputMask(tile.output);
    Value sum = emitter.loadVector(emitter.scratch(), emitter.add(tile.sums, emitter.mul(row, columns)), columns);
    storeRootResult(emitter, sum, at);
  });
}

const Strategy cpu::filterGradient{{"FilterGradient", KernelForm::FilterGradient, estimateOperations},
                                   emitFilterGradient};
