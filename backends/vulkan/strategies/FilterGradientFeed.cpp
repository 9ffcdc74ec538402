// What the tile of a filter's gradient is fed with: pixels' windows over the picture, and the pixels' gradients.
#include "backends/vulkan/strategies/FilterGradientFeed.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace vae;
using namespace vae::vulkan;

/// A side of so many elements a step, of which a group has `channels` side by side.
FilterGradientFeed::Side FilterGradientFeed::makeSide(int64_t elements, int64_t channels) const {
  int64_t quads = elements / 4;
  int64_t share = static_cast<int64_t>(llvm::divideCeil(quads, threadsPerPixel));
  return {quads, channels % 4 == 0 ? 4 : 1, share};
}

FilterGradientFeed::FilterGradientFeed(Emitter &shader, SharedTile &tile, const FilterPlace &place)
    : shader(shader), tile(tile), form(shader.getKernel().convolution),
      picture(shader.getKernel().buffers[form.picture]), gradient(shader.getKernel().buffers[form.other]),
      windows{form.rows, form.columns}, threadsPerPixel(tile.shape.threads() / tile.shape.depth),
      spread(windows[0].getDivisor() > 1 || windows[1].getDivisor() > 1) {
  rowSide = makeSide(tile.shape.rows(), picture.shape[3].fixed / form.groups);
  columnSide = makeSide(tile.shape.columns(), gradient.shape[3].fixed / form.groups);
  pixel = shader.div(tile.thread, threadsPerPixel);
  firstQuad = shader.rem(tile.thread, shader.index(threadsPerPixel));
  for (const Extent &extent : ArrayRef(gradient.shape).take_front(3))
    lengths.push_back(shader.length(extent));
  round = shader.split(shader.index(tile.shape.depth), lengths);
  count = shader.volume(ArrayRef(gradient.shape).take_front(3));
  findRows(place);
  findColumns(place);
}

//===-- Before the loop ---------------------------------------------------------===//

/// This thread's quads of a step, of either side; those beyond the last are not stored.
Value FilterGradientFeed::getQuad(int64_t number) {
  return shader.add(firstQuad, shader.index(number * threadsPerPixel));
}

/// Rows beyond the last repeat it.
void FilterGradientFeed::findRows(const FilterPlace &place) {
  int64_t channels = picture.shape[3].fixed / form.groups;
  Value perTap = shader.index(channels), kernelWidth = shader.index(windows[1].getKernel());
  Value last = shader.index(windows[0].getKernel() * windows[1].getKernel() * channels - rowSide.lanes);
  Value firstChannel = shader.mul(place.group, perTap);
  for (int64_t number = 0; number < rowSide.share; ++number)
    for (int64_t lane = 0; lane < 4; lane += rowSide.lanes) {
      Value row = shader.add(place.row, shader.mul(getQuad(number), shader.index(4)));
      SmallVector<Value> tap =
          shader.split(shader.min(shader.add(row, shader.index(lane)), last), {kernelWidth, kernelWidth, perTap});
      Row found;
      for (int axis = 0; axis < 2; ++axis)
        found.offsets[axis] =
            shader.signedMulAdd(tap[axis], windows[axis].getDilation(), shader.index(windows[axis].getOffset()));
      found.pixels = shader.signedMulAdd(found.offsets[0], shader.length(picture.shape[2]), found.offsets[1]);
      found.channel = shader.add(firstChannel, tap[2]);
      rows.push_back(found);
    }
}

/// Columns beyond the last repeat it.
void FilterGradientFeed::findColumns(const FilterPlace &place) {
  int64_t outputs = gradient.shape[3].fixed / form.groups;
  Value last = shader.index(outputs - columnSide.lanes), first = shader.mul(place.group, shader.index(outputs));
  for (int64_t number = 0; number < columnSide.share; ++number)
    for (int64_t lane = 0; lane < 4; lane += columnSide.lanes) {
      Value column = shader.add(place.column, shader.mul(getQuad(number), shader.index(4)));
      columns.push_back(shader.add(first, shader.min(shader.add(column, shader.index(lane)), last)));
    }
}

Value FilterGradientFeed::getRounds() { return shader.ceilDiv(count, tile.shape.depth); }

//===-- Steps -------------------------------------------------------------------===//

/// A pixel's indices and its number.
SmallVector<Value> FilterGradientFeed::start() {
  SmallVector<Value> place = shader.split(pixel, lengths);
  place.push_back(pixel);
  return place;
}

SmallVector<Value> FilterGradientFeed::advance(ValueRange place) {
  Value depth = shader.index(tile.shape.depth);
  SmallVector<Value> next = shader.advance(place.take_front(3), round, lengths);
  next.push_back(shader.add(place[3], depth));
  return next;
}

/// Whether a place of the spread picture's axis holds an element.
Value FilterGradientFeed::checkAxis(int axis, Value at) {
  Value divisor = shader.index(windows[axis].getDivisor());
  Value inside = shader.lessThan(at, shader.mul(shader.length(picture.shape[1 + axis]), divisor));
  if (!windows[axis].getExact() || windows[axis].getDivisor() == 1)
    return inside;
  return shader.both(inside, shader.equal(shader.rem(at, divisor), shader.index(0)));
}

/// The picture's pixel for a row of the filter, without a division where the picture is not spread.
Value FilterGradientFeed::findPixel(ValueRange place, const Row &row, ArrayRef<Value> at) {
  Value height = shader.length(picture.shape[1]), width = shader.length(picture.shape[2]);
  Value image = shader.mul(place[0], height);
  if (spread) {
    Value line = shader.add(image, shader.div(at[0], windows[0].getDivisor()));
    return shader.add(shader.mul(line, width), shader.div(at[1], windows[1].getDivisor()));
  }
  Value line = shader.signedMulAdd(place[1], windows[0].getStride(), image);
  Value start = shader.signedMulAdd(line, width, shader.mul(place[2], shader.index(windows[1].getStride())));
  return shader.signedMulAdd(start, 1, row.pixels);
}

/// An element of the picture or four channels; zero where the pixel's window has no such tap, and beyond the last pixel.
Value FilterGradientFeed::loadPicture(ValueRange place, const Row &row) {
  Value valid = shader.lessThan(place[3], count), at[2];
  for (int axis = 0; axis < 2; ++axis) {
    at[axis] = shader.signedMulAdd(place[1 + axis], windows[axis].getStride(), row.offsets[axis]);
    valid = shader.both(valid, checkAxis(axis, at[axis]));
  }
  Value offset = shader.signedMulAdd(findPixel(place, row, at), picture.shape[3].fixed / rowSide.lanes,
                                     shader.div(row.channel, rowSide.lanes));
  Value element = shader.load(form.picture, shader.select(valid, offset, shader.index(0)), rowSide.lanes);
  return shader.select(valid, element, shader.zero(rowSide.lanes));
}

/// Zero beyond the last pixel.
Value FilterGradientFeed::loadGradient(Value pixel, Value output) {
  Value valid = shader.lessThan(pixel, count);
  Value offset = shader.add(shader.mul(pixel, shader.index(gradient.shape[3].fixed / columnSide.lanes)),
                            shader.div(output, columnSide.lanes));
  Value element = shader.load(form.other, shader.select(valid, offset, shader.index(0)), columnSide.lanes);
  return shader.select(valid, element, shader.zero(columnSide.lanes));
}

/// A quad of a side from what is loaded at once.
Value FilterGradientFeed::loadQuad(const Side &side, int64_t number, function_ref<Value(int64_t)> loadLanes) {
  if (side.lanes == 4)
    return loadLanes(number);
  SmallVector<Value> lanes;
  for (int64_t lane = 0; lane < 4; ++lane)
    lanes.push_back(loadLanes(4 * number + lane));
  return shader.fromLanes(lanes);
}

SmallVector<Value> FilterGradientFeed::load(ValueRange place) {
  SmallVector<Value> loaded;
  for (int64_t number = 0; number < rowSide.share; ++number)
    loaded.push_back(loadQuad(rowSide, number, [&](int64_t row) { return loadPicture(place, rows[row]); }));
  for (int64_t number = 0; number < columnSide.share; ++number)
    loaded.push_back(
        loadQuad(columnSide, number, [&](int64_t column) { return loadGradient(place[3], columns[column]); }));
  return loaded;
}

void FilterGradientFeed::store(ValueRange loaded) {
  auto storeSide = [&](const Side &side, ValueRange values, function_ref<void(Value quad, Value values)> storeQuad) {
    for (int64_t number = 0; number < side.share; ++number) {
      Value quad = getQuad(number);
      if (side.share * threadsPerPixel == side.quads)
        storeQuad(quad, values[number]);
      else
        shader.when(shader.lessThan(quad, shader.index(side.quads)), [&] { storeQuad(quad, values[number]); });
    }
  };
  storeSide(rowSide, loaded, [&](Value quad, Value values) { tile.storeRows(pixel, quad, values); });
  storeSide(columnSide, loaded.drop_front(rowSide.share),
            [&](Value quad, Value values) { tile.storeColumns(pixel, quad, values); });
}
