// Arguments: sorted to parameters, converted to what ops take.
#include "frontend/elaborate/calls/CallBinder.h"
#include "frontend/elaborate/Elaborator.h"
#include "ir/ops/Constants.h"

using namespace mlir;

namespace vae::frontend {

//===-- Arguments to parameters ------------------------------------------------===//

/// True where the argument is the word for leaving its parameter out, and no value's name.
bool CallBinder::isLeftOut(const ast::Argument &argument, StringRef absentWord) const {
  auto *name = dyn_cast<ast::NameExpr>(argument.value);
  return name && !absentWord.empty() && name->name == absentWord && !elaborator.lookup(absentWord);
}

std::optional<BoundCall> CallBinder::bindCall(const ast::CallExpr &call, const Signature &signature) {
  bool variadic = !signature.parameters.empty() && signature.parameters.front().kind == ArgumentKind::Tensors;
  SmallVector<StringRef> absentWords;
  for (const SignatureParameter &parameter : signature.parameters)
    absentWords.push_back(parameter.absentWord);
  return bindCall(call, signatureNames(signature), variadic, absentWords);
}

std::optional<BoundCall> CallBinder::bindCall(const ast::CallExpr &call, ArrayRef<StringRef> parameters,
                                              bool firstTakesAny, ArrayRef<StringRef> absentWords) {
  BoundCall bound;
  bound.values.resize(parameters.size());
  bound.ranges.resize(parameters.size());
  size_t next = firstTakesAny ? 1 : 0, positional = 0;
  bool valid = true;
  for (const ast::Argument &argument : call.arguments) {
    size_t place = argument.name ? llvm::find(parameters, argument.name.text) - parameters.begin() : next;
    bool leftOut = place < absentWords.size() && isLeftOut(argument, absentWords[place]);
    Value value = leftOut ? Value{} : elaborator.evaluateArgument(argument.value);
    valid &= leftOut || !value.isPoison();
    positional += !argument.name;
    if (argument.name) {
      if (place == parameters.size()) {
        elaborator.error(argument.name.range, DiagnosticKind::UnknownArgument, call.callee.text, argument.name.text,
                         suggest(argument.name.text, parameters));
        valid = false;
        continue;
      }
    } else if (firstTakesAny && next == 1 && (value.tensor() || value.is<List>() || value.isPoison())) {
      bound.variadic.push_back(std::move(value));
      continue;
    } else {
      ++next;
    }
    if (place >= parameters.size())
      continue;
    if (bound.ranges[place].isValid()) {
      elaborator.error(argument.value->range, DiagnosticKind::RepeatedArgument, call.callee.text, parameters[place])
          .note(bound.ranges[place], DiagnosticKind::GivenHere, parameters[place]);
      valid = false;
      continue;
    }
    if (!leftOut)
      bound.values[place] = std::move(value);
    bound.ranges[place] = argument.value->range;
  }
  if (next > parameters.size()) {
    elaborator.error(call.range, DiagnosticKind::TooManyArguments, call.callee.text, parameters.size(),
                     parameters.size() == 1 ? "" : "s", listNames(parameters),
                     std::to_string(positional) + (positional == 1 ? " is" : " are"));
    valid = false;
  }
  return valid ? std::optional(std::move(bound)) : std::nullopt;
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
  case ArgumentKind::Scalar:
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
std::optional<mlir::Value> CallBinder::convertTensor(const Value &value, SMRange range, Type element) {
  OpBuilder &builder = elaborator.builder;
  if (mlir::Value tensor = value.tensor())
    return tensor;
  if (!element)
    element = builder.getF32Type();
  auto scalar = RankedTensorType::get({}, element);
  bool fits = isa<FloatType>(element) || value.is<Size>();
  if (std::optional<double> number = value.number(); number && fits) {
    if (isa<FloatType>(element) && !elaborator.checkF32(*number, range))
      return std::nullopt;
    Attribute attribute = isa<FloatType>(element) ? Attribute(builder.getFloatAttr(element, *number)) : Attribute();
    if (std::optional<int64_t> integer = value.integer(); !attribute && integer)
      attribute = builder.getIntegerAttr(element, *integer);
    if (attribute)
      return mlir::Value(
          ConstantOp::create(builder, elaborator.location(range), DenseElementsAttr::get(scalar, attribute)));
  } else if (auto *size = value.get<Size>()) {
    return mlir::Value(SizeOp::create(builder, elaborator.location(range), scalar, size->str(), element));
  }
  if (value.isNumber())
    elaborator.error(range, DiagnosticKind::NotAnElement, value.str(), describe(scalar));
  else if (!value.isPoison())
    elaborator.error(range, DiagnosticKind::NotATensor, value.str());
  return std::nullopt;
}

/// The element type that numbers of a call take: that of the tensors beside them, of the last where they differ, or the
/// one that the call names.
static Type elementForNumbers(const Signature &signature, const BoundCall &bound) {
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

static bool isScalar(mlir::Value tensor) {
  return tensor && tensor.getType() == RankedTensorType::get({}, Float32Type::get(tensor.getContext()));
}

/// Binds one argument of a signature: converts what was given or takes the default. An optional argument without a
/// default stays empty.
std::optional<BuiltinArgument> CallBinder::bindArgument(const Signature &signature, const SignatureParameter &parameter,
                                                        const std::optional<Value> &given, SMRange range,
                                                        Type element) {
  BuiltinArgument argument;
  if (!given && !parameter.optional) {
    elaborator.error(range, DiagnosticKind::MissingArgument, signature.name, parameter.name);
    return std::nullopt;
  }
  if (!given && parameter.defaultText.empty())
    return argument;
  Value value = given ? *given : *parseDefault(parameter, elaborator.context);
  if (parameter.kind == ArgumentKind::Tensor && (value.tensor() || value.isNumber())) {
    std::optional<mlir::Value> tensor = convertTensor(value, range, element);
    if (!tensor)
      return std::nullopt;
    argument.tensors.push_back(*tensor);
    return argument;
  }
  if (parameter.kind == ArgumentKind::Scalar && isScalar(value.tensor())) {
    argument.tensors.push_back(value.tensor());
    return argument;
  }
  argument.attribute = convertAttribute(parameter.kind, value, elaborator.builder);
  if (auto number = dyn_cast_or_null<FloatAttr>(argument.attribute);
      number && !elaborator.checkF32(number.getValueAsDouble(), range))
    return std::nullopt;
  if (argument.attribute)
    return argument;
  if (value.is<Size>() && value.get<Size>()->isConstant() && !value.integer())
    elaborator.error(range, DiagnosticKind::NotWhole, parameter.name, signature.name, value.str());
  else
    elaborator.error(range, DiagnosticKind::ArgumentKind, parameter.name, signature.name, value.str(),
                     describe(parameter.kind));
  return std::nullopt;
}

/// The tensors of a first argument that takes any number: `concat(a, b, axis = 1)` or `concat([a, b], axis = 1)`.
std::optional<BuiltinArgument> CallBinder::bindTensors(const Signature &signature, const BoundCall &bound,
                                                       SMRange range) {
  BuiltinArgument argument;
  SmallVector<Value> given(bound.variadic);
  if (bound.values.front())
    given.push_back(*bound.values.front());
  for (const Value &value : given)
    for (const Value &item : value.asItems()) {
      if (!item.tensor()) {
        elaborator.error(item.origin, DiagnosticKind::ArgumentKind, signature.parameters.front().name, signature.name,
                         item.str(), "a tensor");
        return std::nullopt;
      }
      argument.tensors.push_back(item.tensor());
    }
  if (!argument.tensors.empty())
    return argument;
  elaborator.error(range, DiagnosticKind::MissingArgument, signature.name, signature.parameters.front().name);
  return std::nullopt;
}

bool CallBinder::bindArguments(const Signature &signature, BoundCall &bound, SMRange range, BuiltinCall &builtin) {
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

} // namespace vae::frontend
