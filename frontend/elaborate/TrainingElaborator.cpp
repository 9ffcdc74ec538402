// Training: losses with their optimisers and schedules.
#include "frontend/elaborate/TrainingElaborator.h"
#include "ir/ops/Model.h"
#include "ir/training/Schedules.h"
#include "ir/training/Train.h"

using namespace mlir;

namespace vae::frontend {

template <typename Interface>
std::optional<TrainingElaborator::TrainingCall> TrainingElaborator::bindTrainingCall(const ast::CallExpr &call,
                                                                                     DiagnosticKind unknown) {
  auto op = RegisteredOperationName::lookup(("vae." + call.callee.text).str(), context);
  auto *callee = op ? op->getInterface<Interface>() : nullptr;
  if (!callee) {
    sink.error(call.callee.range, unknown, call.callee.text,
               suggest(call.callee.text, operationNames<Interface>(context)));
    return std::nullopt;
  }
  std::optional<Signature> signature = Signature::parse(callee->getSignature());
  assert(signature && "malformed signature of an op for training");
  TrainingCall bound{&call, *signature, {}};
  if (!bindNumbers(call, *signature, bound.arguments))
    return std::nullopt;
  if (std::optional<Message> fault = callee->findFault(bound.arguments.getDictionary(context)))
    sink.errorOf(call.range, call.callee.text, *fault);
  return bound;
}

SmallVector<std::string> TrainingElaborator::elaborateParts(ArrayRef<ast::Label> paths) {
  SmallVector<std::string> parts;
  const ParameterTable &table = model.parameters.table();
  for (const ast::Label &label : paths) {
    std::optional<std::string> path = model.labelPath(label);
    if (!path)
      continue;
    parts.push_back(*path);
    if (!table.holds(*path))
      sink.error(label.range, DiagnosticKind::UnknownPart, *path, suggest(*path, table.partsLike(*path)));
    else if (!table.hasTrainable(*path))
      sink.error(label.range, DiagnosticKind::UntrainedPart, *path);
  }
  return parts;
}

std::optional<SmallVector<TrainingElaborator::TrainingCall>>
TrainingElaborator::bindTrainingCalls(const ast::Minimize &minimize) {
  SmallVector<TrainingCall> calls;
  auto add = [&](std::optional<TrainingCall> call) {
    if (call)
      calls.push_back(std::move(*call));
  };
  add(bindTrainingCall<OptimizerOpInterface>(*minimize.optimizer, DiagnosticKind::UnknownOptimizer));
  for (const ast::CallExpr *option : minimize.options) {
    add(bindTrainingCall<StepOptionOpInterface>(*option, DiagnosticKind::UnknownOption));
    auto *earlier =
        llvm::find_if(minimize.options, [&](auto *other) { return other->callee.text == option->callee.text; });
    if (*earlier != option)
      sink.error(option->callee.range, DiagnosticKind::SecondOption, option->callee.text)
          .note((*earlier)->callee.range, DiagnosticKind::GivenHere, option->callee.text);
  }
  return calls.size() == minimize.options.size() + 1 ? std::optional(std::move(calls)) : std::nullopt;
}

void TrainingElaborator::elaborate(const ast::Minimize &minimize) {
  // Arguments may name the model's parameters, not what its statements made of them.
  model.enterModel();
  elaborateMinimize(minimize);
  elaborateUpdates(minimize);
}

void TrainingElaborator::elaborateMinimize(const ast::Minimize &minimize) {
  std::optional<SmallVector<TrainingCall>> calls = bindTrainingCalls(minimize);
  if (!calls)
    return;
  NamedAttrList scalars;
  for (const ast::Schedule &schedule : minimize.schedules)
    elaborateSchedule(minimize, schedule, *calls, scalars);
  SmallVector<std::string> parts = elaborateParts(minimize.parts);
  const ast::Function *loss = model.declarations.main->functions.lookup(minimize.loss.text);
  if (!loss || loss->kind != ast::Function::Kind::Loss || sink.hasErrors())
    return;
  auto [earlier, isFirst] = minimized.try_emplace(minimize.loss.text, minimize.loss.range);
  if (!isFirst) {
    sink.error(minimize.loss.range, DiagnosticKind::SecondMinimize, minimize.loss.text)
        .note(earlier->second, DiagnosticKind::GivenHere, minimize.loss.text);
    return;
  }
  SmallVector<Attribute> options;
  for (const TrainingCall &option : ArrayRef(*calls).drop_front())
    options.push_back(builder.getDictionaryAttr(
        builder.getNamedAttr(option.call->callee.text, option.arguments.getDictionary(context))));
  builder.setInsertionPointToEnd(model.module->getBody());
  MinimizeOp::create(builder, model.location(minimize.range), minimize.loss.text, minimize.optimizer->callee.text,
                     calls->front().arguments.getDictionary(context),
                     options.empty() ? ArrayAttr() : builder.getArrayAttr(options),
                     parts.empty() ? ArrayAttr() : builder.getStrArrayAttr(llvm::to_vector_of<StringRef>(parts)),
                     scalars.empty() ? DictionaryAttr() : scalars.getDictionary(context));
}

//===-- Rules that move buffers ----------------------------------------------===//

void TrainingElaborator::elaborateUpdates(const ast::Minimize &minimize) {
  llvm::StringMap<SMRange> updated;
  for (const ast::Update &update : minimize.updates) {
    std::optional<std::string> path = model.labelPath(update.buffer);
    std::optional<TrainingCall> rule =
        bindTrainingCall<BufferRuleOpInterface>(*update.rule, DiagnosticKind::UnknownRule);
    if (!path || !checkBuffer(*path, update.buffer.range) || !rule)
      continue;
    for (const ast::Schedule &schedule : update.schedules)
      elaborateRuleSchedule(schedule, *rule, update.schedules);
    if (auto [earlier, isFirst] = updated.try_emplace(*path, update.buffer.range); !isFirst)
      sink.error(update.buffer.range, DiagnosticKind::SecondUpdate, *path)
          .note(earlier->second, DiagnosticKind::GivenHere, *path);
    if (sink.hasErrors())
      continue;
    builder.setInsertionPointToEnd(model.module->getBody());
    UpdateRuleOp::create(builder, model.location(update.range), *path, minimize.loss.text, update.rule->callee.text,
                         rule->arguments.getDictionary(context));
  }
}

bool TrainingElaborator::checkBuffer(StringRef path, SMRange range) {
  const ParameterTable::Entry *entry = model.parameters.table().find(path);
  if (!entry) {
    sink.error(range, DiagnosticKind::UnknownBuffer, path, suggest(path, model.parameters.table().buffers()));
    return false;
  }
  if (ParameterOp(entry->op).getPart()) {
    sink.error(range, DiagnosticKind::FrozenBuffer, path).note(entry->range, DiagnosticKind::FirstMadeHere, path);
    return false;
  }
  if (!ParameterOp(entry->op).getFrozen()) {
    sink.error(range, DiagnosticKind::NotABuffer, path).note(entry->range, DiagnosticKind::FirstMadeHere, path);
    return false;
  }
  return true;
}

bool TrainingElaborator::bindNumbers(const ast::CallExpr &call, const Signature &signature, NamedAttrList &arguments) {
  std::optional<BoundCall> bound = model.binder.bindCall(call, signatureNames(signature), /*firstTakesAny=*/false);
  if (!bound)
    return false;
  for (auto [parameter, value, place] : llvm::zip_equal(signature.parameters, bound->values, bound->ranges)) {
    std::optional<BuiltinArgument> argument =
        model.binder.bindArgument(signature, parameter, value, place.isValid() ? place : call.range);
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

std::optional<std::string> TrainingElaborator::evaluateSchedule(const ast::Schedule &statement) {
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

bool TrainingElaborator::checkSchedule(const ast::CallExpr &call, const Schedule &schedule, const Signature &signature,
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

/// Names of the numbers that the loss takes.
static SmallVector<StringRef> takenNumbers(func::FuncOp loss) {
  SmallVector<StringRef> names;
  for (auto [i, argument] : llvm::enumerate(loss.getArgumentTypes())) {
    auto type = dyn_cast<RankedTensorType>(argument);
    auto name = loss.getArgAttrOfType<StringAttr>(i, "vae.name");
    if (name && type && type.getRank() == 0 && isa<FloatType>(type.getElementType()))
      names.push_back(name);
  }
  return names;
}

bool TrainingElaborator::checkFirstSchedule(const ast::Schedule &schedule, ArrayRef<ast::Schedule> all) {
  auto earlier = llvm::find_if(all, [&](auto &other) { return other.scalar.text == schedule.scalar.text; });
  if (earlier == &schedule)
    return true;
  sink.error(schedule.scalar.range, DiagnosticKind::SecondSchedule, schedule.scalar.text)
      .note(earlier->scalar.range, DiagnosticKind::GivenHere, schedule.scalar.text);
  return false;
}

/// The argument that the call gives to a parameter of its signature, by name or by place; null where it gives none.
static const ast::Argument *findGiven(const ast::CallExpr &call, const Signature &signature, StringRef name) {
  SmallVector<StringRef> names = signatureNames(signature);
  auto place = llvm::find(names, name) - names.begin();
  for (const ast::Argument &argument : call.arguments)
    if (argument.name ? argument.name.text == name : place-- == 0)
      return &argument;
  return nullptr;
}

void TrainingElaborator::scheduleArgument(TrainingCall &target, const ast::Name &name,
                                          std::optional<std::string> formula) {
  const ast::CallExpr &call = *target.call;
  auto op = *RegisteredOperationName::lookup(("vae." + call.callee.text).str(), context);
  auto *parameter = llvm::find_if(target.signature.parameters, [&](auto &p) { return p.name == name.text; });
  const ast::Argument *given = findGiven(call, target.signature, name.text);
  bool fixed = llvm::is_contained(op.getAttributeNames(), builder.getStringAttr(name.text));
  if (fixed || parameter->kind != ArgumentKind::Float)
    sink.error(name.range, DiagnosticKind::FixedArgument, name.text, call.callee.text);
  else if (given)
    sink.error(name.range, DiagnosticKind::RepeatedArgument, call.callee.text, name.text)
        .note(given->value->range, DiagnosticKind::GivenHere, name.text);
  else if (formula)
    target.arguments.set(name.text, builder.getStringAttr(*formula));
}

void TrainingElaborator::elaborateSchedule(const ast::Minimize &minimize, const ast::Schedule &schedule,
                                           MutableArrayRef<TrainingCall> calls, NamedAttrList &scalars) {
  const ast::Name &name = schedule.scalar;
  std::optional<std::string> formula = evaluateSchedule(schedule);
  auto loss = model.module->lookupSymbol<func::FuncOp>(minimize.loss.text);
  // Without a loss, or one that came to its end: reported where it is wrong.
  if (!loss || loss.getNumResults() == 0 || !checkFirstSchedule(schedule, minimize.schedules))
    return;
  SmallVector<std::string> places;
  SmallVector<StringRef> callees, known = takenNumbers(loss);
  TrainingCall *target = nullptr;
  if (llvm::is_contained(known, name.text))
    places.push_back(("a number that loss `" + minimize.loss.text + "` takes").str());
  for (TrainingCall &call : calls) {
    SmallVector<StringRef> names = signatureNames(call.signature);
    llvm::append_range(known, names);
    callees.push_back(call.call->callee.text);
    if (!llvm::is_contained(names, name.text))
      continue;
    target = &call;
    places.push_back(("an argument of `" + callees.back() + "`").str());
  }
  if (places.empty())
    sink.error(name.range, DiagnosticKind::ScheduleTarget, name.text, minimize.loss.text, listNames(callees),
               suggest(name.text, known));
  else if (places.size() > 1)
    sink.error(name.range, DiagnosticKind::AmbiguousSchedule, name.text, places[0], places[1]);
  else if (target)
    scheduleArgument(*target, name, formula);
  else if (formula)
    scalars.set(name.text, builder.getStringAttr(*formula));
}

void TrainingElaborator::elaborateRuleSchedule(const ast::Schedule &schedule, TrainingCall &rule,
                                               ArrayRef<ast::Schedule> all) {
  const ast::Name &name = schedule.scalar;
  std::optional<std::string> formula = evaluateSchedule(schedule);
  SmallVector<StringRef> names = signatureNames(rule.signature);
  if (!checkFirstSchedule(schedule, all))
    return;
  if (llvm::is_contained(names, name.text))
    scheduleArgument(rule, name, formula);
  else
    sink.error(name.range, DiagnosticKind::UnknownArgument, rule.call->callee.text, name.text,
               suggest(name.text, names));
}

} // namespace vae::frontend
