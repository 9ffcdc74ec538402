// Arithmetic on scalars in few words, for scalar bodies.
#ifndef VAE_IR_ELEMENTFORMULA_H
#define VAE_IR_ELEMENTFORMULA_H

#include "ir/VaeOps.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace vae {

/// Writes arithmetic on scalars of one float type.
class ElementFormula {
public:
  ElementFormula(mlir::OpBuilder &builder, mlir::Location loc, mlir::Type type)
      : builder(builder), loc(loc), type(type) {}

  mlir::Value constant(double value) {
    return mlir::arith::ConstantOp::create(builder, loc, builder.getFloatAttr(type, value));
  }
  mlir::Value add(mlir::Value a, mlir::Value b) { return mlir::arith::AddFOp::create(builder, loc, a, b); }
  mlir::Value sub(mlir::Value a, mlir::Value b) { return mlir::arith::SubFOp::create(builder, loc, a, b); }
  mlir::Value mul(mlir::Value a, mlir::Value b) { return mlir::arith::MulFOp::create(builder, loc, a, b); }
  mlir::Value div(mlir::Value a, mlir::Value b) { return mlir::arith::DivFOp::create(builder, loc, a, b); }
  mlir::Value neg(mlir::Value a) { return mlir::arith::NegFOp::create(builder, loc, a); }
  template <typename OpT> mlir::Value math(mlir::Value a) { return OpT::create(builder, loc, a); }
  mlir::Value compare(mlir::arith::CmpFPredicate predicate, mlir::Value a, mlir::Value b) {
    return mlir::arith::CmpFOp::create(builder, loc, predicate, a, b);
  }
  mlir::Value select(mlir::Value condition, mlir::Value a, mlir::Value b) {
    return mlir::arith::SelectOp::create(builder, loc, condition, a, b);
  }

  /// The greater (`OGT`) or lesser (`OLT`) of two values; NaN if either is.
  mlir::Value extremum(mlir::arith::CmpFPredicate predicate, mlir::Value a, mlir::Value b) {
    mlir::Value ordered = select(compare(predicate, a, b), a, b);
    return select(compare(mlir::arith::CmpFPredicate::UNO, a, a), a, ordered);
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
  mlir::OpBuilder &builder;
  mlir::Location loc;
  mlir::Type type;
};

} // namespace vae

#endif // VAE_IR_ELEMENTFORMULA_H
