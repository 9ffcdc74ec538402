// The linker in this process: a library from objects, and what goes wrong as one line.
#include "backends/cpu/Linker.h"
#include "tests/backends/cpu/KernelRun.h"
#include "tests/catch.h"
#include <cstdlib>
#include <filesystem>
#include <sys/resource.h>

using namespace vae::cpu;

namespace {

const char *kernel = R"(
program.kernel @copy(%x: tensor<300xf32>) -> (tensor<300xf32>) attributes {form = #program.form<elementwise>, ties = array<i64: -1>} {
  %e = tensor.empty() : tensor<300xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%x : tensor<300xf32>) outs(%e : tensor<300xf32>) attrs = {program.role = "root"} {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  } -> tensor<300xf32>
  program.yield %r : tensor<300xf32>
}
)";

std::string linkError(llvm::StringRef object) {
  llvm::Expected<std::vector<char>> library = linkShared({object});
  return library ? "" : llvm::toString(library.takeError());
}

/// A folder of its own for temporary files, so that what is left behind is seen.
struct TemporaryFolder {
  TemporaryFolder() {
    char name[] = "/tmp/vae-linker-test-XXXXXX";
    path = mkdtemp(name);
    setenv("TMPDIR", path.c_str(), 1);
  }
  ~TemporaryFolder() {
    unsetenv("TMPDIR");
    std::filesystem::remove_all(path);
  }
  bool isEmpty() const { return std::filesystem::is_empty(path); }
  std::string path;
};

} // namespace

TEST_CASE("linker: bytes that are no object", "[linker]") {
  TemporaryFolder folder;
  std::string error = linkError("not an object");
  REQUIRE(error.find("cannot link: ") == 0);
  REQUIRE(error.find('\n') == std::string::npos);
  REQUIRE(folder.isEmpty());
}

TEST_CASE("linker: no room for temporary files", "[linker]") {
  setenv("TMPDIR", "/nonexistent", 1);
  REQUIRE(linkError("") == "cannot make a temporary file: No such file or directory");
  unsetenv("TMPDIR");
}

TEST_CASE("linker: the limit on file sizes, and a good link after it", "[linker]") {
  TemporaryFolder folder;
  struct rlimit before, tight;
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  tight = before;
  tight.rlim_cur = 600;
  std::string error;
  setrlimit(RLIMIT_FSIZE, &tight);
  std::unique_ptr<vae::test::KernelRun> failed = vae::test::KernelRun::compile(kernel, "x86-64-v3", error);
  setrlimit(RLIMIT_FSIZE, &before);
  REQUIRE(!failed);
  REQUIRE(error.find("File too large") != std::string::npos);
  REQUIRE(folder.isEmpty());
  error.clear();
  std::unique_ptr<vae::test::KernelRun> good = vae::test::KernelRun::compile(kernel, "x86-64-v3", error);
  REQUIRE(error == "");
  REQUIRE(good);
  REQUIRE(folder.isEmpty());
}
