// Makes the model's parameters as its layers ask for them.
#ifndef VAE_FRONTEND_ELABORATE_PARAMETERMAKER_H
#define VAE_FRONTEND_ELABORATE_PARAMETERMAKER_H

#include "frontend/elaborate/ParameterTable.h"
#include "ir/ops/Model.h"

namespace vae::frontend {

/// What a layer asks for at a path.
struct ParameterRequest {
  std::string path;
  mlir::RankedTensorType type;
  program::InitAttr init;
  bool frozen = false; // a buffer
  llvm::SMRange range;
  Site site;
  llvm::StringRef frozenPart = {}; // the label of the frozen part that asks; empty outside of such
};

class ParameterMaker {
public:
  explicit ParameterMaker(DiagnosticSink &sink) : sink(sink) {}

  const ParameterTable &table() const { return made; }
  /// The site of that place inside another; see ParameterTable.
  Site enter(Site outer, const void *place) { return made.enter(outer, place); }
  /// The path segment of a layer without a label; see ParameterTable.
  std::string unlabelledSegment(llvm::StringRef prefix, llvm::StringRef op, Site site, SiteVisit &visit) {
    return made.unlabelledSegment(prefix, op, site, visit);
  }

  /// The parameter at that path: a new symbol of the module, or the one that the same site made before. Fails, after
  /// an error to which `addCalls` adds the way there, where another site made it or it has another type.
  mlir::FailureOr<ParameterOp> make(const ParameterRequest &request, SiteVisit &visit, mlir::ModuleOp module,
                                    llvm::function_ref<void(DiagnosticSink::Handle &)> addCalls);

private:
  ParameterOp create(const ParameterRequest &request, mlir::ModuleOp module);

  DiagnosticSink &sink;
  ParameterTable made;
  ParameterOp last; // parameters stand in the order they were made, before all else
};

} // namespace vae::frontend

#endif // VAE_FRONTEND_ELABORATE_PARAMETERMAKER_H
