// A package file with weights inside is one that the runtime opens, its weights those of the files that they came from.
#include "backends/vaec/PackageFile.h"
#include "backends/package/PackageWriter.h"
#include "mlir/IR/MLIRContext.h"
#include "runtime/package/Package.h"
#include "tests/catch.h"
#include "tests/runtime/TestFiles.h"

using namespace vae;
using namespace vae::runtime;
using namespace vae::test;

namespace {

/// A package of nothing.
std::vector<char> emptyCore() {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  mlir::OwningOpRef<mlir::ModuleOp> module = mlir::ModuleOp::create(mlir::UnknownLoc::get(&context), "m");
  return *writePackage(*module, {});
}

} // namespace

TEST_CASE("a package carries weights of other files as they are stored there", "[package]") {
  ScratchFolder folder;
  const std::string path = folder.path("m.vaep"), halves(1 << 10, 'h'), doubles(1 << 10, 'd');
  REQUIRE(writeSafetensors(folder.path("w"), {{"a", ElementType::bf16, {512}, bytesOf(halves)},
                                              {"b", ElementType::f64, {2, 64}, bytesOf(doubles)}})
              .ok());
  Result<SafetensorsFile> source = SafetensorsFile::open(folder.path("w"));
  REQUIRE(source.ok());
  REQUIRE(writePackageFile(path, emptyCore(),
                           {source->item(*source->find("a"), "x.weight"), source->item(*source->find("b"), "x.bias")})
              .ok());
  REQUIRE(source->checkUnchanged().ok());
  Result<std::shared_ptr<const Package>> package = Package::open(path);
  INFO(package.status().message());
  REQUIRE(package.ok());
  CHECK((*package)->model() == "m");
  Result<SafetensorsFile> inside = SafetensorsFile::open((*package)->file(), (*package)->weights(), "inside");
  REQUIRE(inside.ok());
  REQUIRE(inside->entries().size() == 2);
  CHECK(inside->find("x.weight")->element == ElementType::bf16);
  CHECK(inside->find("x.bias")->shape == std::vector<int64_t>{2, 64});
  std::span<const std::byte> bytes = inside->bytes(*inside->find("x.bias"));
  CHECK(std::equal(bytes.begin(), bytes.end(), bytesOf(doubles).begin()));
}

TEST_CASE("a package without weights is its core", "[package]") {
  ScratchFolder folder;
  std::vector<char> core = emptyCore();
  REQUIRE(writePackageFile(folder.path("m.vaep"), core, {}).ok());
  CHECK(slurp(folder.path("m.vaep")) == std::string(core.begin(), core.end()));
}

TEST_CASE("weights that cannot be written leave no package", "[package]") {
  ScratchFolder folder;
  std::string data(8, 'x');
  SafetensorsItem item{"a", ElementType::f32, {2}, bytesOf(data)};
  REQUIRE_ERROR(writePackageFile(folder.path("m.vaep"), emptyCore(), {item, item}), "the tensor name 'a' is taken");
  item.shape = {3};
  REQUIRE_ERROR(writePackageFile(folder.path("m.vaep"), emptyCore(), {item}), "8 bytes do not fill f32[3]");
  REQUIRE_ERROR(writePackageFile("/nowhere/m.vaep", emptyCore(), {}), "/nowhere/m.vaep");
  CHECK(folder.names().empty());
}
