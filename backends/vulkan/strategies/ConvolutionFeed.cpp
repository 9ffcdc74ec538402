// What a convolution's tile is fed with: windows over the picture, and panels of the filter.
#include "backends/vulkan/strategies/ConvolutionFeed.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace vae;
using namespace vae::vulkan;

static constexpr int64_t quadsPerPanel = program::filterPanel / 4;

static int64_t getUnit(int64_t channels, int64_t depth) {
  return channels % depth == 0 ? depth : channels % 4 == 0 ? 4 : 1;
}

ConvolutionFeed::ConvolutionFeed(Emitter &shader, SharedTile &tile, const WindowPhases (&windows)[2],
                                 const ConvolutionPlace &place)
    : shader(shader), tile(tile), windows(windows), form(shader.getKernel().convolution),
      channels(shader.getKernel().buffers[form.other].shape[4].fixed), unit(getUnit(channels, tile.shape.depth)),
      columnQuads(tile.shape.columns() / 4), spread(windows[0].divisor > 1 || windows[1].divisor > 1) {
  firstChannel = shader.mul(place.group, shader.index(channels));
  for (int axis = 0; axis < 2; ++axis) {
    Value length = shader.length(shader.getKernel().buffers[form.picture].shape[1 + axis]);
    extents[axis] = shader.mul(length, shader.index(windows[axis].divisor));
    counts[axis] = shader.lookUp(windows[axis].counts, place.phases[axis]);
    firsts[axis] = shader.lookUp(windows[axis].firsts, place.phases[axis]);
    lengths.push_back(counts[axis]);
  }
  // A phase without taps takes no round, but its first step is found all the same.
  if (llvm::is_contained(windows[1].counts, 0))
    lengths[1] = arith::MaxUIOp::create(shader.b, counts[1], shader.index(1));
  lengths.push_back(shader.index(channels));
  round = shader.split(shader.index(tile.shape.depth), lengths);
  findOrigins(place);
  findPanels(place);
}

//===-- Before the loop ---------------------------------------------------------===//

void ConvolutionFeed::findOrigins(const ConvolutionPlace &place) {
  const KernelBuffer &picture = shader.getKernel().buffers[form.picture];
  int64_t quadsPerPixel = tile.shape.depth / 4;
  pixelStep = shader.mul(shader.rem(tile.thread, shader.index(quadsPerPixel)), shader.index(4));
  pixelQuad = shader.div(tile.thread, quadsPerPixel);
  Value first = shader.add(place.pixel, shader.mul(pixelQuad, shader.index(4)));
  Value last = shader.sub(place.count, shader.index(1));
  for (int64_t i = 0; i < 4; ++i) {
    Value pixel = shader.min(shader.add(first, shader.index(i)), last);
    SmallVector<Value> indices = shader.split(pixel, {place.extents[0], place.extents[0], place.extents[1]});
    Value starts[2];
    for (int axis = 0; axis < 2; ++axis)
      starts[axis] = shader.signedMulAdd(indices[1 + axis], windows[axis].stride,
                                         shader.lookUp(windows[axis].offsets, place.phases[axis]));
    Value row = shader.mul(indices[0], shader.length(picture.shape[1]));
    Value start =
        shader.signedMulAdd(shader.signedMulAdd(row, 1, starts[0]), shader.length(picture.shape[2]), starts[1]);
    origins.push_back({starts[0], starts[1], spread ? row : start});
  }
}

void ConvolutionFeed::findPanels(const ConvolutionPlace &place) {
  const KernelBuffer &filter = shader.getKernel().buffers[form.other];
  int64_t panelsPerGroup = filter.shape[1].fixed, taps = filter.shape[2].fixed * filter.shape[3].fixed;
  int64_t used = std::min(columnQuads, quadsPerPanel), loads = tile.shape.depth * columnQuads;
  if (loads < tile.shape.threads())
    brings = shader.lessThan(tile.thread, shader.index(loads));
  Value within = shader.rem(tile.thread, shader.index(tile.shape.depth * used));
  filterStep = shader.div(within, used);
  filterQuad = shader.rem(within, shader.index(used));
  for (int64_t load = 0; load < loads; load += tile.shape.threads()) {
    Value panel = shader.div(shader.add(tile.thread, shader.index(load)), tile.shape.depth * used);
    quads.push_back(shader.add(shader.mul(panel, shader.index(used)), filterQuad));
    Value existing = shader.min(shader.add(place.panel, panel), shader.index(panelsPerGroup - 1));
    Value number = shader.add(shader.mul(place.group, shader.index(panelsPerGroup)), existing);
    panels.push_back(shader.mul(number, shader.index(taps * channels)));
  }
}

Value ConvolutionFeed::getRounds() {
  Value taps = shader.mul(counts[0], counts[1]);
  return shader.ceilDiv(shader.mul(taps, shader.index(channels)), tile.shape.depth);
}

//===-- Steps -------------------------------------------------------------------===//

/// The indices of: the first step of all threads; or of this thread's pixels' first step or all four, and of its
/// filter's step.
SmallVector<Value> ConvolutionFeed::start() {
  if (unit == tile.shape.depth)
    return SmallVector<Value>(3, shader.index(0));
  SmallVector<Value> place;
  for (int64_t step = 0; step < 4; step += unit)
    llvm::append_range(place, shader.split(shader.add(pixelStep, shader.index(step)), lengths));
  llvm::append_range(place, shader.split(filterStep, lengths));
  return place;
}

SmallVector<Value> ConvolutionFeed::advance(ValueRange place) {
  SmallVector<Value> next;
  for (size_t i = 0; i < place.size(); i += 3)
    llvm::append_range(next, shader.advance(place.slice(i, 3), round, lengths));
  return next;
}

ConvolutionFeed::Step ConvolutionFeed::getStep(ValueRange place, size_t number) {
  return {place[3 * number], place[3 * number + 1], place[3 * number + 2]};
}

/// The pixel that a tap reads, without a division where the picture is not spread.
Value ConvolutionFeed::findPixel(const Origin &origin, const Step &step, Value row, Value column) {
  Value width = shader.length(shader.getKernel().buffers[form.picture].shape[2]);
  if (spread)
    return shader.add(shader.mul(shader.add(origin.pixel, shader.div(row, windows[0].divisor)), width),
                      shader.div(column, windows[1].divisor));
  Value down = shader.signedMulAdd(step.row, windows[0].dilation, shader.index(0));
  Value right = shader.signedMulAdd(step.column, windows[1].dilation, shader.index(0));
  return shader.signedMulAdd(shader.signedMulAdd(down, width, right), 1, origin.pixel);
}

/// An element of the picture, or four channels: zero outside, and beyond the last step.
Value ConvolutionFeed::loadPicture(const Origin &origin, const Step &step, int64_t width) {
  const KernelBuffer &picture = shader.getKernel().buffers[form.picture];
  Value row = shader.signedMulAdd(step.row, windows[0].dilation, origin.row);
  Value column = shader.signedMulAdd(step.column, windows[1].dilation, origin.column);
  Value valid = shader.both(shader.lessThan(row, extents[0]), shader.lessThan(column, extents[1]));
  if (unit < tile.shape.depth)
    valid = shader.both(valid, shader.lessThan(step.row, counts[0]));
  Value channel = shader.div(shader.add(firstChannel, step.channel), width);
  Value offset = shader.signedMulAdd(findPixel(origin, step, row, column), picture.shape[3].fixed / width, channel);
  Value element = shader.load(form.picture, shader.select(valid, offset, shader.index(0)), width);
  return shader.select(valid, element, shader.zero(width));
}

/// For each of four steps, the four pixels.
void ConvolutionFeed::loadPictures(ValueRange place, SmallVectorImpl<Value> &loaded) {
  SmallVector<Value> steps[4];
  for (const Origin &origin : origins) {
    if (unit == 1) {
      for (size_t step = 0; step < 4; ++step)
        steps[step].push_back(loadPicture(origin, getStep(place, step), 1));
      continue;
    }
    Step first = getStep(place, 0);
    if (unit == tile.shape.depth)
      first.channel = shader.add(first.channel, pixelStep);
    Value four = loadPicture(origin, first, 4);
    for (int64_t step = 0; step < 4; ++step)
      steps[step].push_back(shader.lane(four, step));
  }
  for (ArrayRef<Value> pixels : steps)
    loaded.push_back(shader.fromLanes(pixels));
}

/// A quad of a panel at a step; the first step's beyond the last.
Value ConvolutionFeed::loadFilter(Value panel, const Step &step) {
  const KernelBuffer &filter = shader.getKernel().buffers[form.other];
  Value row = shader.add(firsts[0], shader.mul(step.row, shader.index(windows[0].tapStep)));
  Value column = shader.add(firsts[1], shader.mul(step.column, shader.index(windows[1].tapStep)));
  Value tap = shader.add(shader.mul(row, shader.index(filter.shape[3].fixed)), column);
  Value number = shader.add(shader.mul(tap, shader.index(channels)), step.channel);
  Value within = shader.select(shader.lessThan(step.row, counts[0]), number, shader.index(0));
  Value line = shader.mul(shader.add(panel, within), shader.index(quadsPerPanel));
  return shader.load(form.other, shader.add(line, filterQuad), 4);
}

/// Beyond the last step the picture is zero, but the filter must be finite there.
SmallVector<Value> ConvolutionFeed::load(ValueRange place) {
  SmallVector<Value> loaded;
  loadPictures(place, loaded);
  Step step = getStep(place, place.size() / 3 - 1);
  if (unit == tile.shape.depth)
    step.channel = shader.add(step.channel, filterStep);
  for (Value panel : panels) {
    Value quad = loadFilter(panel, step);
    bool partial = unit < tile.shape.depth;
    loaded.push_back(partial ? shader.select(shader.lessThan(step.row, counts[0]), quad, shader.zero(4)) : quad);
  }
  return loaded;
}

void ConvolutionFeed::store(ValueRange loaded) {
  for (int64_t step = 0; step < 4; ++step)
    tile.storeRows(shader.add(pixelStep, shader.index(step)), pixelQuad, loaded[step]);
  auto storeFilter = [&] {
    for (auto [quad, values] : llvm::zip_equal(quads, loaded.drop_front(4)))
      tile.storeColumns(filterStep, quad, values);
  };
  brings ? shader.when(brings, storeFilter) : storeFilter();
}
