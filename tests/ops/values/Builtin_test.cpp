// Calls of the language becoming ops: parameters made, sizes worked out, misuse reported at the call.
#include "ir/Dialect.h"
#include "ir/ops/Constants.h"
#include "ir/ops/Elementwise.h"
#include "ir/ops/Latent.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Diagnostics.h"
#include "tests/catch.h"
#include <cmath>

using namespace mlir;
using namespace vae;

namespace {
/// A function body to build in, a call, and what was reported.
class CallTester {
public:
  CallTester()
      : builder(&context), loc(builder.getUnknownLoc()), handler(&context, [this](Diagnostic &diagnostic) {
          message = diagnostic.str();
          return success();
        }) {
    context.loadDialect<VaeDialect, program::ProgramDialect, func::FuncDialect>();
    builder.setInsertionPointToEnd(&block);
  }

  Value tensor(ArrayRef<Size> sizes) {
    return block.addArgument(program::getTensorType(sizes, builder.getF32Type()), loc);
  }
  Attribute shape(ArrayRef<Size> sizes) { return program::ShapeAttr::get(&context, sizes); }

  void argument(std::string name, Value value) { arguments.push_back({std::move(name), BuiltinArgument{{value}, {}}}); }
  void argument(std::string name, Attribute value) {
    arguments.push_back({std::move(name), BuiltinArgument{{}, value}});
  }

  /// The one result of calling `op`; null where it was refused.
  Value call(StringRef op) {
    auto make = [&](StringRef name, RankedTensorType type, program::InitAttr init, bool) -> FailureOr<Value> {
      parameters.push_back({name.str(), type, init});
      return block.addArgument(type, loc);
    };
    BuiltinCall call(builder, loc, make);
    call.arguments = arguments;
    auto name = RegisteredOperationName::lookup(("vae." + op).str(), &context);
    REQUIRE(name);
    FailureOr<SmallVector<Value>> results = name->getInterface<BuiltinOpInterface>()->buildBuiltin(call);
    return succeeded(results) ? results->front() : Value();
  }

  struct Parameter {
    std::string name;
    RankedTensorType type;
    program::InitAttr init;
  };
  MLIRContext context;
  Block block;
  OpBuilder builder;
  Location loc;
  std::string message;
  ScopedDiagnosticHandler handler;
  SmallVector<std::pair<std::string, BuiltinArgument>> arguments;
  std::vector<Parameter> parameters;
};
} // namespace

static const Size B = Size::symbol("B"), H = Size::symbol("H");

TEST_CASE("linear makes its parameters as torch.nn.Linear does") {
  CallTester t;
  t.argument("x", t.tensor({B, 784}));
  t.argument("out", t.builder.getI64IntegerAttr(512));
  t.argument("bias", t.builder.getBoolAttr(true));
  Value y = t.call("linear");
  REQUIRE(y);
  CHECK(shapeText(y.getType()) == "[B, 512]");
  REQUIRE(t.parameters.size() == 2);
  CHECK(t.parameters[0].name == "weight");
  CHECK(shapeText(t.parameters[0].type) == "[512, 784]");
  CHECK(t.parameters[1].name == "bias");
  CHECK(shapeText(t.parameters[1].type) == "[512]");
  for (const CallTester::Parameter &parameter : t.parameters) {
    CHECK(parameter.init.getKind().getValue() == "uniform");
    CHECK(parameter.init.getA().getValueAsDouble() == Approx(-1 / std::sqrt(784.0)));
    CHECK(parameter.init.getB().getValueAsDouble() == Approx(1 / std::sqrt(784.0)));
  }
}

TEST_CASE("linear without a bias has one parameter") {
  CallTester t;
  t.argument("x", t.tensor({2, B, 8}));
  t.argument("out", t.builder.getI64IntegerAttr(3));
  t.argument("bias", t.builder.getBoolAttr(false));
  CHECK(shapeText(t.call("linear").getType()) == "[2, B, 3]");
  CHECK(t.parameters.size() == 1);
}

TEST_CASE("linear reports sizes it has no use for") {
  CallTester t;
  t.argument("x", t.tensor({B, H}));
  t.argument("out", t.builder.getI64IntegerAttr(3));
  t.argument("bias", t.builder.getBoolAttr(true));
  CHECK(!t.call("linear"));
  CHECK(t.message == "linear takes tensors whose last size is a number, not [B, H]");
  t.arguments[1].second.attribute = t.builder.getI64IntegerAttr(0);
  CHECK(!t.call("linear"));
  CHECK(t.message == "linear leads to 0 features; their number must be positive");
  CHECK(t.parameters.empty());
}

TEST_CASE("a plain op is built from its operands and attributes") {
  CallTester t;
  t.argument("x", t.tensor({B, 8}));
  t.argument("lo", t.builder.getF64FloatAttr(-1));
  t.argument("hi", t.builder.getF64FloatAttr(2));
  Value y = t.call("clamp");
  REQUIRE(y);
  CHECK(y.getDefiningOp<ClampOp>().getHi().convertToDouble() == 2);
  t.arguments[2].second.attribute = t.builder.getF64FloatAttr(-3);
  CHECK(!t.call("clamp"));
  CHECK(t.message == "'vae.clamp' op limits to the empty interval [-1, -3]");
}

TEST_CASE("operands that do not fit are reported with their shapes") {
  CallTester t;
  t.argument("a", t.tensor({B, 784}));
  t.argument("b", t.tensor({B, 20}));
  CHECK(!t.call("add"));
  CHECK(t.message == "shapes [B, 784] and [B, 20] do not broadcast; axis 1 is 784 and 20");
}

TEST_CASE("reshape works out the size left open") {
  CallTester t;
  t.argument("x", t.tensor({B, 28, 28}));
  t.argument("shape", t.shape({B, -1}));
  CHECK(shapeText(t.call("reshape").getType()) == "[B, 784]");
  t.arguments[1].second.attribute = t.shape({-1, 4});
  CHECK(shapeText(t.call("reshape").getType()) == "[196*B, 4]");
  t.arguments[1].second.attribute = t.shape({-1, -1});
  CHECK(!t.call("reshape"));
  CHECK(t.message == "reshape to [-1, -1] leaves two sizes open");
  t.arguments[1].second.attribute = t.shape({H, -1});
  CHECK(!t.call("reshape"));
  CHECK(t.message == "reshape to [H, -1] does not divide 784*B elements by H");
  CallTester odd;
  odd.argument("x", odd.tensor({7}));
  odd.argument("shape", odd.shape({2, -1}));
  CHECK(!odd.call("reshape"));
  CHECK(odd.message ==
        "reshape to [2, -1] leaves 7/2 for the open size, which is not a whole number for all sizes; the "
        "numbers beside -1 are to be the sizes of whole axes");
}

TEST_CASE("slice counts negative positions from the end") {
  CallTester t;
  t.argument("x", t.tensor({B, 8}));
  t.argument("axis", t.builder.getI64IntegerAttr(-1));
  t.argument("begin", t.builder.getI64IntegerAttr(-3));
  CHECK(shapeText(t.call("slice").getType()) == "[B, 3]");
  t.argument("end", t.builder.getI64IntegerAttr(-1));
  CHECK(shapeText(t.call("slice").getType()) == "[B, 2]");
  t.arguments[1].second.attribute = t.builder.getI64IntegerAttr(0);
  CHECK(shapeText(t.call("slice").getType()) == "[2, 8]");
  t.arguments[1].second.attribute = t.builder.getI64IntegerAttr(2);
  CHECK(!t.call("slice"));
  CHECK(t.message == "axis 2 is outside [B, 8] of rank 2");
}

TEST_CASE("noise reads the random state and has no site yet") {
  CallTester t;
  t.argument("shape", t.shape({B, 20}));
  Value e = t.call("normal");
  REQUIRE(e);
  CHECK(shapeText(e.getType()) == "[B, 20]");
  CHECK(e.getDefiningOp<NormalOp>().getNoiseSite() == -1);
  CHECK(e.getDefiningOp<NormalOp>().getRng().getDefiningOp<RngOp>());
}

TEST_CASE("uniform refuses an empty interval") {
  CallTester t;
  t.argument("shape", t.shape({4}));
  t.argument("lo", t.builder.getF64FloatAttr(1));
  t.argument("hi", t.builder.getF64FloatAttr(1));
  CHECK(!t.call("uniform"));
  CHECK(t.message == "uniform draws from [1, 1), which is empty");
  t.arguments[2].second.attribute = t.builder.getF64FloatAttr(3);
  CHECK(t.call("uniform"));
}

TEST_CASE("embedding starts standard normal and has at least one row") {
  CallTester t;
  t.argument("index", t.block.addArgument(RankedTensorType::get({4}, t.builder.getI32Type()), t.loc));
  t.argument("rows", t.builder.getI64IntegerAttr(10));
  t.argument("features", t.builder.getI64IntegerAttr(8));
  t.argument("axis", t.builder.getI64IntegerAttr(1));
  Value y = t.call("embedding");
  REQUIRE(y);
  CHECK(shapeText(y.getType()) == "[4, 8]");
  REQUIRE(t.parameters.size() == 1);
  CHECK(t.parameters[0].init == program::InitAttr::get(&t.context, "normal", 0, 1));
  t.arguments[1].second.attribute = t.builder.getI64IntegerAttr(0);
  CHECK(!t.call("embedding"));
  CHECK(t.message == "embedding has 0 rows of 8 features; both must be positive");
}

TEST_CASE("norms make their parameters from the size they standardise") {
  CallTester t;
  t.argument("x", t.tensor({B, 6, 5}));
  t.argument("eps", t.builder.getF64FloatAttr(1e-5));
  t.argument("momentum", t.builder.getF64FloatAttr(0.1));
  REQUIRE(t.call("batch_norm"));
  REQUIRE(t.parameters.size() == 4);
  CHECK(t.parameters[0].name == "weight");
  CHECK(t.parameters[3].name == "running_var");
  CHECK(t.parameters[3].type.getShape()[0] == 6);
  CHECK(t.parameters[3].init == program::InitAttr::get(&t.context, "constant", 1, 0));
  CallTester other;
  other.argument("x", other.tensor({B, B}));
  other.argument("eps", other.builder.getF64FloatAttr(1e-5));
  other.argument("affine", other.builder.getBoolAttr(true));
  CHECK(!other.call("layer_norm"));
  CHECK(other.message == "layer_norm takes tensors whose axis 1 has a number as its size, not [B, B]");
}

TEST_CASE("gumbel_softmax refuses a tau that is not positive") {
  CallTester t;
  auto tau = DenseElementsAttr::get(RankedTensorType::get({}, t.builder.getF32Type()), 0.0f);
  t.argument("logits", t.tensor({B, 8}));
  t.argument("tau", ConstantOp::create(t.builder, t.loc, tau).getResult());
  t.argument("axis", t.builder.getI64IntegerAttr(-1));
  t.argument("hard", t.builder.getBoolAttr(false));
  CHECK(!t.call("gumbel_softmax"));
  CHECK(t.message == "gumbel_softmax has a `tau` of 0; it must be positive");
}

TEST_CASE("pools move by their kernel unless told otherwise") {
  CallTester t;
  t.argument("x", t.tensor({B, 7, 7}));
  t.argument("kernel", t.builder.getI64IntegerAttr(3));
  CHECK(shapeText(t.call("avg_pool").getType()) == "[B, 2, 2]");
  t.argument("stride", t.builder.getI64IntegerAttr(1));
  CHECK(shapeText(t.call("max_pool").getType()) == "[B, 5, 5]");
}

TEST_CASE("every callable op has a signature that begins with its name") {
  CallTester t;
  unsigned count = 0;
  for (RegisteredOperationName name : t.context.getRegisteredOperations())
    if (auto *builtin = name.getInterface<BuiltinOpInterface>()) {
      ++count;
      StringRef signature = builtin->getSignature();
      INFO(signature.str());
      CHECK(signature.starts_with((name.stripDialect() + "(").str()));
      CHECK(signature.ends_with(")"));
    }
  CHECK(count > 40);
}
