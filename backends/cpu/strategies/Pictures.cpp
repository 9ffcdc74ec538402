// Addresses of pixels.
#include "backends/cpu/strategies/Pictures.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace vae;
using namespace vae::cpu;

static int64_t getGroupChannels(const KernelView &kernel) {
  return kernel.buffers[kernel.convolution.picture].shape[3].fixed / kernel.convolution.groups;
}

Pictures::Pictures(Emitter &emitter)
    : windows{WindowPhases(emitter.kernel.convolution.rows), WindowPhases(emitter.kernel.convolution.columns)},
      channels(getGroupChannels(emitter.kernel)), emitter(emitter), form(emitter.kernel.convolution) {
  if (windows[1].divisor == 1)
    pixelStep = windows[1].stride * form.groups * channels * static_cast<int64_t>(sizeof(float));
  ImplicitLocOpBuilder &b = emitter.b;
  base = memref::ExtractAlignedPointerAsIndexOp::create(b, emitter.buffer(form.picture));
  Value zeros = emitter.stackArray(channels);
  emitter.loop(emitter.index(0), emitter.index(channels), 1, [&](Value channel) {
    memref::StoreOp::create(b, arith::ConstantOp::create(b, b.getF32FloatAttr(0)), zeros, channel);
  });
  zeroAddress = memref::ExtractAlignedPointerAsIndexOp::create(b, zeros);
}

Pictures::Axis Pictures::axis(unsigned number, Value phase) {
  const WindowPhases &window = windows[number];
  Value length = emitter.length(emitter.kernel.buffers[form.picture].shape[1 + number]);
  return {&window, length, emitter.lookUp(window.counts, phase), emitter.lookUp(window.firsts, phase),
          emitter.lookUp(window.offsets, phase)};
}

/// Below zero numbers wrap around, and as unsigned ones are larger than any length.
Value Pictures::origin(const Axis &axis, Value index) {
  return emitter.add(emitter.mul(index, axis.window->stride), axis.offset);
}

Pictures::Place Pictures::read(Value at, Value length, int64_t divisor, bool exact) {
  Value inside = emitter.lessThan(at, emitter.mul(length, divisor));
  if (divisor == 1)
    return {at, inside};
  Value index = emitter.div(at, divisor);
  if (exact)
    inside = emitter.both(inside, emitter.equal(emitter.rem(at, emitter.index(divisor)), emitter.index(0)));
  return {index, inside};
}

Pictures::Place Pictures::place(const Axis &axis, Value origin, Value tap) {
  Value at = emitter.add(origin, emitter.mul(tap, axis.window->dilation));
  return read(at, axis.length, axis.window->divisor, /*exact=*/false);
}

Pictures::Place Pictures::place(unsigned number, Value output, Value tap) {
  program::WindowAttr window = number == 0 ? form.rows : form.columns;
  Value at = emitter.add(emitter.mul(output, window.getStride()), emitter.mul(tap, window.getDilation()));
  at = emitter.add(at, emitter.index(window.getOffset()));
  Value length = emitter.length(emitter.kernel.buffers[form.picture].shape[1 + number]);
  return read(at, length, window.getDivisor(), window.getExact());
}

Pictures::Place Pictures::placeAt(unsigned axis, Value index) {
  return {index, emitter.lessThan(index, emitter.length(emitter.kernel.buffers[form.picture].shape[1 + axis]))};
}

Value Pictures::address(Value image, Value row, Value column, Value group) {
  const KernelBuffer &picture = emitter.kernel.buffers[form.picture];
  Value line = emitter.add(emitter.mul(image, emitter.length(picture.shape[1])), row);
  Value pixel = emitter.add(emitter.mul(line, emitter.length(picture.shape[2])), column);
  Value element = emitter.add(emitter.mul(pixel, picture.shape[3].fixed), emitter.mul(group, channels));
  return emitter.add(base, emitter.mul(element, sizeof(float)));
}

Value Pictures::addressOrZeros(Value image, const Place &row, const Place &column, Value group) {
  Value inside = emitter.both(row.inside, column.inside);
  return emitter.select(inside, address(image, row.index, column.index, group), zeros());
}

int64_t Pictures::getContiguousTaps() const {
  bool contiguous = form.groups == 1 && windows[1].divisor == 1 && windows[1].dilation == 1 && windows[1].tapStep == 1;
  return contiguous ? form.columns.getKernel() : 1;
}

Value Pictures::load(Value address, Value element) { return loadAs(emitter.b.getF32Type(), address, element); }

Value Pictures::loadVector(Value address, Value element, int64_t width) {
  return loadAs(VectorType::get({width}, emitter.b.getF32Type()), address, element);
}

Value Pictures::loadAs(Type type, Value address, Value element) {
  ImplicitLocOpBuilder &b = emitter.b;
  Value bytes = emitter.add(address, emitter.mul(element, sizeof(float)));
  Value number = emitter.cast(bytes, b.getI64Type());
  Value pointer = LLVM::IntToPtrOp::create(b, LLVM::LLVMPointerType::get(b.getContext()), number);
  return LLVM::LoadOp::create(b, type, pointer, /*alignment=*/sizeof(float));
}
