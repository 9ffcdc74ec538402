// Parsing a case, and the two transformations in their simplest form.
#include "tests/ops/values/OpCase.h"
#include "ir/Dialect.h"
#include "ir/builders/TensorBuilder.h"
#include "ir/ops/Elementwise.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Parser/Parser.h"
#include "tests/catch.h"

using namespace mlir;
using namespace vae;
using namespace vae::test;

Fixture::Fixture() {
  context.loadDialect<VaeDialect, program::ProgramDialect, func::FuncDialect, arith::ArithDialect, math::MathDialect>();
}

OwningOpRef<ModuleOp> vae::test::parse(MLIRContext &context, const OpCase &test) {
  std::string text = "func.func @f(";
  for (size_t i = 0; i < test.arguments.size(); ++i)
    text += std::string(i ? ", " : "") + "%" + static_cast<char>('a' + i) + ": " + test.arguments[i];
  text += ") -> " + test.result + " {\n  " + test.line + "\n  return %y : " + test.result + "\n}";
  INFO(text);
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
  REQUIRE(module);
  return module;
}

func::FuncOp vae::test::functionOf(ModuleOp module) { return *module.getOps<func::FuncOp>().begin(); }

void vae::test::decomposeAll(func::FuncOp function, bool keepDifferentiable) {
  for (bool changed = true; changed;) {
    changed = false;
    for (Operation &op : llvm::make_early_inc_range(function.getBody().front())) {
      auto decomposable = dyn_cast<DecomposableOpInterface>(op);
      if (!decomposable || (keepDifferentiable && isa<DifferentiableOpInterface>(op)))
        continue;
      OpBuilder builder(&op);
      op.replaceAllUsesWith(decomposable.decompose(builder));
      op.erase();
      changed = true;
    }
  }
}

void vae::test::differentiate(func::FuncOp function) {
  Block &block = function.getBody().front();
  Operation *terminator = block.getTerminator();
  std::vector<Operation *> ops;
  for (Operation &op : block.without_terminator())
    ops.push_back(&op);
  std::vector<Value> arguments(block.args_begin(), block.args_end());
  DenseMap<Value, Value> gradients;
  gradients[terminator->getOperand(0)] = block.addArgument(terminator->getOperand(0).getType(), function.getLoc());
  OpBuilder builder(terminator);
  for (Operation *op : llvm::reverse(ops)) {
    auto differentiable = dyn_cast<DifferentiableOpInterface>(op);
    Value result = gradients.lookup(op->getResult(0));
    if (!differentiable || !result)
      continue;
    SmallVector<Value> operandGradients;
    differentiable.buildVjp(builder, result, operandGradients);
    REQUIRE(operandGradients.size() == op->getNumOperands());
    for (auto [operand, gradient] : llvm::zip_equal(op->getOperands(), operandGradients)) {
      if (!gradient)
        continue;
      REQUIRE(gradient.getType() == operand.getType());
      Value &sum = gradients[operand];
      sum = sum ? AddOp::create(builder, op->getLoc(), sum, gradient).getResult() : gradient;
    }
  }
  SmallVector<Value> results;
  for (Value argument : arguments) {
    Value gradient = gradients.lookup(argument);
    TensorBuilder t(builder, function.getLoc());
    results.push_back(gradient ? gradient
                               : t.zeros(program::getSizes(cast<RankedTensorType>(argument.getType())), argument));
  }
  func::ReturnOp::create(builder, function.getLoc(), results);
  terminator->erase();
}
