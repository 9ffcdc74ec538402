// Names of a compilation: what the files declare, and what `-D` binds. Checks what needs no shapes.
#ifndef VAE_FRONTEND_ELABORATE_SEMA_H
#define VAE_FRONTEND_ELABORATE_SEMA_H

#include "frontend/Frontend.h"
#include "frontend/elaborate/Values.h"
#include "llvm/ADT/StringMap.h"

namespace vae::frontend {

/// A model, and its funcs and losses by name.
struct DeclaredModel {
  const ast::Model *model = nullptr;
  llvm::StringMap<const ast::Function *> functions;
};

/// Everything declared, found by name. Refers to the syntax tree.
struct Declarations {
  const DeclaredModel *main = nullptr;           // of the main file; one of `models`
  llvm::StringMap<DeclaredModel> models;         // of all files
  llvm::StringMap<const ast::Function *> blocks; // of all files
  llvm::StringMap<std::string> bindings;         // of -D, as typed

  /// The func, loss or block that a model calls so, or null.
  const ast::Function *find(llvm::StringRef name, const DeclaredModel &model) const {
    const ast::Function *function = model.functions.lookup(name);
    return function ? function : blocks.lookup(name);
  }
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
