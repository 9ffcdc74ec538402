// The parser's dealings with tokens: expectations, recovery, the nesting limit.
#include "frontend/parse/Parser.h"
#include "frontend/parse/ParserImpl.h"

using namespace mlir;

namespace vae::frontend {

std::unique_ptr<ast::File> parse(StringRef name, StringRef text, DiagnosticSink &sink) {
  auto file = std::make_unique<ast::File>();
  file->name = name;
  file->text = text;
  FailureOr<std::vector<Token>> tokens = lex(text, sink);
  if (succeeded(tokens))
    Parser(*file, std::move(*tokens), sink).parseFile();
  return file;
}

std::nullptr_t Parser::unexpected(StringRef expected, StringRef context) {
  const Token &token = peek();
  std::string found = describe(token.kind);
  if (token.kind == TokenKind::Name || token.kind == TokenKind::Integer || token.kind == TokenKind::Float)
    found = ("`" + token.text + "`").str();
  sink.error(token.range(), DiagnosticKind::UnexpectedToken, found, expected, context);
  return nullptr;
}

bool Parser::expect(TokenKind kind, StringRef context) {
  if (takeIf(kind))
    return true;
  unexpected(describe(kind), context);
  return false;
}

bool Parser::expectName(ast::Name &name, StringRef context) {
  if (isNameLike(peek().kind))
    return expectWord(name, context);
  unexpected("name", context);
  return false;
}

bool Parser::expectWord(ast::Name &name, StringRef context) {
  // A reserved word on the next line is the next statement: the name is missing.
  if (!isNameLike(peek().kind) && (!isWord(peek().kind) || peek().startsLine)) {
    unexpected("name", context);
    return false;
  }
  const Token &token = take();
  name = {token.text, token.range()};
  return true;
}

bool Parser::expectClose(TokenKind kind, const Token &open) {
  if (takeIf(kind))
    return true;
  std::string found = isNameLike(peek().kind) ? ("`" + peek().text + "`").str() : describe(peek().kind);
  sink.error(peek().range(), DiagnosticKind::UnclosedBracket, found, describe(kind))
      .note(open.range(), DiagnosticKind::OpenedHere, describe(open.kind));
  return false;
}

SMRange Parser::rangeFrom(SMRange first) const {
  SMLoc end = position == 0 ? first.End : tokens[position - 1].range().End;
  return {first.Start, std::max(first.End.getPointer(), end.getPointer()) == end.getPointer() ? end : first.End};
}

SMRange Parser::rangeFrom(const Token &first) const { return rangeFrom(first.range()); }

//===-- Nesting ------------------------------------------------------------===//

Parser::Nesting::Nesting(Parser &parser) : parser(parser) {
  if (++parser.depth > limits::nesting)
    parser.reportTooDeep(parser.peek().range());
}

std::nullptr_t Parser::reportTooDeep(SMRange range) {
  if (!depthReported)
    sink.error({range.Start, range.Start}, DiagnosticKind::NestedTooDeep, limits::nesting);
  depthReported = true;
  return nullptr;
}

//===-- Recovery -----------------------------------------------------------===//

static bool opens(TokenKind kind) {
  return kind == TokenKind::LeftParen || kind == TokenKind::LeftBrace || kind == TokenKind::LeftBracket;
}
static bool closes(TokenKind kind) {
  return kind == TokenKind::RightParen || kind == TokenKind::RightBrace || kind == TokenKind::RightBracket;
}

void Parser::skipGroup() {
  unsigned open = 0;
  do {
    TokenKind kind = take().kind;
    open += opens(kind);
    open -= closes(kind) && open > 0;
  } while (open > 0 && !at(TokenKind::End));
}

bool Parser::atMember() const {
  switch (peek().kind) {
  case TokenKind::KwFunc:
  case TokenKind::KwBlock:
  case TokenKind::KwModel:
    return true;
  case TokenKind::KwLoss:
    // A value may be called `loss`, and what is on the next line is another statement.
    return isNameLike(peek(1).kind) &&
           (peek().startsLine || (!peek(1).startsLine && peek(2).kind == TokenKind::LeftParen));
  case TokenKind::KwPrivate:
    return isWord(peek(1).kind) && !peek(1).startsLine;
  case TokenKind::KwTrain:
    return peek(1).kind == TokenKind::LeftBrace;
  default:
    return false;
  }
}

bool Parser::atStatement() const {
  TokenKind kind = peek().kind;
  return peek().startsLine &&
         (isNameLike(kind) || kind == TokenKind::KwReturn || kind == TokenKind::KwFor || kind == TokenKind::KwIf);
}

void Parser::skipToStatement() {
  while (!at(TokenKind::End) && !at(TokenKind::RightBrace) && !atMember()) {
    if (takeIf(TokenKind::Semicolon))
      return;
    skipGroup();
    if (atStatement())
      return;
  }
}

void Parser::skipToMember() {
  while (!at(TokenKind::End) && !at(TokenKind::RightBrace) && !atMember()) {
    skipGroup();
    if (atStatement() && !at(TokenKind::KwReturn))
      return;
  }
}

void Parser::skipToDeclaration() {
  while (!at(TokenKind::End) && !at(TokenKind::KwModel) && !at(TokenKind::KwBlock) && !at(TokenKind::KwUse))
    skipGroup();
}

} // namespace vae::frontend
