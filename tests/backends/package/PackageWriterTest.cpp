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

TEST_CASE("what the model was compiled with is written in its order", "[package]") {
  Written written(R"(module attributes {program.arguments = [["width", "8"], ["rates", "[0.5, 1.0]"]]} {})");
  REQUIRE(succeeded(written.bytes));
  const auto &arguments = *written.package().arguments();
  REQUIRE(arguments.size() == 2);
  CHECK(arguments.Get(0)->name()->str() == "width");
  CHECK(arguments.Get(0)->value()->str() == "8");
  CHECK(arguments.Get(1)->value()->str() == "[0.5, 1.0]");
}

TEST_CASE("prepared tensors are written with the program that makes them", "[package]") {
  Written written(parameter + R"(
    program.prepared @t : tensor<8x4xf32>
    program.program @f.prepare prepare symbols [] phases 1 {
      %w = program.buffer parameter @w : tensor<4x8xf32>
      %t = program.buffer prepared @t : tensor<8x4xf32>
      program.copy %w to %t
    })");
  REQUIRE(succeeded(written.bytes));
  const abi::Package &package = written.package();
  REQUIRE(package.prepared()->size() == 1);
  CHECK(package.prepared()->Get(0)->shape()->Get(0) == 8);
  const abi::Program &program = *package.programs()->Get(0);
  CHECK(program.kind() == abi::ProgramKind_prepare);
  CHECK(program.buffers()->Get(1)->kind() == abi::BufferKind_prepared);
  CHECK(program.buffers()->Get(1)->index() == 0);
}
