// Builtins: ops found by name, called by the signature they declare.
#include "frontend/elaborate/Elaborator.h"
#include "frontend/elaborate/calls/MessageGuard.h"
#include "ir/ops/Model.h"

using namespace mlir;

namespace vae::frontend {

static BuiltinOpInterface::Concept *findInterface(StringRef mnemonic, MLIRContext *context) {
  auto op = RegisteredOperationName::lookup(("vae." + mnemonic).str(), context);
  return op ? op->getInterface<BuiltinOpInterface>() : nullptr;
}

std::optional<Signature> findBuiltin(StringRef mnemonic, MLIRContext *context) {
  auto *op = findInterface(mnemonic, context);
  if (!op)
    return std::nullopt;
  std::optional<Signature> signature = Signature::parse(op->getSignature());
  assert(signature && "an op declares a malformed signature");
  return signature;
}

Value Elaborator::callBuiltin(const ast::CallExpr &call) {
  std::optional<Signature> signature = findBuiltin(call.callee.text, context);
  if (!signature) {
    for (const ast::Argument &argument : call.arguments)
      (void)evaluate(argument.value);
    error(call.callee.range, DiagnosticKind::UnknownOperation, call.callee.text,
          suggest(call.callee.text, callableNames()));
    return {};
  }
  std::optional<BoundCall> bound = binder.bindCall(call, *signature);
  return bound ? buildBuiltin(call.callee.text, call.range, *signature, *bound, &call) : Value{};
}

//===-- Building -------------------------------------------------------------===//

/// Whether the op would take the call with elements of that type in one of its arguments. The op itself is asked: the
/// call is built again over tensors of a block that is thrown away.
static bool takesElements(BuiltinOpInterface::Concept *op, const BuiltinCall &call, StringRef name, Type element) {
  Block scratch;
  OpBuilder builder(element.getContext());
  builder.setInsertionPointToStart(&scratch);
  auto add = [&](RankedTensorType type) { return mlir::Value(scratch.addArgument(type, call.loc)); };
  // Has a name, since the call refers to it.
  auto make = [&](StringRef, RankedTensorType type, program::InitAttr, bool) {
    return FailureOr<mlir::Value>(add(type));
  };
  BuiltinCall probe(builder, call.loc, make);
  for (const auto &[given, argument] : call.arguments) {
    BuiltinArgument copy{{}, argument.attribute};
    for (mlir::Value tensor : argument.tensors) {
      auto type = cast<RankedTensorType>(tensor.getType());
      copy.tensors.push_back(add(given == name ? cast<RankedTensorType>(type.clone(element)) : type));
    }
    probe.arguments.emplace_back(given, std::move(copy));
  }
  MessageGuard silent(element.getContext());
  return succeeded(op->buildBuiltin(probe));
}

/// What messages call the tensors that an argument takes; empty where no change of its elements alone would do.
static StringRef describeTaken(BuiltinOpInterface::Concept *op, const BuiltinCall &call, StringRef name) {
  Builder types(call.loc.getContext());
  if (takesElements(op, call, name, types.getF32Type()))
    return "a tensor of floats";
  return takesElements(op, call, name, types.getI32Type()) ? "a tensor of i32" : "";
}

/// A call that the op did not take: an argument of a wrong kind, or what the op says.
void Elaborator::reportFailure(BuiltinOpInterface::Concept *op, const BuiltinCall &call, SMRange range,
                               const MessageGuard &guard, const Signature &signature, const BoundCall &bound) {
  for (auto [parameter, value] : llvm::zip_equal(signature.parameters, bound.values)) {
    if (!value || !value->tensor() || value->tensor().getType() != guard.refusedType())
      continue;
    StringRef taken = describeTaken(op, call, parameter.name);
    if (taken.empty())
      continue;
    error(range, DiagnosticKind::ArgumentKind, parameter.name, signature.name, value->str(), taken)
        .note(value->origin, DiagnosticKind::ArgumentComesFrom, parameter.name, value->str());
    return;
  }
  reportRejected(range, guard.message(), signature, bound);
}

/// A size of a tensor that a stride rounded down; none where there is none.
static std::optional<Size> findRounded(const Value &value) {
  if (mlir::Value tensor = value.tensor())
    for (const Size &size : program::getSizes(cast<RankedTensorType>(tensor.getType())))
      if (size.isRounded())
        return size;
  return std::nullopt;
}

void Elaborator::reportRejected(SMRange range, const Message &message, const Signature &signature,
                                const BoundCall &bound) {
  DiagnosticSink::Handle handle = sink.errorOf(range, signature.name, message);
  addCallChain(handle, frame);
  for (const Value &value : bound.variadic)
    handle.note(value.origin, DiagnosticKind::ComesFrom, value.str());
  for (auto [parameter, value] : llvm::zip_equal(signature.parameters, bound.values))
    if (value && value->tensor())
      handle.note(value->origin, DiagnosticKind::ArgumentComesFrom, parameter.name, value->str());
  for (const std::optional<Value> &value : bound.values)
    if (std::optional<Size> rounded = value ? findRounded(*value) : std::nullopt) {
      handle.note(value->origin, DiagnosticKind::RoundedSize, rounded->str());
      break;
    }
}

Value Elaborator::buildBuiltin(StringRef mnemonic, SMRange range, const Signature &signature, BoundCall &bound,
                               const ast::CallExpr *call) {
  std::optional<std::string> label = call ? labelPath(call->label) : "";
  if (!label)
    return {};
  bool labelUsed = label->empty(), parameterFailed = false, hasBuffer = false;
  auto make = [&](StringRef name, RankedTensorType type, program::InitAttr init, bool frozen) {
    labelUsed = true;
    hasBuffer |= frozen;
    Site site = parameters.enter(frame->site, call);
    if (label->empty())
      label = parameters.unlabelledSegment(frame->prefix, mnemonic, site, visit());
    SMRange place = call && !call->label.segments.empty() ? call->label.range : range;
    std::string path = frame->prefix + *label + "." + name.str();
    FailureOr<mlir::Value> value = makeParameter({path, type, init, frozen, place, site});
    parameterFailed |= failed(value);
    return value;
  };
  BuiltinCall builtin(builder, location(range), make);
  if (!binder.bindArguments(signature, bound, range, builtin))
    return {};
  auto *op = findInterface(mnemonic, context);
  MessageGuard guard(context);
  FailureOr<SmallVector<mlir::Value>> results = op->buildBuiltin(builtin);
  if (failed(results)) {
    // A clash of paths is reported already.
    if (!parameterFailed || !guard.empty())
      reportFailure(op, builtin, range, guard, signature, bound);
    return {};
  }
  markFrozen(*results, hasBuffer);
  if (!labelUsed)
    error(call->label.range, DiagnosticKind::UnusedLabel, mnemonic, *label);
  if (op->isLossTerm())
    reportTerm(mnemonic, results->back(), range);
  return wrapResults(*results, range);
}

/// In a frozen part, what acts differently in training (it draws, or moves a buffer) does not.
void Elaborator::markFrozen(ArrayRef<mlir::Value> results, bool hasBuffer) {
  Operation *op = frame->home->frozenPart.empty() ? nullptr : results.front().getDefiningOp();
  if (op && (hasBuffer || isa<NoiseOpInterface>(op)))
    op->setAttr("vae.frozen", builder.getUnitAttr());
}

/// Loss terms used inside a `loss` are shown beside it under their op's name.
void Elaborator::reportTerm(StringRef mnemonic, mlir::Value value, SMRange range) {
  if (instance && instance->function->kind == ast::Function::Kind::Loss && loopDepth == 0 &&
      cast<RankedTensorType>(value.getType()).getRank() == 0)
    report(mnemonic, value, range);
}

Value Elaborator::wrapResults(ArrayRef<mlir::Value> results, SMRange range) {
  if (results.size() == 1)
    return Value{results.front(), range};
  std::vector<Value> items;
  for (mlir::Value result : results)
    items.push_back(Value{result, range});
  return Value{Tuple{std::move(items), std::vector<std::string>(results.size())}, range};
}

//===-- Parameters -------------------------------------------------------------===//

FailureOr<mlir::Value> Elaborator::makeParameter(ParameterRequest request) {
  request.frozenPart = frame->home->frozenPart;
  FailureOr<ParameterOp> op =
      parameters.make(request, visit(), *module, [&](DiagnosticSink::Handle &handle) { addCallChain(handle, frame); });
  if (failed(op))
    return failure();
  return mlir::Value(ReadOp::create(builder, location(request.range), request.type, request.path));
}

} // namespace vae::frontend
