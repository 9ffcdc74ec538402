// What a package cannot say is refused, never written as something else.
#include "backends/package/PackageWriter.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "runtime/abi/kernel.h"
#include "runtime/abi/package_generated.h"
#include "tests/catch.h"

using namespace mlir;
using namespace vae;

namespace {

/// A module of stage `plan` written as a package, and what was reported.
struct Written {
  /// Every parameter starts by `init`, also one that has no text form.
  explicit Written(llvm::StringRef text, llvm::StringRef init = "zeros") {
    MLIRContext context(MLIRContext::Threading::DISABLED);
    context.loadDialect<program::ProgramDialect, func::FuncDialect>();
    ScopedDiagnosticHandler handler(&context, [this](Diagnostic &diagnostic) { message += diagnostic.str(); });
    OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
    REQUIRE(module);
    for (auto op : module->getOps<program::ParameterOp>())
      op.setInitAttr(program::InitAttr::get(&context, init, 0.5, 2));
    bytes = writePackage(*module, {});
  }

  const abi::Package &package() const { return *abi::GetPackage(bytes->data() + sizeof(vae_package_header)); }

  std::string message;
  FailureOr<std::vector<char>> bytes = failure();
};

const std::string parameter = "program.parameter @w : tensor<4x8xf32> init #program.init<zeros, 0.0, 0.0>";

std::string withLayout(const std::string &layout) {
  return parameter + R"(
    program.program @f entry symbols [] phases 1 {
      %w = program.buffer parameter @w )" +
         layout + R"( : tensor<4x8xf32>
    })";
}

} // namespace

TEST_CASE("each initialiser is written as what it is", "[package]") {
  const std::pair<const char *, abi::InitKind> cases[] = {{"zeros", abi::InitKind_zeros},
                                                          {"constant", abi::InitKind_constant},
                                                          {"uniform", abi::InitKind_uniform},
                                                          {"normal", abi::InitKind_normal}};
  for (auto [word, kind] : cases) {
    Written written(parameter, word);
    REQUIRE(succeeded(written.bytes));
    CHECK(written.package().parameters()->Get(0)->init()->kind() == kind);
  }
}

TEST_CASE("an unknown initialiser is refused", "[package]") {
  Written written(parameter, "kaiming_uniform");
  CHECK(failed(written.bytes));
  CHECK(written.message ==
        "'program.parameter' op initialiser `kaiming_uniform` has no form in a package; known: zeros, "
        "constant, uniform, normal");
}

TEST_CASE("each layout is written as what it is, an unknown one refused", "[package]") {
  auto layoutOf = [](const Written &written) {
    REQUIRE(succeeded(written.bytes));
    return written.package().programs()->Get(0)->buffers()->Get(0)->layout();
  };
  CHECK(layoutOf(Written(withLayout(""))) == abi::Layout_row_major);
  CHECK(layoutOf(Written(withLayout("{layout = \"row_major\"}"))) == abi::Layout_row_major);
  CHECK(layoutOf(Written(withLayout("{layout = \"panels32\"}"))) == abi::Layout_panels32);
  Written spirals(withLayout("{layout = \"spirals\"}"));
  CHECK(failed(spirals.bytes));
  CHECK(spirals.message == "'program.buffer' op layout `spirals` has no form in a package; known: row_major, panels32");
}
