// The model as a whole: its parameters, its entries, its training.
#include "frontend/elaborate/Elaborator.h"
#include "frontend/elaborate/TrainingElaborator.h"
#include "ir/program/Arguments.h"
#include "mlir/IR/Verifier.h"

using namespace mlir;

namespace vae::frontend {

Elaborator::Elaborator(const Declarations &declarations, MLIRContext *context, DiagnosticSink &sink)
    : declarations(declarations), context(context), sink(sink), builder(context), parameters(sink), binder(*this),
      model(*declarations.main->model) {
  modelFrame.declared = declarations.main;
  modelFrame.home = &modelFrame;
  modelFrame.site = parameters.enter(nullptr, &model);
}

OwningOpRef<ModuleOp> Elaborator::run() {
  module = ModuleOp::create(sink.location(model.name.range), model.name.text);
  bindModelParameters();
  recordArguments();
  findModelConstants();
  for (const ast::Function *function : model.functions)
    if (!function->isPrivate)
      elaborateEntry(*function);
  TrainingElaborator training(*this);
  for (const ast::Train *train : model.trains)
    for (const ast::Minimize &minimize : train->minimizers)
      training.elaborate(minimize);
  if (llvm::all_of(model.functions, [](const ast::Function *function) { return function->isPrivate; }))
    sink.error(model.name.range, DiagnosticKind::EmptyModel, model.name.text);
  checkBindings();
  if (sink.hasErrors() || failed(verify(*module)))
    return {};
  return std::move(module);
}

void Elaborator::enterModel() {
  frame = &modelFrame;
  modelFrame.names = modelParameters;
}

//===-- Parameters of the model ----------------------------------------------===//

/// The text of `-D name=text` as a value of one item of the type.
static std::optional<Value> parseItem(StringRef text, DeclaredType::Kind kind) {
  text = text.trim();
  int64_t integer;
  double number;
  switch (kind) {
  case DeclaredType::Kind::Int:
    return text.getAsInteger(10, integer) ? std::optional<Value>() : Value{Size(integer), {}};
  case DeclaredType::Kind::Float:
    if (text.getAsDouble(number) || !std::isfinite(number))
      return std::nullopt;
    return Value{number, {}};
  case DeclaredType::Kind::Bool:
    return text == "true" || text == "false" ? Value{text == "true", {}} : std::optional<Value>();
  case DeclaredType::Kind::String:
    return Value{text.str(), {}};
  case DeclaredType::Kind::Tensor:
    break;
  }
  return std::nullopt;
}

std::optional<Value> Elaborator::parseBinding(StringRef text, const DeclaredType &type) {
  if (!type.isList)
    return parseItem(text, type.kind);
  std::vector<Value> items;
  text.consume_front("[");
  text.consume_back("]");
  while (!text.empty()) {
    auto [first, rest] = text.split(',');
    std::optional<Value> item = parseItem(first, type.kind);
    if (!item)
      return std::nullopt;
    items.push_back(std::move(*item));
    text = rest;
  }
  return Value{List(std::move(items)), {}};
}

/// The type of a parameter of a model; none, after an error, where it is a tensor's.
std::optional<DeclaredType> Elaborator::evaluateParameterType(const ast::Parameter &parameter) {
  std::optional<DeclaredType> type;
  if (parameter.type && !(type = evaluateType(*parameter.type, /*declaresSymbols=*/false)))
    return std::nullopt;
  if (type && !type->isTensor())
    return type;
  sink.error(parameter.name.range, DiagnosticKind::ModelParameterType, parameter.name.text);
  return std::nullopt;
}

std::optional<Value> Elaborator::evaluateDefault(const ast::Parameter &parameter, const DeclaredType &type) {
  Value given = evaluate(parameter.defaultValue);
  std::optional<Value> value = convert(given, type);
  if (!value && !given.isPoison())
    sink.error(parameter.defaultValue->range, DiagnosticKind::DefaultType, parameter.name.text, given.str(),
               type.str());
  return value;
}

void Elaborator::bindModelParameters() {
  for (const ast::Parameter &parameter : model.parameters) {
    Value &slot = modelFrame.names[parameter.name.text];
    std::optional<DeclaredType> type = evaluateParameterType(parameter);
    if (!type)
      continue;
    auto binding = declarations.bindings.find(parameter.name.text);
    std::optional<Value> value;
    if (binding != declarations.bindings.end()) {
      usedBindings.insert(parameter.name.text);
      if (!(value = parseBinding(binding->second, *type)))
        sink.error(parameter.name.range, DiagnosticKind::BindingType, parameter.name.text, binding->second,
                   type->str());
    } else if (!parameter.defaultValue) {
      sink.error(parameter.name.range, DiagnosticKind::MissingBinding, parameter.name.text);
    } else {
      value = evaluateDefault(parameter, *type);
    }
    if (value)
      slot = std::move(*value);
    slot.origin = parameter.name.range;
  }
  modelParameters = modelFrame.names;
}

/// Notes at the module what the model's parameters are: the package says so.
void Elaborator::recordArguments() {
  SmallVector<Attribute> arguments;
  for (const ast::Parameter &parameter : model.parameters) {
    std::string value = modelParameters[parameter.name.text].spelling();
    arguments.push_back(builder.getStrArrayAttr({parameter.name.text, value}));
  }
  if (!arguments.empty())
    (*module)->setAttr(program::argumentsAttrName, builder.getArrayAttr(arguments));
}

/// Whether a value is known while the model is compiled: one of itself, or a list of such. Lists in lists, which may
/// hold more than can be looked through, are not.
static bool isKnown(const Value &value) {
  auto isScalar = [](const Value &item) {
    return item.is<Size>() || item.is<double>() || item.is<bool>() || item.is<std::string>();
  };
  return isScalar(value) || (value.is<List>() && llvm::all_of(value.get<List>()->items(), isScalar));
}

/// A value without what is not known now: of a model inside, that which is; none where nothing is left.
static std::optional<Value> knownPart(const Value &value) {
  auto *part = value.get<Part>();
  if (!part)
    return isKnown(value) ? std::optional(value) : std::nullopt;
  auto frame = std::make_shared<Frame>();
  frame->declared = part->frame->declared;
  for (const auto &[name, inside] : part->frame->names)
    if (std::optional<Value> known = knownPart(inside))
      frame->names[name] = *known;
  return Value{Part{std::move(frame), part->model}, value.origin};
}

/// Runs the model's statements in a func that is thrown away: each func runs them anew, but the types of an entry's
/// arguments are read before there is one.
void Elaborator::findModelConstants() {
  modelConstants = modelParameters;
  if (model.statements.empty() || model.functions.empty())
    return;
  Instance scratch;
  scratch.function = model.functions.front();
  OpBuilder::InsertionGuard guard(builder);
  OwningOpRef<func::FuncOp> func =
      func::FuncOp::create(sink.location(model.name.range), "constants", builder.getFunctionType({}, {}));
  scratch.op = *func;
  builder.setInsertionPointToEnd(func->addEntryBlock());
  llvm::SaveAndRestore<Instance *> savedInstance(instance, &scratch);
  llvm::SaveAndRestore<SiteVisit *> savedVisit(modelFrame.visit, &scratch.visit);
  llvm::SaveAndRestore<uint64_t> savedSteps(steps);
  llvm::SaveAndRestore<llvm::StringMap<Value>> savedNames(modelFrame.names, modelParameters);
  runModelStatements(modelFrame);
  for (const auto &[name, value] : modelFrame.names)
    if (std::optional<Value> known = value.isPoison() ? value : knownPart(value)) // poison: so that nobody misses it
      modelConstants[name] = *known;
}

void Elaborator::checkBindings() {
  SmallVector<StringRef> known;
  for (const ast::Parameter &parameter : model.parameters)
    known.push_back(parameter.name.text);
  for (const auto &symbol : symbolNames)
    known.push_back(symbol.getKey());
  for (const auto &binding : declarations.bindings)
    if (!usedBindings.contains(binding.getKey()))
      sink.error(model.name.range, DiagnosticKind::UnknownBinding, binding.getKey(), model.name.text,
                 suggest(binding.getKey(), known));
}

//===-- Entries ----------------------------------------------------------------===//

/// A symbol's value in an entry: itself, or what `-D` fixes it to.
Value Elaborator::symbolValue(const ast::Name &name) {
  bool isFirst = symbolNames.insert(name.text).second;
  auto binding = declarations.bindings.find(name.text);
  if (binding == declarations.bindings.end())
    return Value{Size::symbol(name.text), name.range};
  usedBindings.insert(name.text);
  int64_t value = 0;
  if (!StringRef(binding->second).getAsInteger(10, value) && value > 0)
    return Value{Size(value), name.range};
  // A symbol is what stands for it without more errors.
  if (isFirst)
    sink.error(name.range, DiagnosticKind::BindingSize, name.text, binding->second);
  return Value{Size::symbol(name.text), name.range};
}

/// What an entry is elaborated with: symbols for sizes, types for tensors, defaults for the rest.
std::optional<InstanceArgument> Elaborator::entryArgument(const ast::Parameter &parameter) {
  if (!parameter.type) {
    error(parameter.name.range, DiagnosticKind::EntryNeedsType, parameter.name.text);
    return std::nullopt;
  }
  std::optional<DeclaredType> type = evaluateType(*parameter.type, /*declaresSymbols=*/true);
  if (!type)
    return std::nullopt;
  if (type->isTensor())
    return InstanceArgument{type->tensorType(), {}};
  if (type->kind == DeclaredType::Kind::Int && !type->isList)
    return InstanceArgument{{}, frame->names[parameter.name.text]};
  if (!parameter.defaultValue) {
    error(parameter.name.range, DiagnosticKind::EntryNeedsDefault, parameter.name.text, type->str());
    return std::nullopt;
  }
  Value value = evaluate(parameter.defaultValue);
  std::optional<Value> converted = convert(value, *type);
  if (!converted)
    return std::nullopt;
  return InstanceArgument{{}, std::move(*converted)};
}

void Elaborator::elaborateEntry(const ast::Function &function) {
  if (!startedEntries.insert(&function).second)
    return;
  Frame scratch;
  scratch.function = &function;
  scratch.home = &modelFrame;
  llvm::SaveAndRestore<Frame *> savedFrame(frame, &scratch);
  llvm::SaveAndRestore<Instance *> savedInstance(instance, nullptr);
  llvm::SaveAndRestore<llvm::StringMap<Value>> savedNames(modelFrame.names, modelConstants);
  for (const ast::Parameter &parameter : function.parameters)
    if (parameter.type && isCompileTimeInt(*parameter.type))
      scratch.names[parameter.name.text] = symbolValue(parameter.name);
  entrySymbols = true;
  SmallVector<InstanceArgument> arguments;
  for (const ast::Parameter &parameter : function.parameters)
    if (std::optional<InstanceArgument> argument = entryArgument(parameter))
      arguments.push_back(std::move(*argument));
  entrySymbols = false;
  if (arguments.size() == function.parameters.size())
    instantiate(function, arguments, /*caller=*/nullptr, function.name.range);
  else
    failedEntries.insert(&function);
}

} // namespace vae::frontend
