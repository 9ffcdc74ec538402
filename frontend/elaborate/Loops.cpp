// `loop`: a body that runs when the program does, over tensors that it carries from turn to turn.
#include "frontend/elaborate/Elaborator.h"
#include "ir/ops/Constants.h"
#include "ir/ops/Elementwise.h"
#include "ir/ops/Regions.h"
#include "llvm/ADT/ScopeExit.h"

using namespace mlir;

namespace vae::frontend {

//===-- The range ------------------------------------------------------------===//

/// One end of the range: a size, known now or a formula.
std::optional<Size> Elaborator::evaluateLoopEnd(const ast::Expr *expr) {
  Value value = evaluate(expr);
  const Size *size = value.get<Size>();
  if (size && (!size->isConstant() || size->getConstant()))
    return *size;
  if (!value.isPoison())
    error(expr->range, DiagnosticKind::LoopEnd, value.str());
  return std::nullopt;
}

std::optional<Elaborator::LoopRange> Elaborator::evaluateLoopRange(const ast::LoopStmt &statement) {
  auto *slice = dyn_cast<ast::SliceExpr>(statement.turns);
  if (!slice) {
    error(statement.turns->range, DiagnosticKind::LoopNeedsRange);
    return std::nullopt;
  }
  if (!slice->first || !slice->last) {
    error(slice->range, DiagnosticKind::OpenRange);
    return std::nullopt;
  }
  std::optional<Size> first = evaluateLoopEnd(slice->first), last = evaluateLoopEnd(slice->last);
  if (!first || !last)
    return std::nullopt;
  Size length = *last - *first;
  if (length.isNegative())
    return LoopRange{*first - Size(1), Size() - length, /*descends=*/true};
  return LoopRange{*first, length, /*descends=*/false};
}

/// A size as a tensor of rank 0 that integers are computed with. What is added to a formula is added here: the formula
/// is a size at run time, above 0, the sum need not be.
mlir::Value Elaborator::makeInteger(const Size &size, SMRange range) {
  std::optional<int64_t> offset = size.evaluateAt(0);
  auto scalar = RankedTensorType::get({}, builder.getI32Type());
  mlir::Value added;
  if (offset && (*offset != 0 || size.isConstant()))
    added = ConstantOp::create(builder, location(range),
                               DenseElementsAttr::get(scalar, Attribute(builder.getI32IntegerAttr(*offset))));
  if (size.isConstant())
    return added;
  Size formula = added ? size - Size(*offset) : size;
  mlir::Value value = SizeOp::create(builder, location(range), formula.str(), builder.getI32Type());
  return added ? AddOp::create(builder, location(range), value, added).getResult() : value;
}

/// The loop's variable in the turn of that number.
Value Elaborator::makeLoopVariable(const LoopRange &range, mlir::Value turn, const ast::Name &name) {
  if (range.first == Size() && !range.descends)
    return Value{turn, name.range};
  return buildOperator(range.descends ? "sub" : "add", range.descends ? "-" : "+", name.range,
                       {Value{makeInteger(range.first, name.range), name.range}, Value{turn, name.range}});
}

//===-- What is carried --------------------------------------------------------===//

/// Appends the tensors of a value: itself, or those of a list.
bool Elaborator::flatten(const Value &value, SMRange range, SmallVectorImpl<mlir::Value> &tensors) {
  if (value.isPoison())
    return false;
  if (const List *list = value.is<Tuple>() ? &value.get<Tuple>()->list : value.get<List>())
    return llvm::all_of(list->items(), [&](const Value &item) { return flatten(item, range, tensors); });
  std::optional<mlir::Value> tensor = binder.convertTensor(value, range);
  if (tensor)
    tensors.push_back(*tensor);
  return tensor.has_value();
}

/// The value of the same form over other tensors, which it takes from the front.
static Value rebuild(const Value &like, ArrayRef<mlir::Value> &tensors, SMRange range) {
  auto rebuildAll = [&](const std::vector<Value> &items) {
    std::vector<Value> made;
    for (const Value &item : items)
      made.push_back(rebuild(item, tensors, range));
    return List(std::move(made));
  };
  if (const List *list = like.get<List>())
    return Value{rebuildAll(list->items()), range};
  if (const Tuple *tuple = like.get<Tuple>())
    return Value{Tuple{rebuildAll(tuple->items()), tuple->names}, range};
  Value made{tensors.front(), range};
  tensors = tensors.drop_front();
  return made;
}

/// The values that the loop carries, before its first turn.
std::optional<std::vector<Elaborator::Carried>> Elaborator::findCarried(const ast::LoopStmt &statement) {
  std::vector<Carried> carried;
  bool valid = true;
  for (const ast::Name &name : statement.carried) {
    bool repeated = llvm::any_of(carried, [&](const Carried &other) { return other.name.text == name.text; });
    const Value *value = lookup(name.text);
    if (repeated)
      error(name.range, DiagnosticKind::DuplicateName, name.text);
    else if (!value)
      error(name.range, DiagnosticKind::CarriedUnknown, name.text, suggest(name.text, visibleNames()));
    valid &= value && !repeated && checkRebinding(name);
    carried.push_back({name, value ? *value : Value{}, {}});
    valid = valid && flatten(carried.back().initial, name.range, carried.back().tensors);
  }
  return valid ? std::optional(std::move(carried)) : std::nullopt;
}

/// A name from before a loop that the body does not carry keeps its value: what a turn gave it would be lost.
bool Elaborator::checkRebinding(const ast::Name &name) {
  const LoopScope *loop = frame->loop;
  if (!loop || !loop->outside.contains(name.text) || loop->carried.contains(name.text))
    return true;
  error(name.range, DiagnosticKind::NotCarried, name.text)
      .note(loop->outside.find(name.text)->second, DiagnosticKind::ComesFrom, "`" + name.text.str() + "`");
  return false;
}

/// What the body made of the values, which has the form and types that they had before.
bool Elaborator::yieldCarried(ArrayRef<Carried> carried, const ast::LoopStmt &statement) {
  SmallVector<mlir::Value> yielded;
  bool valid = true;
  for (const Carried &one : carried) {
    const Value &made = frame->names[one.name.text];
    SmallVector<mlir::Value> tensors;
    if (!flatten(made, one.name.range, tensors)) {
      valid = false;
      continue;
    }
    if (TypeRange(ValueRange(tensors)) != TypeRange(ValueRange(one.tensors))) {
      error(one.name.range, DiagnosticKind::CarriedTypeChanges, one.name.text, one.initial.str(), made.str())
          .note(made.origin, DiagnosticKind::ComesFrom, made.str());
      valid = false;
    }
    llvm::append_range(yielded, tensors);
  }
  if (valid)
    YieldOp::create(builder, location(statement.range), yielded);
  return valid;
}

//===-- The statement ------------------------------------------------------------===//

/// Runs the body once, inside the op: names that it makes are gone after it.
bool Elaborator::runLoopBody(LoopOp loop, const LoopRange &range, ArrayRef<Carried> carried,
                             const ast::LoopStmt &statement) {
  if (!spendCopies(statement.range, frame->names.size()))
    return false;
  OpBuilder::InsertionGuard guard(builder);
  llvm::StringMap<Value> outside = frame->names;
  LoopScope scope;
  for (const auto &entry : outside)
    scope.outside[entry.getKey()] = entry.getValue().origin;
  Block &block = loop.getBody().emplaceBlock();
  builder.setInsertionPointToEnd(&block);
  Location loc = location(statement.range);
  mlir::Value turn = block.addArgument(RankedTensorType::get({}, builder.getI32Type()), loc);
  for (const Carried &one : carried) {
    SmallVector<mlir::Value> arguments;
    for (mlir::Value tensor : one.tensors)
      arguments.push_back(block.addArgument(tensor.getType(), loc));
    ArrayRef<mlir::Value> left = arguments;
    frame->names[one.name.text] = rebuild(one.initial, left, one.name.range);
    scope.carried.insert(one.name.text);
  }
  llvm::SaveAndRestore<LoopScope *> savedScope(frame->loop, &scope);
  llvm::SaveAndRestore<unsigned> nesting(loopDepth, loopDepth + 1);
  frame->names[statement.variable.text] = makeLoopVariable(range, turn, statement.variable);
  scope.outside.erase(statement.variable.text);
  bool valid = runBody(statement.body.statements) == Flow::Next && !isExhausted() && yieldCarried(carried, statement);
  frame->names = std::move(outside);
  return valid;
}

void Elaborator::runLoop(const ast::LoopStmt &statement) {
  std::optional<LoopRange> range = evaluateLoopRange(statement);
  std::optional<std::vector<Carried>> carried = findCarried(statement);
  bool tooDeep = loopDepth == program::maxRepeatDepth;
  if (tooDeep)
    error(statement.range, DiagnosticKind::LoopTooDeep, program::maxRepeatDepth);
  bool valid = range && carried && !tooDeep;
  SmallVector<mlir::Value> results;
  if (valid) {
    SmallVector<mlir::Value> initial;
    for (const Carried &one : *carried)
      llvm::append_range(initial, one.tensors);
    auto loop = LoopOp::create(builder, location(statement.range), TypeRange(ValueRange(initial)), range->length.str(),
                               initial);
    valid = runLoopBody(loop, *range, *carried, statement);
    llvm::append_range(results, loop.getResults());
    if (!valid)
      loop.erase();
  }
  ArrayRef<mlir::Value> left = results;
  for (auto [index, name] : llvm::enumerate(statement.carried))
    frame->names[name.text] = valid ? rebuild((*carried)[index].initial, left, name.range) : Value{};
}

} // namespace vae::frontend
