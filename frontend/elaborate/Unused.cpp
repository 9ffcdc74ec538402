// The names that a tree reads, and those of its own that are not among them.
#include "frontend/elaborate/Unused.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace vae::frontend {
namespace {

/// All names that expressions read, and all that statements assign, wherever they stand.
class NameUses {
public:
  void read(const ast::Function &function);
  void read(const ast::Train &train);
  void readStatements(ArrayRef<ast::Stmt *> statements) {
    for (const ast::Stmt *statement : statements)
      readStatement(statement);
  }
  void readParameters(ArrayRef<ast::Parameter> parameters);

  bool isCalled(StringRef name) const { return callees.contains(name); }
  bool isRead(StringRef name) const { return names.contains(name) || name.starts_with("_"); }
  ArrayRef<ast::Name> assigned() const { return targets; }

private:
  void readStatement(const ast::Stmt *statement);
  void readExpr(const ast::Expr *expr);
  void readCall(const ast::CallExpr &call);
  void readLabel(const ast::Label &label);
  void readPath(const ast::Label &path);
  void readType(const ast::TypeExpr *type);
  void readAll(ArrayRef<ast::Expr *> exprs) {
    for (const ast::Expr *expr : exprs)
      readExpr(expr);
  }

  llvm::StringSet<> names, callees;
  SmallVector<ast::Name> targets;
};

} // namespace

void NameUses::readLabel(const ast::Label &label) {
  for (const ast::LabelSegment &segment : label.segments)
    readAll(segment.indices);
}

/// The path of a tensor without a label is the name that it was assigned to.
void NameUses::readPath(const ast::Label &path) {
  names.insert(path.segments.front().name.text);
  readLabel(path);
}

void NameUses::readCall(const ast::CallExpr &call) {
  if (!call.part)
    callees.insert(call.callee.text);
  readExpr(call.part);
  for (const ast::Argument &argument : call.arguments)
    readExpr(argument.value);
  readLabel(call.label);
}

void NameUses::readExpr(const ast::Expr *expr) {
  if (!expr)
    return;
  switch (expr->kind) {
  case ast::Expr::Kind::Integer:
  case ast::Expr::Kind::Float:
  case ast::Expr::Kind::String:
  case ast::Expr::Kind::Bool:
    return;
  case ast::Expr::Kind::Name:
    names.insert(cast<ast::NameExpr>(expr)->name);
    return;
  case ast::Expr::Kind::List:
    return readAll(cast<ast::ListExpr>(expr)->elements);
  case ast::Expr::Kind::Unary:
    return readExpr(cast<ast::UnaryExpr>(expr)->operand);
  case ast::Expr::Kind::Binary:
    return readAll({cast<ast::BinaryExpr>(expr)->left, cast<ast::BinaryExpr>(expr)->right});
  case ast::Expr::Kind::Call:
    return readCall(*cast<ast::CallExpr>(expr));
  case ast::Expr::Kind::Index:
    readExpr(cast<ast::IndexExpr>(expr)->base);
    return readAll(cast<ast::IndexExpr>(expr)->indices);
  case ast::Expr::Kind::Slice:
    return readAll({cast<ast::SliceExpr>(expr)->first, cast<ast::SliceExpr>(expr)->last});
  case ast::Expr::Kind::Member:
    return readExpr(cast<ast::MemberExpr>(expr)->base);
  case ast::Expr::Kind::If: {
    auto *choice = cast<ast::IfExpr>(expr);
    return readAll({choice->condition, choice->thenValue, choice->elseValue});
  }
  }
}

void NameUses::readStatement(const ast::Stmt *statement) {
  switch (statement->kind) {
  case ast::Stmt::Kind::Assign:
    llvm::append_range(targets, cast<ast::AssignStmt>(statement)->targets);
    return readExpr(cast<ast::AssignStmt>(statement)->value);
  case ast::Stmt::Kind::Part:
    targets.push_back(cast<ast::PartStmt>(statement)->name);
    return readCall(*cast<ast::PartStmt>(statement)->model);
  case ast::Stmt::Kind::Return:
    return readAll(cast<ast::ReturnStmt>(statement)->values);
  case ast::Stmt::Kind::Report:
    return readExpr(cast<ast::ReportStmt>(statement)->value);
  case ast::Stmt::Kind::For:
    readExpr(cast<ast::ForStmt>(statement)->iterable);
    return readStatements(cast<ast::ForStmt>(statement)->body.statements);
  case ast::Stmt::Kind::If:
    readExpr(cast<ast::IfStmt>(statement)->condition);
    readStatements(cast<ast::IfStmt>(statement)->thenBody.statements);
    return readStatements(cast<ast::IfStmt>(statement)->elseBody.statements);
  case ast::Stmt::Kind::Loop:
    readExpr(cast<ast::LoopStmt>(statement)->turns);
    // A turn reads what the one before made.
    for (const ast::Name &name : cast<ast::LoopStmt>(statement)->carried)
      names.insert(name.text);
    return readStatements(cast<ast::LoopStmt>(statement)->body.statements);
  }
}

void NameUses::readType(const ast::TypeExpr *type) {
  if (!type)
    return;
  readAll(type->dims);
  readAll({type->low, type->high});
}

void NameUses::readParameters(ArrayRef<ast::Parameter> parameters) {
  for (const ast::Parameter &parameter : parameters) {
    readType(parameter.type);
    readExpr(parameter.defaultValue);
  }
}

void NameUses::read(const ast::Function &function) {
  readParameters(function.parameters);
  for (const ast::Result &result : function.results)
    readType(result.type);
  readStatements(function.body.statements);
  readLabel(function.label);
}

void NameUses::read(const ast::Train &train) {
  auto readSchedules = [&](ArrayRef<ast::Schedule> schedules) {
    for (const ast::Schedule &schedule : schedules)
      readExpr(schedule.value);
  };
  for (const ast::Minimize &minimize : train.minimizers) {
    readCall(*minimize.optimizer);
    for (const ast::CallExpr *option : minimize.options)
      readCall(*option);
    readSchedules(minimize.schedules);
    for (const ast::Label &part : minimize.parts)
      readPath(part);
    for (const ast::Update &update : minimize.updates) {
      readPath(update.buffer);
      readCall(*update.rule);
      readSchedules(update.schedules);
    }
  }
}

static void warnOfParameters(const ast::Name &owner, ArrayRef<ast::Parameter> parameters, const NameUses &uses,
                             DiagnosticSink &sink) {
  for (const ast::Parameter &parameter : parameters)
    if (!uses.isRead(parameter.name.text))
      sink.warning(parameter.name.range, DiagnosticKind::UnusedParameter, parameter.name.text, owner.text);
}

/// Warns about the first place where each name is assigned.
static void warnOfValues(ArrayRef<ast::Name> assigned, const NameUses &uses, DiagnosticSink &sink) {
  llvm::StringSet<> warned;
  for (const ast::Name &name : assigned)
    if (!uses.isRead(name.text) && warned.insert(name.text).second)
      sink.warning(name.range, DiagnosticKind::UnusedValue, name.text);
}

void warnOfUnused(const ast::Model &model, DiagnosticSink &sink) {
  NameUses all, own;
  all.readParameters(model.parameters);
  own.readStatements(model.statements);
  all.readStatements(model.statements);
  for (const ast::Train *train : model.trains)
    all.read(*train);
  for (const ast::Function *function : model.functions) {
    NameUses inside;
    inside.read(*function);
    warnOfParameters(function->name, function->parameters, inside, sink);
    warnOfValues(inside.assigned(), inside, sink);
    all.read(*function);
  }
  for (const ast::Function *function : model.functions)
    if (function->isPrivate && !all.isCalled(function->name.text))
      sink.warning(function->name.range, DiagnosticKind::UnusedFunction, function->name.text);
  warnOfParameters(model.name, model.parameters, all, sink);
  warnOfValues(own.assigned(), all, sink);
}

} // namespace vae::frontend
