// Keeping the first error of an op.
#include "frontend/elaborate/calls/MessageGuard.h"

using namespace mlir;

namespace vae::frontend {

void MessageGuard::keep(Diagnostic &diagnostic) {
  if (first || diagnostic.getSeverity() != DiagnosticSeverity::Error)
    return;
  if ((first = findMessage(diagnostic)))
    return;
  std::string worded = diagnostic.str();
  // The op's name in front says what the call's place says already.
  StringRef text = worded;
  if (auto [op, rest] = text.split("' op "); op.starts_with("'vae."))
    text = rest;
  first = messages::OpConstraint(text);
  // What ODS generates for an operand of a wrong type ends with the type itself.
  ArrayRef<DiagnosticArgument> arguments = diagnostic.getArguments();
  if (arguments.size() < 2 || arguments.back().getKind() != DiagnosticArgument::DiagnosticArgumentKind::Type)
    return;
  refused = arguments.back().getAsType();
}

} // namespace vae::frontend
