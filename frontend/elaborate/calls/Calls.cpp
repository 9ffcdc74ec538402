// Calls of funcs and blocks.
#include "frontend/elaborate/Elaborator.h"
#include "frontend/elaborate/calls/Intrinsics.h"

using namespace mlir;

namespace vae::frontend {

//===-- Places ---------------------------------------------------------------===//

Location Elaborator::location(SMRange range) const {
  Location own = sink.location(range);
  return frame->calledAt ? Location(CallSiteLoc::get(own, frame->calledAt)) : own;
}

void Elaborator::addCallChain(DiagnosticSink::Handle &handle, const Frame *innermost) const {
  for (const Frame *current = innermost; current && current->caller; current = current->caller)
    handle.note(current->callRange, DiagnosticKind::CalledFrom,
                current->function ? current->function->name.text : current->declared->model->name.text);
}

bool Elaborator::requireFunc(const ast::CallExpr &call) {
  if (!instance)
    error(call.range, DiagnosticKind::CallOutsideFunc, call.callee.text);
  return instance;
}

Value Elaborator::evaluateCall(const ast::CallExpr &call) {
  if (!spendSteps(call.range, 1))
    return {};
  if (call.part)
    return callOfPart(call);
  const Intrinsic *intrinsic = findIntrinsic(call.callee.text);
  const ast::Function *function = findFunction(call.callee.text);
  bool makesOps = function || (intrinsic ? intrinsic->needsFunc : findBuiltin(call.callee.text, context).has_value());
  if (makesOps && !requireFunc(call))
    return {};
  if (function)
    return callFunction(call, *function, *frame->home);
  return intrinsic ? intrinsic->call(*this, call) : callBuiltin(call);
}

//===-- Funcs and blocks -------------------------------------------------------===//

const ast::Function *Elaborator::findFunction(StringRef name) const {
  return declarations.find(name, *frame->home->declared);
}

bool Elaborator::isActive(const ast::Function &function) const {
  for (const Frame *current = frame; current; current = current->caller)
    if (current->function == &function)
      return true;
  return false;
}

/// A call of a block, or of a func of the model whose statements ran in `home`.
Value Elaborator::callFunction(const ast::CallExpr &call, const ast::Function &function, Frame &home) {
  SmallVector<StringRef> names;
  for (const ast::Parameter &parameter : function.parameters)
    names.push_back(parameter.name.text);
  std::optional<BoundCall> bound = binder.bindCall(call, names, /*firstTakesAny=*/false);
  if (!bound)
    return {};
  if (isActive(function)) {
    error(call.callee.range, DiagnosticKind::RecursiveCall, function.name.text)
        .note(function.name.range, DiagnosticKind::DeclaredHere, function.name.text);
    return {};
  }
  if (function.kind == ast::Function::Kind::Block)
    return callBlock(call, function, *bound);
  if (function.isPrivate || &home != &modelFrame)
    return callHere(call, function, *bound, home);
  return callInstance(call, function, *bound);
}

/// The frame of a body that stands where it is called.
Frame Elaborator::enterInPlace(const ast::CallExpr &call, const ast::Function &function, Frame &home) {
  Frame callee;
  callee.function = &function;
  callee.home = &home;
  callee.caller = frame;
  callee.callRange = call.range;
  callee.calledAt = location(call.range);
  return callee;
}

Value Elaborator::callBlock(const ast::CallExpr &call, const ast::Function &function, BoundCall &bound) {
  std::optional<std::string> segment = labelPath(call.label);
  if (!segment)
    return {};
  Frame callee = enterInPlace(call, function, *frame->home);
  callee.site = parameters.enter(frame->site, &call);
  callee.visit = frame->visit;
  if (segment->empty())
    segment = parameters.unlabelledSegment(frame->prefix, function.name.text, callee.site, visit());
  callee.prefix = frame->prefix + *segment + ".";
  return runInPlace(callee, bound);
}

/// A call of a private func, or of a part's: its body stands here, as a block's does, but its weights are those of every
/// other call.
Value Elaborator::callHere(const ast::CallExpr &call, const ast::Function &function, BoundCall &bound, Frame &home) {
  if (refuseLabel(call, function))
    return {};
  Frame callee = enterInPlace(call, function, home);
  SiteVisit visit;
  callee.site = parameters.enter(home.site, &function);
  callee.visit = &visit;
  {
    llvm::SaveAndRestore<Frame *> inside(frame, &callee);
    std::optional<std::string> label = labelPath(function.label);
    if (!label)
      return {};
    callee.prefix = home.prefix + (label->empty() ? "" : *label + ".");
  }
  return runInPlace(callee, bound);
}

/// Reports a label on a call of a func.
bool Elaborator::refuseLabel(const ast::CallExpr &call, const ast::Function &function) {
  if (call.label.segments.empty())
    return false;
  error(call.label.range, DiagnosticKind::LabelOnFunc, function.name.text)
      .note(function.name.range, DiagnosticKind::DeclaredHere, function.name.text);
  return true;
}

/// A call of a func: of its entry where sizes agree, else of an instance of its own.
Value Elaborator::callInstance(const ast::CallExpr &call, const ast::Function &function, BoundCall &bound) {
  if (refuseLabel(call, function))
    return {};
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
  scratch.home = &modelFrame;
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

//===-- Suggestions ----------------------------------------------------------------===//

SmallVector<StringRef> Elaborator::callableNames() const {
  SmallVector<StringRef> names;
  for (const Intrinsic &intrinsic : getIntrinsics())
    names.push_back(intrinsic.name);
  for (const auto *functions : {&declarations.blocks, &frame->home->declared->functions})
    llvm::append_range(names, functions->keys());
  llvm::append_range(names, operationNames<BuiltinOpInterface>(context));
  llvm::sort(names);
  return names;
}

} // namespace vae::frontend
