// The table of intrinsics, and what each computes.
#include "frontend/elaborate/calls/Intrinsics.h"
#include "frontend/elaborate/Elaborator.h"
#include "frontend/elaborate/Places.h"
#include "ir/ops/Model.h"
#include "llvm/ADT/StringSwitch.h"
#include <cmath>

using namespace mlir;

namespace vae::frontend {

//===-- About lists ------------------------------------------------------------===//

/// The argument `x`; poison, after an error, where it is not there.
static Value bindOne(Elaborator &in, const ast::CallExpr &call) {
  std::optional<BoundCall> bound = in.binder.bindCall(call, {"x"}, /*firstTakesAny=*/false);
  if (!bound)
    return {};
  if (bound->values.front())
    return *bound->values.front();
  in.error(call.range, DiagnosticKind::MissingArgument, call.callee.text, "x");
  return {};
}

static Value callLen(Elaborator &in, const ast::CallExpr &call) {
  Value value = bindOne(in, call);
  if (auto *list = value.get<List>())
    return Value{Size(static_cast<int64_t>(list->items().size())), call.range};
  if (!value.isPoison())
    in.error(call.range, DiagnosticKind::ArgumentKind, "x", call.callee.text, value.str(), "a list");
  return {};
}

//===-- What a model refuses -----------------------------------------------------===//

/// `error("groups is 4 or 8")`: reached only where a model was given what it does not take.
static Value callError(Elaborator &in, const ast::CallExpr &call) {
  Value message = bindOne(in, call);
  if (auto *text = message.get<std::string>())
    in.error(call.range, DiagnosticKind::RefusedByModel, *text);
  else if (!message.isPoison())
    in.error(call.range, DiagnosticKind::ArgumentKind, "x", call.callee.text, message.str(), "a text");
  return {};
}

//===-- Functions of numbers ---------------------------------------------------===//

using NumberFunction = double (*)(double);

static NumberFunction findNumberFunction(StringRef name) {
  return llvm::StringSwitch<NumberFunction>(name)
      .Case("ceil", std::ceil)
      .Case("cos", std::cos)
      .Case("exp", std::exp)
      .Case("floor", std::floor)
      .Case("log", std::log)
      .Case("round", std::nearbyint)
      .Case("sin", std::sin)
      .Case("sqrt", std::sqrt);
}

/// The op of that name, of what is not known now.
static Value callOp(Elaborator &in, const ast::CallExpr &call, Value x) {
  if (!x.isNumber() && !x.tensor()) {
    in.error(call.range, DiagnosticKind::ArgumentKind, "x", call.callee.text, x.str(), "a number or a tensor");
    return {};
  }
  if (!in.requireFunc(call))
    return {};
  BoundCall bound;
  bound.values.emplace_back(std::move(x));
  return in.buildBuiltin(call.callee.text, call.range, *findBuiltin(call.callee.text, in.context), bound, &call);
}

/// `1 / sqrt(64)`: computed of a number that is known now, which must have such a value, else by the op of that name.
static Value callNumberFunction(Elaborator &in, const ast::CallExpr &call) {
  Value value = bindOne(in, call);
  if (value.isPoison())
    return {};
  std::optional<double> number = value.number();
  if (!number)
    return callOp(in, call, std::move(value));
  double result = findNumberFunction(call.callee.text)(*number);
  if (std::isfinite(result))
    return Value{result, call.range};
  in.error(call.range, DiagnosticKind::NotFinite, call.callee.text, value.str(),
           std::isnan(result) ? "not a number" : "infinite");
  return {};
}

/// `floor(H / 2)`: a whole number of a size or a number known now, else by the op of that name.
static Value callRounding(Elaborator &in, const ast::CallExpr &call) {
  Value value = bindOne(in, call);
  std::optional<double> number = value.number();
  if (number && std::abs(*number) < 0x1p53)
    return Value{Size(static_cast<int64_t>(findNumberFunction(call.callee.text)(*number))), call.range};
  const Size *size = value.get<Size>();
  if (size && call.callee.text == "floor")
    return Value{size->floor(), call.range};
  if (size && call.callee.text == "ceil")
    return Value{Size() - (Size() - *size).floor(), call.range};
  return value.isPoison() ? Value{} : callOp(in, call, std::move(value));
}

//===-- About tensors ----------------------------------------------------------===//

/// The sizes of the tensor `x`, which has at least that many.
static std::optional<SmallVector<Size>> bindSizes(Elaborator &in, const ast::CallExpr &call, size_t least) {
  Value value = bindOne(in, call);
  if (value.isPoison())
    return std::nullopt;
  if (mlir::Value tensor = value.tensor())
    if (auto sizes = program::getSizes(cast<RankedTensorType>(tensor.getType())); sizes.size() >= least)
      return sizes;
  in.error(call.range, DiagnosticKind::ArgumentKind, "x", call.callee.text, value.str(),
           "a tensor with that many axes");
  return std::nullopt;
}

static Value callRank(Elaborator &in, const ast::CallExpr &call) {
  auto sizes = bindSizes(in, call, /*least=*/0);
  return sizes ? Value{Size(static_cast<int64_t>(sizes->size())), call.range} : Value{};
}

static Value callChannels(Elaborator &in, const ast::CallExpr &call) {
  auto sizes = bindSizes(in, call, /*least=*/2);
  return sizes ? Value{(*sizes)[1], call.range} : Value{};
}

static Value callShape(Elaborator &in, const ast::CallExpr &call) {
  auto sizes = bindSizes(in, call, /*least=*/0);
  if (!sizes)
    return {};
  std::vector<Value> items;
  for (const Size &size : *sizes)
    items.push_back(Value{size, call.range});
  return Value{List(std::move(items)), call.range};
}

//===-- Declarations of tensors ------------------------------------------------===//

/// `zeros`, `constant(a)`, `uniform(a, b)`, `normal(mean, deviation)`
static std::optional<program::InitAttr> evaluateInit(Elaborator &in, const ast::Expr *expr) {
  auto *name = dyn_cast<ast::NameExpr>(expr);
  auto *call = dyn_cast<ast::CallExpr>(expr);
  StringRef kind = name ? name->name : call ? call->callee.text : "";
  size_t expected = kind == "constant" ? 1 : kind == "uniform" || kind == "normal" ? 2 : 0;
  SmallVector<double> numbers;
  for (const ast::Argument &argument : call ? call->arguments : ArrayRef<ast::Argument>()) {
    Value value = in.evaluate(argument.value);
    if (value.isPoison())
      return std::nullopt;
    std::optional<double> number = value.number();
    if (number && !in.checkF32(*number, argument.value->range))
      return std::nullopt;
    if (number && !argument.name)
      numbers.push_back(*number);
  }
  bool known = expected > 0 || kind == "zeros";
  if (known && numbers.size() == expected && (!call || call->arguments.size() == expected)) {
    numbers.resize(2);
    return program::InitAttr::get(in.context, kind, numbers[0], numbers[1]);
  }
  in.error(expr->range, DiagnosticKind::UnknownInit);
  return std::nullopt;
}

/// `parameter([codes, width], init = uniform(-a, a))`: a tensor declared by hand, `buffer(...)` one that gradients do
/// not change. Its path is its label, or the name it is assigned to.
static Value callParameter(Elaborator &in, const ast::CallExpr &call) {
  StringRef kind = call.callee.text;
  const ast::Expr *shapeExpr = nullptr, *initExpr = nullptr;
  for (const ast::Argument &argument : call.arguments) {
    const ast::Expr *&slot = argument.name.text == "init" || (!argument.name && shapeExpr) ? initExpr : shapeExpr;
    bool known = !argument.name || argument.name.text == "shape" || argument.name.text == "init";
    if (!known) {
      in.error(argument.name.range, DiagnosticKind::UnknownArgument, kind, argument.name.text,
               suggest(argument.name.text, {"shape", "init"}));
      return {};
    }
    slot = argument.value;
  }
  if (!shapeExpr) {
    in.error(call.range, DiagnosticKind::MissingArgument, kind, "shape");
    return {};
  }
  std::optional<std::string> label = in.labelPath(call.label);
  std::string target = in.takeAssignTarget();
  Value shape = in.evaluate(shapeExpr);
  std::optional<program::InitAttr> init =
      initExpr ? evaluateInit(in, initExpr) : program::InitAttr::get(in.context, "zeros");
  if (!label || shape.isPoison() || !init)
    return {};
  SmallVector<int64_t> sizes;
  for (const Value &item : shape.asItems()) {
    std::optional<int64_t> size = item.integer();
    if (!size || *size < 1) {
      in.error(shapeExpr->range, DiagnosticKind::ParameterShape, kind, shape.str());
      return {};
    }
    sizes.push_back(*size);
  }
  if (label->empty())
    label = target;
  if (label->empty()) {
    in.error(call.range, DiagnosticKind::UnnamedParameter, kind);
    return {};
  }
  Site site = in.parameters.enter(in.currentFrame().site, &call);
  auto type = RankedTensorType::get(sizes, in.builder.getF32Type());
  SMRange range = call.label.segments.empty() ? call.range : call.label.range;
  FailureOr<mlir::Value> value =
      in.makeParameter({in.currentFrame().prefix + *label, type, *init, /*frozen=*/kind == "buffer", range, site});
  return succeeded(value) ? Value{*value, call.range} : Value{};
}

//===-- Gradients as values ------------------------------------------------------===//

/// `gradient(rec, decoder.out.weight)`: the gradient of a number with respect to a parameter.
static Value callGradient(Elaborator &in, const ast::CallExpr &call) {
  static constexpr StringRef names[] = {"of", "parameter"};
  std::optional<BoundCall> bound = in.binder.bindCall(call, names, /*firstTakesAny=*/false);
  if (!bound)
    return {};
  for (auto [name, value] : llvm::zip_equal(names, bound->values))
    if (!value) {
      in.error(call.range, DiagnosticKind::MissingArgument, call.callee.text, name);
      return {};
    }
  const Value &of = *bound->values[0], &parameter = *bound->values[1];
  auto type = of.tensor() ? cast<RankedTensorType>(of.tensor().getType()) : RankedTensorType();
  if (!type || type.getRank() != 0 || !isa<FloatType>(type.getElementType())) {
    in.error(bound->ranges[0], DiagnosticKind::ArgumentKind, "of", call.callee.text, of.str(),
             "one number that the model computes");
    return {};
  }
  auto read = parameter.tensor() ? parameter.tensor().getDefiningOp<ReadOp>() : ReadOp();
  if (!read) {
    in.error(bound->ranges[1], DiagnosticKind::NotAParameter, parameter.str());
    return {};
  }
  return Value{mlir::Value(GradientOp::create(in.builder, in.location(call.range), read.getType(), of.tensor(),
                                              read.getRefAttr())),
               call.range};
}

//===-- The table ----------------------------------------------------------------===//

static constexpr Intrinsic intrinsics[] = {
    {"buffer", /*needsFunc=*/true, callParameter},
    {"ceil", /*needsFunc=*/false, callRounding},
    {"channels", /*needsFunc=*/false, callChannels},
    {"chunk", /*needsFunc=*/true, callChunk},
    {"cos", /*needsFunc=*/false, callNumberFunction},
    {"error", /*needsFunc=*/false, callError}, // what a model refuses
    {"exp", /*needsFunc=*/false, callNumberFunction},
    {"floor", /*needsFunc=*/false, callRounding},
    {"gradient", /*needsFunc=*/true, callGradient},
    {"len", /*needsFunc=*/false, callLen},
    {"log", /*needsFunc=*/false, callNumberFunction},
    {"parameter", /*needsFunc=*/true, callParameter},
    {"rank", /*needsFunc=*/false, callRank},
    {"round", /*needsFunc=*/false, callRounding},
    {"shape", /*needsFunc=*/false, callShape},
    {"sin", /*needsFunc=*/false, callNumberFunction},
    {"sqrt", /*needsFunc=*/false, callNumberFunction},
    {"update", /*needsFunc=*/true, callUpdate},
};

ArrayRef<Intrinsic> getIntrinsics() { return intrinsics; }

const Intrinsic *findIntrinsic(StringRef name) {
  auto *found = llvm::find_if(intrinsics, [&](const Intrinsic &one) { return one.name == name; });
  return found == std::end(intrinsics) ? nullptr : found;
}

} // namespace vae::frontend
