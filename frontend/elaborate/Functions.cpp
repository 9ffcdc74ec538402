// Funcs: one func.func for each set of argument types, and the binding of parameters that blocks share.
#include "frontend/elaborate/Elaborator.h"
#include "ir/ops/Model.h"
#include "ir/ops/Shapes.h"
#include "llvm/ADT/ScopeExit.h"

using namespace mlir;

namespace vae::frontend {

static StringRef kindWord(const ast::Function &function) {
  return function.kind == ast::Function::Kind::Loss ? "loss" : "entry";
}

static std::string instanceKey(const ast::Function &function, ArrayRef<InstanceArgument> arguments) {
  std::string key = (function.name.text + "(").str();
  for (const InstanceArgument &argument : arguments) {
    if (argument.type)
      key += describe(argument.type);
    else
      for (const Value &item : argument.value.asItems())
        key += item.str() + ",";
    key += ";";
  }
  return key;
}

Instance *Elaborator::instantiate(const ast::Function &function, ArrayRef<InstanceArgument> arguments, Frame *caller,
                                  SMRange callRange) {
  std::unique_ptr<Instance> &slot = instances[instanceKey(function, arguments)];
  if (slot)
    return slot.get();
  slot = std::make_unique<Instance>();
  Instance *made = slot.get();
  made->function = &function;

  std::string name = function.name.text.str();
  if (caller)
    name += "." + std::to_string(++instanceCounts[function.name.text]);
  SmallVector<Type> types;
  for (const InstanceArgument &argument : arguments)
    if (argument.type)
      types.push_back(argument.type);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(module->getBody());
  made->op =
      func::FuncOp::create(builder, sink.location(function.name.range), name, builder.getFunctionType(types, {}));
  if (caller)
    made->op.setPrivate();
  else
    made->op->setAttr(kindAttrName, builder.getStringAttr(kindWord(function)));

  Frame calleeFrame;
  calleeFrame.function = &function;
  calleeFrame.caller = caller;
  calleeFrame.callRange = callRange;
  calleeFrame.home = &modelFrame;
  calleeFrame.site = parameters.enter(modelFrame.site, &function);
  calleeFrame.visit = &made->visit;
  elaborate(*made, calleeFrame, arguments);
  return made;
}

void Elaborator::elaborate(Instance &made, Frame &calleeFrame, ArrayRef<InstanceArgument> arguments) {
  llvm::SaveAndRestore<Frame *> savedFrame(frame, &calleeFrame);
  llvm::SaveAndRestore<Instance *> savedInstance(instance, &made);
  llvm::SaveAndRestore<SiteVisit *> savedVisit(modelFrame.visit, &made.visit);
  llvm::SaveAndRestore<std::string> savedTarget(assignTarget, "");
  llvm::SaveAndRestore<unsigned> savedDepth(loopDepth, 0);
  llvm::SaveAndRestore<llvm::StringMap<Value>> savedModel(modelFrame.names, modelParameters);
  Block *block = made.op.addEntryBlock();
  builder.setInsertionPointToEnd(block);
  runModelStatements(modelFrame);

  BoundCall bound;
  unsigned tensors = 0;
  for (auto [parameter, argument] : llvm::zip_equal(made.function->parameters, arguments)) {
    if (argument.type)
      block->getArgument(tensors).setLoc(sink.location(parameter.name.range));
    bound.values.push_back(argument.type ? Value{mlir::Value(block->getArgument(tensors++)), parameter.name.range}
                                         : argument.value);
  }
  made.failed = true;
  auto finish = llvm::scope_exit([&] { made.finished = true; });
  std::optional<std::string> prefix = labelPath(made.function->label);
  if (!prefix || !bindParameters(*made.function, calleeFrame, bound, made.function->name.range))
    return;
  calleeFrame.prefix = prefix->empty() ? "" : *prefix + ".";
  runBody(made.function->body.statements);
  made.failed = !finishInstance(made, calleeFrame, arguments);
}

/// A model's own statements, anew in each func: tensors that they make are values of that func.
void Elaborator::runModelStatements(Frame &home) {
  llvm::SaveAndRestore<Frame *> savedFrame(frame, &home);
  for (const ast::Stmt *statement : home.declared->model->statements)
    runStatement(statement);
}

//===-- Results --------------------------------------------------------------===//

static SmallVector<Value> resultItems(const Value &value) {
  if (auto *tuple = value.get<Tuple>())
    return {tuple->items().begin(), tuple->items().end()};
  return {value};
}

static std::vector<std::string> nameResults(const ast::Function &function, const Value &value, size_t count) {
  if (function.kind == ast::Function::Kind::Loss)
    return {"loss"};
  std::vector<std::string> names;
  for (size_t i = 0; i < count; ++i) {
    auto *tuple = value.get<Tuple>();
    std::string name = i < function.results.size() ? function.results[i].name.text.str() : "";
    if (name.empty() && !function.hasResults && tuple)
      name = tuple->names[i];
    if (name.empty())
      name = count == 1 ? "result" : "result_" + std::to_string(i);
    names.push_back(name);
  }
  return names;
}

std::optional<std::vector<DeclaredType>> Elaborator::evaluateResultTypes(const ast::Function &function) {
  std::vector<DeclaredType> declared;
  for (const ast::Result &result : function.results) {
    std::optional<DeclaredType> type = evaluateType(*result.type, /*declaresSymbols=*/false);
    if (!type)
      return std::nullopt;
    declared.push_back(std::move(*type));
  }
  return declared;
}

/// What a body returned, of the declared types: tensors, where `asTensors` or a type says so. None after an error.
std::optional<SmallVector<Value>> Elaborator::takeResults(const Frame &calleeFrame, ArrayRef<DeclaredType> declared,
                                                          bool asTensors) {
  const ast::Name &name = calleeFrame.function->name;
  if (!calleeFrame.result) {
    if (!isExhausted())
      error(name.range, DiagnosticKind::NoReturn, name.text);
    return std::nullopt;
  }
  SmallVector<Value> values = resultItems(*calleeFrame.result);
  for (auto [i, value] : llvm::enumerate(values)) {
    if (value.isPoison())
      return std::nullopt;
    if (!asTensors && (i >= declared.size() || !declared[i].isTensor()))
      continue;
    std::optional<mlir::Value> tensor = binder.convertTensor(value, value.origin);
    if (!tensor)
      return std::nullopt;
    value.data = *tensor;
  }
  if (!checkResults(calleeFrame, declared, values))
    return std::nullopt;
  for (auto [type, value] : llvm::zip(declared, values))
    if (type.isTensor() && type.tensorType() != value.tensor().getType())
      value.data = declareSizes(value.tensor(), type.sizes, calleeFrame.resultRange);
  return values;
}

bool Elaborator::checkResultNames(const Instance &made, const Frame &calleeFrame) {
  llvm::StringSet<> names;
  for (const std::string &name : made.resultNames)
    if (!names.insert(name).second) {
      error(calleeFrame.resultRange, DiagnosticKind::SameResult, made.function->name.text, name);
      return false;
    }
  return true;
}

bool Elaborator::finishInstance(Instance &made, Frame &calleeFrame, ArrayRef<InstanceArgument> arguments) {
  std::optional<std::vector<DeclaredType>> declared = evaluateResultTypes(*made.function);
  std::optional<SmallVector<Value>> values =
      declared ? takeResults(calleeFrame, *declared, /*asTensors=*/true) : std::nullopt;
  if (!values)
    return false;
  SmallVector<mlir::Value> tensors = llvm::map_to_vector(*values, [](const Value &value) { return value.tensor(); });
  func::ReturnOp::create(builder, location(calleeFrame.resultRange), tensors);
  made.op.setFunctionType(builder.getFunctionType(made.op.getArgumentTypes(), TypeRange(ValueRange(tensors))));
  made.resultNames = nameResults(*made.function, *calleeFrame.result, values->size());
  if (made.op.isPrivate())
    return true;
  annotate(made, arguments, *declared);
  return checkResultNames(made, calleeFrame);
}

/// Runs a body at the place of its call; its frame stands ready but for the arguments.
Value Elaborator::runInPlace(Frame &calleeFrame, BoundCall &bound) {
  const ast::Function &function = *calleeFrame.function;
  if (calleeFrame.prefix.size() > limits::pathLength) {
    error(calleeFrame.callRange, DiagnosticKind::PathTooLong, limits::pathLength);
    return {};
  }
  if (!bindParameters(function, calleeFrame, bound, calleeFrame.callRange))
    return {};
  llvm::SaveAndRestore<Frame *> savedFrame(frame, &calleeFrame);
  runBody(function.body.statements);
  std::optional<std::vector<DeclaredType>> declared = evaluateResultTypes(function);
  std::optional<SmallVector<Value>> values =
      declared ? takeResults(calleeFrame, *declared, /*asTensors=*/function.kind == ast::Function::Kind::Loss)
               : std::nullopt;
  if (!values)
    return {};
  if (values->size() == 1)
    return std::move(values->front());
  std::vector<std::string> names = nameResults(function, *calleeFrame.result, values->size());
  return checkLevels({Tuple{List({values->begin(), values->end()}), std::move(names)}, calleeFrame.callRange});
}

/// A tensor whose sizes were rounded down, with those that the func declares to be whole.
mlir::Value Elaborator::declareSizes(mlir::Value tensor, ArrayRef<Size> sizes, SMRange range) {
  return ReshapeOp::create(builder, location(range), tensor, program::ShapeAttr::get(context, sizes));
}

/// Whether a value is of a declared type, or has sizes that a stride rounded down where the type says that they divide.
static bool isDeclared(const Value &value, const DeclaredType &type) {
  if (!type.isTensor())
    return convert(value, type).has_value();
  auto actual = cast<RankedTensorType>(value.tensor().getType());
  return actual.getElementType() == type.element && equalsWhereWhole(type.sizes, program::getSizes(actual));
}

bool Elaborator::checkResults(const Frame &calleeFrame, ArrayRef<DeclaredType> declared, ArrayRef<Value> values) {
  const ast::Function &function = *calleeFrame.function;
  if (function.kind == ast::Function::Kind::Loss) {
    auto type = cast<RankedTensorType>(values.front().tensor().getType());
    if (values.size() == 1 && type.getRank() == 0 && isa<FloatType>(type.getElementType()))
      return true;
    error(calleeFrame.resultRange, DiagnosticKind::LossNotScalar, function.name.text, calleeFrame.result->str());
    return false;
  }
  if (!function.hasResults)
    return true;
  if (declared.size() != values.size()) {
    error(calleeFrame.resultRange, DiagnosticKind::ResultCount, function.name.text, values.size(), declared.size())
        .note(function.results.front().type->range, DiagnosticKind::DeclaredHere, "result");
    return false;
  }
  bool valid = true;
  for (auto [type, value, result] : llvm::zip_equal(declared, values, function.results)) {
    if (isDeclared(value, type))
      continue;
    error(calleeFrame.resultRange, DiagnosticKind::ResultMismatch, function.name.text, value.str(), type.str())
        .note(result.type->range, DiagnosticKind::DeclaredHere, result.name ? result.name.text : "result")
        .note(value.origin, DiagnosticKind::ComesFrom, value.str());
    valid = false;
  }
  return valid;
}

//===-- Attributes -------------------------------------------------------------===//

static Attribute rangeAttribute(Builder &builder, std::pair<double, double> range) {
  return builder.getDenseF32ArrayAttr({static_cast<float>(range.first), static_cast<float>(range.second)});
}

/// Name, range and default of an entry's argument.
DictionaryAttr Elaborator::describeArgument(const ast::Parameter &parameter, RankedTensorType type) {
  SmallVector<NamedAttribute> attributes{builder.getNamedAttr("vae.name", builder.getStringAttr(parameter.name.text))};
  if (parameter.type && parameter.type->low)
    if (auto range = evaluateRange(*parameter.type))
      attributes.push_back(builder.getNamedAttr("vae.range", rangeAttribute(builder, *range)));
  if (!parameter.defaultValue)
    return builder.getDictionaryAttr(attributes);
  llvm::SaveAndRestore<Instance *> outside(instance, nullptr);
  Value value = evaluate(parameter.defaultValue);
  std::optional<double> number = value.number();
  if (number && !checkF32(*number, parameter.defaultValue->range))
    return builder.getDictionaryAttr(attributes);
  if (number && type.getRank() == 0)
    attributes.push_back(builder.getNamedAttr("vae.default", builder.getF32FloatAttr(*number)));
  else if (!value.isPoison())
    error(parameter.defaultValue->range, DiagnosticKind::DefaultType, parameter.name.text, value.str(), "a number");
  return builder.getDictionaryAttr(attributes);
}

/// Describes arguments and results, all at once: each change of a function's attributes costs all of them.
void Elaborator::annotate(Instance &made, ArrayRef<InstanceArgument> arguments, ArrayRef<DeclaredType> results) {
  SmallVector<Attribute> argumentAttributes, resultAttributes;
  for (auto [parameter, argument] : llvm::zip_equal(made.function->parameters, arguments))
    if (argument.type)
      argumentAttributes.push_back(describeArgument(parameter, argument.type));
  for (auto [i, name] : llvm::enumerate(made.resultNames)) {
    SmallVector<NamedAttribute> own{builder.getNamedAttr("vae.name", builder.getStringAttr(name))};
    if (i < results.size() && results[i].range)
      own.push_back(builder.getNamedAttr("vae.range", rangeAttribute(builder, *results[i].range)));
    resultAttributes.push_back(builder.getDictionaryAttr(own));
  }
  if (!argumentAttributes.empty())
    made.op.setArgAttrsAttr(builder.getArrayAttr(argumentAttributes));
  made.op.setResAttrsAttr(builder.getArrayAttr(resultAttributes));
}

//===-- Parameters of funcs and blocks -----------------------------------------===//

bool Elaborator::bindParameters(const ast::Function &function, Frame &calleeFrame, BoundCall &bound,
                                SMRange callRange) {
  llvm::SaveAndRestore<Frame *> savedFrame(frame, &calleeFrame);
  bool valid = true;
  // Sizes of tensors may name integers that come later, so tensors are bound last.
  for (bool tensors : {false, true})
    for (auto [i, parameter, value] : llvm::enumerate(function.parameters, bound.values)) {
      if ((parameter.type && isTensorType(*parameter.type)) != tensors)
        continue;
      if (!value && !parameter.defaultValue) {
        sink.error(callRange, DiagnosticKind::MissingArgument, function.name.text, parameter.name.text)
            .note(parameter.name.range, DiagnosticKind::DeclaredHere, parameter.name.text);
        valid = false;
        continue;
      }
      if (!value)
        value = evaluate(parameter.defaultValue);
      SMRange given = i < bound.ranges.size() ? bound.ranges[i] : SMRange();
      valid &= bindParameter(function, parameter, *value, given.isValid() ? given : value->origin);
      calleeFrame.names[parameter.name.text] = *value;
    }
  return valid;
}

/// Checks an argument against the declared type and solves the type's symbols.
bool Elaborator::bindParameter(const ast::Function &function, const ast::Parameter &parameter, Value &value,
                               SMRange range) {
  if (value.isPoison())
    return false;
  if (!parameter.type)
    return true;
  std::optional<DeclaredType> type = evaluateType(*parameter.type, /*declaresSymbols=*/true);
  if (!type)
    return false;
  if (!type->isTensor()) {
    std::optional<Value> converted = convert(value, *type);
    if (!converted) {
      reportArgument(function, parameter, value, type->str(), range);
      return false;
    }
    converted->origin = value.origin;
    value = std::move(*converted);
    return true;
  }
  return bindTensor(function, parameter, *type, value, range);
}

/// A type whose symbols may still be unsolved, as it was written.
static std::string describeOpen(const DeclaredType &type) {
  std::string text = type.sizes.empty() ? "" : "[" + describe(type.sizes) + "]";
  llvm::erase(text, '$');
  DeclaredType element = type;
  element.sizes.clear();
  return element.str() + text;
}

bool Elaborator::bindTensor(const ast::Function &function, const ast::Parameter &parameter, const DeclaredType &type,
                            Value &value, SMRange range) {
  std::optional<mlir::Value> tensor = binder.convertTensor(value, range);
  if (!tensor)
    return false;
  auto actual = cast<RankedTensorType>(tensor->getType());
  Value given = value;
  value.data = *tensor;
  bool fits = actual.getElementType() == type.element && unify(type.sizes, program::getSizes(actual));
  for (const Size &size : type.sizes)
    for (const std::string &symbol : size.symbols())
      if (const Value *solved = lookup(StringRef(symbol).ltrim('$'));
          fits && solved && *solved->get<Size>() == Size::symbol(symbol) && symbol.front() == '$') {
        error(parameter.type->range, DiagnosticKind::UnsolvedSymbol, StringRef(symbol).drop_front());
        return false;
      }
  if (fits)
    return true;
  reportArgument(function, parameter, given, describeOpen(type), range);
  return false;
}

/// An argument that its parameter does not take; the frame is the callee's, the place is in the caller.
void Elaborator::reportArgument(const ast::Function &function, const ast::Parameter &parameter, const Value &value,
                                StringRef declared, SMRange range) {
  DiagnosticSink::Handle handle =
      sink.error(range, DiagnosticKind::ArgumentType, function.name.text, parameter.name.text, value.str(), declared);
  handle.note(parameter.name.range, DiagnosticKind::DeclaredHere, parameter.name.text);
  if (value.tensor() && value.origin.Start != range.Start)
    handle.note(value.origin, DiagnosticKind::ComesFrom, value.str());
  addCallChain(handle, frame->caller);
}

/// The one unsolved symbol that `pattern` is a multiple of, and the factor.
static std::optional<std::pair<std::string, Size>> unsolvedFactor(const Size &pattern) {
  for (const std::string &symbol : pattern.symbols()) {
    std::optional<Size> factor = symbol.front() == '$' ? pattern.divide(Size::symbol(symbol)) : std::nullopt;
    if (factor && llvm::none_of(factor->symbols(), [](StringRef name) { return name.front() == '$'; }))
      return std::pair(symbol, *factor);
  }
  return std::nullopt;
}

/// Solves the unsolved symbols of `pattern` so that it equals `actual`, and enters them into the frame. True where all
/// that was solved agrees.
bool Elaborator::unify(ArrayRef<Size> pattern, ArrayRef<Size> actual) {
  if (pattern.size() != actual.size())
    return false;
  std::map<std::string, Size> solved;
  for (bool progress = true; progress;) {
    progress = false;
    for (auto [declared, given] : llvm::zip_equal(pattern, actual)) {
      auto unsolved = unsolvedFactor(declared.substitute(solved));
      std::optional<Size> value = unsolved ? given.divide(unsolved->second) : std::nullopt;
      if (!value)
        continue;
      solved[unsolved->first] = *value;
      frame->names[StringRef(unsolved->first).drop_front()].data = *value;
      progress = true;
    }
  }
  for (auto [declared, given] : llvm::zip_equal(pattern, actual)) {
    Size known = declared.substitute(solved);
    bool open = llvm::any_of(known.symbols(), [](StringRef name) { return name.front() == '$'; });
    if (!open && known != given)
      return false;
  }
  return true;
}

} // namespace vae::frontend
