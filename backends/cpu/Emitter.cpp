// Builds the function of one kernel.
#include "backends/cpu/Emitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Utils/Utils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace vae;
using namespace vae::cpu;

MemRefType cpu::getFlatType(Type element) {
  // Static, for only then is the argument a bare pointer; the length is never read.
  return MemRefType::get({int64_t(1) << 56}, element);
}

/// Kernel buffers, scratch and tiles never overlap, in whichever function they are arguments.
static void setPointerAttributes(func::FuncOp function) {
  OpBuilder b(function.getContext());
  for (auto [index, type] : llvm::enumerate(function.getArgumentTypes()))
    if (isa<MemRefType>(type)) {
      function.setArgAttr(index, LLVM::LLVMDialect::getNoAliasAttrName(), b.getUnitAttr());
      function.setArgAttr(index, LLVM::LLVMDialect::getAlignAttrName(), b.getI64IntegerAttr(64));
    }
}

Emitter::Emitter(const KernelView &kernel, const CpuTarget &target, ModuleOp module, StringRef symbol)
    : IndexBuilder(kernel.op.getLoc(), arith::IntegerOverflowFlags::none), kernel(kernel), target(target) {
  SmallVector<Type> types;
  for (const KernelBuffer &buffer : kernel.buffers)
    types.push_back(getFlatType(buffer.type.getElementType()));
  types.append(kernel.getNumSizes() + 2, b.getIndexType());
  types.push_back(getFlatType(b.getF32Type()));
  b.setInsertionPointToEnd(module.getBody());
  function = func::FuncOp::create(b, (symbol + ".body").str(), b.getFunctionType(types, {}));
  Block *entry = function.addEntryBlock();
  setPointerAttributes(function);
  size_t numBuffers = kernel.buffers.size(), numSizes = kernel.getNumSizes();
  llvm::append_range(buffers, entry->getArguments().take_front(numBuffers));
  llvm::append_range(sizes, entry->getArguments().slice(numBuffers, numSizes));
  begin = entry->getArgument(numBuffers + numSizes);
  end = entry->getArgument(numBuffers + numSizes + 1);
  scratchBuffer = entry->getArguments().back();
  b.setInsertionPointToEnd(entry);
  func::ReturnOp::create(b);
  b.setInsertionPointToStart(entry);
}

//===-- Memory -----------------------------------------------------------------===//

Value Emitter::stackArray(int64_t elements) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&function.getBody().front());
  return memref::AllocaOp::create(b, MemRefType::get({elements}, b.getF32Type()), b.getI64IntegerAttr(64));
}

Value Emitter::stride(const KernelBuffer &buffer, unsigned dim) {
  Value result = index(1);
  for (const Extent &inner : ArrayRef(buffer.shape).drop_front(dim + 1))
    result = mul(result, length(inner));
  return result;
}

Address Emitter::address(const KernelBuffer &buffer, AffineMap map, const Point &at) {
  Address result;
  result.element = index(0);
  for (auto [dim, expr] : llvm::enumerate(map.getResults())) {
    auto loop = dyn_cast<AffineDimExpr>(expr);
    if (!loop)
      continue;
    int64_t position = loop.getPosition();
    Value dimStride = stride(buffer, dim);
    if (at.loops[position])
      result.element = add(result.element, mul(at.loops[position], dimStride));
    if (position != at.laneLoop || at.lanes == 1)
      continue;
    result.stride = mul(dimStride, at.step);
    result.step = getConstantIntValue(result.stride) == 1 ? LaneStep::Unit : LaneStep::Strided;
  }
  return result;
}

/// What masked lanes hold: a value that no operation on it traps for.
static TypedAttr getFiller(OpBuilder &b, Type element) {
  return isa<FloatType>(element) ? TypedAttr(b.getFloatAttr(element, 0)) : TypedAttr(b.getIntegerAttr(element, 1));
}

Value Emitter::loadVector(Value memory, Value element, int64_t width, Value mask) {
  Type scalar = mlir::cast<MemRefType>(memory.getType()).getElementType();
  auto type = VectorType::get({width}, scalar);
  if (!mask)
    return vector::LoadOp::create(b, type, memory, element);
  return vector::MaskedLoadOp::create(b, type, memory, element, mask, splat(getFiller(b, scalar), width));
}

void Emitter::storeVector(Value vector, Value memory, Value element, Value mask) {
  if (mask)
    vector::MaskedStoreOp::create(b, memory, element, mask, vector);
  else
    vector::StoreOp::create(b, vector, memory, element);
}

void Emitter::prefetch(Value memory, Value element) {
  memref::PrefetchOp::create(b, memory, element, /*isWrite=*/false, /*localityHint=*/3, /*isDataCache=*/true);
}

Value Emitter::loadAlternate(Value memory, Value element, int64_t width, Value mask) {
  Value all = splat(b.getBoolAttr(true), width), none = splat(b.getBoolAttr(false), width);
  return alternate(loadVector(memory, element, 2 * width, interleave(mask ? mask : all, none)), 0);
}

Value Emitter::gather(Value memory, Value base, Value offsets, Value mask) {
  int64_t width = mlir::cast<VectorType>(offsets.getType()).getDimSize(0);
  Type scalar = mlir::cast<MemRefType>(memory.getType()).getElementType();
  if (!mask)
    mask = splat(b.getBoolAttr(true), width);
  return vector::GatherOp::create(b, VectorType::get({width}, scalar), memory, base, offsets, mask,
                                  splat(getFiller(b, scalar), width));
}

Value Emitter::load(Value memory, const Address &address, const Point &at) {
  switch (address.step) {
  case LaneStep::Uniform:
    return memref::LoadOp::create(b, memory, address.element);
  case LaneStep::Unit:
    return loadVector(memory, address.element, at.lanes, at.mask);
  case LaneStep::Strided:
    break;
  }
  Value offsets = arith::MulIOp::create(b, lanes(at.lanes), broadcast(address.stride, at.lanes));
  return gather(memory, address.element, offsets, at.mask);
}

void Emitter::store(Value value, Value memory, const Address &address, const Point &at) {
  if (at.lanes == 1) {
    memref::StoreOp::create(b, value, memory, address.element);
    return;
  }
  value = broadcast(value, at.lanes);
  if (address.step == LaneStep::Unit)
    return storeVector(value, memory, address.element, at.mask);
  Value offsets = arith::MulIOp::create(b, lanes(at.lanes), broadcast(address.stride, at.lanes));
  Value mask = at.mask ? at.mask : splat(b.getBoolAttr(true), at.lanes);
  vector::ScatterOp::create(b, Type(), memory, address.element, offsets, mask, value);
}

void Emitter::storeResult(Value value, const KernelResult &result, const Point &at) {
  for (int64_t slot : result.buffers)
    store(value, buffer(slot), address(kernel.buffers[slot], result.map, at), at);
}

//===-- Vectors ----------------------------------------------------------------===//

Value Emitter::broadcast(Value value, int64_t width) {
  if (width == 1 || isa<VectorType>(value.getType()))
    return value;
  return b.createOrFold<vector::BroadcastOp>(VectorType::get({width}, value.getType()), value);
}

Value Emitter::splat(TypedAttr scalar, int64_t width) {
  if (width == 1)
    return arith::ConstantOp::create(b, scalar);
  return arith::ConstantOp::create(b, DenseElementsAttr::get(VectorType::get({width}, scalar.getType()), scalar));
}

Value Emitter::lanes(int64_t width) { return vector::StepOp::create(b, VectorType::get({width}, b.getIndexType())); }

Value Emitter::interleave(Value even, Value odd) {
  SmallVector<int64_t> order;
  for (int64_t width = mlir::cast<VectorType>(even.getType()).getDimSize(0), lane = 0; lane < width; ++lane)
    order.append({lane, width + lane});
  return b.createOrFold<vector::ShuffleOp>(even, odd, order);
}

Value Emitter::alternate(Value vector, int64_t first) {
  SmallVector<int64_t> order;
  for (int64_t width = mlir::cast<VectorType>(vector.getType()).getDimSize(0), lane = first; lane < width; lane += 2)
    order.push_back(lane);
  return vector::ShuffleOp::create(b, vector, vector, order);
}

Value Emitter::firstLanes(Value count, int64_t width) {
  // Clamped, for masks are compared in 32 bits.
  Value clamped = min(count, index(width));
  return vector::CreateMaskOp::create(b, VectorType::get({width}, b.getI1Type()), clamped);
}

//===-- Loops ------------------------------------------------------------------===//

SmallVector<Value> Emitter::loop(Value from, Value to, int64_t step, ValueRange carried, LoopBody body) {
  auto loopOp = scf::ForOp::create(b, from, to, index(step), carried);
  OpBuilder::InsertionGuard guard(b);
  if (carried.empty())
    b.setInsertionPoint(loopOp.getBody()->getTerminator());
  else
    b.setInsertionPointToEnd(loopOp.getBody());
  SmallVector<Value> next = body(loopOp.getInductionVar(), loopOp.getRegionIterArgs());
  if (!carried.empty())
    scf::YieldOp::create(b, next);
  return SmallVector<Value>(loopOp.getResults());
}

void Emitter::loop(Value from, Value to, int64_t step, function_ref<void(Value)> body) {
  // A loop that is known to run once, as a block of one row does, is no loop.
  std::optional<int64_t> first = getConstantIntValue(from), last = getConstantIntValue(to);
  if (first && last && *last > *first && *last - *first <= step)
    return body(from);
  loop(from, to, step, {}, [&](Value index, ValueRange) {
    body(index);
    return SmallVector<Value>();
  });
}

SmallVector<Value> Emitter::branch(Value condition, BranchBody then, BranchBody otherwise) {
  auto emit = [](BranchBody body) {
    return [body](OpBuilder &builder, Location at) { scf::YieldOp::create(builder, at, body()); };
  };
  OpBuilder::InsertionGuard guard(b);
  return SmallVector<Value>(scf::IfOp::create(b, condition, emit(then), emit(otherwise)).getResults());
}

SmallVector<Value> Emitter::laneLoop(Value from, Value to, int64_t width, ValueRange carried, LaneBody body,
                                     bool maskAll) {
  Value whole = sub(to, from);
  std::optional<int64_t> length = getConstantIntValue(whole);
  if (maskAll && !(length && *length % width == 0))
    return loop(from, to, width, carried, [&](Value index, ValueRange carried) {
      return body(index, firstLanes(sub(to, index), width), carried);
    });
  Value wholeEnd = sub(to, rem(whole, index(width)));
  SmallVector<Value> values(carried);
  if (!length || *length >= width)
    values =
        loop(from, wholeEnd, width, values, [&](Value index, ValueRange carried) { return body(index, {}, carried); });
  if (length && *length % width == 0)
    return values;
  auto tail = [&] { return body(wholeEnd, firstLanes(sub(to, wholeEnd), width), values); };
  return branch(lessThan(wholeEnd, to), tail, [&] { return values; });
}

//===-- Functions --------------------------------------------------------------===//

void Emitter::outlined(StringRef name, function_ref<void()> body) {
  OpBuilder::InsertionGuard guard(b);
  auto region = scf::ExecuteRegionOp::create(b, TypeRange());
  b.setInsertionPointToStart(&region.getRegion().emplaceBlock());
  body();
  scf::YieldOp::create(b);
  IRRewriter rewriter(b.getContext());
  std::string symbol = (function.getSymName() + "." + name).str();
  FailureOr<func::FuncOp> outlined = outlineSingleBlockRegion(rewriter, b.getLoc(), region.getRegion(), symbol);
  assert(succeeded(outlined) && "the region has one block");
  outlined->setPrivate();
  setPointerAttributes(*outlined);
}
