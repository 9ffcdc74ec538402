// Writes one compute shader for one kernel as a gpu.func: buffers, sizes, invocation ids, loops.
#include "backends/vulkan/Emitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SPIRV/IR/SPIRVDialect.h"
#include "mlir/Dialect/SPIRV/IR/TargetAndABI.h"
#include "mlir/Dialect/SPIRV/Transforms/SPIRVConversion.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

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

GridAxis vulkan::getFlatGrid(ArrayRef<Extent> loops, int64_t capacity) {
  GridAxis axis({}, capacity);
  for (const Extent &extent : loops)
    axis.factors.push_back(getGridFactor(extent));
  return axis;
}

/// Strategies count in `index`; nothing they compute leaves 31 bits, which lets divisions fold.
static constexpr arith::IntegerOverflowFlags noWrap =
    arith::IntegerOverflowFlags::nsw | arith::IntegerOverflowFlags::nuw;

static MemRefType getMemory(int64_t count, Type element, spirv::StorageClass storage) {
  Attribute space = spirv::StorageClassAttr::get(element.getContext(), storage);
  return MemRefType::get({count}, element, MemRefLayoutAttrInterface(), space);
}

Emitter::Emitter(const KernelView &kernel, std::array<int32_t, 3> localSize)
    : IndexBuilder(kernel.op.getLoc(), noWrap), kernel(kernel) {
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
void Emitter::addArguments() {
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

void Emitter::addSizes() {
  unsigned count = kernel.getNumSizes();
  for (unsigned size = 0; size < count; ++size) {
    Value word = spirv::getPushConstantValue(function, count, size, b.getI32Type(), b);
    sizes.push_back(arith::IndexCastOp::create(b, b.getIndexType(), word));
  }
}

Shader Emitter::finish(ArrayRef<GridAxis> grid) {
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

static gpu::Dimension getDimension(unsigned axis) { return static_cast<gpu::Dimension>(axis); }
Value Emitter::threadId(unsigned axis) { return gpu::ThreadIdOp::create(b, getDimension(axis)); }
Value Emitter::groupId(unsigned axis) { return gpu::BlockIdOp::create(b, getDimension(axis)); }
Value Emitter::groupCount(unsigned axis) { return gpu::GridDimOp::create(b, getDimension(axis)); }

Value Emitter::zero(int64_t lanes) {
  Value zero = arith::ConstantOp::create(b, b.getF32FloatAttr(0));
  return lanes > 1 ? splat(zero) : zero;
}

Value Emitter::splat(Value value) {
  if (isa<VectorType>(value.getType()))
    return value;
  return vector::BroadcastOp::create(b, VectorType::get(4, value.getType()), value);
}

Value Emitter::lane(Value vector, int64_t position) { return vector::ExtractOp::create(b, vector, position); }

Value Emitter::fromLanes(ArrayRef<Value> lanes) {
  return vector::FromElementsOp::create(b, VectorType::get(static_cast<int64_t>(lanes.size()), lanes[0].getType()),
                                        lanes);
}

//===-- Buffers -----------------------------------------------------------------===//

Value Emitter::getView(int64_t buffer, int64_t width) const {
  return const_cast<gpu::GPUFuncOp &>(function).getArgument(2 * buffer + (width == 4 ? 1 : 0));
}

Value Emitter::offset(int64_t buffer, ValueRange indices, int64_t width) {
  const KernelBuffer &target = kernel.buffers[buffer];
  if (target.panels32) {
    Value panel = div(indices[0], program::matrixPanel), within = rem(indices[0], index(program::matrixPanel));
    Value row = add(mul(panel, length(target.shape[1])), indices[1]);
    return add(mul(row, index(program::matrixPanel / width)), div(within, width));
  }
  Value result = index(0);
  for (size_t i = 0, rank = indices.size(); i < rank; ++i) {
    int64_t unit = i + 1 == rank ? width : 1;
    result = add(mul(result, div(length(target.shape[i]), unit)), div(indices[i], unit));
  }
  return result;
}

Value Emitter::load(int64_t buffer, Value offset, int64_t width) {
  return memref::LoadOp::create(b, getView(buffer, width), offset);
}

void Emitter::store(int64_t buffer, Value value, Value offset) {
  memref::StoreOp::create(b, value, getView(buffer, isa<VectorType>(value.getType()) ? 4 : 1), offset);
}

bool Emitter::hasQuads(int64_t buffer, int64_t dimension) const {
  const KernelBuffer &target = kernel.buffers[buffer];
  if (target.panels32)
    return dimension == 0;
  const Extent &extent = target.shape[dimension];
  return dimension + 1 == static_cast<int64_t>(target.shape.size()) && extent.isStatic() && extent.fixed % 4 == 0;
}

Value Emitter::allocateShared(int64_t count, Type element) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&function.getBody().front());
  return memref::AllocOp::create(b, getMemory(count, element, spirv::StorageClass::Workgroup));
}

Value Emitter::loadShared(Value array, Value position) { return memref::LoadOp::create(b, array, position); }
void Emitter::storeShared(Value array, Value value, Value position) {
  memref::StoreOp::create(b, value, array, position);
}
void Emitter::barrier() { gpu::BarrierOp::create(b); }

//===-- Control -------------------------------------------------------------------===//

SmallVector<Value> Emitter::loop(Value begin, Value end, Value step, ValueRange initial, LoopBody body) {
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

void Emitter::loop(Value begin, Value end, Value step, function_ref<void(Value)> body) {
  loop(begin, end, step, ValueRange(), [&](Value iv, ValueRange) {
    body(iv);
    return SmallVector<Value>();
  });
}

void Emitter::when(Value condition, function_ref<void()> then) {
  auto branch = scf::IfOp::create(b, condition, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  then();
}

void Emitter::blocks(unsigned axis, Value count, function_ref<void(Value)> body) {
  loop(groupId(axis), count, groupCount(axis), body);
}
