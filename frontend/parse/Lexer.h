// Source text to tokens.
#ifndef VAE_FRONTEND_PARSE_LEXER_H
#define VAE_FRONTEND_PARSE_LEXER_H

#include "frontend/diagnostics/Diagnostics.h"

namespace vae::frontend {

enum class TokenKind {
#define VAE_TOKEN(kind, text) kind,
#define VAE_PUNCTUATION(kind, spelling) kind,
#define VAE_KEYWORD(kind, spelling) kind,
#include "frontend/parse/Tokens.def"
};

/// How a kind is named in messages: `` `|>` ``, name, end of file.
std::string describe(TokenKind kind);
/// True for names and for words that are reserved in one place only.
bool isNameLike(TokenKind kind);
/// True for names and for all words of the language.
bool isWord(TokenKind kind);

struct Token {
  TokenKind kind;
  llvm::StringRef text;    // in the source buffer; a string's quotes included
  bool startsLine = false; // first token of its line

  llvm::SMRange range() const {
    return {llvm::SMLoc::getFromPointer(text.begin()), llvm::SMLoc::getFromPointer(text.end())};
  }
};

/// Splits `text` into tokens, the last of kind End. What is no token is reported and left out, so parsing can go on.
/// Fails, with one error, where the text is not UTF-8 or holds no token.
mlir::FailureOr<std::vector<Token>> lex(llvm::StringRef text, DiagnosticSink &sink);

} // namespace vae::frontend

#endif // VAE_FRONTEND_PARSE_LEXER_H
