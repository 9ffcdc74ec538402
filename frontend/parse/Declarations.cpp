// Productions of declarations: file, model, func, loss, block, types, train.
#include "frontend/parse/ParserImpl.h"

using namespace mlir;
using namespace vae::frontend::ast;

namespace vae::frontend {

// file = { "use" STRING | block | model }
void Parser::parseFile() {
  SmallVector<Use> uses;
  SmallVector<Function *> blocks;
  SmallVector<Model *> models;
  while (!at(TokenKind::End)) {
    const Token &first = peek();
    if (takeIf(TokenKind::KwUse)) {
      StringRef path = peek().text;
      if (expect(TokenKind::String, "after `use`"))
        uses.push_back({rangeFrom(first), path.drop_front().take_until([](char c) { return c == '"'; })});
    } else if (at(TokenKind::KwBlock)) {
      if (Function *block = parseFunction(Function::Kind::Block))
        blocks.push_back(block);
    } else if (at(TokenKind::KwModel)) {
      if (Model *model = parseModel())
        models.push_back(model);
    } else {
      unexpected("`model`, `block` or `use`", "at the top of a file");
      take();
      skipToDeclaration();
    }
  }
  file.uses = copy(uses);
  file.blocks = copy(blocks);
  file.models = copy(models);
}

// model = "model" NAME [ parameters ] "{" { [ "private" ] func | loss | train | assignment | for | if | loop } "}"
Model *Parser::parseModel() {
  Model *model = file.make<Model>();
  const Token &first = take();
  if (!expectName(model->name, "after `model`") || (at(TokenKind::LeftParen) && !parseParameters(model->parameters)))
    while (!at(TokenKind::LeftBrace) && !at(TokenKind::End) && !atMember())
      take();
  const Token &open = peek();
  if (!expect(TokenKind::LeftBrace, "to begin the model")) {
    skipToDeclaration();
    return nullptr;
  }
  Members members;
  while (!at(TokenKind::RightBrace) && !at(TokenKind::End) && !at(TokenKind::KwModel))
    parseMember(members);
  model->statements = copy(members.statements);
  model->functions = copy(members.functions);
  model->trains = copy(members.trains);
  if (!expectClose(TokenKind::RightBrace, open))
    skipToDeclaration();
  model->range = rangeFrom(first);
  return model;
}

void Parser::parseMember(Members &members) {
  size_t before = position;
  bool parsed = true;
  if (atMember() && !at(TokenKind::KwTrain)) {
    if (Function *function = parseMemberFunction())
      members.functions.push_back(function);
  } else if (at(TokenKind::KwTrain) && atMember()) {
    if (Train *train = parseTrain())
      members.trains.push_back(train);
  } else if (isNameLike(peek().kind) || at(TokenKind::KwFor) || at(TokenKind::KwIf)) {
    Stmt *statement = parseStatement();
    parsed = statement && expectStatementEnd();
    if (statement)
      members.statements.push_back(statement);
  } else {
    unexpected("`func`, `loss`, `train` or `}`", "in a model");
    parsed = false;
  }
  if (parsed)
    return;
  if (position == before)
    take();
  skipToMember();
}

/// A func or loss where one begins.
Function *Parser::parseMemberFunction() {
  if (at(TokenKind::KwLoss))
    return parseFunction(Function::Kind::Loss);
  const Token &first = peek();
  bool isPrivate = takeIf(TokenKind::KwPrivate);
  if (!at(TokenKind::KwFunc)) {
    unexpected("`func`", "after `private`");
    skipToMember();
    return nullptr;
  }
  Function *function = parseFunction(Function::Kind::Func);
  if (!function || !isPrivate)
    return function;
  function->isPrivate = true;
  function->range.Start = first.range().Start;
  return function;
}

// function = ( "func" | "loss" | "block" ) NAME parameters [ "->" results ] body [ label ]
Function *Parser::parseFunction(Function::Kind kind) {
  Function *function = file.make<Function>();
  function->kind = kind;
  const Token &first = take();
  bool head = expectName(function->name, ("after `" + first.text + "`").str()) &&
              parseParameters(function->parameters) && (!takeIf(TokenKind::Arrow) || parseResults(*function));
  if (!head)
    while (!at(TokenKind::LeftBrace) && !at(TokenKind::End) && !at(TokenKind::RightBrace) && !atMember())
      take();
  if (!at(TokenKind::LeftBrace)) {
    if (head)
      unexpected("`{`", ("to begin the body of `" + function->name.text + "`").str());
    skipToMember();
    return nullptr;
  }
  if (!parseBody(function->body))
    return head ? function : nullptr;
  if (at(TokenKind::At) && !parseLabel(function->label))
    skipToMember();
  function->range = rangeFrom(first);
  return head ? function : nullptr;
}

// parameters = "(" [ parameter { "," parameter } ] ")"
bool Parser::parseParameters(ArrayRef<Parameter> &parameters) {
  const Token &open = peek();
  if (!expect(TokenKind::LeftParen, "to begin the parameters"))
    return false;
  SmallVector<Parameter> list;
  while (!at(TokenKind::RightParen)) {
    Parameter parameter{};
    if (!parseParameter(parameter))
      return false;
    list.push_back(parameter);
    if (!takeIf(TokenKind::Comma))
      break;
  }
  parameters = copy(list);
  return expectClose(TokenKind::RightParen, open);
}

// parameter = NAME [ ":" type ] [ "=" expr ]
bool Parser::parseParameter(Parameter &parameter) {
  if (!expectName(parameter.name, "of a parameter"))
    return false;
  if (takeIf(TokenKind::Colon) && !(parameter.type = parseType()))
    return false;
  return !takeIf(TokenKind::Equal) || (parameter.defaultValue = parseExpr());
}

// results = type | "(" [ NAME ":" ] type { "," [ NAME ":" ] type } ")"
bool Parser::parseResults(Function &function) {
  SmallVector<Result> results;
  const Token &open = peek();
  bool parenthesised = takeIf(TokenKind::LeftParen);
  do {
    Result result{};
    if (parenthesised && isNameLike(peek().kind) && peek(1).kind == TokenKind::Colon) {
      expectName(result.name, "of a result");
      take();
    }
    if (!(result.type = parseType()))
      return false;
    results.push_back(result);
  } while (parenthesised && takeIf(TokenKind::Comma));
  function.results = copy(results);
  function.hasResults = true;
  return !parenthesised || expectClose(TokenKind::RightParen, open);
}

// type = NAME [ "[" [ expr { "," expr } ] "]" ] [ "in" "[" expr "," expr "]" ]
TypeExpr *Parser::parseType() {
  TypeExpr *type = file.make<TypeExpr>();
  const Token &first = peek();
  if (!expectName(type->element, "of a type"))
    return nullptr;
  const Token &open = peek();
  if (takeIf(TokenKind::LeftBracket)) {
    SmallVector<Expr *> dims;
    if (!parseExprList(TokenKind::RightBracket, dims) || !expectClose(TokenKind::RightBracket, open))
      return nullptr;
    type->hasShape = true;
    type->dims = copy(dims);
  }
  if (takeIf(TokenKind::KwIn) && !parseRange(*type))
    return nullptr;
  type->range = rangeFrom(first);
  return type;
}

bool Parser::parseRange(TypeExpr &type) {
  const Token &open = peek();
  return expect(TokenKind::LeftBracket, "after `in`") && (type.low = parseExpr()) &&
         expect(TokenKind::Comma, "between the ends of a range") && (type.high = parseExpr()) &&
         expectClose(TokenKind::RightBracket, open);
}

// train = "train" "{" { minimize { update } } "}"
Train *Parser::parseTrain() {
  Train *train = file.make<Train>();
  const Token &first = take();
  const Token &open = take();
  SmallVector<Minimize> minimizers;
  SmallVector<Update> updates; // of the last of them
  while (!at(TokenKind::RightBrace) && !at(TokenKind::End)) {
    size_t before = position;
    bool parsed = false;
    if (at(TokenKind::KwUpdate) && !minimizers.empty()) {
      Update update{};
      if ((parsed = parseUpdate(update)))
        updates.push_back(update);
      minimizers.back().updates = copy(updates);
    } else {
      Minimize minimize{};
      if ((parsed = parseMinimize(minimize))) {
        minimizers.push_back(minimize);
        updates.clear();
      }
    }
    if (parsed && expectStatementEnd())
      continue;
    if (position == before)
      take();
    skipToStatement();
  }
  train->minimizers = copy(minimizers);
  expectClose(TokenKind::RightBrace, open);
  train->range = rangeFrom(first);
  return train;
}

// minimize = "minimize" NAME [ "over" path { "," path } ] "with" call { "," ( schedule | call ) }
bool Parser::parseMinimize(Minimize &minimize) {
  const Token &first = peek();
  if (!expect(TokenKind::KwMinimize, "in `train`") || !expectName(minimize.loss, "of a loss after `minimize`"))
    return false;
  SmallVector<Label> parts;
  if (takeIf(TokenKind::KwOver)) {
    do {
      parts.emplace_back();
      if (at(TokenKind::KwWith)) {
        unexpected("name", "of a part of the model after `over`");
        return false;
      }
      const Token &path = peek();
      if (!parsePath(parts.back(), path, "of a part of the model after `over`"))
        return false;
    } while (takeIf(TokenKind::Comma));
  }
  minimize.parts = copy(parts);
  SmallVector<CallExpr *> options;
  if (!expect(TokenKind::KwWith, "after `minimize`") ||
      !(minimize.optimizer = parseTrainingCall("of an optimizer after `with`")) ||
      !parseFurther(minimize.schedules, &options))
    return false;
  minimize.options = copy(options);
  minimize.range = rangeFrom(first);
  return true;
}

// update = "update" path "with" call { "," schedule }
bool Parser::parseUpdate(Update &update) {
  const Token &first = take();
  const Token &path = peek();
  if (!parsePath(update.buffer, path, "of a buffer after `update`") || !expect(TokenKind::KwWith, "after `update`") ||
      !(update.rule = parseTrainingCall("of a rule after `with`")) ||
      !parseFurther(update.schedules, /*options=*/nullptr))
    return false;
  update.range = rangeFrom(first);
  return true;
}

CallExpr *Parser::parseTrainingCall(StringRef context) {
  Name callee;
  return expectName(callee, context) ? llvm::cast_or_null<CallExpr>(parseCall(callee, nullptr)) : nullptr;
}

bool Parser::parseFurther(ArrayRef<Schedule> &schedules, SmallVectorImpl<CallExpr *> *options) {
  SmallVector<Schedule> list;
  while (takeIf(TokenKind::Comma)) {
    if (options && isNameLike(peek().kind) && !at(TokenKind::KwSchedule)) {
      options->push_back(parseTrainingCall("after `,`"));
      if (!options->back())
        return false;
      continue;
    }
    list.emplace_back();
    if (!parseSchedule(list.back()))
      return false;
  }
  schedules = copy(list);
  return true;
}

// schedule = "schedule" NAME "=" expr
bool Parser::parseSchedule(Schedule &schedule) {
  return expect(TokenKind::KwSchedule, "after `,`") && expectName(schedule.scalar, "of a scalar after `schedule`") &&
         expect(TokenKind::Equal, "after the scalar's name") && (schedule.value = parseExpr());
}

} // namespace vae::frontend
