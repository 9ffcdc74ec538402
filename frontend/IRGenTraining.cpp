// Training: losses with their optimisers and schedules.
#include "frontend/IRGen.h"
#include "ir/Schedules.h"

using namespace mlir;

namespace vae::frontend {

static OptimizerOpInterface::Concept *findOptimizer(StringRef name, MLIRContext *context) {
  auto op = RegisteredOperationName::lookup(("vae." + name).str(), context);
  return op ? op->getInterface<OptimizerOpInterface>() : nullptr;
}

void IRGen::elaborateMinimize(const ast::Minimize &minimize) {
  const ast::CallExpr &call = *minimize.optimizer;
  auto *optimizer = findOptimizer(call.callee.text, context);
  if (!optimizer) {
    sink.error(call.callee.range, DiagnosticKind::UnknownOptimizer, call.callee.text,
               suggest(call.callee.text, operationNames<OptimizerOpInterface>(context)));
    return;
  }
  frame = &modelFrame;
  modelFrame.names = modelParameters;
  std::optional<Signature> signature = Signature::parse(optimizer->getSignature());
  assert(signature && "malformed optimizer signature");
  NamedAttrList arguments, scalars;
  if (!bindNumbers(call, *signature, arguments))
    return;
  if (std::string fault = optimizer->describeFault(arguments.getDictionary(context)); !fault.empty())
    sink.error(call.range, DiagnosticKind::RejectedCall, call.callee.text, fault);
  for (const ast::Schedule &schedule : minimize.schedules)
    elaborateSchedule(minimize, schedule, *signature, arguments, scalars);
  SmallVector<StringRef> parts;
  std::vector<StringRef> known = parameters.parts();
  for (const ast::Name &part : minimize.parts) {
    parts.push_back(part.text);
    if (!llvm::is_contained(known, part.text))
      sink.error(part.range, DiagnosticKind::UnknownPart, part.text, suggest(part.text, known));
  }
  const ast::Function *loss = declarations.find(minimize.loss.text);
  if (!loss || loss->kind != ast::Function::Kind::Loss || sink.hasErrors())
    return;
  auto [earlier, isFirst] = minimized.try_emplace(minimize.loss.text, minimize.loss.range);
  if (!isFirst) {
    sink.error(minimize.loss.range, DiagnosticKind::SecondMinimize, minimize.loss.text)
        .note(earlier->second, DiagnosticKind::GivenHere, minimize.loss.text);
    return;
  }
  builder.setInsertionPointToEnd(module->getBody());
  MinimizeOp::create(builder, location(minimize.range), minimize.loss.text, call.callee.text,
                     arguments.getDictionary(context), parts.empty() ? ArrayAttr() : builder.getStrArrayAttr(parts),
                     scalars.empty() ? DictionaryAttr() : scalars.getDictionary(context));
}

/// Binds a call whose arguments are all known now; those left out without a default stay out.
bool IRGen::bindNumbers(const ast::CallExpr &call, const Signature &signature, NamedAttrList &arguments) {
  std::optional<BoundCall> bound = bindCall(call, signatureNames(signature), /*firstTakesAny=*/false);
  if (!bound)
    return false;
  for (auto [parameter, value, place] : llvm::zip_equal(signature.parameters, bound->values, bound->ranges)) {
    std::optional<BuiltinArgument> argument =
        bindArgument(signature, parameter, value, place.isValid() ? place : call.range);
    if (!argument)
      return false;
    if (argument->attribute)
      arguments.set(parameter.name, argument->attribute);
  }
  return true;
}

//===-- Schedules ------------------------------------------------------------===//

static SMRange givenRange(const ast::CallExpr &call, StringRef name) {
  for (const ast::Argument &argument : call.arguments)
    if (argument.name.text == name)
      return argument.value->range;
  return call.range;
}

/// The formula of `linear(0, 4, steps = 10_000)`.
std::optional<std::string> IRGen::evaluateSchedule(const ast::Schedule &statement) {
  SmallVector<StringRef> names;
  for (const Schedule &schedule : getSchedules())
    names.push_back(schedule.name());
  auto *call = dyn_cast<ast::CallExpr>(statement.value);
  const Schedule *schedule = call ? findSchedule(call->callee.text) : nullptr;
  if (!call)
    sink.error(statement.value->range, DiagnosticKind::NotASchedule, statement.scalar.text, listNames(names));
  else if (!schedule)
    sink.error(call->callee.range, DiagnosticKind::UnknownSchedule, call->callee.text,
               suggest(call->callee.text, names));
  if (!schedule)
    return std::nullopt;
  std::optional<Signature> signature = Signature::parse(schedule->signature);
  assert(signature && "malformed signature of a schedule");
  NamedAttrList attributes;
  if (!bindNumbers(*call, *signature, attributes))
    return std::nullopt;
  llvm::StringMap<double> numbers;
  for (NamedAttribute attribute : attributes) {
    auto number = dyn_cast<FloatAttr>(attribute.getValue());
    numbers[attribute.getName()] =
        number ? number.getValueAsDouble() : static_cast<double>(cast<IntegerAttr>(attribute.getValue()).getInt());
  }
  return checkSchedule(*call, *schedule, *signature, numbers) ? std::optional(getScheduleFormula(*schedule, numbers))
                                                              : std::nullopt;
}

/// A length where one is needed, and numbers that the formula is defined for.
bool IRGen::checkSchedule(const ast::CallExpr &call, const Schedule &schedule, const Signature &signature,
                          const llvm::StringMap<double> &numbers) {
  bool needsLength = llvm::is_contained(signatureNames(signature), "steps");
  size_t lengths = numbers.count("steps") + numbers.count("epochs");
  if (needsLength && lengths != 1) {
    sink.error(call.range, DiagnosticKind::ScheduleLength, schedule.name(), lengths == 0 ? "neither" : "both");
    return false;
  }
  SmallVector<StringRef> positive{"steps", "epochs"};
  schedule.positive.split(positive, ' ', -1, /*KeepEmpty=*/false);
  bool valid = true;
  for (StringRef name : positive)
    if (auto number = numbers.find(name); number != numbers.end() && !(number->second > 0)) {
      sink.error(givenRange(call, name), DiagnosticKind::ScheduleNumber, name, schedule.name(),
                 getFormulaNumber(number->second));
      valid = false;
    }
  return valid;
}

/// True where the loss takes a number of that name.
static bool takesNumber(func::FuncOp loss, StringRef name) {
  return llvm::any_of(llvm::seq(0u, loss.getNumArguments()), [&](unsigned i) {
    auto type = dyn_cast<RankedTensorType>(loss.getArgumentTypes()[i]);
    auto argument = loss.getArgAttrOfType<StringAttr>(i, "vae.name");
    return argument && argument == name && type && type.getRank() == 0 && isa<FloatType>(type.getElementType());
  });
}

static SmallVector<StringRef> scheduledNames(func::FuncOp loss, const Signature &optimizer) {
  SmallVector<StringRef> names = signatureNames(optimizer);
  for (unsigned i : llvm::seq(0u, loss.getNumArguments()))
    if (auto name = loss.getArgAttrOfType<StringAttr>(i, "vae.name"); name && takesNumber(loss, name))
      names.push_back(name);
  return names;
}

/// Enters the schedule's formula where its number is taken: into the optimiser's arguments, or the loss's scalars.
void IRGen::elaborateSchedule(const ast::Minimize &minimize, const ast::Schedule &schedule, const Signature &optimizer,
                              NamedAttrList &arguments, NamedAttrList &scalars) {
  const ast::CallExpr &call = *minimize.optimizer;
  const ast::Name &name = schedule.scalar;
  std::optional<std::string> formula = evaluateSchedule(schedule);
  auto loss = module->lookupSymbol<func::FuncOp>(minimize.loss.text);
  if (!loss)
    return; // reported where it is wrong
  bool inLoss = takesNumber(loss, name.text), inOptimizer = llvm::is_contained(signatureNames(optimizer), name.text);
  auto op = *RegisteredOperationName::lookup(("vae." + call.callee.text).str(), context);
  auto given = llvm::find_if(call.arguments, [&](const ast::Argument &a) { return a.name.text == name.text; });
  auto earlier = llvm::find_if(minimize.schedules, [&](auto &other) { return other.scalar.text == name.text; });
  if (earlier != &schedule)
    sink.error(name.range, DiagnosticKind::SecondSchedule, name.text)
        .note(earlier->scalar.range, DiagnosticKind::GivenHere, name.text);
  else if (!inLoss && !inOptimizer)
    sink.error(name.range, DiagnosticKind::ScheduleTarget, name.text, minimize.loss.text, call.callee.text,
               suggest(name.text, scheduledNames(loss, optimizer)));
  else if (inLoss && inOptimizer)
    sink.error(name.range, DiagnosticKind::AmbiguousSchedule, name.text, minimize.loss.text, call.callee.text);
  else if (inOptimizer && llvm::is_contained(op.getAttributeNames(), builder.getStringAttr(name.text)))
    sink.error(name.range, DiagnosticKind::FixedArgument, name.text, call.callee.text);
  else if (inOptimizer && given != call.arguments.end())
    sink.error(name.range, DiagnosticKind::RepeatedArgument, call.callee.text, name.text)
        .note(given->value->range, DiagnosticKind::GivenHere, name.text);
  else if (formula)
    (inLoss ? scalars : arguments).set(name.text, builder.getStringAttr(*formula));
}

} // namespace vae::frontend
