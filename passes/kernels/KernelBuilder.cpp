// A group as a kernel: the root that its form asks for, then what is computed after it.
#include "ir/ops/Regions.h"
#include "passes/Messages.h"
#include "passes/kernels/GenericBuilder.h"

using namespace mlir;
using namespace vae;

KernelBuilder::KernelBuilder(GroupOp group)
    : RootBuilder(OpBuilder(group.getContext()), group.getLoc()), group(group), entry(std::make_unique<Block>()) {
  builder.setInsertionPointToEnd(entry.get());
}
KernelBuilder::~KernelBuilder() = default;

static YieldOp getYield(GroupOp group) { return cast<YieldOp>(group.getBody().front().getTerminator()); }

LogicalResult KernelBuilder::build() {
  SmallVector<Operation *> roots;
  for (Operation &op : group.getBody().front())
    if (isa<KernelRootOpInterface>(op))
      roots.push_back(&op);
  if (roots.empty()) {
    form = program::FormAttr::get(group.getContext(), program::KernelForm::Elementwise);
    buildElementwise();
    return success();
  }
  auto root = cast<KernelRootOpInterface>(roots.front());
  form = root.getForm();
  auto fits = [&](Operation *op) { return cast<KernelRootOpInterface>(op).getForm() == form; };
  if (roots.size() > 1 && (!root.getFusion().siblings || !llvm::all_of(roots, fits)))
    return group.emitOpError() << messages::SeveralRoots();
  root.buildRoot(*this, roots);
  buildEpilogue(getShape(root->getResult(0)));
  return success();
}

//===-- Arguments --------------------------------------------------------------===//

Value KernelBuilder::getTensor(KernelInput input) {
  auto found = llvm::find(inputs, input);
  if (found != inputs.end())
    return entry->getArgument(found - inputs.begin());
  inputs.push_back(input);
  Type type = input.value ? Type(program::getPlainType(cast<RankedTensorType>(input.value.getType())))
                          : Type(RankedTensorType::get(input.table.getType().getShape(), input.table.getElementType()));
  return entry->insertArgument(inputs.size() - 1, type, loc);
}

Value KernelBuilder::getSize(const Size &size) {
  auto found = llvm::find(sizes, size);
  if (found == sizes.end()) {
    sizes.push_back(size);
    entry->addArgument(builder.getIndexType(), loc);
    found = &sizes.back();
  }
  return entry->getArgument(inputs.size() + (found - sizes.begin()));
}

Value KernelBuilder::makeEmpty(ArrayRef<Size> shape, Type element) {
  SmallVector<int64_t> dims;
  SmallVector<Value> dynamic;
  for (const Size &size : shape) {
    dims.push_back(size.getConstant().value_or(ShapedType::kDynamic));
    if (ShapedType::isDynamic(dims.back()))
      dynamic.push_back(getSize(size));
  }
  return tensor::EmptyOp::create(builder, loc, dims, element, dynamic);
}

Value KernelBuilder::makeFilled(ArrayRef<Size> shape, TypedAttr value) {
  Value scalar = arith::ConstantOp::create(builder, loc, value);
  return linalg::FillOp::create(builder, loc, scalar, makeEmpty(shape, value.getType())).getResult(0);
}

//===-- Forms ------------------------------------------------------------------===//

void KernelBuilder::buildElementwise() {
  YieldOp yield = getYield(group);
  GenericBuilder generic(*this, getShape(yield.getOperand(0)));
  for (Value value : yield.getOperands())
    generic.addResult(generic.evaluate(value, generic.here()));
  for (auto [value, result] : llvm::zip_equal(yield.getOperands(), generic.finish("root")))
    results[value] = result;
}

Value KernelBuilder::compute(Value operand) {
  Operation *op = operand.getDefiningOp();
  if (!op || op->getParentOp() != group)
    return read(operand);
  GenericBuilder generic(*this, getShape(operand));
  generic.addResult(generic.evaluate(operand, generic.here()));
  return generic.finish("prologue").front();
}

/// Values that depend on a root, which only the epilogue can compute.
static llvm::DenseSet<Value> getLateValues(GroupOp group) {
  llvm::DenseSet<Value> late;
  for (Operation &op : group.getBody().front())
    if (isa<KernelRootOpInterface>(op) ||
        llvm::any_of(op.getOperands(), [&](Value operand) { return late.contains(operand); }))
      late.insert_range(op.getResults());
  return late;
}

void KernelBuilder::fold(ArrayRef<Operation *> reductions) {
  Shape space = getShape(reductions.front()->getOperand(0));
  GenericBuilder generic(*this, space);
  SmallVector<Value> made;
  for (Operation *reduction : reductions) {
    generic.addReduction(cast<ReductionOpInterface>(reduction),
                         generic.evaluate(reduction->getOperand(0), generic.here()));
    made.push_back(reduction->getResult(0));
  }
  llvm::DenseSet<Value> late = getLateValues(group);
  for (Value value : getYield(group).getOperands())
    if (!late.contains(value) && getShape(value) == space && !llvm::is_contained(made, value)) {
      generic.addResult(generic.evaluate(value, generic.here()));
      made.push_back(value);
    }
  for (auto [value, result] : llvm::zip_equal(made, generic.finish("root")))
    results[value] = result;
}

/// One elementwise generic for all yielded values that the root doesn't make.
void KernelBuilder::buildEpilogue(const Shape &space) {
  SmallVector<Value> made;
  for (Value value : getYield(group).getOperands())
    if (!results.contains(value) && !llvm::is_contained(made, value))
      made.push_back(value);
  if (made.empty())
    return;
  GenericBuilder generic(*this, space);
  for (Value value : made)
    generic.addResult(generic.evaluate(value, generic.here()));
  for (auto [value, result] : llvm::zip_equal(made, generic.finish("epilogue")))
    results[value] = result;
}

//===-- The kernel ---------------------------------------------------------------===//

DenseI64ArrayAttr KernelBuilder::getSizeNumbers(const Shape &shape) {
  SmallVector<int64_t> numbers;
  for (const Size &size : shape)
    numbers.push_back(size.getConstant() ? -1 : llvm::find(sizes, size) - sizes.begin());
  return builder.getDenseI64ArrayAttr(numbers);
}

program::KernelOp KernelBuilder::finish(OpBuilder &at, StringRef name) {
  YieldOp yield = getYield(group);
  for (const KernelInput &input : inputs)
    if (input.value)
      for (const Size &size : getShape(input.value))
        if (!size.getConstant())
          getSize(size);
  SmallVector<Value> values =
      llvm::map_to_vector(yield.getOperands(), [&](Value value) { return results.lookup(value); });
  program::YieldOp::create(builder, loc, values);

  auto describe = [&](const Shape &shape) {
    bool isStatic = llvm::all_of(shape, [](const Size &size) { return size.getConstant().has_value(); });
    return isStatic ? builder.getDictionaryAttr({})
                    : builder.getDictionaryAttr(builder.getNamedAttr(program::sizesAttrName, getSizeNumbers(shape)));
  };
  SmallVector<Attribute> argumentAttrs, resultAttrs;
  for (const KernelInput &input : inputs)
    argumentAttrs.push_back(input.value ? describe(getShape(input.value)) : builder.getDictionaryAttr({}));
  argumentAttrs.append(sizes.size(), builder.getDictionaryAttr({}));
  for (Value value : yield.getOperands())
    resultAttrs.push_back(describe(getShape(value)));
  auto type = builder.getFunctionType(entry->getArgumentTypes(), TypeRange(ValueRange(values)));
  auto ties = builder.getDenseI64ArrayAttr(SmallVector<int64_t>(values.size(), -1));
  auto kernel = program::KernelOp::create(at, loc, name, type, ties, form, builder.getArrayAttr(argumentAttrs),
                                          builder.getArrayAttr(resultAttrs));
  kernel.getBody().push_back(entry.release());
  return kernel;
}
