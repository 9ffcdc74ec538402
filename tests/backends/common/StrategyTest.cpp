// Which strategy of a table a kernel gets, and what is said where none takes it.
#include "backends/common/Strategy.h"
#include "backends/Backend.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "tests/catch.h"

using namespace mlir;
using namespace vae;

namespace {

constexpr const char *negation = R"(
program.kernel @neg(%x: tensor<?x8xf32> {program.sizes = array<i64: 0, -1>}, %d: index)
    -> (tensor<?x8xf32> {program.sizes = array<i64: 0, -1>}) attributes {form = #program.form<elementwise>, ties = array<i64: -1>} {
  %e = tensor.empty(%d) : tensor<?x8xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
                       iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<?x8xf32>) outs(%e : tensor<?x8xf32>) attrs = {program.role = "root"} {
  ^bb0(%a: f32, %o: f32):
    %n = arith.negf %a : f32
    linalg.yield %n : f32
  } -> tensor<?x8xf32>
  program.yield %r : tensor<?x8xf32>
})";

/// One kernel in a context of its own.
struct ParsedKernel {
  ParsedKernel() {
    context.loadDialect<program::ProgramDialect, func::FuncDialect>();
    module = parseSourceString<ModuleOp>(negation, &context);
  }
  KernelView read() { return *KernelView::read(*module->getOps<program::KernelOp>().begin()); }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};

constexpr StrategyEntry dear{"Dear", KernelForm::Elementwise, [](const KernelView &) { return Match{9, "slow"}; }};
constexpr StrategyEntry cheap{"Cheap", KernelForm::Elementwise, [](const KernelView &) { return Match{2, "quick"}; }};
constexpr StrategyEntry equal{"Equal", KernelForm::Elementwise, [](const KernelView &) { return Match{2, "quick"}; }};
constexpr StrategyEntry unfit{"Unfit", KernelForm::Elementwise, [](const KernelView &) { return refuse("too odd"); }};
constexpr StrategyEntry other{"Other", KernelForm::Gemm, [](const KernelView &) { return Match{1, "other form"}; }};

} // namespace

TEST_CASE("the cheapest strategy of the form is chosen, the first of equal ones") {
  ParsedKernel parsed;
  const StrategyEntry *table[] = {&dear, &unfit, &cheap, &equal, &other};
  FailureOr<const StrategyEntry *> chosen = chooseStrategy(parsed.read(), table);
  REQUIRE(succeeded(chosen));
  CHECK((*chosen)->name == "Cheap");
}

TEST_CASE("a strategy that the kernel wishes is chosen where it takes the kernel, with a warning where it does not") {
  ParsedKernel parsed;
  std::string text;
  ScopedDiagnosticHandler handler(&parsed.context, [&](Diagnostic &diagnostic) { text = diagnostic.str(); });
  const StrategyEntry *table[] = {&dear, &unfit, &cheap, &other};
  auto chooseWishing = [&](StringRef name) {
    text.clear();
    KernelView kernel = parsed.read();
    kernel.op->setAttr(wishedStrategyAttrName, StringAttr::get(&parsed.context, name));
    FailureOr<const StrategyEntry *> chosen = chooseStrategy(kernel, table);
    REQUIRE(succeeded(chosen));
    return (*chosen)->name.str();
  };
  CHECK(chooseWishing("Dear") == "Dear");
  CHECK(text.empty());
  CHECK(chooseWishing("Unfit") == "Cheap");
  CHECK(text == "is not computed as `Unfit`: too odd; `Cheap` takes it");
  // Another device may have it.
  CHECK(chooseWishing("Elsewhere") == "Cheap");
  CHECK(text.empty());
}

TEST_CASE("where no strategy takes a kernel, every refusal is told") {
  ParsedKernel parsed;
  std::string text;
  ScopedDiagnosticHandler handler(&parsed.context, [&](Diagnostic &diagnostic) { text = diagnostic.str(); });
  const StrategyEntry *table[] = {&unfit, &other};
  CHECK(failed(chooseStrategy(parsed.read(), table)));
  CHECK(text == "'program.kernel' op is taken by no strategy; Unfit: too odd");
}

TEST_CASE("the table of a kernel shows costs, refusals and the choice") {
  ParsedKernel parsed;
  std::string text;
  llvm::raw_string_ostream stream(text);
  const StrategyEntry *table[] = {&dear, &unfit, &cheap, &other};
  printForm(parsed.read(), stream);
  printMatches(parsed.read(), table, stream);
  CHECK(text == "elementwise: size0 x 8\n"
                "      Dear             9.00e+00 operations: slow\n"
                "      Unfit            refuses: too odd\n"
                "    * Cheap            2.00e+00 operations: quick\n");
}

TEST_CASE("a run counts iterations times what each does") {
  ParsedKernel parsed;
  // 64 rows, as the number of rows is not known, of 8 elements: each is read, negated and stored.
  CHECK(estimateOperations(parsed.read()).cost == 64 * 8 * 3);
}
