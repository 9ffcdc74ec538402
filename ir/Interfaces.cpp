// Calls of the language, bound to ops.
#include "ir/Interfaces.h"
#include "ir/Inference.h"
#include "ir/builders/TensorBuilder.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/ScopeExit.h"

using namespace mlir;
using namespace vae;

#include "ir/Interfaces.cpp.inc"

const BuiltinArgument *BuiltinCall::find(StringRef name) const {
  for (const auto &[argumentName, argument] : arguments)
    if (argumentName == name)
      return &argument;
  return nullptr;
}

Value BuiltinCall::tensor(StringRef name) const {
  const BuiltinArgument *argument = find(name);
  return argument && !argument->tensors.empty() ? argument->tensors.front() : Value();
}

int64_t BuiltinCall::integer(StringRef name) const { return cast<IntegerAttr>(find(name)->attribute).getInt(); }

double BuiltinCall::number(StringRef name) const { return cast<FloatAttr>(find(name)->attribute).getValueAsDouble(); }

Value BuiltinCall::scalar(StringRef name, Value like) const {
  Value given = tensor(name);
  return given ? given : TensorBuilder(builder, loc).scalar(number(name), like);
}

bool BuiltinCall::boolean(StringRef name) const { return cast<BoolAttr>(find(name)->attribute).getValue(); }

StringRef BuiltinCall::string(StringRef name) const { return cast<StringAttr>(find(name)->attribute).getValue(); }

SmallVector<Size> BuiltinCall::shape(StringRef name) const {
  return SmallVector<Size>(cast<program::ShapeAttr>(find(name)->attribute).getSizes());
}

/// Result types of an op that is not there yet. Inference reads the properties, so they are made from the attributes
/// first.
static LogicalResult inferTypes(RegisteredOperationName name, Location loc, ValueRange operands,
                                DictionaryAttr attributes, SmallVectorImpl<Type> &types) {
  auto emitError = [&] { return mlir::emitError(loc); };
  auto *inference = name.getInterface<InferTypeOpInterface>();
  if (name.getOpPropertyByteSize() == 0)
    return inference->inferReturnTypes(loc.getContext(), loc, operands, attributes, nullptr, {}, types);
  auto storage = std::make_unique<char[]>(name.getOpPropertyByteSize());
  OpaqueProperties properties(storage.get());
  name.initOpProperties(properties, OpaqueProperties(nullptr));
  llvm::scope_exit destroy([&] { name.destroyOpProperties(properties); });
  if (failed(name.setOpPropertiesFromAttribute(name, properties, attributes, emitError)))
    return failure();
  return inference->inferReturnTypes(loc.getContext(), loc, operands, attributes, properties, {}, types);
}

FailureOr<SmallVector<Value>> BuiltinCall::build(StringRef opName, ValueRange operands,
                                                 ArrayRef<NamedAttribute> attributes) {
  RegisteredOperationName name = *RegisteredOperationName::lookup(opName, loc.getContext());
  OperationState state(loc, name);
  state.addOperands(operands);
  state.addAttributes(attributes);
  if (failed(inferTypes(name, loc, operands, state.attributes.getDictionary(loc.getContext()), state.types)))
    return failure();
  Operation *op = builder.create(state);
  // What ODS and the verifiers demand beyond types is reported here, at the call, and not later as a broken module.
  if (failed(mlir::verify(op))) {
    op->erase();
    return failure();
  }
  return SmallVector<Value>(op->getResults());
}

FailureOr<SmallVector<Value>> BuiltinCall::buildDefault(StringRef opName) {
  SmallVector<Value> operands;
  SmallVector<NamedAttribute> attributes;
  for (const auto &[name, argument] : arguments)
    if (argument.attribute)
      attributes.push_back(builder.getNamedAttr(name, argument.attribute));
    else
      operands.append(argument.tensors);
  return build(opName, operands, attributes);
}

LogicalResult vae::checkRequirements(std::optional<Location> loc, ArrayRef<SizeRequirement> requirements) {
  for (const SizeRequirement &requirement : requirements)
    if (requirement.surplus.isNegative())
      return emitOptionalError(loc, Message(requirement.message));
  return success();
}

Value RuleCall::findResult(StringRef name) {
  Operation *terminator = function.getFunctionBody().front().getTerminator();
  for (unsigned i : llvm::seq(0u, function.getNumResults()))
    if (auto given = function.getResultAttrOfType<StringAttr>(i, "vae.name"); given && given == name)
      return terminator->getOperand(i);
  return {};
}

Operation *vae::buildOptimizerUpdate(OpBuilder &builder, Location loc, StringRef opName, ValueRange operands,
                                     DictionaryAttr arguments) {
  RegisteredOperationName name = *RegisteredOperationName::lookup(opName, loc.getContext());
  SmallVector<NamedAttribute> attributes;
  for (NamedAttribute argument : arguments)
    if (llvm::is_contained(name.getAttributeNames(), argument.getName()))
      attributes.push_back(argument);
  OperationState state(loc, name);
  state.addOperands(operands);
  state.addAttributes(attributes);
  LogicalResult inferred =
      inferTypes(name, loc, operands, state.attributes.getDictionary(loc.getContext()), state.types);
  assert(succeeded(inferred) && "states and gradients have the parameter's type");
  (void)inferred;
  return builder.create(state);
}
