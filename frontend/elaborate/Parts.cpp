// Models inside models: `part vae = autoencoder_kl(latent_channels = 4) @first_stage frozen`, and calls of its funcs.
#include "frontend/elaborate/Elaborator.h"

using namespace mlir;

namespace vae::frontend {

bool Elaborator::checkPart(const ast::PartStmt &statement, const DeclaredModel *declared) {
  const ast::Name &name = statement.model->callee;
  if (frame->function) {
    error(statement.range, DiagnosticKind::PartOutsideModel);
    return false;
  }
  if (!declared) {
    error(name.range, DiagnosticKind::UnknownModel, name.text,
          suggest(name.text, llvm::to_vector(declarations.models.keys())));
    return false;
  }
  for (const Frame *outer = frame; outer; outer = outer->caller)
    if (outer->declared == declared) {
      error(name.range, DiagnosticKind::RecursiveModel, name.text)
          .note(declared->model->name.range, DiagnosticKind::DeclaredHere, name.text);
      return false;
    }
  return true;
}

/// Binds the call's arguments to the parameters of the part's model.
bool Elaborator::bindPartParameters(const ast::CallExpr &call, Frame &part) {
  ArrayRef<ast::Parameter> parameters = part.declared->model->parameters;
  SmallVector<StringRef> names;
  for (const ast::Parameter &parameter : parameters)
    names.push_back(parameter.name.text);
  std::optional<BoundCall> bound = binder.bindCall(call, names, /*firstTakesAny=*/false);
  if (!bound)
    return false;
  llvm::SaveAndRestore<Frame *> inside(frame, &part);
  bool valid = true;
  for (auto [parameter, given, range] : llvm::zip_equal(parameters, bound->values, bound->ranges)) {
    std::optional<DeclaredType> type = evaluateParameterType(parameter);
    std::optional<Value> value;
    if (type && given && !(value = convert(*given, *type)))
      sink.error(range, DiagnosticKind::ArgumentType, call.callee.text, parameter.name.text, given->str(), type->str())
          .note(parameter.name.range, DiagnosticKind::DeclaredHere, parameter.name.text);
    else if (type && !given && !parameter.defaultValue)
      sink.error(call.range, DiagnosticKind::MissingArgument, call.callee.text, parameter.name.text)
          .note(parameter.name.range, DiagnosticKind::DeclaredHere, parameter.name.text);
    else if (type && !given)
      value = evaluateDefault(parameter, *type);
    valid &= value.has_value();
    part.names[parameter.name.text] = value.value_or(Value{});
  }
  return valid;
}

/// Runs the statements of a model inside this one, under its label or its name.
Value Elaborator::makePart(const ast::PartStmt &statement) {
  const ast::CallExpr &call = *statement.model;
  auto declared = declarations.models.find(call.callee.text);
  if (!checkPart(statement, declared == declarations.models.end() ? nullptr : &declared->second))
    return {};
  std::optional<std::string> label = labelPath(call.label);
  if (!label)
    return {};
  std::string path = frame->prefix + (label->empty() ? statement.name.text.str() : *label);
  auto part = std::make_shared<Frame>();
  part->declared = &declared->second;
  part->home = part.get();
  part->caller = frame;
  part->callRange = call.range;
  part->calledAt = location(call.range);
  part->prefix = path + ".";
  part->frozenPart = !frame->frozenPart.empty() ? frame->frozenPart : statement.frozen ? path : "";
  part->site = parameters.enter(frame->site, &statement);
  part->visit = frame->visit;
  if (!bindPartParameters(call, *part))
    return {};
  runModelStatements(*part);
  return Value{Part{std::move(part), call.callee.text.str()}, statement.range};
}

/// `vae.encode(x)`
Value Elaborator::callOfPart(const ast::CallExpr &call) {
  Value base = evaluateArgument(call.part);
  if (base.isPoison())
    return {};
  auto *part = base.get<Part>();
  if (!part) {
    error(call.part->range, DiagnosticKind::NotAPart, base.str(), call.callee.text);
    return {};
  }
  const auto &functions = part->frame->declared->functions;
  const ast::Function *function = functions.lookup(call.callee.text);
  if (!function || function->isPrivate) {
    SmallVector<StringRef> names;
    for (const auto &[name, known] : functions)
      if (!known->isPrivate)
        names.push_back(name);
    error(call.callee.range, DiagnosticKind::UnknownFunc, part->model, call.callee.text,
          suggest(call.callee.text, names));
    return {};
  }
  if (instance)
    return callFunction(call, *function, *part->frame);
  error(call.range, DiagnosticKind::CallOutsideFunc, call.callee.text);
  return {};
}

} // namespace vae::frontend
