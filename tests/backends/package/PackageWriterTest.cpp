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

namespace {

/// The cuts of the only kernel, a line each: the reach of every binding, and the sizes that are lengths along it.
std::string cutsOf(const std::string &kernel) {
  Written written(kernel);
  REQUIRE(succeeded(written.bytes));
  std::string text;
  const auto *cuts = written.package().kernels()->Get(0)->cuts();
  if (!cuts)
    return text;
  for (const abi::Cut *cut : *cuts) {
    for (const abi::Reach *reach : *cut->reaches())
      text += reach->axis() < 0 ? "all "
                                : std::to_string(reach->axis()) + ":" + std::to_string(reach->stride()) + "/" +
                                      std::to_string(reach->divisor()) + "[" + std::to_string(reach->low()) + "," +
                                      std::to_string(reach->high()) + "] ";
    for (uint32_t size : *cut->sizes())
      text += "d" + std::to_string(size);
    text += "\n";
  }
  return text;
}

/// A kernel over rows of x: its loops and what their body computes from %in and the row %i, of %d rows.
std::string overRows(const std::string &body) {
  return R"(
    #rows = affine_map<(r, c) -> (r, c)>
    program.kernel @k(%x: tensor<?x4xf32> {program.sizes = array<i64: 0, -1>}, %d: index)
        -> (tensor<?x4xf32> {program.sizes = array<i64: 0, -1>}) attributes {form = #program.form<elementwise>, ties = array<i64: -1>} {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c2 = arith.constant 2 : index
      %e = tensor.empty(%d) : tensor<?x4xf32>
      %y = linalg.generic {indexing_maps = [#rows, #rows], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<?x4xf32>)
          outs(%e : tensor<?x4xf32>) attrs = {program.role = "root"} {
      ^bb0(%in: f32, %out: f32):
        %i = linalg.index 0 : index
        %j = linalg.index 1 : index
)" + body +
         R"(
      } -> tensor<?x4xf32>
      program.yield %y : tensor<?x4xf32>
    })";
}

} // namespace

TEST_CASE("a convolution runs in pieces along what its windows reach", "[package]") {
  auto convolution = [](const std::string &rows) {
    return R"(program.kernel @k(%x: tensor<?x?x?x8xf32> {program.sizes = array<i64: 0, 3, 2, -1>}, %f: tensor<1x1x3x3x8x16xf32>, %b: index, %h: index,
        %w: index, %g: index) -> (tensor<?x?x?x8xf32> {program.sizes = array<i64: 0, 1, 2, -1>})
        attributes {form = #program.form<convolution>, ties = array<i64: -1>} {
      %e = tensor.empty(%b, %h, %w) : tensor<?x?x?x8xf32>
      %y = program.convolution %x, %f into %e rows <)" +
           rows +
           R"(> columns <3, 1, 1, -1, 1> : (tensor<?x?x?x8xf32>, tensor<1x1x3x3x8x16xf32>, tensor<?x?x?x8xf32>) -> tensor<?x?x?x8xf32>
      program.yield %y : tensor<?x?x?x8xf32>
    })";
  };
  const std::string batch = "0:1/1[0,0] all 0:1/1[0,0] d0\n", columns = "2:1/1[-1,1] all 2:1/1[0,0] d2\n";
  CHECK(cutsOf(convolution("3, 1, 1, -1, 1")) == batch + "1:1/1[-1,1] all 1:1/1[0,0] d1d3\n" + columns);
  CHECK(cutsOf(convolution("3, 2, 2, -2, 1")) == batch + "1:2/1[-2,2] all 1:1/1[0,0] d1d3\n" + columns);
  CHECK(cutsOf(convolution("3, 1, -1, 1, 2, exact")) == batch + "1:1/2[-1,1] all 1:1/1[0,0] d1d3\n" + columns);
}

TEST_CASE("what depends on where an element lies does not run in pieces", "[package]") {
  const std::string whole;
  CHECK(cutsOf(overRows("linalg.yield %in : f32")) == "0:1/1[0,0] 0:1/1[0,0] d0\n");
  // A neighbour, kept inside by the last row's number.
  CHECK(cutsOf(overRows(R"(%n = arith.addi %i, %c2 : index
        %last = arith.subi %d, %c1 : index
        %k = arith.minsi %n, %last : index
        %v = tensor.extract %x[%k, %j] : tensor<?x4xf32>
        %s = arith.addf %in, %v : f32
        linalg.yield %s : f32)")) == "0:1/1[0,2] 0:1/1[0,0] d0\n");
  // A row of its own number, the first row, the number of rows, a row that the values choose.
  CHECK(cutsOf(overRows(R"(%n = arith.index_cast %i : index to i32
        %v = arith.sitofp %n : i32 to f32
        linalg.yield %v : f32)")) == whole);
  CHECK(cutsOf(overRows(R"(%v = tensor.extract %x[%c0, %j] : tensor<?x4xf32>
        %s = arith.addf %in, %v : f32
        linalg.yield %s : f32)")) == whole);
  CHECK(cutsOf(overRows(R"(%n = arith.index_cast %d : index to i32
        %v = arith.sitofp %n : i32 to f32
        %s = arith.mulf %in, %v : f32
        linalg.yield %s : f32)")) == whole);
  CHECK(cutsOf(overRows(R"(%n = arith.fptosi %in : f32 to i32
        %k = arith.index_cast %n : i32 to index
        %v = tensor.extract %x[%k, %j] : tensor<?x4xf32>
        linalg.yield %v : f32)")) == whole);
}
