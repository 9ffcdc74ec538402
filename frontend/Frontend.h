// The frontend's two steps, for drivers and tools: text to syntax tree, syntax tree to the vae dialect.
#ifndef VAE_FRONTEND_FRONTEND_H
#define VAE_FRONTEND_FRONTEND_H

#include "frontend/diagnostics/Diagnostics.h"
#include "frontend/parse/AST.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/SourceMgr.h"

namespace vae::frontend {

/// `-D name=value` as typed.
struct Binding {
  std::string name, value;
};

/// A model file and the files it uses, each read once, used files before their users. Refers to the source manager's
/// text.
struct SyntaxTree {
  std::vector<std::unique_ptr<ast::File>> files;
  const ast::File &mainFile() const { return *files.back(); }
};

/// The text of a model: of a regular file, or of standard input (`-`), of 16 MiB at most.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> readSource(llvm::StringRef path);

/// Parses the main buffer of `sources` and every file it uses, which are added to `sources` (paths relative to the
/// user). Reports through the context's diagnostic engine; null after any error.
std::unique_ptr<SyntaxTree> parseSources(llvm::SourceMgr &sources, mlir::MLIRContext *context);

/// Compiles the model of the main file. `bindings` give its parameters, or fix symbols such as `B`.
/// Reports through the context's diagnostic engine; null after any error. The context must have the vae dialect loaded.
mlir::OwningOpRef<mlir::ModuleOp> compile(const SyntaxTree &tree, llvm::ArrayRef<Binding> bindings,
                                          const llvm::SourceMgr &sources, mlir::MLIRContext *context);

} // namespace vae::frontend

#endif // VAE_FRONTEND_FRONTEND_H
