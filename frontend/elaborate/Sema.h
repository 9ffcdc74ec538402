// Names of a compilation: what the files declare, and what `-D` binds. Checks what needs no shapes.
#ifndef VAE_FRONTEND_ELABORATE_SEMA_H
#define VAE_FRONTEND_ELABORATE_SEMA_H

#include "frontend/Frontend.h"
#include "frontend/elaborate/Values.h"
#include "llvm/ADT/StringMap.h"

namespace vae::frontend {

/// Everything declared, found by name. Refers to the syntax tree.
struct Declarations {
  const ast::Model *model = nullptr;
  llvm::StringMap<const ast::Function *> functions; // funcs, losses and blocks
  llvm::StringMap<std::string> bindings;            // of -D, as typed

  const ast::Function *find(llvm::StringRef name) const { return functions.lookup(name); }
};

/// Collects the declarations of a tree; reports duplicates, a missing model, losses and parts that `train` names in
/// vain. Fails where there is no model to go on with.
mlir::FailureOr<Declarations> collectDeclarations(const SyntaxTree &tree, llvm::ArrayRef<Binding> bindings,
                                                  DiagnosticSink &sink);

/// The candidate nearest to `name` in spelling as `; did you mean `x`?`, or nothing where none is near.
std::string suggest(llvm::StringRef name, llvm::ArrayRef<llvm::StringRef> candidates);

/// `nothing, `a`, `b``: names for messages, sorted.
std::string listNames(llvm::ArrayRef<llvm::StringRef> names);

} // namespace vae::frontend

#endif // VAE_FRONTEND_ELABORATE_SEMA_H
