// Source text to tokens, by hand.
#include "frontend/parse/Lexer.h"
#include "ir/program/Limits.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/ConvertUTF.h"

using namespace mlir;
using llvm::isDigit;

namespace vae::frontend {

std::string describe(TokenKind kind) {
  switch (kind) {
#define VAE_TOKEN(kind, text)                                                                                          \
  case TokenKind::kind:                                                                                                \
    return text;
#define VAE_PUNCTUATION(kind, spelling)                                                                                \
  case TokenKind::kind:                                                                                                \
    return "`" spelling "`";
#define VAE_KEYWORD(kind, spelling) VAE_PUNCTUATION(kind, spelling)
#include "frontend/parse/Tokens.def"
  }
  llvm_unreachable("all kinds are handled");
}

bool isNameLike(TokenKind kind) {
  switch (kind) {
  case TokenKind::Name:
#define VAE_KEYWORD(kind, spelling)
#define VAE_SOFT_KEYWORD(kind, spelling) case TokenKind::kind:
#include "frontend/parse/Tokens.def"
    return true;
  default:
    return false;
  }
}

bool isWord(TokenKind kind) {
  switch (kind) {
  case TokenKind::Name:
#define VAE_KEYWORD(kind, spelling) case TokenKind::kind:
#include "frontend/parse/Tokens.def"
    return true;
  default:
    return false;
  }
}

namespace {

bool isNameStart(char c) { return llvm::isAlpha(c) || c == '_'; }
bool isNamePart(char c) { return llvm::isAlnum(c) || c == '_'; }

TokenKind nameKind(StringRef text) {
  return llvm::StringSwitch<TokenKind>(text)
#define VAE_KEYWORD(kind, spelling) .Case(spelling, TokenKind::kind)
#include "frontend/parse/Tokens.def"
      .Default(TokenKind::Name);
}

class Lexer {
public:
  Lexer(StringRef text, DiagnosticSink &sink) : rest(text), sink(sink) {}

  std::vector<Token> run() {
    while (skipSpace())
      lexToken();
    tokens.push_back({TokenKind::End, rest, true});
    return std::move(tokens);
  }

private:
  /// Passes blanks and comments; false at the end of the text.
  bool skipSpace() {
    while (!rest.empty()) {
      if (rest.starts_with("//"))
        rest = rest.drop_until([](char c) { return c == '\n'; });
      else if (!llvm::isSpace(rest.front()))
        return true;
      else {
        atLineStart |= rest.front() == '\n';
        rest = rest.drop_front();
      }
    }
    return false;
  }

  void add(TokenKind kind, size_t length) {
    tokens.push_back({kind, rest.take_front(length), atLineStart});
    atLineStart = false;
    rest = rest.drop_front(length);
  }

  void lexToken() {
    if (isNameStart(rest.front())) {
      StringRef name = rest.take_while(isNamePart);
      return add(nameKind(name), name.size());
    }
    if (isDigit(rest.front()))
      return lexNumber();
    if (rest.front() == '"')
      return lexString();
    if (!lexPunctuation())
      lexUnknown();
  }

  size_t digitsFrom(size_t at) const {
    while (at < rest.size() && (isDigit(rest[at]) || rest[at] == '_'))
      ++at;
    return at;
  }

  /// 12, 10_000, 0.5, 1e-3, 2.5e4. `0..3` is a range: a point needs a digit behind it.
  void lexNumber() {
    size_t end = digitsFrom(0);
    bool isFloat = false;
    if (end + 1 < rest.size() && rest[end] == '.' && isDigit(rest[end + 1])) {
      isFloat = true;
      end = digitsFrom(end + 1);
    }
    if (end < rest.size() && (rest[end] == 'e' || rest[end] == 'E')) {
      size_t digits = end + 1;
      if (digits < rest.size() && (rest[digits] == '-' || rest[digits] == '+'))
        ++digits;
      if (digits < rest.size() && isDigit(rest[digits])) {
        isFloat = true;
        end = digitsFrom(digits);
      }
    }
    StringRef wrong = rest.take_front(end + rest.drop_front(end).take_while(isNamePart).size());
    if (wrong.size() > end || end > limits::numberLength) {
      sink.error(Token{TokenKind::Float, wrong}.range(), DiagnosticKind::MalformedNumber, wrong);
      end = wrong.size();
    }
    add(isFloat ? TokenKind::Float : TokenKind::Integer, end);
  }

  void lexString() {
    StringRef body = rest.drop_front().take_until([](char c) { return c == '"' || c == '\n'; });
    size_t length = body.size() + 1;
    if (length < rest.size() && rest[length] == '"')
      return add(TokenKind::String, length + 1);
    sink.error(Token{TokenKind::String, rest.take_front(length)}.range(), DiagnosticKind::UnterminatedString);
    add(TokenKind::String, length);
  }

  bool lexPunctuation() {
    // Tokens.def lists longer spellings first.
#define VAE_PUNCTUATION(kind, spelling)                                                                                \
  if (rest.starts_with(spelling)) {                                                                                    \
    add(TokenKind::kind, sizeof(spelling) - 1);                                                                        \
    return true;                                                                                                       \
  }
#define VAE_KEYWORD(kind, spelling)
#include "frontend/parse/Tokens.def"
    return false;
  }

  /// One error for a run of characters that begin no token.
  void lexUnknown() {
    size_t length = 1;
    while (length < rest.size() && static_cast<unsigned char>(rest[length]) >= 0x80)
      ++length;
    StringRef wrong = rest.take_front(length);
    std::string shown =
        llvm::isPrint(wrong.front()) || length > 1
            ? wrong.str()
            : llvm::formatv("\\x{0:x-2}", static_cast<unsigned>(static_cast<unsigned char>(wrong[0]))).str();
    sink.error(Token{TokenKind::Name, wrong}.range(), DiagnosticKind::UnknownCharacter, shown);
    rest = rest.drop_front(length);
  }

  StringRef rest;
  DiagnosticSink &sink;
  std::vector<Token> tokens;
  bool atLineStart = true;
};

} // namespace

FailureOr<std::vector<Token>> lex(StringRef text, DiagnosticSink &sink) {
  auto *position = reinterpret_cast<const llvm::UTF8 *>(text.begin());
  if (!llvm::isLegalUTF8String(&position, reinterpret_cast<const llvm::UTF8 *>(text.end()))) {
    size_t offset = reinterpret_cast<const char *>(position) - text.begin();
    unsigned byte = static_cast<unsigned char>(text[offset]);
    return sink.error(Token{TokenKind::End, text.substr(offset, 1)}.range(), DiagnosticKind::NotUtf8,
                      llvm::formatv("0x{0:x-2}", byte).str(), offset);
  }
  text.consume_front("\xEF\xBB\xBF"); // some editors begin a file with this mark
  std::vector<Token> tokens = Lexer(text, sink).run();
  if (tokens.size() == 1 && !sink.hasErrors())
    return sink.error(tokens.front().range(), DiagnosticKind::EmptyFile);
  return tokens;
}

} // namespace vae::frontend
