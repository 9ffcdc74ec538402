// What ops say of themselves while the frontend builds them.
#ifndef VAE_FRONTEND_ELABORATE_CALLS_MESSAGEGUARD_H
#define VAE_FRONTEND_ELABORATE_CALLS_MESSAGEGUARD_H

#include "ir/Messages.h"

namespace vae::frontend {

/// Keeps what ops report while they are built.
class MessageGuard {
public:
  explicit MessageGuard(mlir::MLIRContext *context)
      : handler(context, [this](mlir::Diagnostic &diagnostic) { keep(diagnostic); }) {}

  bool empty() const { return !first; }
  /// The first error; named `OpConstraint` where MLIR worded it from the op's declaration.
  Message message() const { return first.value_or(messages::OpConstraint("these arguments do not fit")); }
  /// The type of the operand that the first error is about, where an op's declaration refuses it; null for other errors.
  mlir::Type refusedType() const { return refused; }

private:
  void keep(mlir::Diagnostic &diagnostic);

  std::optional<Message> first;
  mlir::Type refused;
  mlir::ScopedDiagnosticHandler handler;
};

} // namespace vae::frontend

#endif // VAE_FRONTEND_ELABORATE_CALLS_MESSAGEGUARD_H
