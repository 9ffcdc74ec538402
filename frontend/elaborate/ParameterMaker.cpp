// Parameters: made once a site, shared by its calls.
#include "frontend/elaborate/ParameterMaker.h"
#include "frontend/elaborate/Values.h"
#include "ir/ops/Model.h"

using namespace mlir;

namespace vae::frontend {

ParameterOp ParameterMaker::create(const ParameterRequest &request, ModuleOp module) {
  OpBuilder builder(module.getContext());
  if (last)
    builder.setInsertionPointAfter(last);
  else
    builder.setInsertionPointToStart(module.getBody());
  last = ParameterOp::create(builder, sink.location(request.range), request.path, request.type, request.init,
                             request.frozen || !request.frozenPart.empty(),
                             request.frozenPart.empty() ? StringAttr() : builder.getStringAttr(request.frozenPart));
  made.add(request.path, {request.site, request.range, last});
  return last;
}

FailureOr<ParameterOp> ParameterMaker::make(const ParameterRequest &request, SiteVisit &visit, ModuleOp module,
                                            llvm::function_ref<void(DiagnosticSink::Handle &)> addCalls) {
  bool repeated = !visit.paths.insert(request.path).second;
  const ParameterTable::Entry *entry = made.find(request.path);
  if (!entry)
    return create(request, module);
  auto fail = [&](DiagnosticSink::Handle handle) {
    addCalls(handle);
    return handle.note(entry->range, DiagnosticKind::FirstMadeHere, request.path);
  };
  ParameterOp op = entry->op;
  if (repeated || entry->site != request.site)
    return fail(sink.error(request.range, DiagnosticKind::LabelClash, request.path));
  if (op.getType() != request.type)
    return fail(sink.error(request.range, DiagnosticKind::SharedParameterDiffers, request.path, describe(request.type),
                           describe(cast<RankedTensorType>(op.getType()))));
  return op;
}

} // namespace vae::frontend
