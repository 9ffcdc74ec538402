// Convolutions of 3 x 3 taps by minimal filtering: a block transforms the patches of some tiles of 4 x 4 outputs once, and for
// each strip of outputs the filter, multiplies them as matrices, and transforms the products back. Nothing of that leaves
// the caches. Outputs that are not finite are computed again as sums of products, for an infinity or a NaN would spread over
// its tile.
#include "backends/cpu/Costs.h"
#include "backends/cpu/MicroKernel.h"
#include "backends/cpu/strategies/BlockSpace.h"
#include "backends/cpu/strategies/Pictures.h"
#include "backends/cpu/strategies/RootResult.h"
#include "backends/cpu/strategies/Strategy.h"
#include "backends/cpu/strategies/WinogradTransforms.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include <cmath>

using namespace mlir;
using namespace vae;
using namespace vae::cpu;

static constexpr int64_t panel = program::filterPanel, outputs = MinimalFilter::outputs, taps = MinimalFilter::taps;

/// Which filter computes outputs of windows along an axis; null where none does.
static const MinimalFilter *findFilter(program::WindowAttr window) {
  if (window.getKernel() != taps || window.getStride() != 1)
    return nullptr;
  if (window.getDivisor() == 1 && std::abs(window.getDilation()) == 1)
    return &getPlainFilter();
  // The first tap of the first output reads the second time that an input stands.
  bool doubles = window.getDivisor() == 2 && !window.getExact() && window.getDilation() == 1;
  return doubles && window.getOffset() % 2 != 0 ? &getDoublingFilter() : nullptr;
}

namespace {

/// What of a picture a block covers, in tiles, and how much scratch that takes.
struct WinogradPlan {
  explicit WinogradPlan(const KernelView &kernel);
  int64_t tiles() const { return tileRows * tileColumns; }
  int64_t products() const { return filter->products() * filter->products(); }
  /// Bytes that neighbouring tiles are apart are no power of two, nor are those of neighbouring functions: in scratch they would
  /// all lie in one set of the cache.
  int64_t tileFloats() const { return channels + panel; }
  int64_t formFloats() const { return tiles() * tileFloats() + panel; }
  int64_t inputFloats() const { return filter->forms * filter->forms * formFloats(); }

  const MinimalFilter *filter; // along both axes
  int64_t channels, panels;
  int64_t tileRows, tileColumns;
};

/// One block: some tiles of one image, some panels of outputs.
class WinogradBlock {
public:
  WinogradBlock(Emitter &emitter, Pictures &pictures, const WinogradPlan &plan);
  int64_t getScratchFloats() const { return productStart + plan.products() * productFloats; }
  void emit(ArrayRef<LoopRange> ranges);

private:
  using Grid = SmallVector<SmallVector<Value>>; // of vectors: by row, then column
  using Transform = SmallVector<Value> (*)(Emitter &emitter, ValueRange values);
  Grid transform(const Grid &grid, Transform along);
  Pictures::Place placeOf(unsigned axis, Value tile, int64_t position);
  void transformInputs();
  void transformTile(Value tileRow, Value tileColumn);
  Value panelStart(int64_t vector);
  void transformFilter(Value row);
  void transformWeights(Value channel, ArrayRef<Value> factors, Value start, int64_t lane);
  Value weightTap(Value start, Value channel, int64_t u, int64_t v, int64_t lane);
  void multiply(Value row);
  TileOperands tileOperands(Value input, Value firstTile, Value weights);
  void transformProducts();
  void storeTile(Value number);
  Value transformTileProducts(Value number);
  void computePixel(Value row, Value column, Value at);
  void storePixel(Value row, Value column, Value at);

  Emitter &emitter;
  const KernelView &kernel;
  Pictures &pictures;
  const WinogradPlan &plan;
  const MinimalFilter &filter;
  int64_t width, vectors, columns;                  // lanes; panels side by side, and their outputs
  int64_t rows;                                     // of the register tile
  int64_t weightStart, productStart, productFloats; // in scratch, behind the inputs
  Value pixels;                                     // on the stack: a tile's outputs, [pixel][columns]
  Value image, firstPanel, tileRows, tileColumns, tiles;
  LoopRange ranges[2];
};

} // namespace

WinogradPlan::WinogradPlan(const KernelView &kernel)
    : filter(findFilter(kernel.convolution.rows)), channels(kernel.buffers[kernel.convolution.picture].shape[3].fixed),
      panels(kernel.buffers[kernel.convolution.other].shape[1].fixed), tileRows(costs::winogradTileRows),
      tileColumns(costs::winogradTileColumns) {
  auto shrink = [](int64_t &tiles, const Extent &extent) {
    if (extent.isStatic())
      tiles = std::min<int64_t>(tiles, llvm::divideCeilSigned(extent.fixed, outputs));
  };
  shrink(tileRows, kernel.root.loops[1]);
  shrink(tileColumns, kernel.root.loops[2]);
}

WinogradBlock::WinogradBlock(Emitter &emitter, Pictures &pictures, const WinogradPlan &plan)
    : emitter(emitter), kernel(emitter.kernel), pictures(pictures), plan(plan), filter(*plan.filter),
      width(emitter.target.vectorWidth), vectors(std::min(emitter.target.tileColumns / panel, plan.panels)),
      columns(vectors * panel) {
  // Register tiles share the block's tiles evenly.
  rows = llvm::divideCeilSigned(plan.tiles(), llvm::divideCeilSigned(plan.tiles(), emitter.target.tileRows));
  weightStart = llvm::alignTo(plan.inputFloats(), panel);
  productStart = weightStart + filter.products() * plan.channels * columns;
  productFloats = llvm::alignTo(plan.tiles(), rows) * columns;
  pixels = emitter.stackArray(outputs * outputs * columns);
}

void WinogradBlock::emit(ArrayRef<LoopRange> blockRanges) {
  image = blockRanges[0].from;
  ranges[0] = blockRanges[2];
  ranges[1] = blockRanges[3];
  tileRows = emitter.ceilDiv(emitter.sub(ranges[0].to, ranges[0].from), outputs);
  tileColumns = emitter.ceilDiv(emitter.sub(ranges[1].to, ranges[1].from), outputs);
  tiles = emitter.mul(tileRows, tileColumns);
  transformInputs();
  emitter.loop(blockRanges[1].from, blockRanges[1].to, vectors, [&](Value first) {
    firstPanel = first;
    emitter.loop(emitter.index(0), emitter.index(filter.products()), 1, [&](Value row) {
      transformFilter(row);
      multiply(row);
    });
    transformProducts();
  });
}

/// Transforms the columns of a grid, then its rows.
WinogradBlock::Grid WinogradBlock::transform(const Grid &grid, Transform along) {
  Grid turned(grid[0].size());
  for (size_t column = 0; column < turned.size(); ++column) {
    SmallVector<Value> values = llvm::map_to_vector(grid, [&](const auto &row) { return row[column]; });
    turned[column] = along(emitter, values);
  }
  Grid result;
  for (size_t row = 0; row < turned[0].size(); ++row) {
    SmallVector<Value> values = llvm::map_to_vector(turned, [&](const auto &column) { return column[row]; });
    result.push_back(along(emitter, values));
  }
  return result;
}

//===-- Inputs -------------------------------------------------------------------===//

/// A place of a tile's patch along an axis.
Pictures::Place WinogradBlock::placeOf(unsigned axis, Value tile, int64_t position) {
  program::WindowAttr window = axis == 0 ? kernel.convolution.rows : kernel.convolution.columns;
  // With a negative dilation the last tap comes first.
  int64_t offset = window.getOffset() + std::min<int64_t>(0, window.getDilation() * (taps - 1));
  // Exact: where inputs stand twice, the offset is odd.
  int64_t first = (offset - (window.getDivisor() - 1)) / window.getDivisor();
  Value start = emitter.div(ranges[axis].from, outputs / filter.step);
  Value at = emitter.add(emitter.add(start, emitter.mul(tile, filter.step)), emitter.index(first + position));
  return pictures.placeAt(axis, at);
}

void WinogradBlock::transformInputs() {
  emitter.outlined("inputs", [&] {
    emitter.loop(emitter.index(0), tileRows, 1, [&](Value row) {
      emitter.loop(emitter.index(0), tileColumns, 1, [&](Value column) { transformTile(row, column); });
    });
  });
}

void WinogradBlock::transformTile(Value tileRow, Value tileColumn) {
  Grid addresses;
  for (int64_t i = 0; i < filter.patch; ++i) {
    Pictures::Place row = placeOf(0, tileRow, i);
    addresses.emplace_back();
    for (int64_t j = 0; j < filter.patch; ++j)
      addresses.back().push_back(pictures.addressOrZeros(image, row, placeOf(1, tileColumn, j), emitter.index(0)));
  }
  Value number = emitter.add(emitter.mul(tileRow, tileColumns), tileColumn);
  Value line = emitter.mul(number, plan.tileFloats());
  emitter.loop(emitter.index(0), emitter.index(plan.channels), width, [&](Value channel) {
    Grid grid;
    for (const auto &row : addresses)
      grid.push_back(
          llvm::map_to_vector(row, [&](Value address) { return pictures.loadVector(address, channel, width); }));
    Value at = emitter.add(line, channel);
    for (auto [i, row] : llvm::enumerate(transform(grid, filter.transformInputs)))
      for (auto [j, value] : llvm::enumerate(row)) {
        int64_t form = static_cast<int64_t>(i) * filter.forms + static_cast<int64_t>(j);
        emitter.storeVector(value, emitter.scratch(), emitter.add(at, emitter.index(form * plan.formFloats())));
      }
  });
}

//===-- Filter -------------------------------------------------------------------===//

/// Where the weights of one of the panels side by side begin. The last panel may stand twice, and is stored once.
Value WinogradBlock::panelStart(int64_t vector) {
  Value number = emitter.min(emitter.add(firstPanel, emitter.index(vector)), emitter.index(plan.panels - 1));
  return emitter.mul(number, taps * taps * plan.channels * panel);
}

/// The weights of one row of products for the panels side by side: [product][channel][columns].
void WinogradBlock::transformFilter(Value row) {
  emitter.outlined("filter", [&] {
    ImplicitLocOpBuilder &b = emitter.b;
    SmallVector<Value> factors;
    for (int64_t u = 0; u < taps; ++u) {
      Value factor = arith::ConstantOp::create(b, b.getF32FloatAttr(static_cast<float>(filter.filters[0][u])));
      for (int64_t product = 1; product < filter.products(); ++product) {
        Value other = arith::ConstantOp::create(b, b.getF32FloatAttr(static_cast<float>(filter.filters[product][u])));
        factor = emitter.select(emitter.equal(row, emitter.index(product)), other, factor);
      }
      factors.push_back(emitter.broadcast(factor, width));
    }
    for (int64_t vector = 0; vector < vectors; ++vector) {
      Value start = panelStart(vector);
      emitter.loop(emitter.index(0), emitter.index(plan.channels), 1, [&](Value channel) {
        for (int64_t lane = 0; lane < panel; lane += width)
          transformWeights(channel, factors, start, vector * panel + lane);
      });
    }
  });
}

/// Some lanes of one channel's weights; `lane` counts from the first of the panels side by side.
void WinogradBlock::transformWeights(Value channel, ArrayRef<Value> factors, Value start, int64_t lane) {
  ImplicitLocOpBuilder &b = emitter.b;
  auto combine = [&](ArrayRef<Value> values, ArrayRef<Value> by) {
    Value sum = arith::MulFOp::create(b, values[0], by[0]);
    for (int64_t tap = 1; tap < taps; ++tap)
      sum = vector::FMAOp::create(b, values[tap], by[tap], sum);
    return sum;
  };
  SmallVector<Value> row;
  for (int64_t v = 0; v < taps; ++v) {
    SmallVector<Value> column;
    for (int64_t u = 0; u < taps; ++u)
      column.push_back(weightTap(start, channel, u, v, lane % panel));
    row.push_back(combine(column, factors));
  }
  for (auto [product, filters] : llvm::enumerate(filter.filters)) {
    SmallVector<Value> by = llvm::map_to_vector(
        filters, [&](double factor) { return emitter.splat(b.getF32FloatAttr(static_cast<float>(factor)), width); });
    Value line = emitter.add(emitter.index(static_cast<int64_t>(product) * plan.channels), channel);
    Value at = emitter.add(emitter.mul(line, columns), emitter.index(weightStart + lane));
    emitter.storeVector(combine(row, by), emitter.scratch(), at);
  }
}

/// The filter's tap that meets place (u, v) of a window.
Value WinogradBlock::weightTap(Value start, Value channel, int64_t u, int64_t v, int64_t lane) {
  if (kernel.convolution.rows.getDilation() < 0)
    u = taps - 1 - u;
  if (kernel.convolution.columns.getDilation() < 0)
    v = taps - 1 - v;
  Value line = emitter.add(emitter.index((u * taps + v) * plan.channels), channel);
  Value at = emitter.add(start, emitter.add(emitter.mul(line, panel), emitter.index(lane)));
  return emitter.loadVector(emitter.buffer(kernel.convolution.other), at, width);
}

//===-- Products -----------------------------------------------------------------===//

/// One row of products: matrices of [tile][channel] and [channel][output].
void WinogradBlock::multiply(Value row) {
  Value inputRow = emitter.mul(emitter.lookUp(filter.sources, row), filter.forms);
  emitter.loop(emitter.index(0), emitter.index(filter.products()), 1, [&](Value column) {
    Value form = emitter.add(inputRow, emitter.lookUp(filter.sources, column));
    Value input = emitter.mul(form, plan.formFloats());
    Value weights = emitter.add(emitter.mul(column, plan.channels * columns), emitter.index(weightStart));
    Value product = emitter.add(emitter.mul(row, filter.products()), column);
    Value result = emitter.add(emitter.mul(product, productFloats), emitter.index(productStart));
    emitter.loop(emitter.index(0), tiles, rows, [&](Value firstTile) {
      SmallVector<Value> sums = emitMicroKernel(emitter, tileOperands(input, firstTile, weights));
      Value at = emitter.add(result, emitter.mul(firstTile, columns));
      for (auto [number, sum] : llvm::enumerate(sums))
        emitter.storeVector(sum, emitter.scratch(), emitter.add(at, emitter.index(number * columns)));
    });
  });
}

/// What the register tile multiplies: inputs of some tiles, of which those beyond the last repeat it, and the weights.
TileOperands WinogradBlock::tileOperands(Value input, Value firstTile, Value weights) {
  TileOperands operands;
  operands.lhs = operands.rhs = emitter.scratch();
  Value last = emitter.sub(tiles, emitter.index(1));
  for (int64_t tile = 0; tile < rows; ++tile) {
    Value number = emitter.min(emitter.add(firstTile, emitter.index(tile)), last);
    operands.rows.push_back(emitter.add(input, emitter.mul(number, plan.tileFloats())));
  }
  operands.rowStep = emitter.index(1);
  operands.strip = weights;
  operands.stripStep = emitter.index(columns);
  operands.depth = emitter.index(plan.channels);
  operands.columns = columns;
  operands.turn = costs::channelsPerTurn;
  return operands;
}

//===-- Results ------------------------------------------------------------------===//

void WinogradBlock::transformProducts() {
  emitter.outlined("results", [&] { emitter.loop(emitter.index(0), tiles, 1, [&](Value tile) { storeTile(tile); }); });
}

/// A tile's outputs, and then those that the picture has, or what the epilogue makes of them.
void WinogradBlock::storeTile(Value number) {
  Value row = emitter.add(ranges[0].from, emitter.mul(emitter.div(number, tileColumns), outputs));
  Value column = emitter.add(ranges[1].from, emitter.mul(emitter.rem(number, tileColumns), outputs));
  auto within = [&](Value from, const LoopRange &range) {
    return emitter.min(emitter.sub(range.to, from), emitter.index(outputs));
  };
  auto forPixels = [&](llvm::function_ref<void(Value row, Value column, Value at)> body) {
    emitter.loop(emitter.index(0), within(row, ranges[0]), 1, [&](Value i) {
      emitter.loop(emitter.index(0), within(column, ranges[1]), 1, [&](Value j) {
        Value at = emitter.mul(emitter.add(emitter.mul(i, outputs), j), columns);
        body(emitter.add(row, i), emitter.add(column, j), at);
      });
    });
  };
  Value finite = transformTileProducts(number);
  auto compute = [&] {
    forPixels([&](Value row, Value column, Value at) { computePixel(row, column, at); });
    return SmallVector<Value>();
  };
  emitter.branch(finite, [] { return SmallVector<Value>(); }, compute);
  forPixels([&](Value row, Value column, Value at) { storePixel(row, column, at); });
}

/// Leaves a tile's outputs in `pixels`, and tells whether all are finite. Where an input, or a function of inputs, is not, outputs
/// that do not read it are not finite either: only those can be wrong.
Value WinogradBlock::transformTileProducts(Value number) {
  ImplicitLocOpBuilder &b = emitter.b;
  int64_t products = filter.products();
  Value line = emitter.add(emitter.mul(number, columns), emitter.index(productStart));
  Value zero = emitter.splat(b.getF32FloatAttr(0), width);
  auto transformLanes = [&](Value lane, ValueRange carried) {
    Value at = emitter.add(line, lane);
    Grid grid(products);
    for (int64_t i = 0; i < products; ++i)
      for (int64_t j = 0; j < products; ++j)
        grid[i].push_back(emitter.loadVector(
            emitter.scratch(), emitter.add(at, emitter.index((i * products + j) * productFloats)), width));
    Value zeros = carried[0];
    for (auto [i, row] : llvm::enumerate(transform(grid, filter.transformProducts)))
      for (auto [j, value] : llvm::enumerate(row)) {
        emitter.storeVector(value, pixels, emitter.add(emitter.index((i * outputs + j) * columns), lane));
        zeros = vector::FMAOp::create(b, value, zero, zeros);
      }
    return SmallVector<Value>{zeros};
  };
  Value zeros = emitter.loop(emitter.index(0), emitter.index(columns), width, {zero}, transformLanes)[0];
  Value sum = vector::ReductionOp::create(b, vector::CombiningKind::ADD, zeros);
  return arith::CmpFOp::create(b, arith::CmpFPredicate::ORD, sum, sum);
}

/// One pixel's outputs as the sums of products that they are.
void WinogradBlock::computePixel(Value row, Value column, Value at) {
  ImplicitLocOpBuilder &b = emitter.b;
  Value zero = emitter.index(0), pixel[] = {row, column};
  SmallVector<Value> sums(vectors, emitter.splat(b.getF32FloatAttr(0), panel));
  sums = emitter.loop(zero, emitter.index(taps * taps), 1, sums, [&](Value tap, ValueRange carried) {
    Value ofTap[] = {emitter.div(tap, taps), emitter.rem(tap, emitter.index(taps))};
    Pictures::Place places[2];
    for (unsigned axis = 0; axis < 2; ++axis)
      places[axis] = pictures.place(axis, pixel[axis], ofTap[axis]);
    Value address = pictures.addressOrZeros(image, places[0], places[1], zero);
    Value line = emitter.mul(tap, plan.channels);
    return emitter.loop(zero, emitter.index(plan.channels), 1, carried, [&](Value channel, ValueRange carried) {
      Value element = emitter.broadcast(pictures.load(address, channel), panel);
      SmallVector<Value> next;
      for (auto [vector, sum] : llvm::enumerate(carried)) {
        Value weights = emitter.add(panelStart(vector), emitter.mul(emitter.add(line, channel), panel));
        Value factors = emitter.loadVector(emitter.buffer(kernel.convolution.other), weights, panel);
        next.push_back(vector::FMAOp::create(b, element, factors, sum));
      }
      return next;
    });
  });
  for (auto [vector, sum] : llvm::enumerate(sums))
    emitter.storeVector(sum, pixels, emitter.add(at, emitter.index(vector * panel)));
}

void WinogradBlock::storePixel(Value row, Value column, Value at) {
  int64_t wanted = kernel.root.loops[3].fixed;
  Value output = emitter.mul(firstPanel, panel);
  Point point;
  point.loops = {image, row, column, output};
  point.laneLoop = 3;
  point.lanes = columns;
  if (wanted % columns != 0)
    point.mask = emitter.firstLanes(emitter.sub(emitter.index(wanted), output), columns);
  storeRootResult(emitter, emitter.loadVector(pixels, at, columns), point);
}

//===-- Strategy -----------------------------------------------------------------===//

static LogicalResult emitWinograd(Emitter &emitter, CompiledKernel &compiled) {
  const KernelView &kernel = emitter.kernel;
  ArrayRef<Extent> loops = kernel.root.loops;
  WinogradPlan plan(kernel);
  Pictures pictures(emitter);
  WinogradBlock block(emitter, pictures, plan);
  BlockSpace blocks;
  blocks.addLoop(loops[0], 1);
  blocks.addLoop({plan.panels, -1}, costs::winogradPanels);
  blocks.addLoop(loops[1], plan.tileRows * outputs);
  blocks.addLoop(loops[2], plan.tileColumns * outputs);
  compiled.grid = {blocks.getGrid()};
  compiled.scratchBytes = block.getScratchFloats() * sizeof(float);
  blocks.emit(emitter, [&](ArrayRef<LoopRange> ranges) { block.emit(ranges); });
  return success();
}

/// What is done a tile and a block, of a picture's as many as its outputs need.
static double countOperations(const KernelView &kernel, const WinogradPlan &plan) {
  auto count = [](const Extent &extent, int64_t tile) {
    return std::ceil(countIterations(extent) / static_cast<double>(tile));
  };
  ArrayRef<Extent> loops = kernel.root.loops;
  double images = countIterations(loops[0]);
  double tiles = images * count(loops[1], outputs) * count(loops[2], outputs);
  double blocks = images * count(loops[1], plan.tileRows * outputs) * count(loops[2], plan.tileColumns * outputs);
  auto channels = static_cast<double>(plan.channels), results = static_cast<double>(plan.panels * panel);
  auto products = static_cast<double>(plan.products());
  // A product: two elements read, a multiplication, an addition. A transform: about four operations an element that it makes,
  // which is read and stored.
  return tiles * products * channels * results * 4 + tiles * products * (channels + results) * 6 +
         blocks * products * channels * results * 6;
}

static Match matchWinograd(const KernelView &kernel) {
  const ConvolutionForm &form = kernel.convolution;
  const MinimalFilter *rows = findFilter(form.rows);
  if (!rows || rows != findFilter(form.columns))
    return refuse("its windows are not 3 x 3 that move by 1, over a picture as it is or enlarged twice");
  if (form.groups != 1)
    return refuse("it has groups");
  if (kernel.buffers[form.picture].shape[3].fixed % panel != 0)
    return refuse("its input channels are not a multiple of " + Twine(panel));
  WinogradPlan plan(kernel);
  Match rest = estimateOperations(kernel);
  double others = *rest.cost - 4 * countProducts(kernel);
  return {countOperations(kernel, plan) + others, "products and transforms of tiles of 4 x 4 outputs"};
}

const Strategy cpu::winograd{{"Winograd", KernelForm::Convolution, matchWinograd}, emitWinograd};
