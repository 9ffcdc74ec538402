// Arithmetic on scalars in few words, for scalar bodies.
#ifndef VAE_IR_BUILDERS_ELEMENTFORMULA_H
#define VAE_IR_BUILDERS_ELEMENTFORMULA_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace vae {

/// Writes arithmetic on scalars of one type.
class ElementFormula {
public:
  ElementFormula(mlir::OpBuilder &builder, mlir::Location loc, mlir::Type type)
      : builder(builder), loc(loc), type(type) {}

  mlir::Value constant(double value) {
    if (isInteger())
      return mlir::arith::ConstantOp::create(builder, loc, builder.getIntegerAttr(type, static_cast<int64_t>(value)));
    return mlir::arith::ConstantOp::create(builder, loc, builder.getFloatAttr(type, value));
  }
  mlir::Value add(mlir::Value a, mlir::Value b) { return either<mlir::arith::AddFOp, mlir::arith::AddIOp>(a, b); }
  mlir::Value sub(mlir::Value a, mlir::Value b) { return either<mlir::arith::SubFOp, mlir::arith::SubIOp>(a, b); }
  mlir::Value mul(mlir::Value a, mlir::Value b) { return either<mlir::arith::MulFOp, mlir::arith::MulIOp>(a, b); }
  mlir::Value div(mlir::Value a, mlir::Value b) {
    return isInteger() ? divideDown(a, b).first : make<mlir::arith::DivFOp>(a, b);
  }
  mlir::Value mod(mlir::Value a, mlir::Value b) { return isInteger() ? divideDown(a, b).second : remainder(a, b); }
  mlir::Value neg(mlir::Value a) { return isInteger() ? sub(constant(0), a) : make<mlir::arith::NegFOp>(a); }
  mlir::Value abs(mlir::Value a) {
    return isInteger() ? make<mlir::arith::MaxSIOp>(a, neg(a)) : math<mlir::math::AbsFOp>(a);
  }
  template <typename OpT> mlir::Value math(mlir::Value a) { return OpT::create(builder, loc, a); }
  mlir::Value pow(mlir::Value a, mlir::Value b) { return make<mlir::math::PowFOp>(a, b); }
  mlir::Value compare(mlir::arith::CmpFPredicate predicate, mlir::Value a, mlir::Value b) {
    if (isInteger())
      return mlir::arith::CmpIOp::create(builder, loc, integerPredicate(predicate), a, b);
    return mlir::arith::CmpFOp::create(builder, loc, predicate, a, b);
  }
  mlir::Value select(mlir::Value condition, mlir::Value a, mlir::Value b) {
    return mlir::arith::SelectOp::create(builder, loc, condition, a, b);
  }

  /// The greater (`OGT`) or lesser (`OLT`) of two values; NaN if either is.
  mlir::Value extremum(mlir::arith::CmpFPredicate predicate, mlir::Value a, mlir::Value b) {
    mlir::Value ordered = select(compare(predicate, a, b), a, b);
    return isInteger() ? ordered : select(compare(mlir::arith::CmpFPredicate::UNO, a, a), a, ordered);
  }
  /// 1 or -1, of what is neither greater nor less than 0 itself.
  mlir::Value sign(mlir::Value x) {
    mlir::Value zero = constant(0);
    mlir::Value rest = select(compare(mlir::arith::CmpFPredicate::OLT, x, zero), constant(-1), x);
    return select(compare(mlir::arith::CmpFPredicate::OGT, x, zero), constant(1), rest);
  }
  /// max(x, low) for a constant that is no NaN.
  mlir::Value atLeast(mlir::Value x, double low) {
    mlir::Value bound = constant(low);
    return select(compare(mlir::arith::CmpFPredicate::OLT, x, bound), bound, x);
  }
  mlir::Value atMost(mlir::Value x, double high) {
    mlir::Value bound = constant(high);
    return select(compare(mlir::arith::CmpFPredicate::OGT, x, bound), bound, x);
  }
  mlir::Value relu(mlir::Value x) {
    mlir::Value zero = constant(0);
    return select(compare(mlir::arith::CmpFPredicate::OLE, x, zero), zero, x);
  }
  mlir::Value sigmoid(mlir::Value x) { return div(constant(1), add(constant(1), math<mlir::math::ExpOp>(neg(x)))); }
  mlir::Value softplus(mlir::Value x) {
    return add(relu(x), math<mlir::math::Log1pOp>(math<mlir::math::ExpOp>(neg(math<mlir::math::AbsFOp>(x)))));
  }

private:
  bool isInteger() const { return llvm::isa<mlir::IntegerType>(type); }
  template <typename OpT> mlir::Value make(mlir::Value a) { return OpT::create(builder, loc, a); }
  template <typename OpT> mlir::Value make(mlir::Value a, mlir::Value b) { return OpT::create(builder, loc, a, b); }
  template <typename FloatOpT, typename IntegerOpT> mlir::Value either(mlir::Value a, mlir::Value b) {
    return isInteger() ? make<IntegerOpT>(a, b) : make<FloatOpT>(a, b);
  }
  static mlir::arith::CmpIPredicate integerPredicate(mlir::arith::CmpFPredicate predicate);
  std::pair<mlir::Value, mlir::Value> divideDown(mlir::Value a, mlir::Value b);
  mlir::Value scale(mlir::Value a, int exponent);
  std::pair<mlir::Value, mlir::Value> halve(mlir::Value a);
  mlir::Value remainder(mlir::Value a, mlir::Value b);

  mlir::OpBuilder &builder;
  mlir::Location loc;
  mlir::Type type;
};

} // namespace vae

#endif // VAE_IR_BUILDERS_ELEMENTFORMULA_H
