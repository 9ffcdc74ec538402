// Declared types: their sizes, and conversion of values to them.
#include "frontend/elaborate/Types.h"
#include "frontend/elaborate/Elaborator.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;

namespace vae::frontend {

Type elementType(StringRef name, MLIRContext *context) {
  Builder builder(context);
  return llvm::StringSwitch<Type>(name)
      .Case("f32", builder.getF32Type())
      .Case("i32", builder.getI32Type())
      .Default(Type());
}

bool isStoredElement(StringRef name) {
  return llvm::is_contained({"f16", "bf16", "f64", "i8", "i16", "i64", "u8", "u16", "u32", "u64"}, name);
}

static std::optional<DeclaredType::Kind> compileTimeKind(StringRef name) {
  using Kind = DeclaredType::Kind;
  return llvm::StringSwitch<std::optional<Kind>>(name)
      .Case("int", Kind::Int)
      .Case("float", Kind::Float)
      .Case("bool", Kind::Bool)
      .Case("string", Kind::String)
      .Default(std::nullopt);
}

bool isCompileTimeInt(const ast::TypeExpr &type) { return type.element.text == "int" && !type.hasShape; }
bool isTensorType(const ast::TypeExpr &type) { return !compileTimeKind(type.element.text); }

std::string DeclaredType::str() const {
  static constexpr StringLiteral words[] = {"int", "float", "bool", "string"};
  if (isTensor())
    return describe(tensorType());
  return (words[static_cast<int>(kind)] + (isList ? "[]" : "")).str();
}

/// Names in a size that nothing defines become symbols: unsolved ones in a call, themselves in an entry.
void Elaborator::declareSymbols(const ast::Expr *size) {
  if (auto *binary = dyn_cast<ast::BinaryExpr>(size)) {
    declareSymbols(binary->left);
    return declareSymbols(binary->right);
  }
  if (auto *unary = dyn_cast<ast::UnaryExpr>(size))
    return declareSymbols(unary->operand);
  auto *name = dyn_cast<ast::NameExpr>(size);
  if (!name || lookup(name->name) || !llvm::isUpper(name->name.front()))
    return;
  ast::Name place{name->name, name->range};
  frame->names[name->name] =
      entrySymbols ? symbolValue(place) : Value{Size::symbol(("$" + name->name).str()), name->range};
}

std::optional<Size> Elaborator::sizeOf(const ast::Expr *expr, const Value &value) {
  const Size *size = value.get<Size>();
  if (!size || (size->isConstant() && !size->getConstant())) {
    if (!value.isPoison())
      error(expr->range, DiagnosticKind::NotASize, value.str());
    return std::nullopt;
  }
  if (size->getConstant().value_or(1) < 1) {
    error(expr->range, DiagnosticKind::SizeNotPositive, size->str());
    return std::nullopt;
  }
  return *size;
}

std::optional<DeclaredType> Elaborator::evaluateType(const ast::TypeExpr &type, bool declaresSymbols) {
  DeclaredType result;
  std::optional<DeclaredType::Kind> kind = compileTimeKind(type.element.text);
  result.element = elementType(type.element.text, context);
  if (!kind && !result.element && isStoredElement(type.element.text)) {
    error(type.element.range, DiagnosticKind::StoredElement, type.element.text);
    return std::nullopt;
  }
  if (!kind && !result.element) {
    error(type.element.range, DiagnosticKind::UnknownType, type.element.text,
          suggest(type.element.text, {"int", "float", "bool", "string", "f32", "i32"}));
    return std::nullopt;
  }
  result.kind = kind.value_or(DeclaredType::Kind::Tensor);
  result.isList = kind && type.hasShape;
  if (result.isList && !type.dims.empty()) {
    error(type.range, DiagnosticKind::ListTypeSize, type.element.text);
    return std::nullopt;
  }
  bool valid = true;
  for (const ast::Expr *dim : type.dims) {
    if (declaresSymbols)
      declareSymbols(dim);
    std::optional<Size> size = sizeOf(dim, evaluate(dim));
    valid &= size.has_value();
    result.sizes.push_back(size.value_or(Size(1)));
  }
  if (type.low) {
    result.range = evaluateRange(type);
    valid &= result.range.has_value();
  }
  return valid ? std::optional(std::move(result)) : std::nullopt;
}

/// `in [low, high]`
std::optional<std::pair<double, double>> Elaborator::evaluateRange(const ast::TypeExpr &type) {
  Value low = evaluate(type.low), high = evaluate(type.high);
  if (low.isPoison() || high.isPoison())
    return std::nullopt;
  std::optional<double> first = low.number(), last = high.number();
  if ((first && !checkF32(*first, type.low->range)) || (last && !checkF32(*last, type.high->range)))
    return std::nullopt;
  if (first && last && *first < *last && elementType(type.element.text, context))
    return std::pair(*first, *last);
  error({type.low->range.Start, type.high->range.End}, DiagnosticKind::BadRange, low.str(), high.str());
  return std::nullopt;
}

std::optional<Value> convert(const Value &value, const DeclaredType &type) {
  if (type.isList) {
    const List *list = value.get<List>();
    if (!list)
      return std::nullopt;
    DeclaredType itemType = type;
    itemType.isList = false;
    std::vector<Value> converted;
    for (const Value &item : list->items()) {
      std::optional<Value> one = convert(item, itemType);
      if (!one)
        return std::nullopt;
      converted.push_back(std::move(*one));
    }
    return Value{List(std::move(converted)), value.origin};
  }
  switch (type.kind) {
  case DeclaredType::Kind::Int: {
    const Size *size = value.get<Size>();
    bool whole = size && (!size->isConstant() || size->getConstant());
    return whole ? std::optional(value) : std::nullopt;
  }
  case DeclaredType::Kind::Float: {
    std::optional<double> number = value.number();
    return number ? std::optional(Value{*number, value.origin}) : std::nullopt;
  }
  case DeclaredType::Kind::Bool:
    return value.is<bool>() ? std::optional(value) : std::nullopt;
  case DeclaredType::Kind::String:
    return value.is<std::string>() ? std::optional(value) : std::nullopt;
  case DeclaredType::Kind::Tensor:
    break;
  }
  return std::nullopt;
}

} // namespace vae::frontend
