// Paths of parameters: from labels, and as values.
#include "frontend/elaborate/Elaborator.h"
#include "ir/ops/Model.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace vae::frontend {

/// `up_blocks.0.resnets.1` of `@up_blocks[0].resnets[1]`; empty where there is no label.
std::optional<std::string> Elaborator::labelPath(const ast::Label &label) {
  SmallVector<std::string> parts;
  for (const ast::LabelSegment &segment : label.segments) {
    if (!segment.name.text.empty())
      parts.push_back(segment.name.text.str());
    for (const ast::Expr *index : segment.indices) {
      std::optional<int64_t> value = evaluateInteger(index);
      if (!value)
        return std::nullopt;
      if (*value < 0) {
        error(index->range, DiagnosticKind::NegativeLabel, *value);
        return std::nullopt;
      }
      parts.push_back(std::to_string(*value));
    }
  }
  std::string path = llvm::join(parts, ".");
  if (path.size() <= limits::pathLength)
    return path;
  error(label.range, DiagnosticKind::PathTooLong, limits::pathLength);
  return std::nullopt;
}

/// `decoder.layers.2.weight` of `decoder.layers[2].weight`, or `0.weight` of `[0].weight`; none where the expression has
/// another form, or begins with a name that has a value.
std::optional<std::string> Elaborator::pathOf(const ast::Expr *expr) {
  auto append = [&](const ast::Expr *base, const std::optional<std::string> &segment) {
    std::optional<std::string> path = segment ? pathOf(base) : std::nullopt;
    return path ? std::optional(*path + "." + *segment) : std::nullopt;
  };
  if (auto *name = dyn_cast<ast::NameExpr>(expr))
    return lookup(name->name) ? std::nullopt : std::optional(name->name.str());
  if (auto *member = dyn_cast<ast::MemberExpr>(expr))
    return append(member->base, member->member.text.str());
  if (auto *index = dyn_cast<ast::IndexExpr>(expr))
    return index->indices.size() == 1 ? append(index->base, indexOf(index->indices.front())) : std::nullopt;
  auto *list = dyn_cast<ast::ListExpr>(expr);
  return list && list->elements.size() == 1 ? indexOf(list->elements.front()) : std::nullopt;
}

/// The text of an index of a path: a number, or the name of one.
std::optional<std::string> Elaborator::indexOf(const ast::Expr *expr) {
  auto *name = dyn_cast<ast::NameExpr>(expr);
  const Value *named = name ? lookup(name->name) : nullptr;
  std::optional<int64_t> index = named ? named->integer() : std::nullopt;
  if (auto *integer = dyn_cast<ast::IntegerExpr>(expr))
    index = integer->value;
  return index ? std::optional(std::to_string(*index)) : std::nullopt;
}

/// The value of the parameter that an expression is the path of; none where it is not a path of this model.
std::optional<Value> Elaborator::evaluatePath(const ast::Expr *expr) {
  std::optional<std::string> path = instance ? pathOf(expr) : std::nullopt;
  if (!path)
    return std::nullopt;
  const ParameterTable &table = parameters.table();
  std::string whole = frame->home->prefix + *path;
  if (const ParameterTable::Entry *entry = table.find(whole)) {
    vae::ParameterOp parameter = entry->op;
    return Value{mlir::Value(ReadOp::create(builder, location(expr->range), parameter.getType(), whole)), expr->range};
  }
  if (!table.holds(frame->home->prefix + StringRef(*path).split('.').first.str()))
    return std::nullopt;
  error(expr->range, DiagnosticKind::UnknownParameter, whole, suggest(whole, table.partsLike(whole)));
  return Value{};
}

} // namespace vae::frontend
