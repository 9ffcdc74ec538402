// Names that are given and never read.
#ifndef VAE_FRONTEND_ELABORATE_UNUSED_H
#define VAE_FRONTEND_ELABORATE_UNUSED_H

#include "frontend/diagnostics/Diagnostics.h"
#include "frontend/parse/AST.h"

namespace vae::frontend {

/// Warns about parameters of the model, its funcs and losses, and about assignments, that nothing reads, and private
/// funcs that nothing calls: often a name spelled in two ways. Names that begin with `_` may be unused. For a model without errors.
void warnOfUnused(const ast::Model &model, DiagnosticSink &sink);

} // namespace vae::frontend

#endif // VAE_FRONTEND_ELABORATE_UNUSED_H
