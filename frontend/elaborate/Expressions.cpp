// Expressions: computed where their operands are known, built where they are tensors.
#include "frontend/elaborate/Elaborator.h"
#include "frontend/elaborate/Places.h"
#include "llvm/ADT/StringSwitch.h"
#include <cmath>

using namespace mlir;

namespace vae::frontend {

Value Elaborator::evaluate(const ast::Expr *expr) {
  llvm::SaveAndRestore<unsigned> nesting(depth, depth + 1);
  if (isTooDeep(expr->range))
    return {};
  Value value;
  switch (expr->kind) {
  case ast::Expr::Kind::Integer:
    value = {Size(cast<ast::IntegerExpr>(expr)->value), {}};
    break;
  case ast::Expr::Kind::Float:
    value = {cast<ast::FloatExpr>(expr)->value, {}};
    break;
  case ast::Expr::Kind::String:
    value = {cast<ast::StringExpr>(expr)->value.str(), {}};
    break;
  case ast::Expr::Kind::Bool:
    value = {cast<ast::BoolExpr>(expr)->value, {}};
    break;
  case ast::Expr::Kind::Name:
    return evaluateName(*cast<ast::NameExpr>(expr));
  case ast::Expr::Kind::Call:
    value = evaluateCall(*cast<ast::CallExpr>(expr));
    break;
  case ast::Expr::Kind::List:
  case ast::Expr::Kind::Unary:
  case ast::Expr::Kind::Binary:
  case ast::Expr::Kind::Index:
  case ast::Expr::Kind::Slice:
  case ast::Expr::Kind::Member:
  case ast::Expr::Kind::If: {
    // A parameter inside is not what the assignment names.
    llvm::SaveAndRestore<std::string> target(assignTarget, "");
    value = evaluateCompound(expr);
    if (const List *list = value.get<List>())
      (void)spendCopies(expr->range, list->items().size());
  }
  }
  if (!value.isPoison())
    value.origin = expr->range;
  return value;
}

Value Elaborator::evaluateArgument(const ast::Expr *expr) {
  llvm::SaveAndRestore<std::string> target(assignTarget, "");
  return evaluate(expr);
}

Value Elaborator::evaluateCompound(const ast::Expr *expr) {
  if (!spendSteps(expr->range, 1))
    return {};
  switch (expr->kind) {
  case ast::Expr::Kind::List:
    return evaluateList(*cast<ast::ListExpr>(expr));
  case ast::Expr::Kind::Unary:
    return evaluateUnary(*cast<ast::UnaryExpr>(expr));
  case ast::Expr::Kind::Binary:
    return evaluateBinary(*cast<ast::BinaryExpr>(expr));
  case ast::Expr::Kind::Index:
    return evaluateIndex(*cast<ast::IndexExpr>(expr));
  case ast::Expr::Kind::Member:
    return evaluateMember(*cast<ast::MemberExpr>(expr));
  case ast::Expr::Kind::If:
    return evaluateIf(*cast<ast::IfExpr>(expr));
  case ast::Expr::Kind::Slice:
    error(expr->range, DiagnosticKind::RangeIsNoValue);
    return {};
  case ast::Expr::Kind::Integer:
  case ast::Expr::Kind::Float:
  case ast::Expr::Kind::String:
  case ast::Expr::Kind::Bool:
  case ast::Expr::Kind::Name:
  case ast::Expr::Kind::Call:
    break;
  }
  llvm_unreachable("the others are evaluated by `evaluate`");
}

//===-- Names --------------------------------------------------------------===//

const Value *Elaborator::lookup(StringRef name) const {
  auto found = frame->names.find(name);
  if (found != frame->names.end())
    return &found->second;
  bool inModel = frame->function && frame->function->kind != ast::Function::Kind::Block;
  if (!inModel)
    return nullptr;
  auto shared = frame->home->names.find(name);
  return shared == frame->home->names.end() ? nullptr : &shared->second;
}

SmallVector<StringRef> Elaborator::visibleNames() const {
  SmallVector<StringRef> names;
  for (const auto &entry : frame->names)
    names.push_back(entry.getKey());
  for (const auto &entry : frame->home->names)
    if (lookup(entry.getKey()))
      names.push_back(entry.getKey());
  llvm::sort(names);
  return names;
}

Value Elaborator::evaluateName(const ast::NameExpr &expr) {
  if (const Value *value = lookup(expr.name)) {
    Value copy = *value;
    // A number is of interest where it is used, a tensor where it was made.
    if (!copy.tensor())
      copy.origin = expr.range;
    return copy;
  }
  if (Type element = elementType(expr.name, context))
    return Value{element, expr.range};
  if (std::optional<Value> parameter = evaluatePath(&expr))
    return *parameter;
  if (findFunction(expr.name) || findBuiltin(expr.name, context))
    error(expr.range, DiagnosticKind::NotCalled, expr.name);
  else if (isStoredElement(expr.name))
    error(expr.range, DiagnosticKind::StoredElement, expr.name);
  else
    error(expr.range, DiagnosticKind::UnknownName, expr.name, suggest(expr.name, visibleNames()));
  return {};
}

Value Elaborator::evaluateList(const ast::ListExpr &expr) {
  std::vector<Value> items;
  bool poisoned = false;
  for (const ast::Expr *element : expr.elements) {
    items.push_back(evaluate(element));
    poisoned |= items.back().isPoison();
  }
  return poisoned ? Value{} : checkLevels({List(std::move(items)), expr.range});
}

/// The value, or nothing where it is reported: lists nest through names and calls too, where the parser counts no levels.
Value Elaborator::checkLevels(Value value) {
  if (value.levels() <= limits::nesting)
    return value;
  error(value.origin, DiagnosticKind::NestedTooDeep, limits::nesting);
  return {};
}

//===-- Operators ----------------------------------------------------------===//

void Elaborator::reportFault(Fault fault, StringRef op, SMRange range, const Value &left, const Value &right) {
  switch (fault) {
  case Fault::None:
    return;
  case Fault::Operands:
    error(range, DiagnosticKind::OperandKinds, op, left.str(), right.str());
    return;
  case Fault::DivisionByZero:
    error(range, DiagnosticKind::DivisionByZero, left.str());
    return;
  case Fault::Inexact:
    error(range, DiagnosticKind::InexactDivision, left.str(), right.str());
    return;
  case Fault::TooLarge:
    error(range, DiagnosticKind::NumberTooLarge, op);
    return;
  case Fault::Undecided:
    error(range, DiagnosticKind::NotKnownNow, left.str(), op, right.str());
    return;
  case Fault::Exponent:
    error(range, DiagnosticKind::ExponentOfInteger, left.str(), right.str());
    return;
  }
}

static StringRef operatorBuiltin(StringRef op) {
  return llvm::StringSwitch<StringRef>(op)
      .Case("+", "add")
      .Case("-", "sub")
      .Case("*", "mul")
      .Case("/", "div")
      .Case("%", "mod")
      .Case("**", "pow")
      .Case("<", "less")
      .Case("<=", "less_equal")
      .Case(">", "greater")
      .Case(">=", "greater_equal")
      .Case("==", "equal")
      .Case("!=", "not_equal")
      .Default("");
}

Value Elaborator::evaluateUnary(const ast::UnaryExpr &expr) {
  Value operand = evaluate(expr.operand);
  if (operand.isPoison())
    return {};
  if (operand.tensor() && expr.op == "-")
    return buildOperator("neg", expr.op, expr.range, {operand});
  auto [value, fault] = applyUnary(expr.op, operand);
  if (fault == Fault::Operands)
    error(expr.range, DiagnosticKind::OperandKind, expr.op, operand.str());
  else
    reportFault(fault, expr.op, expr.range, operand, operand);
  return value;
}

/// `and` and `or` leave their right side alone where the left side decides.
Value Elaborator::evaluateLogical(const ast::BinaryExpr &expr) {
  std::optional<bool> left = evaluateCondition(expr.left);
  if (!left)
    return {};
  if (*left == (expr.op == "or"))
    return Value{*left, expr.range};
  std::optional<bool> right = evaluateCondition(expr.right);
  return right ? Value{*right, expr.range} : Value{};
}

/// Whether arithmetic with a size of run time gives a number that is not a size: `0.5 * D`, `1 / D`.
static bool isNumberOfRun(StringRef op, const Value &left, const Value &right, Fault fault) {
  bool isFraction = fault == Fault::Inexact && op == "/" && left.number();
  bool isScaled = fault == Fault::Undecided && llvm::is_contained({"+", "-", "*", "/", "**"}, op) &&
                  (left.is<double>() || right.is<double>());
  return isFraction || isScaled;
}

Value Elaborator::evaluateBinary(const ast::BinaryExpr &expr) {
  if (expr.op == "and" || expr.op == "or")
    return evaluateLogical(expr);
  Value left = evaluate(expr.left), right = evaluate(expr.right);
  if (left.isPoison() || right.isPoison())
    return {};
  if (left.tensor() || right.tensor())
    return buildOperator(operatorBuiltin(expr.op), expr.op, expr.range, {left, right});
  auto [value, fault] = applyBinary(expr.op, left, right);
  if (instance && isNumberOfRun(expr.op, left, right, fault))
    return buildOperator(operatorBuiltin(expr.op), expr.op, expr.range, {left, right});
  reportFault(fault, expr.op, expr.range, left, right);
  return value;
}

/// An operator between tensors is a call of its builtin; messages show it as written.
Value Elaborator::buildOperator(StringRef mnemonic, StringRef op, SMRange range, ArrayRef<Value> operands) {
  std::optional<Signature> signature = findBuiltin(mnemonic, context);
  assert(signature && "an operator's builtin is missing");
  signature->name = op.str();
  BoundCall bound;
  bound.values.assign(operands.begin(), operands.end());
  return buildBuiltin(mnemonic, range, *signature, bound, /*call=*/nullptr);
}

Value Elaborator::evaluateIf(const ast::IfExpr &expr) {
  std::optional<bool> condition = evaluateCondition(expr.condition);
  return condition ? evaluate(*condition ? expr.thenValue : expr.elseValue) : Value{};
}

bool Elaborator::checkF32(double number, SMRange range) {
  if (std::isfinite(static_cast<float>(number)))
    return true;
  error(range, DiagnosticKind::BeyondF32, Value{number, {}}.spelling());
  return false;
}

//===-- Parts of values ----------------------------------------------------===//

std::optional<int64_t> Elaborator::evaluateInteger(const ast::Expr *expr) {
  Value value = evaluate(expr);
  std::optional<int64_t> integer = value.integer();
  if (!integer && !value.isPoison())
    error(expr->range, DiagnosticKind::NotAnInteger, value.str());
  return integer;
}

/// First and last (exclusive) position of `a..b` in `length` items; negative positions count from the end.
std::optional<std::pair<int64_t, int64_t>> Elaborator::evaluateSlice(const ast::SliceExpr &slice, int64_t length) {
  std::optional<int64_t> first = slice.first ? evaluateInteger(slice.first) : 0;
  std::optional<int64_t> last = slice.last ? evaluateInteger(slice.last) : length;
  if (!first || !last)
    return std::nullopt;
  int64_t begin = *first < 0 ? *first + length : *first, end = *last < 0 ? *last + length : *last;
  if (begin >= 0 && begin <= end && end <= length)
    return std::pair(begin, end);
  error(slice.range, DiagnosticKind::SliceOutOfRange, *first, *last, length);
  return std::nullopt;
}

Value Elaborator::evaluateIndex(const ast::IndexExpr &expr) {
  if (std::optional<Value> parameter = evaluatePath(&expr))
    return *parameter;
  Value base = evaluate(expr.base);
  if (base.isPoison())
    return {};
  if (base.tensor())
    return evaluateTensorIndex(*this, expr, base);
  auto *list = base.get<List>();
  if (!list || expr.indices.size() != 1) {
    error(expr.range, DiagnosticKind::NotIndexed, base.str(), expr.indices.size());
    return {};
  }
  int64_t length = list->items().size();
  if (auto *slice = dyn_cast<ast::SliceExpr>(expr.indices.front())) {
    auto bounds = evaluateSlice(*slice, length);
    if (!bounds)
      return {};
    auto begin = list->items().begin();
    return Value{List(std::vector<Value>(begin + bounds->first, begin + bounds->second)), expr.range};
  }
  std::optional<int64_t> index = evaluateInteger(expr.indices.front());
  if (!index)
    return {};
  int64_t position = *index < 0 ? *index + length : *index;
  if (position >= 0 && position < length)
    return list->items()[position];
  error(expr.indices.front()->range, DiagnosticKind::IndexOutOfRange, *index, length);
  return {};
}

Value Elaborator::evaluateMember(const ast::MemberExpr &expr) {
  if (std::optional<Value> parameter = evaluatePath(&expr))
    return *parameter;
  Value base = evaluate(expr.base);
  if (base.isPoison())
    return {};
  SmallVector<StringRef> names;
  if (auto *tuple = base.get<Tuple>())
    for (auto [name, item] : llvm::zip_equal(tuple->names, tuple->items())) {
      if (name == expr.member.text)
        return item;
      names.push_back(name);
    }
  if (auto *part = base.get<Part>()) {
    for (const auto &[name, value] : part->frame->names) {
      if (name == expr.member.text)
        return value;
      names.push_back(name);
    }
    if (part->frame->declared->functions.contains(expr.member.text)) {
      error(expr.member.range, DiagnosticKind::NotCalled, expr.member.text);
      return {};
    }
    llvm::sort(names);
  }
  error(expr.member.range, DiagnosticKind::UnknownMember, base.str(), expr.member.text,
        suggest(expr.member.text, names));
  return {};
}

} // namespace vae::frontend
