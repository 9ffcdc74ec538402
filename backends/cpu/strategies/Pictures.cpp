// Addresses of pixels.
#include "backends/cpu/strategies/Pictures.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace vae;
using namespace vae::cpu;

static int64_t getGroupChannels(const Kernel &kernel) {
  return kernel.buffers[kernel.convolution.picture].shape[3].fixed / kernel.convolution.groups;
}

Pictures::Pictures(Emitter &emitter)
    : windows{WindowPhases(emitter.kernel.convolution.rows), WindowPhases(emitter.kernel.convolution.columns)},
      channels(getGroupChannels(emitter.kernel)), emitter(emitter), form(emitter.kernel.convolution) {
  OpBuilder &b = emitter.b;
  base = memref::ExtractAlignedPointerAsIndexOp::create(b, emitter.loc, emitter.buffer(form.picture));
  Value zeros = emitter.stackArray(channels);
  emitter.loop(emitter.constant(0), emitter.constant(channels), 1, [&](Value channel) {
    memref::StoreOp::create(b, emitter.loc, arith::ConstantOp::create(b, emitter.loc, b.getF32FloatAttr(0)), zeros,
                            channel);
  });
  zeroAddress = memref::ExtractAlignedPointerAsIndexOp::create(b, emitter.loc, zeros);
}

/// The entry of a table that depends on a phase.
Value Pictures::lookUp(ArrayRef<int64_t> table, Value phase) {
  Value value = emitter.constant(table[0]);
  for (size_t entry = 1; entry < table.size(); ++entry) {
    Value earlier = emitter.less(phase, emitter.constant(static_cast<int64_t>(entry)));
    value = emitter.b.createOrFold<arith::SelectOp>(emitter.loc, earlier, value, emitter.constant(table[entry]));
  }
  return value;
}

Pictures::Axis Pictures::axis(unsigned number, Value phase) {
  const WindowPhases &window = windows[number];
  Value length = emitter.extent(emitter.kernel.buffers[form.picture].shape[1 + number]);
  return {&window, length, lookUp(window.counts, phase), lookUp(window.firsts, phase), lookUp(window.offsets, phase)};
}

/// Below zero numbers wrap around, and as unsigned ones are larger than any length.
Value Pictures::origin(const Axis &axis, Value index) {
  return emitter.add(emitter.mul(index, axis.window->stride), axis.offset);
}

Pictures::Place Pictures::place(const Axis &axis, Value origin, Value tap) {
  Value at = emitter.add(origin, emitter.mul(tap, axis.window->dilation));
  Value inside = emitter.less(at, emitter.mul(axis.length, axis.window->divisor));
  return {axis.window->divisor == 1 ? at : emitter.div(at, emitter.constant(axis.window->divisor)), inside};
}

Pictures::Place Pictures::findTap(unsigned number, Value output, Value tap) {
  program::WindowAttr window = number == 0 ? form.rows : form.columns;
  Value length = emitter.extent(emitter.kernel.buffers[form.picture].shape[1 + number]);
  Value at = emitter.add(emitter.mul(output, window.getStride()), emitter.mul(tap, window.getDilation()));
  at = emitter.add(at, emitter.constant(window.getOffset()));
  Value inside = emitter.less(at, emitter.mul(length, window.getDivisor()));
  if (window.getDivisor() == 1)
    return {at, inside};
  Value divisor = emitter.constant(window.getDivisor()), index = emitter.div(at, divisor);
  if (window.getExact()) {
    Value whole = emitter.b.createOrFold<arith::CmpIOp>(emitter.loc, arith::CmpIPredicate::eq, emitter.rem(at, divisor),
                                                        emitter.constant(0));
    inside = emitter.b.createOrFold<arith::AndIOp>(emitter.loc, inside, whole);
  }
  return {index, inside};
}

Value Pictures::address(Value image, Value row, Value column, Value group) {
  const KernelBuffer &picture = emitter.kernel.buffers[form.picture];
  Value line = emitter.add(emitter.mul(image, emitter.extent(picture.shape[1])), row);
  Value pixel = emitter.add(emitter.mul(line, emitter.extent(picture.shape[2])), column);
  Value element = emitter.add(emitter.mul(pixel, picture.shape[3].fixed), emitter.mul(group, channels));
  return emitter.add(base, emitter.mul(element, sizeof(float)));
}

Value Pictures::load(Value address, Value element) {
  OpBuilder &b = emitter.b;
  Value bytes = emitter.add(address, emitter.mul(element, sizeof(float)));
  Value number = emitter.cast(bytes, b.getI64Type());
  Value pointer = LLVM::IntToPtrOp::create(b, emitter.loc, LLVM::LLVMPointerType::get(b.getContext()), number);
  return LLVM::LoadOp::create(b, emitter.loc, b.getF32Type(), pointer, /*alignment=*/sizeof(float));
}
