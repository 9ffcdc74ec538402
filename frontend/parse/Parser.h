// Tokens to the syntax tree: recursive descent with recovery, so that one run reports several errors.
#ifndef VAE_FRONTEND_PARSE_PARSER_H
#define VAE_FRONTEND_PARSE_PARSER_H

#include "frontend/diagnostics/Diagnostics.h"
#include "frontend/parse/AST.h"

namespace vae::frontend {

/// Parses a file's text. Always returns a tree of what could be read; errors are in `sink`.
/// `name` and `text` must outlive the tree.
std::unique_ptr<ast::File> parse(llvm::StringRef name, llvm::StringRef text, DiagnosticSink &sink);

} // namespace vae::frontend

#endif // VAE_FRONTEND_PARSE_PARSER_H
