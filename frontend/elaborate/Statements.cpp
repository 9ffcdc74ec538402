// Statements: assignments, results, and the compile-time `for` and `if`.
#include "frontend/elaborate/Elaborator.h"
#include "ir/ops/Model.h"

using namespace mlir;

namespace vae::frontend {

bool Elaborator::spendSteps(SMRange range, uint64_t count) {
  bool wasExhausted = isExhausted();
  steps += count;
  if (isExhausted() && !wasExhausted)
    error(range, DiagnosticKind::TooManySteps, limits::steps);
  return !isExhausted();
}

bool Elaborator::isTooDeep(SMRange range) {
  if (depth <= limits::callNesting)
    return false;
  error(range, DiagnosticKind::NestedTooDeep, limits::callNesting);
  return true;
}

Elaborator::Flow Elaborator::runBody(ArrayRef<ast::Stmt *> statements) {
  for (size_t i = 0; i < statements.size(); ++i) {
    if (runStatement(statements[i]) != Flow::Returned)
      continue;
    if (i + 1 < statements.size() && isa<ast::ReturnStmt>(statements[i]))
      error(statements[i + 1]->range, DiagnosticKind::Unreachable)
          .note(statements[i]->range, DiagnosticKind::ReturnsHere);
    return Flow::Returned;
  }
  return Flow::Next;
}

Elaborator::Flow Elaborator::runStatement(const ast::Stmt *statement) {
  llvm::SaveAndRestore<unsigned> nesting(depth, depth + 1);
  if (!spendSteps(statement->range, 1) || isTooDeep(statement->range))
    return Flow::Next;
  switch (statement->kind) {
  case ast::Stmt::Kind::Assign:
    runAssign(*cast<ast::AssignStmt>(statement));
    return Flow::Next;
  case ast::Stmt::Kind::Return:
    runReturn(*cast<ast::ReturnStmt>(statement));
    return Flow::Returned;
  case ast::Stmt::Kind::Report:
    runReport(*cast<ast::ReportStmt>(statement));
    return Flow::Next;
  case ast::Stmt::Kind::For:
    return runFor(*cast<ast::ForStmt>(statement));
  case ast::Stmt::Kind::If:
    return runIf(*cast<ast::IfStmt>(statement));
  case ast::Stmt::Kind::Part:
    assign(cast<ast::PartStmt>(statement)->name, makePart(*cast<ast::PartStmt>(statement)));
    return Flow::Next;
  case ast::Stmt::Kind::Loop:
    runLoop(*cast<ast::LoopStmt>(statement));
    return Flow::Next;
  }
  llvm_unreachable("all statements are handled");
}

void Elaborator::assign(const ast::Name &name, Value value) {
  if (name.text == "_")
    return;
  frame->names[name.text] = std::move(value);
}

void Elaborator::runAssign(const ast::AssignStmt &statement) {
  llvm::SaveAndRestore<std::string> target(assignTarget);
  assignTarget = statement.targets.size() == 1 ? statement.targets.front().text.str() : "";
  Value value = evaluate(statement.value);
  for (const ast::Name &name : statement.targets)
    checkRebinding(name);
  if (statement.targets.size() == 1)
    return assign(statement.targets.front(), std::move(value));
  auto *tuple = value.get<Tuple>();
  std::vector<Value> items = tuple ? tuple->items() : value.asItems();
  if (items.size() == statement.targets.size()) {
    for (auto [name, item] : llvm::zip_equal(statement.targets, items))
      assign(name, item);
    return;
  }
  if (!value.isPoison())
    error(statement.value->range, DiagnosticKind::ValueCount, statement.targets.size(), items.size());
  for (const ast::Name &name : statement.targets)
    assign(name, Value{});
}

void Elaborator::runReturn(const ast::ReturnStmt &statement) {
  assignTarget.clear();
  if (!frame->function) {
    error(statement.range, DiagnosticKind::ReturnOutsideFunc);
    return;
  }
  if (frame->loop) {
    error(statement.range, DiagnosticKind::ReturnInLoop);
    frame->result = Value{};
    return;
  }
  frame->resultRange = {statement.values.front()->range.Start, statement.values.back()->range.End};
  if (statement.values.size() == 1) {
    frame->result = evaluate(statement.values.front());
    return;
  }
  std::vector<Value> items;
  std::vector<std::string> names;
  for (const ast::Expr *expr : statement.values) {
    auto *name = dyn_cast<ast::NameExpr>(expr);
    names.push_back(name ? name->name.str() : "");
    items.push_back(evaluate(expr));
  }
  frame->result = checkLevels({Tuple{std::move(items), std::move(names)}, frame->resultRange});
}

/// The name under which a value is reported: its own, or that of the operation it comes from.
static StringRef reportName(const ast::Expr *expr) {
  if (auto *name = dyn_cast<ast::NameExpr>(expr))
    return name->name;
  if (auto *call = dyn_cast<ast::CallExpr>(expr))
    return call->callee.text;
  return "report";
}

void Elaborator::runReport(const ast::ReportStmt &statement) {
  Value value = evaluate(statement.value);
  if (value.isPoison())
    return;
  bool isShown = frame->function && instance->function->kind == ast::Function::Kind::Loss;
  if (!isShown) {
    // A loss of a part may be called anywhere.
    if (!frame->function || frame->function->kind != ast::Function::Kind::Loss)
      error(statement.range, DiagnosticKind::ReportOutsideLoss);
    return;
  }
  if (loopDepth > 0) {
    error(statement.range, DiagnosticKind::ReportInLoop);
    return;
  }
  std::optional<mlir::Value> tensor = binder.convertTensor(value, statement.value->range);
  if (!tensor)
    return;
  if (cast<RankedTensorType>(tensor->getType()).getRank() != 0) {
    error(statement.value->range, DiagnosticKind::ReportNotScalar, value.str());
    return;
  }
  report(reportName(statement.value), *tensor, statement.range);
}

void Elaborator::report(StringRef name, mlir::Value value, SMRange range) {
  ReportOp::create(builder, location(range), instance->reports.claim(name), value);
}

//===-- Compile-time control flow ----------------------------------------------===//

std::optional<std::vector<Value>> Elaborator::evaluateIterable(const ast::Expr *expr) {
  std::vector<Value> items;
  auto *slice = dyn_cast<ast::SliceExpr>(expr);
  if (!slice) {
    Value value = evaluate(expr);
    if (auto *list = value.get<List>())
      return list->items();
    if (!value.isPoison())
      error(expr->range, DiagnosticKind::NotIterable, value.str());
    return std::nullopt;
  }
  if (!slice->first || !slice->last) {
    error(expr->range, DiagnosticKind::OpenRange);
    return std::nullopt;
  }
  std::optional<int64_t> first = evaluateInteger(slice->first), last = evaluateInteger(slice->last);
  if (!first || !last)
    return std::nullopt;
  if (*last > *first && static_cast<uint64_t>(*last) - static_cast<uint64_t>(*first) > limits::iterations) {
    error(expr->range, DiagnosticKind::TooManyIterations, limits::iterations);
    return std::nullopt;
  }
  for (int64_t i = *first; i < *last; ++i)
    items.push_back(Value{Size(i), expr->range});
  return items;
}

Elaborator::Flow Elaborator::runFor(const ast::ForStmt &statement) {
  std::optional<std::vector<Value>> items = evaluateIterable(statement.iterable);
  if (!items)
    return Flow::Next;
  if (statement.variables.size() > 2) {
    error(statement.variables[2].range, DiagnosticKind::TooManyVariables);
    return Flow::Next;
  }
  for (auto [index, item] : llvm::enumerate(*items)) {
    if (statement.variables.size() == 2)
      assign(statement.variables.front(), Value{Size(static_cast<int64_t>(index)), statement.variables.front().range});
    assign(statement.variables.back(), item);
    if (runBody(statement.body.statements) == Flow::Returned)
      return Flow::Returned;
    if (isExhausted())
      break;
  }
  return Flow::Next;
}

std::optional<bool> Elaborator::evaluateCondition(const ast::Expr *expr) {
  Value value = evaluate(expr);
  if (auto *condition = value.get<bool>())
    return *condition;
  if (!value.isPoison())
    error(expr->range, DiagnosticKind::NotACondition, value.str());
  return std::nullopt;
}

Elaborator::Flow Elaborator::runIf(const ast::IfStmt &statement) {
  std::optional<bool> condition = evaluateCondition(statement.condition);
  if (!condition)
    return Flow::Next;
  return runBody(*condition ? statement.thenBody.statements : statement.elseBody.statements);
}

} // namespace vae::frontend
