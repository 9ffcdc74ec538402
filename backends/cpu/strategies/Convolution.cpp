// Convolutions by direct products, channels last: a tile of output pixels and one panel of the filter stay in registers over
// all taps, and nothing is packed. Pixels outside the picture are read from a row of zeros.
#include "backends/cpu/Costs.h"
#include "backends/cpu/strategies/BlockSpace.h"
#include "backends/cpu/strategies/Pictures.h"
#include "backends/cpu/strategies/RootResult.h"
#include "backends/cpu/strategies/Strategy.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace vae;
using namespace vae::cpu;

static constexpr int64_t panel = program::filterPanel;

namespace {

/// One block: some rows of one phase of one image, all panels of one group.
class ConvolutionBlock {
public:
  ConvolutionBlock(Emitter &emitter, Pictures &pictures, ArrayRef<LoopRange> ranges);
  void emit();

private:
  /// An output's row and column among those of its phase.
  struct Pixel {
    Value row, column;
  };
  /// The first channel of each pixel of the tile under a tap, counted from the first of a run.
  using AddressesOfTap = llvm::function_ref<SmallVector<Value>(Value tap)>;
  int64_t getFilterBytes() const;
  void emitTile(Value firstPanel, Value firstPixel);
  SmallVector<Pixel, 12> findPixels(Value firstPixel, Pixel first);
  Pixel next(Pixel pixel);
  SmallVector<Value> emitTaps(Value firstPanel, ArrayRef<Pixel> pixels);
  SmallVector<Value> findPanels(Value firstPanel);
  Value evenlySpaced(ArrayRef<Value> addresses);
  SmallVector<Value> emitRun(ArrayRef<Value> strips, int64_t taps, AddressesOfTap addressesOf, ValueRange sums);
  SmallVector<Value> emitChannels(ArrayRef<Value> addresses, ArrayRef<Value> strips, int64_t channels, ValueRange sums);
  void addChannel(Value channel, ArrayRef<Value> addresses, ArrayRef<Value> strips, SmallVectorImpl<Value> &sums);
  void storeTile(ValueRange sums, Value firstPanel, Value firstPixel, Pixel first);
  void storePixel(Value sum, Pixel pixel, Value output, Value mask);

  Emitter &emitter;
  const KernelView &kernel;
  Pictures &pictures;
  int64_t rows, panels, vectors; // of a tile: pixels; panels of a group; panels side by side
  int64_t outputsPerGroup;
  Value group, image, phases[2], tile;
  LoopRange rowRange;
  Pictures::Axis axes[2];
  Value width, end; // columns of the phase, pixels of the block
};

} // namespace

static int64_t getBlockRows(const Extent &height, const Extent &width) {
  int64_t rows =
      std::max<int64_t>(1, costs::convolutionPixels / (width.isStatic() ? width.fixed : costs::nominalWidth));
  return height.isStatic() ? std::min(rows, height.fixed) : rows;
}

static LogicalResult emitConvolution(Emitter &emitter, CompiledKernel &compiled) {
  const KernelView &kernel = emitter.kernel;
  ArrayRef<Extent> loops = kernel.root.loops;
  Pictures pictures(emitter);
  BlockSpace blocks;
  blocks.addLoop(loops[0], 1);
  blocks.addLoop({kernel.convolution.groups, -1}, 1);
  for (const WindowPhases &window : pictures.windows)
    blocks.addLoop({window.phases, -1}, 1);
  // Rows are counted as the first phase's, which has the most.
  Extent height = loops[1];
  int64_t phases = pictures.windows[0].phases, rows = getBlockRows(height, loops[2]);
  blocks.addLoop(height, rows * phases);
  compiled.grid = {blocks.getGrid()};
  blocks.emit(emitter, [&](ArrayRef<LoopRange> ranges) { ConvolutionBlock(emitter, pictures, ranges).emit(); });
  return success();
}

ConvolutionBlock::ConvolutionBlock(Emitter &emitter, Pictures &pictures, ArrayRef<LoopRange> ranges)
    : emitter(emitter), kernel(emitter.kernel), pictures(pictures), rows(emitter.target.tileRows),
      panels(kernel.buffers[kernel.convolution.other].shape[1].fixed),
      vectors(std::min(emitter.target.tileColumns / panel, panels)),
      outputsPerGroup(kernel.root.loops[3].fixed / kernel.convolution.groups), group(ranges[1].from),
      image(ranges[0].from), phases{ranges[2].from, ranges[3].from}, tile(emitter.stackArray(rows * vectors * panel)) {
  for (unsigned axis = 0; axis < 2; ++axis)
    axes[axis] = pictures.axis(axis, phases[axis]);
  const auto &[rows, columns] = pictures.windows;
  rowRange = {emitter.div(ranges[4].from, rows.phases), rows.count(emitter, ranges[4].to, phases[0])};
  width = columns.count(emitter, emitter.length(kernel.root.loops[2]), phases[1]);
  end = emitter.mul(emitter.sub(rowRange.to, rowRange.from), width);
}

/// A small filter stays near for every tile, and results are written where the last ones were; a large one is read once for
/// all pixels of the block, a few panels at a time.
void ConvolutionBlock::emit() {
  auto overPanels = [&](llvm::function_ref<void(Value)> body) {
    emitter.loop(emitter.index(0), emitter.index(panels), vectors, body);
  };
  auto overPixels = [&](llvm::function_ref<void(Value)> body) { emitter.loop(emitter.index(0), end, rows, body); };
  if (getFilterBytes() <= costs::nearFilterBytes)
    overPixels([&](Value pixel) { overPanels([&](Value panel) { emitTile(panel, pixel); }); });
  else
    overPanels([&](Value panel) { overPixels([&](Value pixel) { emitTile(panel, pixel); }); });
}

int64_t ConvolutionBlock::getFilterBytes() const {
  const program::WindowAttr &height = kernel.convolution.rows, &width = kernel.convolution.columns;
  return panels * panel * height.getKernel() * width.getKernel() * pictures.channels * sizeof(float);
}

void ConvolutionBlock::emitTile(Value firstPanel, Value firstPixel) {
  Value row = emitter.div(firstPixel, width);
  Pixel first{emitter.add(rowRange.from, row), emitter.sub(firstPixel, emitter.mul(row, width))};
  SmallVector<Value> sums = emitTaps(firstPanel, findPixels(firstPixel, first));
  storeTile(sums, firstPanel, firstPixel, first);
}

ConvolutionBlock::Pixel ConvolutionBlock::next(Pixel pixel) {
  Value column = emitter.add(pixel.column, emitter.index(1)), within = emitter.lessThan(column, width);
  return {emitter.select(within, pixel.row, emitter.add(pixel.row, emitter.index(1))),
          emitter.select(within, column, emitter.index(0))};
}

/// The tile's pixels; those beyond the block's end repeat its last one: they are computed, and not stored.
SmallVector<ConvolutionBlock::Pixel, 12> ConvolutionBlock::findPixels(Value firstPixel, Pixel first) {
  SmallVector<Pixel, 12> pixels{first};
  while (static_cast<int64_t>(pixels.size()) < rows) {
    Pixel last = pixels.back(), following = next(last);
    Value exists = emitter.lessThan(emitter.add(firstPixel, emitter.index(pixels.size())), end);
    auto keep = [&](Value a, Value b) { return emitter.select(exists, a, b); };
    pixels.push_back({keep(following.row, last.row), keep(following.column, last.column)});
  }
  return pixels;
}

/// Where the weights of the panels side by side start. The last may stand twice, and is stored once.
SmallVector<Value> ConvolutionBlock::findPanels(Value firstPanel) {
  int64_t taps = kernel.convolution.rows.getKernel() * kernel.convolution.columns.getKernel();
  SmallVector<Value> starts;
  for (int64_t vector = 0; vector < vectors; ++vector) {
    Value number = emitter.min(emitter.add(firstPanel, emitter.index(vector)), emitter.index(panels - 1));
    number = emitter.add(emitter.mul(group, panels), number);
    starts.push_back(emitter.mul(number, taps * pictures.channels * panel));
  }
  return starts;
}

/// Sums over all taps of the phase, one vector for each pixel and panel side by side. Taps are taken in runs along a row.
SmallVector<Value> ConvolutionBlock::emitTaps(Value firstPanel, ArrayRef<Pixel> pixels) {
  ImplicitLocOpBuilder &b = emitter.b;
  SmallVector<Value> origins[2];
  for (const Pixel &pixel : pixels) {
    origins[0].push_back(pictures.origin(axes[0], pixel.row));
    origins[1].push_back(pictures.origin(axes[1], pixel.column));
  }
  SmallVector<Value> starts = findPanels(firstPanel);
  SmallVector<Value> sums(pixels.size() * vectors, emitter.splat(b.getF32FloatAttr(0), panel));
  int64_t run = pictures.getContiguousTaps(), columns = kernel.convolution.columns.getKernel();
  auto overRows = [&](Value u, ValueRange rowSums) {
    SmallVector<Pictures::Place> places;
    for (Value origin : origins[0])
      places.push_back(pictures.place(axes[0], origin, u));
    Value rowTap = emitter.add(axes[0].first, emitter.mul(u, pictures.windows[0].tapStep));
    auto overColumns = [&](Value v, ValueRange columnSums) {
      Value columnTap = emitter.add(axes[1].first, emitter.mul(v, pictures.windows[1].tapStep));
      Value tap = emitter.add(emitter.mul(rowTap, columns), columnTap);
      SmallVector<Value> strips;
      for (Value start : starts)
        strips.push_back(emitter.add(start, emitter.mul(tap, pictures.channels * panel)));
      auto addressesOf = [&](Value tap) {
        SmallVector<Value> addresses;
        for (auto [row, origin] : llvm::zip_equal(places, origins[1]))
          addresses.push_back(
              pictures.addressOrZeros(image, row, pictures.place(axes[1], origin, emitter.add(v, tap)), group));
        return addresses;
      };
      return emitRun(strips, run, addressesOf, columnSums);
    };
    return emitter.loop(emitter.index(0), axes[1].count, run, rowSums, overColumns);
  };
  return emitter.loop(emitter.index(0), axes[0].count, 1, sums, overRows);
}

/// Whether the tile's pixels lie as far apart as neighbours in a row do: inside the picture, and in one row or where rows
/// follow each other without a gap.
Value ConvolutionBlock::evenlySpaced(ArrayRef<Value> addresses) {
  Value even = arith::ConstantOp::create(emitter.b, emitter.b.getBoolAttr(true));
  for (auto [pixel, address] : llvm::enumerate(addresses)) {
    Value expected = emitter.add(addresses[0], emitter.index(pixel * pictures.pixelStep));
    even = emitter.both(even, emitter.equal(address, expected));
  }
  return even;
}

/// Adds what some taps that follow each other in a row give. Where the pixels are evenly spaced, one address with constant
/// distances serves them all, and the taps' channels are one sequence; else each pixel has its own address.
SmallVector<Value> ConvolutionBlock::emitRun(ArrayRef<Value> strips, int64_t taps, AddressesOfTap addressesOf,
                                             ValueRange sums) {
  auto apart = [&] {
    return emitter.loop(emitter.index(0), emitter.index(taps), 1, sums, [&](Value tap, ValueRange carried) {
      SmallVector<Value> moved;
      for (Value strip : strips)
        moved.push_back(emitter.add(strip, emitter.mul(tap, pictures.channels * panel)));
      return emitChannels(addressesOf(tap), moved, pictures.channels, carried);
    });
  };
  if (pictures.pixelStep == 0)
    return apart();
  SmallVector<Value> first = addressesOf(emitter.index(0));
  Value even = evenlySpaced(first);
  if (taps > 1)
    even = emitter.both(even, evenlySpaced(addressesOf(emitter.index(taps - 1))));
  auto together = [&] {
    SmallVector<Value> addresses;
    for (size_t pixel = 0; pixel < first.size(); ++pixel)
      addresses.push_back(emitter.add(first[0], emitter.index(pixel * pictures.pixelStep)));
    return emitChannels(addresses, strips, taps * pictures.channels, sums);
  };
  return emitter.branch(even, together, apart);
}

/// The inner loop: each channel of each pixel times the panels' outputs. Some channels a turn, so that counting addresses does
/// not compete with multiply-adds for the front end.
SmallVector<Value> ConvolutionBlock::emitChannels(ArrayRef<Value> addresses, ArrayRef<Value> strips, int64_t channels,
                                                  ValueRange sums) {
  int64_t turn = costs::channelsPerTurn;
  while (channels % turn != 0)
    --turn;
  Value from = emitter.index(0), to = emitter.index(channels);
  return emitter.loop(from, to, turn, sums, [&](Value first, ValueRange carried) {
    SmallVector<Value> next(carried);
    for (int64_t channel = 0; channel < turn; ++channel)
      addChannel(emitter.add(first, emitter.index(channel)), addresses, strips, next);
    return next;
  });
}

void ConvolutionBlock::addChannel(Value channel, ArrayRef<Value> addresses, ArrayRef<Value> strips,
                                  SmallVectorImpl<Value> &sums) {
  Value filter = emitter.buffer(kernel.convolution.other);
  SmallVector<Value> weights;
  for (Value strip : strips) {
    Value at = emitter.add(strip, emitter.mul(channel, panel));
    weights.push_back(emitter.loadVector(filter, at, panel));
    emitter.prefetch(filter, emitter.add(at, emitter.index(costs::prefetchedChannels * panel)));
  }
  for (auto [pixel, address] : llvm::enumerate(addresses)) {
    Value element = emitter.broadcast(pictures.load(address, channel), panel);
    for (auto [vector, weight] : llvm::enumerate(weights)) {
      Value &sum = sums[pixel * vectors + vector];
      sum = vector::FMAOp::create(emitter.b, element, weight, sum);
    }
  }
}

/// Stores the tile's pixels that exist, or what the epilogue makes of them.
void ConvolutionBlock::storeTile(ValueRange sums, Value firstPanel, Value firstPixel, Pixel first) {
  int64_t columns = vectors * panel;
  for (auto [number, sum] : llvm::enumerate(sums))
    emitter.storeVector(sum, tile, emitter.index(number * panel));
  Value output = emitter.mul(firstPanel, panel);
  bool whole = outputsPerGroup % columns == 0;
  Value mask = whole ? Value() : emitter.firstLanes(emitter.sub(emitter.index(outputsPerGroup), output), columns);
  output = emitter.add(emitter.mul(group, outputsPerGroup), output);
  Value count = emitter.min(emitter.sub(end, firstPixel), emitter.index(rows));
  emitter.loop(emitter.index(0), count, 1, {first.row, first.column}, [&](Value number, ValueRange at) {
    Pixel pixel{at[0], at[1]}, following = next(pixel);
    storePixel(emitter.loadVector(tile, emitter.mul(number, columns), columns), pixel, output, mask);
    return SmallVector<Value>{following.row, following.column};
  });
}

void ConvolutionBlock::storePixel(Value sum, Pixel pixel, Value output, Value mask) {
  auto inPicture = [&](Value index, unsigned axis) {
    return emitter.add(emitter.mul(index, pictures.windows[axis].phases), phases[axis]);
  };
  Point at;
  at.loops = {image, inPicture(pixel.row, 0), inPicture(pixel.column, 1), output};
  at.laneLoop = 3;
  at.lanes = vectors * panel;
  at.mask = mask;
  storeRootResult(emitter, sum, at);
}

/// Outputs of a group are computed in whole panels.
static Match matchConvolution(const KernelView &kernel) {
  Match match = estimateOperations(kernel);
  int64_t wanted = kernel.root.loops[3].fixed / kernel.convolution.groups;
  auto computed = static_cast<double>(llvm::alignTo(wanted, panel));
  return {*match.cost * computed / static_cast<double>(wanted), match.reason + ", outputs in whole panels"};
}

const Strategy cpu::convolution{{"Direct", KernelForm::Convolution, matchConvolution}, emitConvolution};
