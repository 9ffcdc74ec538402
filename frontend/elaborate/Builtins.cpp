// Builtins: ops found by name, called by the signature they declare.
#include "frontend/elaborate/IRGen.h"

using namespace mlir;

namespace vae::frontend {

SmallVector<StringRef> signatureNames(const Signature &signature) {
  SmallVector<StringRef> names;
  for (const SignatureParameter &parameter : signature.parameters)
    names.push_back(parameter.name);
  return names;
}

static BuiltinOpInterface::Concept *findInterface(StringRef mnemonic, MLIRContext *context) {
  auto op = RegisteredOperationName::lookup(("vae." + mnemonic).str(), context);
  return op ? op->getInterface<BuiltinOpInterface>() : nullptr;
}

std::optional<Signature> IRGen::findBuiltin(StringRef mnemonic) const {
  auto *op = findInterface(mnemonic, context);
  if (!op)
    return std::nullopt;
  std::optional<Signature> signature = Signature::parse(op->getSignature());
  assert(signature && "an op declares a malformed signature");
  return signature;
}

Value IRGen::callBuiltin(const ast::CallExpr &call) {
  std::optional<Signature> signature = findBuiltin(call.callee.text);
  if (!signature) {
    for (const ast::Argument &argument : call.arguments)
      (void)evaluate(argument.value);
    error(call.callee.range, DiagnosticKind::UnknownOperation, call.callee.text,
          suggest(call.callee.text, callableNames()));
    return {};
  }
  bool variadic = !signature->parameters.empty() && signature->parameters.front().kind == ArgumentKind::Tensors;
  SmallVector<StringRef> absentWords;
  for (const SignatureParameter &parameter : signature->parameters)
    absentWords.push_back(parameter.absentWord);
  std::optional<BoundCall> bound = bindCall(call, signatureNames(*signature), variadic, absentWords);
  return bound ? buildBuiltin(call.callee.text, call.range, *signature, *bound, &call) : Value{};
}

//===-- Arguments ------------------------------------------------------------===//

/// A default as the signature writes it.
static std::optional<Value> parseDefault(const SignatureParameter &parameter, MLIRContext *context) {
  StringRef text = parameter.defaultText;
  int64_t integer;
  double number;
  if (!text.getAsInteger(10, integer))
    return Value{Size(integer), {}};
  if (!text.getAsDouble(number))
    return Value{number, {}};
  if (text == "true" || text == "false")
    return Value{text == "true", {}};
  if (Type element = elementType(text, context))
    return Value{element, {}};
  text.consume_front("\"");
  text.consume_back("\"");
  return Value{text.str(), {}};
}

static std::optional<SmallVector<int64_t>> integersOf(const Value &value) {
  SmallVector<int64_t> integers;
  for (const Value &item : value.asItems()) {
    std::optional<int64_t> integer = item.integer();
    if (!integer)
      return std::nullopt;
    integers.push_back(*integer);
  }
  return integers;
}

static std::optional<SmallVector<Size>> sizesOf(const Value &value) {
  SmallVector<Size> sizes;
  for (const Value &item : value.asItems()) {
    const Size *size = item.get<Size>();
    if (!size || (size->isConstant() && !size->getConstant()))
      return std::nullopt;
    sizes.push_back(*size);
  }
  return sizes;
}

/// A compile-time argument as the attribute that ops take; null where it is of another kind.
static Attribute convertAttribute(ArgumentKind kind, const Value &value, Builder &builder) {
  switch (kind) {
  case ArgumentKind::Int:
    if (std::optional<int64_t> integer = value.integer())
      return builder.getI64IntegerAttr(*integer);
    return {};
  case ArgumentKind::Ints:
    if (auto integers = integersOf(value))
      return builder.getDenseI64ArrayAttr(*integers);
    return {};
  case ArgumentKind::Float:
    if (std::optional<double> number = value.number())
      return builder.getF64FloatAttr(*number);
    return {};
  case ArgumentKind::Bool:
    return value.is<bool>() ? builder.getBoolAttr(*value.get<bool>()) : Attribute();
  case ArgumentKind::String:
    return value.is<std::string>() ? builder.getStringAttr(*value.get<std::string>()) : Attribute();
  case ArgumentKind::Shape:
    if (auto sizes = sizesOf(value))
      return program::ShapeAttr::get(builder.getContext(), *sizes);
    return {};
  case ArgumentKind::Element:
    return value.is<Type>() ? TypeAttr::get(*value.get<Type>()) : Attribute();
  case ArgumentKind::Tensor:
  case ArgumentKind::Tensors:
    break;
  }
  return {};
}

/// A tensor as it is; a number becomes a scalar constant, a size the scalar of its value, of that element type or f32.
std::optional<mlir::Value> IRGen::convertTensor(const Value &value, SMRange range, Type element) {
  if (mlir::Value tensor = value.tensor())
    return tensor;
  if (!element)
    element = builder.getF32Type();
  auto scalar = RankedTensorType::get({}, element);
  bool fits = isa<FloatType>(element) || value.is<Size>();
  if (std::optional<double> number = value.number(); number && fits) {
    Attribute attribute = isa<FloatType>(element) ? Attribute(builder.getFloatAttr(element, *number)) : Attribute();
    if (std::optional<int64_t> integer = value.integer(); !attribute && integer)
      attribute = builder.getIntegerAttr(element, *integer);
    if (attribute)
      return mlir::Value(ConstantOp::create(builder, location(range), DenseElementsAttr::get(scalar, attribute)));
  } else if (auto *size = value.get<Size>()) {
    return mlir::Value(SizeOp::create(builder, location(range), scalar, size->str(), element));
  }
  if (value.isNumber())
    error(range, DiagnosticKind::NotAnElement, value.str(), describe(scalar));
  else if (!value.isPoison())
    error(range, DiagnosticKind::NotATensor, value.str());
  return std::nullopt;
}

/// The element type that numbers of a call take: that of the tensors beside them, of the last where they differ, or the
/// one that the call names.
Type IRGen::elementForNumbers(const Signature &signature, const BoundCall &bound) {
  Type element;
  for (auto [parameter, value] : llvm::zip_equal(signature.parameters, bound.values)) {
    if (!value)
      continue;
    if (parameter.kind == ArgumentKind::Tensor && value->tensor())
      element = getElementTypeOrSelf(value->tensor());
    else if (parameter.kind == ArgumentKind::Element && value->is<Type>() && !element)
      element = *value->get<Type>();
  }
  return element;
}

/// Binds one argument of a signature: converts what was given or takes the default. An optional argument without a
/// default stays empty.
std::optional<BuiltinArgument> IRGen::bindArgument(const Signature &signature, const SignatureParameter &parameter,
                                                   const std::optional<Value> &given, SMRange range, Type element) {
  BuiltinArgument argument;
  if (!given && !parameter.optional) {
    error(range, DiagnosticKind::MissingArgument, signature.name, parameter.name);
    return std::nullopt;
  }
  if (!given && parameter.defaultText.empty())
    return argument;
  Value value = given ? *given : *parseDefault(parameter, context);
  if (parameter.kind == ArgumentKind::Tensor && (value.tensor() || value.isNumber())) {
    std::optional<mlir::Value> tensor = convertTensor(value, range, element);
    if (!tensor)
      return std::nullopt;
    argument.tensors.push_back(*tensor);
    return argument;
  }
  argument.attribute = convertAttribute(parameter.kind, value, builder);
  if (argument.attribute)
    return argument;
  if (value.is<Size>() && value.get<Size>()->isConstant() && !value.integer())
    error(range, DiagnosticKind::NotWhole, parameter.name, signature.name, value.str());
  else
    error(range, DiagnosticKind::ArgumentKind, parameter.name, signature.name, value.str(), describe(parameter.kind));
  return std::nullopt;
}

/// The tensors of a first argument that takes any number: `concat(a, b, axis = 1)` or `concat([a, b], axis = 1)`.
std::optional<BuiltinArgument> IRGen::bindTensors(const Signature &signature, const BoundCall &bound, SMRange range) {
  BuiltinArgument argument;
  SmallVector<Value> given(bound.variadic);
  if (bound.values.front())
    given.push_back(*bound.values.front());
  for (const Value &value : given)
    for (const Value &item : value.asItems()) {
      if (!item.tensor()) {
        error(item.origin, DiagnosticKind::ArgumentKind, signature.parameters.front().name, signature.name, item.str(),
              "a tensor");
        return std::nullopt;
      }
      argument.tensors.push_back(item.tensor());
    }
  if (!argument.tensors.empty())
    return argument;
  error(range, DiagnosticKind::MissingArgument, signature.name, signature.parameters.front().name);
  return std::nullopt;
}

//===-- Building -------------------------------------------------------------===//

bool IRGen::bindArguments(const Signature &signature, BoundCall &bound, SMRange range, BuiltinCall &builtin) {
  bound.ranges.resize(signature.parameters.size());
  Type element = elementForNumbers(signature, bound);
  for (auto [parameter, value, place] : llvm::zip_equal(signature.parameters, bound.values, bound.ranges)) {
    std::optional<BuiltinArgument> argument =
        parameter.kind == ArgumentKind::Tensors
            ? bindTensors(signature, bound, range)
            : bindArgument(signature, parameter, value, place.isValid() ? place : range, element);
    if (!argument)
      return false;
    if (argument->attribute || !argument->tensors.empty())
      builtin.arguments.emplace_back(parameter.name, std::move(*argument));
  }
  return true;
}

/// Builds the call from bound arguments. `call` is null for operators, which take no label.
Value IRGen::buildBuiltin(StringRef mnemonic, SMRange range, const Signature &signature, BoundCall &bound,
                          const ast::CallExpr *call) {
  std::optional<std::string> label = call ? labelPath(call->label) : "";
  if (!label)
    return {};
  Site site = frame->site;
  site.push_back(call);
  bool labelUsed = label->empty(), parameterFailed = false;
  auto make = [&](StringRef name, RankedTensorType type, program::InitAttr init, bool frozen) {
    labelUsed = true;
    if (label->empty())
      label = parameters.unlabelledSegment(frame->prefix, mnemonic, site, visit());
    SMRange place = call && !call->label.segments.empty() ? call->label.range : range;
    std::string path = frame->prefix + *label + "." + name.str();
    FailureOr<mlir::Value> value = makeParameter(path, type, init, frozen, place, site);
    parameterFailed |= failed(value);
    return value;
  };
  BuiltinCall builtin(builder, location(range), make);
  if (!bindArguments(signature, bound, range, builtin))
    return {};
  auto *op = findInterface(mnemonic, context);
  MessageGuard guard(context);
  FailureOr<SmallVector<mlir::Value>> results = op->buildBuiltin(builtin);
  if (failed(results)) {
    // A clash of paths is reported already.
    if (!parameterFailed || !guard.empty())
      reportRejected(range, guard.message(mnemonic), signature, bound);
    return {};
  }
  if (!labelUsed)
    error(call->label.range, DiagnosticKind::UnusedLabel, mnemonic, *label);
  if (op->isLossTerm())
    reportTerm(mnemonic, results->back(), range);
  return wrapResults(*results, range);
}

/// What MLIR says of an operand's type, "operand #0 must be ..., but got 'tensor<...>'", in the call's words.
static std::string wordOperandKind(StringRef message, const Signature &signature,
                                   ArrayRef<std::optional<Value>> values) {
  auto [demand, given] = message.split(", but got '");
  StringRef wanted = demand.split(" must be ").second;
  if (!message.starts_with("operand #") || wanted.empty() || !given.consume_back("'"))
    return message.str();
  for (auto [parameter, value] : llvm::zip_equal(signature.parameters, values)) {
    std::string type;
    llvm::raw_string_ostream stream(type);
    if (value && value->tensor())
      value->tensor().getType().print(stream);
    if (type == given)
      return "`" + parameter.name + "` is " + value->str() + ", no " + wanted.str();
  }
  return message.str();
}

/// A call whose operands the op does not accept: the message is the op's, with a note at the origin of each tensor.
void IRGen::reportRejected(SMRange range, StringRef message, const Signature &signature, const BoundCall &bound) {
  DiagnosticSink::Handle handle =
      error(range, DiagnosticKind::RejectedCall, signature.name, wordOperandKind(message, signature, bound.values));
  for (const Value &value : bound.variadic)
    handle.note(value.origin, DiagnosticKind::ComesFrom, value.str());
  for (auto [parameter, value] : llvm::zip_equal(signature.parameters, bound.values))
    if (value && value->tensor())
      handle.note(value->origin, DiagnosticKind::ArgumentComesFrom, parameter.name, value->str());
}

/// Loss terms used inside a `loss` are shown beside it under their op's name.
void IRGen::reportTerm(StringRef mnemonic, mlir::Value value, SMRange range) {
  if (instance && instance->function->kind == ast::Function::Kind::Loss && loopDepth == 0 &&
      cast<RankedTensorType>(value.getType()).getRank() == 0)
    report(mnemonic, value, range);
}

Value IRGen::wrapResults(ArrayRef<mlir::Value> results, SMRange range) {
  if (results.size() == 1)
    return Value{results.front(), range};
  std::vector<Value> items;
  for (mlir::Value result : results)
    items.push_back(Value{result, range});
  return Value{Tuple{std::move(items), std::vector<std::string>(results.size())}, range};
}

//===-- Parameters -------------------------------------------------------------===//

FailureOr<mlir::Value> IRGen::makeParameter(StringRef path, RankedTensorType type, program::InitAttr init, bool frozen,
                                            SMRange range, const Site &site) {
  bool repeated = !visit().paths.insert(path).second;
  ParameterTable::Entry *entry = parameters.find(path);
  if (entry && (repeated || entry->site != site))
    return error(range, DiagnosticKind::LabelClash, path).note(entry->range, DiagnosticKind::FirstMadeHere, path);
  if (entry && entry->op.getType() != type)
    return error(range, DiagnosticKind::SharedParameterDiffers, path, describe(type),
                 describe(cast<RankedTensorType>(entry->op.getType())))
        .note(entry->range, DiagnosticKind::FirstMadeHere, path);
  if (!entry) {
    OpBuilder::InsertionGuard guard(builder);
    if (lastParameter)
      builder.setInsertionPointAfter(lastParameter);
    else
      builder.setInsertionPointToStart(module->getBody());
    auto op = ParameterOp::create(builder, sink.location(range), path, type, init, frozen);
    lastParameter = op;
    parameters.add(path, {site, range, op});
  }
  return mlir::Value(ReadOp::create(builder, location(range), type, path));
}

} // namespace vae::frontend
