// Productions of expressions.
#include "frontend/parse/ParserImpl.h"

using namespace mlir;
using namespace vae::frontend::ast;

namespace vae::frontend {

// expr = pipe
Expr *Parser::parseExpr() {
  Nesting nesting(*this);
  return nesting.tooDeep() ? nullptr : parsePipe();
}

// pipe = binary { "|>" stage }
Expr *Parser::parsePipe() {
  Expr *value = parseBinary(0);
  while (value && takeIf(TokenKind::Pipe))
    value = parseStage(value);
  return value;
}

// stage = { NAME "." } NAME [ arguments ] [ label ]
Expr *Parser::parseStage(Expr *input) {
  Name callee;
  if (!expectName(callee, "of an operation after `|>`"))
    return nullptr;
  Expr *part = nullptr;
  while (takeIf(TokenKind::Dot)) {
    part = part ? makeMember(part, callee) : makeName(callee);
    if (!part || !expectName(callee, "after `.`"))
      return nullptr;
  }
  return parseCall(callee, input, part);
}

Expr *Parser::makeName(Name name) {
  auto *expr = file.make<NameExpr>();
  expr->kind = Expr::Kind::Name;
  expr->name = name.text;
  return finish(expr, name.range);
}

Expr *Parser::makeMember(Expr *base, Name member) {
  auto *expr = file.make<MemberExpr>();
  expr->kind = Expr::Kind::Member;
  expr->base = base;
  expr->member = member;
  return finish(expr, rangeFrom(base->range), {base});
}

static unsigned precedenceOf(TokenKind kind) {
  switch (kind) {
  case TokenKind::KwOr:
    return 1;
  case TokenKind::KwAnd:
    return 2;
  case TokenKind::EqualEqual:
  case TokenKind::NotEqual:
  case TokenKind::Less:
  case TokenKind::LessEqual:
  case TokenKind::Greater:
  case TokenKind::GreaterEqual:
    return 3;
  case TokenKind::Plus:
  case TokenKind::Minus:
    return 4;
  case TokenKind::Star:
  case TokenKind::Slash:
  case TokenKind::Percent:
    return 5;
  default:
    return 0;
  }
}

// binary = unary { OPERATOR unary }, loosest first: or, and, comparisons, + -, * / %
Expr *Parser::parseBinary(unsigned precedence) {
  Expr *left = parseUnary();
  while (left && precedenceOf(peek().kind) > precedence) {
    const Token &op = take();
    left = finishBinary(op, left, parseBinary(precedenceOf(op.kind)));
  }
  return left;
}

/// The two operands of an operator as one node; null where the right one is.
Expr *Parser::finishBinary(const Token &op, Expr *left, Expr *right) {
  if (!right)
    return nullptr;
  auto *binary = file.make<BinaryExpr>();
  binary->kind = Expr::Kind::Binary;
  binary->op = op.text;
  binary->opRange = op.range();
  binary->left = left;
  binary->right = right;
  return finish(binary, rangeFrom(left->range), {left, right});
}

// unary = ( "-" | "not" ) unary | power
Expr *Parser::parseUnary() {
  if (!at(TokenKind::Minus) && !at(TokenKind::KwNot))
    return parsePower();
  Nesting nesting(*this);
  const Token &op = take();
  Expr *operand = nesting.tooDeep() ? nullptr : parseUnary();
  if (!operand)
    return nullptr;
  auto *unary = file.make<UnaryExpr>();
  unary->kind = Expr::Kind::Unary;
  unary->op = op.text;
  unary->operand = operand;
  return finish(unary, rangeFrom(op), {operand});
}

// power = postfix [ "**" unary ]
Expr *Parser::parsePower() {
  Expr *base = parsePostfix();
  if (!base || !at(TokenKind::StarStar))
    return base;
  Nesting nesting(*this);
  const Token &op = take();
  return nesting.tooDeep() ? nullptr : finishBinary(op, base, parseUnary());
}

// postfix = primary { "[" slice { "," slice } "]" | "." NAME | "." call }
Expr *Parser::parsePostfix() {
  Expr *value = parsePrimary();
  while (value) {
    if (at(TokenKind::LeftBracket) && !peek().startsLine) {
      value = parseIndex(value);
    } else if (takeIf(TokenKind::Dot)) {
      Name member;
      if (!expectName(member, "after `.`"))
        return nullptr;
      bool isCall = at(TokenKind::LeftParen) && !peek().startsLine;
      value = isCall ? parseCall(member, /*piped=*/nullptr, value) : makeMember(value, member);
    } else {
      break;
    }
  }
  return value;
}

// primary = INTEGER | FLOAT | STRING | "true" | "false" | NAME | call | list | if | "(" expr ")"
Expr *Parser::parsePrimary() {
  const Token &token = peek();
  switch (token.kind) {
  case TokenKind::Integer:
    return parseInteger();
  case TokenKind::Float:
    return parseFloat();
  case TokenKind::String: {
    auto *string = file.make<StringExpr>();
    string->kind = Expr::Kind::String;
    string->value = take().text.drop_front().take_until([](char c) { return c == '"'; });
    return finish(string, token.range());
  }
  case TokenKind::KwTrue:
  case TokenKind::KwFalse: {
    auto *boolean = file.make<BoolExpr>();
    boolean->kind = Expr::Kind::Bool;
    boolean->value = take().kind == TokenKind::KwTrue;
    return finish(boolean, token.range());
  }
  case TokenKind::LeftBracket:
    return parseList();
  case TokenKind::KwIf:
    return parseIfExpr();
  case TokenKind::LeftParen: {
    take();
    Expr *inner = parseExpr();
    return inner && expectClose(TokenKind::RightParen, token) ? inner : nullptr;
  }
  default:
    break;
  }
  if (!isNameLike(token.kind))
    return unexpected("an expression", "here");
  take();
  if (at(TokenKind::LeftParen) && !peek().startsLine)
    return parseCall({token.text, token.range()}, nullptr);
  return makeName({token.text, token.range()});
}

static std::string withoutUnderscores(StringRef text) {
  std::string digits;
  for (char c : text)
    if (c != '_')
      digits += c;
  return digits;
}

Expr *Parser::parseInteger() {
  const Token &token = take();
  auto *integer = file.make<IntegerExpr>();
  integer->kind = Expr::Kind::Integer;
  StringRef digits = token.text.take_while([](char c) { return llvm::isDigit(c) || c == '_'; });
  if (StringRef(withoutUnderscores(digits)).getAsInteger(10, integer->value))
    sink.error(token.range(), DiagnosticKind::IntegerTooLarge, token.text);
  return finish(integer, token.range());
}

Expr *Parser::parseFloat() {
  const Token &token = take();
  auto *number = file.make<FloatExpr>();
  number->kind = Expr::Kind::Float;
  if (StringRef(withoutUnderscores(token.text)).getAsDouble(number->value, /*AllowInexact=*/true))
    number->value = 0; // malformed, reported by the lexer
  if (!std::isfinite(number->value))
    sink.error(token.range(), DiagnosticKind::FloatTooLarge, token.text);
  return finish(number, token.range());
}

// list = "[" [ slice { "," slice } ] "]", where a range is a value for `update` alone
Expr *Parser::parseList() {
  const Token &open = take();
  SmallVector<Expr *> elements;
  if (!parseExprList(TokenKind::RightBracket, elements, /*mayHoldRanges=*/true) ||
      !expectClose(TokenKind::RightBracket, open))
    return nullptr;
  auto *list = file.make<ListExpr>();
  list->kind = Expr::Kind::List;
  list->elements = copy(elements);
  return finish(list, rangeFrom(open), elements);
}

bool Parser::parseExprList(TokenKind end, SmallVectorImpl<Expr *> &list, bool mayHoldRanges) {
  while (!at(end)) {
    list.push_back(mayHoldRanges ? parseSlice() : parseExpr());
    if (!list.back())
      return false;
    if (!takeIf(TokenKind::Comma))
      break;
  }
  return true;
}

// if = "if" expr "{" expr "}" "else" ( if | "{" expr "}" )
Expr *Parser::parseIfExpr() {
  Nesting nesting(*this);
  if (nesting.tooDeep())
    return nullptr;
  auto *expr = file.make<IfExpr>();
  expr->kind = Expr::Kind::If;
  const Token &first = take();
  auto parseBranch = [&]() -> Expr * {
    const Token &open = peek();
    Expr *value = expect(TokenKind::LeftBrace, "to begin a branch of `if`") ? parseExpr() : nullptr;
    return value && expectClose(TokenKind::RightBrace, open) ? value : nullptr;
  };
  if (!(expr->condition = parseExpr()) || !(expr->thenValue = parseBranch()) ||
      !expect(TokenKind::KwElse, "after the first branch: an `if` with a value needs both"))
    return nullptr;
  expr->elseValue = at(TokenKind::KwIf) ? parseIfExpr() : parseBranch();
  if (!expr->elseValue)
    return nullptr;
  return finish(expr, rangeFrom(first), {expr->condition, expr->thenValue, expr->elseValue});
}

// call = NAME [ "(" [ argument { "," argument } ] ")" ] [ label ]
Expr *Parser::parseCall(Name callee, Expr *piped, Expr *part) {
  auto *call = file.make<CallExpr>();
  call->kind = Expr::Kind::Call;
  call->callee = callee;
  call->piped = piped;
  call->part = part;
  SmallVector<Argument> arguments;
  if (piped)
    arguments.push_back({{}, piped});
  if (at(TokenKind::LeftParen) && !peek().startsLine && !parseArguments(arguments))
    return nullptr;
  if (at(TokenKind::At) && !parseLabel(call->label))
    return nullptr;
  call->arguments = copy(arguments);
  SmallVector<Expr *> children{part};
  for (const Argument &argument : arguments)
    children.push_back(argument.value);
  return finish(call, rangeFrom(part ? part->range : callee.range), children);
}

// argument = [ NAME "=" ] expr
bool Parser::parseArguments(SmallVectorImpl<Argument> &arguments) {
  const Token &open = take();
  while (!at(TokenKind::RightParen)) {
    Argument argument{};
    if (isNameLike(peek().kind) && peek(1).kind == TokenKind::Equal) {
      expectName(argument.name, "of an argument");
      take();
    }
    if (!(argument.value = parseExpr()))
      return false;
    arguments.push_back(argument);
    if (!takeIf(TokenKind::Comma))
      break;
  }
  return expectClose(TokenKind::RightParen, open);
}

// label = "@" path
bool Parser::parseLabel(Label &label) {
  const Token &first = take();
  return parsePath(label, first, "of a label");
}

// path = ( WORD | "[" expr "]" ) { "[" expr "]" } { "." WORD { "[" expr "]" } }
bool Parser::parsePath(Label &label, const Token &first, StringRef context) {
  SmallVector<LabelSegment> segments;
  do {
    LabelSegment segment{};
    SmallVector<Expr *> indices;
    bool startsWithIndex = segments.empty() && at(TokenKind::LeftBracket) && !peek().startsLine;
    if (!startsWithIndex && !expectWord(segment.name, context))
      return false;
    while (at(TokenKind::LeftBracket) && !peek().startsLine) {
      const Token &open = take();
      indices.push_back(parseExpr());
      if (!indices.back() || !expectClose(TokenKind::RightBracket, open))
        return false;
    }
    segment.indices = copy(indices);
    segments.push_back(segment);
  } while (takeIf(TokenKind::Dot));
  label.segments = copy(segments);
  label.range = rangeFrom(first);
  return true;
}

Expr *Parser::parseIndex(Expr *base) {
  const Token &open = take();
  SmallVector<Expr *> indices, children{base};
  do {
    indices.push_back(parseSlice());
    if (!indices.back())
      return nullptr;
  } while (takeIf(TokenKind::Comma));
  if (!expectClose(TokenKind::RightBracket, open))
    return nullptr;
  auto *index = file.make<IndexExpr>();
  index->kind = Expr::Kind::Index;
  index->base = base;
  index->indices = copy(indices);
  children.append(indices);
  return finish(index, rangeFrom(base->range), children);
}

// slice = expr | [ expr ] ".." [ expr ]
Expr *Parser::parseSlice() {
  const Token &start = peek();
  Expr *first = nullptr;
  if (!at(TokenKind::DotDot)) {
    first = parseExpr();
    if (!first || !at(TokenKind::DotDot))
      return first;
  }
  take();
  auto *slice = file.make<SliceExpr>();
  slice->kind = Expr::Kind::Slice;
  slice->first = first;
  bool open = at(TokenKind::RightBracket) || at(TokenKind::Comma) || at(TokenKind::LeftBrace) ||
              (at(TokenKind::KwCarrying) && isNameLike(peek(1).kind));
  slice->last = open ? nullptr : parseExpr();
  if (!open && !slice->last)
    return nullptr;
  return finish(slice, rangeFrom(first ? first->range : start.range()), {first, slice->last});
}

} // namespace vae::frontend
