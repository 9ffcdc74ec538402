// Optimisers: their formulas and states, the scalars that the host computes for them, what their calls may say.
#include "ir/training/Optimizers.h"
#include "ir/Inference.h"
#include "ir/Messages.h"
#include "ir/builders/ElementFormula.h"
#include "ir/training/Arguments.h"
#include "ir/training/Schedules.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace vae;

/// As many results of the parameter's type as there are tensors to update.
static LogicalResult inferUpdate(std::optional<Location> loc, StringRef name, ValueRange tensors,
                                 SmallVectorImpl<Type> &types) {
  Type type = tensors.front().getType();
  for (Value tensor : tensors.drop_front())
    if (tensor.getType() != type)
      return emitOptionalError(loc, messages::OptimizerState(name, shapeText(type), shapeText(tensor.getType())));
  types.append(tensors.size() - 1, type);
  return success();
}

//===-- Adam, AdamW ------------------------------------------------------------===//

/// rate = lr / (1 - beta1^t), correction = sqrt(1 - beta2^t), where t = step + 1.
static SmallVector<std::string> adamFormulas(DictionaryAttr arguments) {
  std::string lr = formulaOf(arguments, "lr"), beta1 = formulaOf(arguments, "beta1"),
              beta2 = formulaOf(arguments, "beta2");
  return {llvm::formatv("{0} 1 {1} step 1 + pow - /", lr, beta1), llvm::formatv("1 {0} step 1 + pow - sqrt", beta2)};
}

static std::optional<Message> findAdamFault(DictionaryAttr arguments) {
  std::optional<Message> fault = findOutside(arguments, {"lr", "eps"});
  return fault ? fault : findOutside(arguments, {"beta1", "beta2"}, /*end=*/1);
}

SmallVector<StringRef> AdamOp::getStateNames(DictionaryAttr) { return {"m", "v"}; }
SmallVector<std::string> AdamOp::getScalarFormulas(DictionaryAttr arguments) { return adamFormulas(arguments); }
std::optional<Message> AdamOp::findFault(DictionaryAttr arguments) { return findAdamFault(arguments); }

LogicalResult AdamOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                       SmallVectorImpl<Type> &types) {
  return inferUpdate(loc, "adam", adaptor.getOperands().take_front(4), types);
}

SmallVector<StringRef> AdamWOp::getStateNames(DictionaryAttr) { return {"m", "v"}; }

SmallVector<std::string> AdamWOp::getScalarFormulas(DictionaryAttr arguments) {
  SmallVector<std::string> formulas = adamFormulas(arguments);
  formulas.push_back(formulaOf(arguments, "lr") + " " + formulaOf(arguments, "weight_decay") + " *");
  return formulas;
}

std::optional<Message> AdamWOp::findFault(DictionaryAttr arguments) {
  std::optional<Message> fault = findAdamFault(arguments);
  return fault ? fault : findOutside(arguments, {"weight_decay"});
}

LogicalResult AdamWOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                        SmallVectorImpl<Type> &types) {
  return inferUpdate(loc, "adamw", adaptor.getOperands().take_front(4), types);
}

//===-- SGD ----------------------------------------------------------------------===//

SmallVector<StringRef> SgdOp::getStateNames(DictionaryAttr arguments) {
  return numberOf(arguments, "momentum") == 0 ? SmallVector<StringRef>() : SmallVector<StringRef>{"velocity"};
}

SmallVector<std::string> SgdOp::getScalarFormulas(DictionaryAttr arguments) { return {formulaOf(arguments, "lr")}; }

std::optional<Message> SgdOp::findFault(DictionaryAttr arguments) {
  std::optional<Message> fault = findOutside(arguments, {"lr", "momentum", "weight_decay"});
  if (!fault && cast<BoolAttr>(arguments.get("nesterov")).getValue() && numberOf(arguments, "momentum") == 0)
    return messages::NesterovWithoutMomentum();
  return fault;
}

LogicalResult SgdOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                      SmallVectorImpl<Type> &types) {
  return inferUpdate(loc, "sgd", adaptor.getOperands().drop_back(), types);
}

LogicalResult SgdOp::verify() {
  if ((getMomentum().convertToDouble() != 0) == static_cast<bool>(getVelocity()))
    return success();
  return emitOpError() << messages::MomentumVelocity(getFormulaNumber(getMomentum().convertToDouble()),
                                                     getVelocity() ? "a" : "no");
}

//===-- Formulas -------------------------------------------------------------------===//

/// x = (parameter, gradient, m, v, rate, correction); `kept` is what the update starts from.
template <typename OpT>
static void adamStep(OpT op, ElementFormula &f, Value kept, ValueRange x, SmallVectorImpl<Value> &results) {
  Value gradient = x[1], m = x[2], v = x[3], rate = x[4], correction = x[5];
  double beta1 = op.getBeta1().convertToDouble(), beta2 = op.getBeta2().convertToDouble();
  Value newM = f.add(m, f.mul(f.constant(1 - beta1), f.sub(gradient, m)));
  Value newV = f.add(f.mul(v, f.constant(beta2)), f.mul(f.constant(1 - beta2), f.mul(gradient, gradient)));
  Value denominator = f.add(f.div(f.math<math::SqrtOp>(newV), correction), f.constant(op.getEps().convertToDouble()));
  results.append({f.sub(kept, f.mul(rate, f.div(newM, denominator))), newM, newV});
}

void AdamOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange x, SmallVectorImpl<Value> &results) {
  ElementFormula f(builder, context.loc, x[0].getType());
  adamStep(*this, f, x[0], x, results);
}

void AdamWOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange x, SmallVectorImpl<Value> &results) {
  ElementFormula f(builder, context.loc, x[0].getType());
  adamStep(*this, f, f.sub(x[0], f.mul(x[6], x[0])), x, results);
}

void SgdOp::buildScalar(OpBuilder &builder, ScalarContext &context, ValueRange x, SmallVectorImpl<Value> &results) {
  ElementFormula f(builder, context.loc, x[0].getType());
  Value gradient = x[1], rate = x.back();
  if (double decay = getWeightDecay().convertToDouble(); decay != 0)
    gradient = f.add(gradient, f.mul(f.constant(decay), x[0]));
  Value direction = gradient, velocity;
  if (getVelocity()) {
    Value momentum = f.constant(getMomentum().convertToDouble());
    velocity = f.add(f.mul(momentum, x[2]), gradient);
    direction = getNesterov() ? f.add(gradient, f.mul(momentum, velocity)) : velocity;
  }
  results.push_back(f.sub(x[0], f.mul(rate, direction)));
  if (velocity)
    results.push_back(velocity);
}
