// Calls of funcs, blocks, and of the few operations that the frontend answers itself.
#include "frontend/elaborate/IRGen.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace vae::frontend {

static constexpr StringLiteral intrinsics[] = {"buffer", "channels", "len", "parameter", "rank", "shape", "update"};

/// Whether a call of that name declares a tensor that travels with the weights.
static bool declaresTensor(StringRef name) { return name == "parameter" || name == "buffer"; }

//===-- Places ---------------------------------------------------------------===//

Location IRGen::location(SMRange range) const {
  Location result = sink.location(range);
  for (const Frame *current = frame; current && current->inlined; current = current->caller)
    result = CallSiteLoc::get(result, sink.location(current->callRange));
  return result;
}

void IRGen::addCallChain(DiagnosticSink::Handle &handle, const Frame *innermost) const {
  for (const Frame *current = innermost; current && current->caller; current = current->caller)
    handle.note(current->callRange, DiagnosticKind::CalledFrom, current->function->name.text);
}

/// `up_blocks.0.resnets.1` of `@up_blocks[0].resnets[1]`; empty where there is no label.
std::optional<std::string> IRGen::labelPath(const ast::Label &label) {
  SmallVector<std::string> parts;
  for (const ast::LabelSegment &segment : label.segments) {
    parts.push_back(segment.name.text.str());
    for (const ast::Expr *index : segment.indices) {
      std::optional<int64_t> value = evaluateInteger(index);
      if (!value)
        return std::nullopt;
      if (*value < 0) {
        error(index->range, DiagnosticKind::NegativeLabel, *value);
        return std::nullopt;
      }
      parts.push_back(std::to_string(*value));
    }
  }
  return llvm::join(parts, ".");
}

//===-- Arguments to parameters ------------------------------------------------===//

/// True where the argument is the word for leaving its parameter out, and no value's name.
bool IRGen::isLeftOut(const ast::Argument &argument, StringRef absentWord) const {
  auto *name = dyn_cast<ast::NameExpr>(argument.value);
  return name && !absentWord.empty() && name->name == absentWord && !lookup(absentWord);
}

std::optional<IRGen::BoundCall> IRGen::bindCall(const ast::CallExpr &call, ArrayRef<StringRef> parameters,
                                                bool firstTakesAny, ArrayRef<StringRef> absentWords) {
  llvm::SaveAndRestore<std::string> target(assignTarget, "");
  BoundCall bound;
  bound.values.resize(parameters.size());
  bound.ranges.resize(parameters.size());
  size_t next = firstTakesAny ? 1 : 0, positional = 0;
  bool valid = true;
  for (const ast::Argument &argument : call.arguments) {
    size_t place = argument.name ? llvm::find(parameters, argument.name.text) - parameters.begin() : next;
    bool leftOut = place < absentWords.size() && isLeftOut(argument, absentWords[place]);
    Value value = leftOut ? Value{} : evaluate(argument.value);
    valid &= leftOut || !value.isPoison();
    positional += !argument.name;
    if (argument.name) {
      if (place == parameters.size()) {
        error(argument.name.range, DiagnosticKind::UnknownArgument, call.callee.text, argument.name.text,
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
      error(argument.value->range, DiagnosticKind::RepeatedArgument, call.callee.text, parameters[place])
          .note(bound.ranges[place], DiagnosticKind::GivenHere, parameters[place]);
      valid = false;
      continue;
    }
    if (!leftOut)
      bound.values[place] = std::move(value);
    bound.ranges[place] = argument.value->range;
  }
  if (next > parameters.size()) {
    error(call.range, DiagnosticKind::TooManyArguments, call.callee.text, parameters.size(), positional,
          listNames(parameters));
    valid = false;
  }
  return valid ? std::optional(std::move(bound)) : std::nullopt;
}

Value IRGen::evaluateCall(const ast::CallExpr &call) {
  if (!spendStep(call.range))
    return {};
  bool known = declarations.find(call.callee.text) || findBuiltin(call.callee.text) ||
               declaresTensor(call.callee.text) || call.callee.text == "update";
  if (!instance && known) {
    error(call.range, DiagnosticKind::CallOutsideFunc, call.callee.text);
    return {};
  }
  if (const ast::Function *function = declarations.find(call.callee.text))
    return callFunction(call, *function);
  if (std::optional<Value> value = callIntrinsic(call))
    return *value;
  return callBuiltin(call);
}

//===-- Funcs and blocks -------------------------------------------------------===//

bool IRGen::isActive(const ast::Function &function) const {
  for (const Frame *current = frame; current; current = current->caller)
    if (current->function == &function)
      return true;
  return false;
}

Value IRGen::callFunction(const ast::CallExpr &call, const ast::Function &function) {
  SmallVector<StringRef> names;
  for (const ast::Parameter &parameter : function.parameters)
    names.push_back(parameter.name.text);
  std::optional<BoundCall> bound = bindCall(call, names, /*firstTakesAny=*/false);
  if (!bound)
    return {};
  if (isActive(function)) {
    error(call.callee.range, DiagnosticKind::RecursiveCall, function.name.text)
        .note(function.name.range, DiagnosticKind::DeclaredHere, function.name.text);
    return {};
  }
  if (function.kind == ast::Function::Kind::Block)
    return callBlock(call, function, *bound);
  return callInstance(call, function, *bound);
}

Value IRGen::callBlock(const ast::CallExpr &call, const ast::Function &function, BoundCall &bound) {
  std::optional<std::string> segment = labelPath(call.label);
  if (!segment)
    return {};
  Frame callee;
  callee.function = &function;
  callee.caller = frame;
  callee.callRange = call.range;
  callee.inlined = true;
  callee.site = frame->site;
  callee.site.push_back(&call);
  if (segment->empty())
    segment = parameters.unlabelledSegment(frame->prefix, function.name.text, callee.site, visit());
  callee.prefix = frame->prefix + *segment + ".";
  if (!bindParameters(function, callee, bound, call.range))
    return {};
  llvm::SaveAndRestore<Frame *> savedFrame(frame, &callee);
  runBody(function.body.statements);
  if (!callee.result && !isExhausted())
    error(function.name.range, DiagnosticKind::NoReturn, function.name.text);
  return callee.result.value_or(Value{});
}

/// A call of a func: of its entry where sizes agree, else of an instance of its own.
Value IRGen::callInstance(const ast::CallExpr &call, const ast::Function &function, BoundCall &bound) {
  if (!call.label.segments.empty()) {
    error(call.label.range, DiagnosticKind::LabelOnFunc, function.name.text)
        .note(function.name.range, DiagnosticKind::DeclaredHere, function.name.text);
    return {};
  }
  {
    // The entry goes first, so that calls that fit can share it.
    llvm::SaveAndRestore<Frame *> outside(frame, &modelFrame);
    OpBuilder::InsertionGuard guard(builder);
    elaborateEntry(function);
  }
  if (failedEntries.contains(&function))
    return {};
  Frame scratch;
  scratch.function = &function;
  scratch.caller = frame;
  scratch.callRange = call.range;
  if (!bindParameters(function, scratch, bound, call.range))
    return {};
  SmallVector<InstanceArgument> arguments;
  SmallVector<mlir::Value> operands;
  for (const std::optional<Value> &value : bound.values) {
    mlir::Value tensor = value->tensor();
    arguments.push_back({tensor ? cast<RankedTensorType>(tensor.getType()) : RankedTensorType(), *value});
    if (tensor)
      operands.push_back(tensor);
  }
  Instance *callee = instantiate(function, arguments, frame, call.range);
  if (!callee->finished)
    error(call.callee.range, DiagnosticKind::RecursiveCall, function.name.text)
        .note(function.name.range, DiagnosticKind::DeclaredHere, function.name.text);
  if (callee->failed)
    return {};
  auto op = func::CallOp::create(builder, location(call.range), callee->op, operands);
  if (op.getNumResults() == 1)
    return Value{mlir::Value(op.getResult(0)), call.range};
  std::vector<Value> items;
  for (mlir::Value result : op.getResults())
    items.push_back(Value{result, call.range});
  return Value{Tuple{std::move(items), {callee->resultNames.begin(), callee->resultNames.end()}}, call.range};
}

//===-- Answered here ------------------------------------------------------------===//

std::optional<Value> IRGen::callIntrinsic(const ast::CallExpr &call) {
  StringRef name = call.callee.text;
  if (!llvm::is_contained(intrinsics, name))
    return std::nullopt;
  if (declaresTensor(name))
    return callParameter(call);
  if (name == "update")
    return callUpdate(call);
  std::optional<BoundCall> bound = bindCall(call, {"x"}, /*firstTakesAny=*/false);
  if (!bound)
    return Value{};
  if (!bound->values.front()) {
    error(call.range, DiagnosticKind::MissingArgument, name, "x");
    return Value{};
  }
  const Value &value = *bound->values.front();
  if (auto *list = value.get<List>(); list && name == "len")
    return Value{Size(static_cast<int64_t>(list->items().size())), call.range};
  mlir::Value tensor = value.tensor();
  SmallVector<Size> sizes;
  if (tensor)
    sizes = program::getSizes(cast<RankedTensorType>(tensor.getType()));
  if (!tensor || name == "len" || (name == "channels" && sizes.size() < 2)) {
    error(call.range, DiagnosticKind::ArgumentKind, "x", name, value.str(),
          name == "len" ? "a list" : "a tensor with that many axes");
    return Value{};
  }
  if (name == "rank")
    return Value{Size(static_cast<int64_t>(sizes.size())), call.range};
  if (name == "channels")
    return Value{sizes[1], call.range};
  std::vector<Value> items;
  for (const Size &size : sizes)
    items.push_back(Value{size, call.range});
  return Value{List(std::move(items)), call.range};
}

/// `parameter([codes, width], init = uniform(-a, a))`: a tensor declared by hand, `buffer(...)` one that gradients do
/// not change. Its path is its label, or the name it is assigned to.
Value IRGen::callParameter(const ast::CallExpr &call) {
  StringRef kind = call.callee.text;
  const ast::Expr *shapeExpr = nullptr, *initExpr = nullptr;
  for (const ast::Argument &argument : call.arguments) {
    const ast::Expr *&slot = argument.name.text == "init" || (!argument.name && shapeExpr) ? initExpr : shapeExpr;
    bool known = !argument.name || argument.name.text == "shape" || argument.name.text == "init";
    if (!known) {
      error(argument.name.range, DiagnosticKind::UnknownArgument, kind, argument.name.text,
            suggest(argument.name.text, {"shape", "init"}));
      return {};
    }
    slot = argument.value;
  }
  if (!shapeExpr) {
    error(call.range, DiagnosticKind::MissingArgument, kind, "shape");
    return {};
  }
  std::optional<std::string> label = labelPath(call.label);
  std::string target = std::exchange(assignTarget, "");
  Value shape = evaluate(shapeExpr);
  std::optional<program::InitAttr> init = initExpr ? evaluateInit(initExpr) : program::InitAttr::get(context, "zeros");
  if (!label || shape.isPoison() || !init)
    return {};
  SmallVector<int64_t> sizes;
  for (const Value &item : shape.asItems()) {
    std::optional<int64_t> size = item.integer();
    if (!size || *size < 1) {
      error(shapeExpr->range, DiagnosticKind::ParameterShape, kind, shape.str());
      return {};
    }
    sizes.push_back(*size);
  }
  if (label->empty())
    label = target;
  if (label->empty()) {
    error(call.range, DiagnosticKind::UnnamedParameter, kind);
    return {};
  }
  Site site = frame->site;
  site.push_back(&call);
  auto type = RankedTensorType::get(sizes, builder.getF32Type());
  SMRange range = call.label.segments.empty() ? call.range : call.label.range;
  FailureOr<mlir::Value> value =
      makeParameter(frame->prefix + *label, type, *init, /*frozen=*/kind == "buffer", range, site);
  return succeeded(value) ? Value{*value, call.range} : Value{};
}

/// `zeros`, `constant(a)`, `uniform(a, b)`, `normal(mean, deviation)`
std::optional<program::InitAttr> IRGen::evaluateInit(const ast::Expr *expr) {
  auto *name = dyn_cast<ast::NameExpr>(expr);
  auto *call = dyn_cast<ast::CallExpr>(expr);
  StringRef kind = name ? name->name : call ? call->callee.text : "";
  size_t expected = kind == "constant" ? 1 : kind == "uniform" || kind == "normal" ? 2 : 0;
  SmallVector<double> numbers;
  for (const ast::Argument &argument : call ? call->arguments : ArrayRef<ast::Argument>()) {
    Value value = evaluate(argument.value);
    if (value.isPoison())
      return std::nullopt;
    if (std::optional<double> number = value.number(); number && !argument.name)
      numbers.push_back(*number);
  }
  bool known = expected > 0 || kind == "zeros";
  if (known && numbers.size() == expected && (!call || call->arguments.size() == expected)) {
    numbers.resize(2);
    return program::InitAttr::get(context, kind, numbers[0], numbers[1]);
  }
  error(expr->range, DiagnosticKind::UnknownInit);
  return std::nullopt;
}

//===-- Suggestions ----------------------------------------------------------------===//

SmallVector<StringRef> IRGen::callableNames() const {
  SmallVector<StringRef> names(std::begin(intrinsics), std::end(intrinsics));
  for (const auto &function : declarations.functions)
    names.push_back(function.getKey());
  llvm::append_range(names, operationNames<BuiltinOpInterface>(context));
  llvm::sort(names);
  return names;
}

} // namespace vae::frontend
