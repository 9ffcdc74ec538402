// Productions of statements.
#include "frontend/parse/ParserImpl.h"

using namespace mlir;
using namespace vae::frontend::ast;

namespace vae::frontend {

// body = "{" { statement } "}"
bool Parser::parseBody(Body &body) {
  const Token &open = peek();
  if (!expect(TokenKind::LeftBrace, "to begin a body"))
    return false;
  SmallVector<Stmt *> statements;
  while (!at(TokenKind::RightBrace) && !at(TokenKind::End) && !(atMember() && peek().startsLine)) {
    size_t before = position;
    Stmt *statement = parseStatement();
    if (statement)
      statements.push_back(statement);
    if (statement && expectStatementEnd())
      continue;
    if (position == before && !at(TokenKind::RightBrace))
      take();
    skipToStatement();
  }
  body.statements = copy(statements);
  bool closed = expectClose(TokenKind::RightBrace, open);
  body.range = rangeFrom(open);
  return closed;
}

bool Parser::expectStatementEnd() {
  if (takeIf(TokenKind::Semicolon) || at(TokenKind::RightBrace) || at(TokenKind::End) || peek().startsLine)
    return true;
  unexpected("end of line or `;`", "after a statement");
  return false;
}

// statement = assign | return | report | for | if | loop | part
Stmt *Parser::parseStatement() {
  Nesting nesting(*this);
  if (nesting.tooDeep())
    return nullptr;
  switch (peek().kind) {
  case TokenKind::KwReturn:
    return parseReturn();
  case TokenKind::KwFor:
    return parseFor();
  case TokenKind::KwIf:
    return parseIfStatement();
  case TokenKind::KwReport:
    if (peek(1).kind != TokenKind::Equal && peek(1).kind != TokenKind::Comma)
      return parseReport();
    break;
  case TokenKind::KwLoop:
    if (isNameLike(peek(1).kind))
      return parseLoop();
    break;
  case TokenKind::KwPart:
    if (isNameLike(peek(1).kind))
      return parsePart();
    break;
  default:
    break;
  }
  if (isNameLike(peek().kind))
    return parseAssign();
  return unexpected("`name = ...`, `return`, `report`, `for`, `if` or `loop`", "in a body");
}

template <typename T> static T *finishStatement(T *statement, Stmt::Kind kind, SMRange range) {
  statement->kind = kind;
  statement->range = range;
  return statement;
}

// return = "return" expr { "," expr }
Stmt *Parser::parseReturn() {
  auto *statement = file.make<ReturnStmt>();
  const Token &first = take();
  SmallVector<Expr *> values;
  do {
    values.push_back(parseExpr());
    if (!values.back())
      return nullptr;
  } while (takeIf(TokenKind::Comma));
  statement->values = copy(values);
  return finishStatement(statement, Stmt::Kind::Return, rangeFrom(first));
}

// report = "report" expr
Stmt *Parser::parseReport() {
  auto *statement = file.make<ReportStmt>();
  const Token &first = take();
  if (!(statement->value = parseExpr()))
    return nullptr;
  return finishStatement(statement, Stmt::Kind::Report, rangeFrom(first));
}

// for = "for" NAME { "," NAME } "in" ( expr | slice ) body
Stmt *Parser::parseFor() {
  auto *statement = file.make<ForStmt>();
  const Token &first = take();
  SmallVector<Name> variables;
  do {
    variables.emplace_back();
    if (!expectName(variables.back(), "of a variable after `for`"))
      return nullptr;
  } while (takeIf(TokenKind::Comma));
  statement->variables = copy(variables);
  if (!expect(TokenKind::KwIn, "after the variables of `for`") || !(statement->iterable = parseSlice()) ||
      !parseBody(statement->body))
    return nullptr;
  return finishStatement(statement, Stmt::Kind::For, rangeFrom(first));
}

// loop = "loop" NAME "in" slice "carrying" NAME { "," NAME } body
Stmt *Parser::parseLoop() {
  auto *statement = file.make<LoopStmt>();
  const Token &first = take();
  if (!expectName(statement->variable, "of a variable after `loop`") ||
      !expect(TokenKind::KwIn, "after the variable of `loop`") || !(statement->turns = parseSlice()) ||
      !expect(TokenKind::KwCarrying, "after the range of `loop`"))
    return nullptr;
  SmallVector<Name> carried;
  do {
    carried.emplace_back();
    if (!expectName(carried.back(), "of what the loop carries"))
      return nullptr;
  } while (takeIf(TokenKind::Comma));
  statement->carried = copy(carried);
  if (!parseBody(statement->body))
    return nullptr;
  return finishStatement(statement, Stmt::Kind::Loop, rangeFrom(first));
}

// if = "if" expr body [ "else" ( if | body ) ]
Stmt *Parser::parseIfStatement() {
  Nesting nesting(*this);
  if (nesting.tooDeep())
    return nullptr;
  auto *statement = file.make<IfStmt>();
  const Token &first = take();
  if (!(statement->condition = parseExpr()) || !parseBody(statement->thenBody))
    return nullptr;
  if (takeIf(TokenKind::KwElse)) {
    if (at(TokenKind::KwIf)) {
      Stmt *inner = parseIfStatement();
      if (!inner)
        return nullptr;
      statement->elseBody = {file.copy(ArrayRef<Stmt *>(inner)), inner->range};
    } else if (!parseBody(statement->elseBody)) {
      return nullptr;
    }
  }
  return finishStatement(statement, Stmt::Kind::If, rangeFrom(first));
}

// assign = NAME { "," NAME } "=" expr
Stmt *Parser::parseAssign() {
  auto *statement = file.make<AssignStmt>();
  const Token &first = peek();
  SmallVector<Name> targets;
  do {
    targets.emplace_back();
    if (!expectName(targets.back(), "to assign to"))
      return nullptr;
  } while (takeIf(TokenKind::Comma));
  statement->targets = copy(targets);
  if (!expect(TokenKind::Equal, ("after `" + targets.back().text + "`").str()) || !(statement->value = parseExpr()))
    return nullptr;
  return finishStatement(statement, Stmt::Kind::Assign, rangeFrom(first));
}

// part = "part" NAME "=" call [ "frozen" ]
Stmt *Parser::parsePart() {
  auto *statement = file.make<PartStmt>();
  const Token &first = take();
  Name model;
  if (!expectName(statement->name, "of a part") || !expect(TokenKind::Equal, "after the name of a part") ||
      !expectName(model, "of a model after `=`"))
    return nullptr;
  statement->model = llvm::cast_or_null<CallExpr>(parseCall(model, /*piped=*/nullptr));
  if (!statement->model)
    return nullptr;
  statement->frozen = takeIf(TokenKind::KwFrozen);
  return finishStatement(statement, Stmt::Kind::Part, rangeFrom(first));
}

} // namespace vae::frontend
