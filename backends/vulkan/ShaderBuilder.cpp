// Writes one compute shader for one kernel as a gpu.func: buffers, sizes, invocation ids, loops.
#include "backends/vulkan/ShaderBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SPIRV/IR/SPIRVDialect.h"
#include "mlir/Dialect/SPIRV/IR/TargetAndABI.h"
#include "mlir/Dialect/SPIRV/Transforms/SPIRVConversion.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "runtime/abi/kernel.h"

using namespace mlir;
using namespace vae;
using namespace vae::vulkan;

void vulkan::loadShaderDialects(MLIRContext *context) {
  context->loadDialect<arith::ArithDialect, gpu::GPUDialect, math::MathDialect, memref::MemRefDialect, scf::SCFDialect,
                       spirv::SPIRVDialect, vector::VectorDialect>();
}

int vulkan::getLanes(const KernelGeneric &generic) {
  return !generic.loops.empty() && generic.loops.back().isStatic() && generic.loops.back().fixed % 4 == 0 ? 4 : 1;
}

// Sizes can't be added up in a grid, so the static part is rounded up by itself, or the
/// divisor goes to one run-time size; surplus groups find nothing to do.
GridAxis vulkan::getFlatGrid(ArrayRef<Extent> loops, int64_t capacity) {
  int64_t fixed = 1;
  for (const Extent &extent : loops)
    if (extent.isStatic())
      fixed *= extent.fixed;
  GridAxis axis;
  int64_t divisor = std::max<int64_t>(1, capacity / std::max<int64_t>(fixed, 1));
  for (const Extent &extent : loops)
    if (!extent.isStatic())
      axis.push_back(getGridFactor(extent, std::exchange(divisor, 1)));
  if (axis.empty() || fixed > capacity)
    axis.push_back(getGridFactor(Extent{fixed, -1}, capacity));
  return axis;
}

/// Strategies count in `index`; nothing they compute leaves 31 bits, which lets divisions fold.
static constexpr arith::IntegerOverflowFlags noWrap =
    arith::IntegerOverflowFlags::nsw | arith::IntegerOverflowFlags::nuw;

static MemRefType getMemory(int64_t count, Type element, spirv::StorageClass storage) {
  Attribute space = spirv::StorageClassAttr::get(element.getContext(), storage);
  return MemRefType::get({count}, element, MemRefLayoutAttrInterface(), space);
}

ShaderBuilder::ShaderBuilder(const Kernel &kernel, std::array<int32_t, 3> localSize)
    : b(const_cast<program::KernelOp &>(kernel.op).getLoc(), kernel.op->getContext()), kernel(kernel) {
  module = ModuleOp::create(b.getLoc());
  b.setInsertionPointToEnd(module->getBody());
  shader = gpu::GPUModuleOp::create(b, b.getLoc(), "shader");
  b.setInsertionPointToStart(shader.getBody());
  addArguments();
  function->setAttr(gpu::GPUDialect::getKernelFuncAttrName(), b.getUnitAttr());
  function->setAttr(spirv::getEntryPointABIAttrName(), spirv::getEntryPointABIAttr(b.getContext(), localSize));
  b.setInsertionPointToStart(&function.getBody().front());
  addSizes();
}

/// Two views of each buffer share its binding, by element and by four elements; those that stay unused go when the
/// shader is finished.
void ShaderBuilder::addArguments() {
  SmallVector<Type> types;
  for (const KernelBuffer &buffer : kernel.buffers) {
    Type element = buffer.type.getElementType();
    types.push_back(getMemory(ShapedType::kDynamic, element, spirv::StorageClass::StorageBuffer));
    types.push_back(getMemory(ShapedType::kDynamic, VectorType::get(4, element), spirv::StorageClass::StorageBuffer));
  }
  function = gpu::GPUFuncOp::create(b, "main", b.getFunctionType(types, {}));
  for (unsigned argument = 0; argument < types.size(); ++argument)
    function.setArgAttr(argument, spirv::getInterfaceVarABIAttrName(),
                        spirv::getInterfaceVarABIAttr(0, argument / 2, std::nullopt, b.getContext()));
}

void ShaderBuilder::addSizes() {
  unsigned count = kernel.getNumSizes();
  for (unsigned size = 0; size < count; ++size) {
    Value word = spirv::getPushConstantValue(function, count, size, b.getI32Type(), b);
    sizes.push_back(arith::IndexCastOp::create(b, b.getIndexType(), word));
  }
}

Shader ShaderBuilder::finish(ArrayRef<GridAxis> grid) {
  b.setInsertionPointToEnd(&function.getBody().front());
  gpu::ReturnOp::create(b);
  llvm::BitVector unused(function.getNumArguments());
  for (BlockArgument argument : function.getArguments())
    unused[argument.getArgNumber()] = argument.use_empty();
  (void)function.eraseArguments(unused);
  Shader result{std::move(module), SmallVector<GridAxis>(grid)};
  result.grid.resize(3);
  return result;
}

//===-- Values ---------------------------------------------------------------===//

Value ShaderBuilder::index(int64_t value) { return arith::ConstantIndexOp::create(b, value); }
Value ShaderBuilder::add(Value a, Value c) { return b.createOrFold<arith::AddIOp>(a, c, noWrap); }
Value ShaderBuilder::sub(Value a, Value c) { return b.createOrFold<arith::SubIOp>(a, c, noWrap); }
Value ShaderBuilder::mul(Value a, Value c) { return b.createOrFold<arith::MulIOp>(a, c, noWrap); }
Value ShaderBuilder::div(Value a, Value c) { return b.createOrFold<arith::DivUIOp>(a, c); }
Value ShaderBuilder::div(Value a, int64_t c) { return div(a, index(c)); }
Value ShaderBuilder::rem(Value a, Value c) { return b.createOrFold<arith::RemUIOp>(a, c); }
Value ShaderBuilder::min(Value a, Value c) { return b.createOrFold<arith::MinUIOp>(a, c); }
Value ShaderBuilder::ceilDiv(Value a, int64_t c) { return c == 1 ? a : div(add(a, index(c - 1)), c); }

Value ShaderBuilder::lessThan(Value a, Value c) {
  return b.createOrFold<arith::CmpIOp>(arith::CmpIPredicate::ult, a, c);
}

Value ShaderBuilder::equal(Value a, Value c) { return b.createOrFold<arith::CmpIOp>(arith::CmpIPredicate::eq, a, c); }
Value ShaderBuilder::both(Value a, Value c) { return b.createOrFold<arith::AndIOp>(a, c); }

Value ShaderBuilder::select(Value condition, Value then, Value otherwise) {
  if (auto vector = dyn_cast<VectorType>(then.getType()))
    condition = vector::BroadcastOp::create(b, VectorType::get(vector.getShape(), b.getI1Type()), condition);
  return b.createOrFold<arith::SelectOp>(condition, then, otherwise);
}

Value ShaderBuilder::signedMulAdd(Value a, Value factor, Value c) {
  return b.createOrFold<arith::AddIOp>(b.createOrFold<arith::MulIOp>(a, factor), c);
}

Value ShaderBuilder::signedMulAdd(Value a, int64_t factor, Value c) { return signedMulAdd(a, index(factor), c); }

Value ShaderBuilder::lookUp(ArrayRef<int64_t> table, Value position) {
  Value entry = index(table[0]);
  for (size_t i = 1; i < table.size(); ++i)
    if (table[i] != table[0])
      entry = select(equal(position, index(static_cast<int64_t>(i))), index(table[i]), entry);
  return entry;
}

Value ShaderBuilder::length(const Extent &extent) {
  return extent.isStatic() ? index(extent.fixed) : sizes[extent.size];
}

Value ShaderBuilder::volume(ArrayRef<Extent> extents) {
  Value result = index(1);
  for (const Extent &extent : extents)
    result = mul(result, length(extent));
  return result;
}

SmallVector<Value> ShaderBuilder::split(Value flat, ArrayRef<Extent> extents) {
  SmallVector<Value> lengths;
  for (const Extent &extent : extents)
    lengths.push_back(length(extent));
  return split(flat, lengths);
}

SmallVector<Value> ShaderBuilder::split(Value flat, ValueRange lengths) {
  SmallVector<Value> indices(lengths.size());
  for (size_t i = lengths.size(); i-- > 1;) {
    indices[i] = rem(flat, lengths[i]);
    flat = div(flat, lengths[i]);
  }
  if (!lengths.empty())
    indices[0] = flat;
  return indices;
}

SmallVector<Value> ShaderBuilder::advance(ValueRange indices, ValueRange by, ValueRange lengths) {
  SmallVector<Value> result(indices.size());
  Value carry = index(0);
  for (size_t i = indices.size(); i-- > 1;) {
    Value sum = add(indices[i], add(by[i], carry));
    Value within = lessThan(sum, lengths[i]);
    result[i] = select(within, sum, sub(sum, lengths[i]));
    carry = select(within, index(0), index(1));
  }
  result[0] = add(indices[0], add(by[0], carry));
  return result;
}

static gpu::Dimension getDimension(unsigned axis) { return static_cast<gpu::Dimension>(axis); }
Value ShaderBuilder::threadId(unsigned axis) { return gpu::ThreadIdOp::create(b, getDimension(axis)); }
Value ShaderBuilder::groupId(unsigned axis) { return gpu::BlockIdOp::create(b, getDimension(axis)); }
Value ShaderBuilder::groupCount(unsigned axis) { return gpu::GridDimOp::create(b, getDimension(axis)); }

Value ShaderBuilder::zero(int64_t lanes) {
  Value zero = arith::ConstantOp::create(b, b.getF32FloatAttr(0));
  return lanes > 1 ? splat(zero) : zero;
}

Value ShaderBuilder::splat(Value value) {
  if (isa<VectorType>(value.getType()))
    return value;
  return vector::BroadcastOp::create(b, VectorType::get(4, value.getType()), value);
}

Value ShaderBuilder::lane(Value vector, int64_t position) { return vector::ExtractOp::create(b, vector, position); }

Value ShaderBuilder::fromLanes(ArrayRef<Value> lanes) {
  return vector::FromElementsOp::create(b, VectorType::get(static_cast<int64_t>(lanes.size()), lanes[0].getType()),
                                        lanes);
}

//===-- Buffers -----------------------------------------------------------------===//

Value ShaderBuilder::getView(int64_t buffer, int64_t width) const {
  return const_cast<gpu::GPUFuncOp &>(function).getArgument(2 * buffer + (width == 4 ? 1 : 0));
}

Value ShaderBuilder::offset(int64_t buffer, ValueRange indices, int64_t width) {
  const KernelBuffer &target = kernel.buffers[buffer];
  if (target.panels32) {
    Value panel = div(indices[0], VAE_PANEL_WIDTH), within = rem(indices[0], index(VAE_PANEL_WIDTH));
    Value row = add(mul(panel, length(target.shape[1])), indices[1]);
    return add(mul(row, index(VAE_PANEL_WIDTH / width)), div(within, width));
  }
  Value result = index(0);
  for (size_t i = 0, rank = indices.size(); i < rank; ++i) {
    int64_t unit = i + 1 == rank ? width : 1;
    result = add(mul(result, div(length(target.shape[i]), unit)), div(indices[i], unit));
  }
  return result;
}

Value ShaderBuilder::load(int64_t buffer, Value offset, int64_t width) {
  return memref::LoadOp::create(b, getView(buffer, width), offset);
}

void ShaderBuilder::store(int64_t buffer, Value value, Value offset) {
  memref::StoreOp::create(b, value, getView(buffer, isa<VectorType>(value.getType()) ? 4 : 1), offset);
}

bool ShaderBuilder::hasQuads(int64_t buffer, int64_t dimension) const {
  const KernelBuffer &target = kernel.buffers[buffer];
  if (target.panels32)
    return dimension == 0;
  const Extent &extent = target.shape[dimension];
  return dimension + 1 == static_cast<int64_t>(target.shape.size()) && extent.isStatic() && extent.fixed % 4 == 0;
}

Value ShaderBuilder::allocateShared(int64_t count, Type element) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&function.getBody().front());
  return memref::AllocOp::create(b, getMemory(count, element, spirv::StorageClass::Workgroup));
}

Value ShaderBuilder::loadShared(Value array, Value position) { return memref::LoadOp::create(b, array, position); }
void ShaderBuilder::storeShared(Value array, Value value, Value position) {
  memref::StoreOp::create(b, value, array, position);
}
void ShaderBuilder::barrier() { gpu::BarrierOp::create(b); }

//===-- Control -------------------------------------------------------------------===//

SmallVector<Value> ShaderBuilder::loop(Value begin, Value end, Value step, ValueRange initial, LoopBody body) {
  auto loop = scf::ForOp::create(b, begin, end, step, initial);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> carried = body(loop.getInductionVar(), loop.getRegionIterArgs());
  b.setInsertionPointToEnd(loop.getBody());
  if (!initial.empty())
    scf::YieldOp::create(b, carried);
  b.setInsertionPointAfter(loop);
  return loop.getResults();
}

void ShaderBuilder::loop(Value begin, Value end, Value step, function_ref<void(Value)> body) {
  loop(begin, end, step, ValueRange(), [&](Value iv, ValueRange) {
    body(iv);
    return SmallVector<Value>();
  });
}

void ShaderBuilder::when(Value condition, function_ref<void()> then) {
  auto branch = scf::IfOp::create(b, condition, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  then();
}

void ShaderBuilder::blocks(unsigned axis, Value count, function_ref<void(Value)> body) {
  loop(groupId(axis), count, groupCount(axis), body);
}
