// Compiles one kernel from text for one CPU target and runs it on buffers between guard pages.
#include "tests/backends/cpu/KernelRun.h"
#include "backends/Backend.h"
#include "backends/cpu/CpuBackend.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Parser/Parser.h"
#include "runtime/abi/kernel.h"
#include <algorithm>
#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

using namespace vae;
using namespace vae::test;

//===-- Memory -----------------------------------------------------------------===//

static constexpr size_t page = 4096, front = 64;
static constexpr uint8_t pattern = 0xff; // a NaN where a kernel reads it as f32

GuardedBytes::GuardedBytes(size_t bytes) : bytes(bytes) {
  size_t rounded = (bytes + 63) / 64 * 64, usable = (rounded + front + page - 1) / page * page;
  mapped = usable + page;
  pages = static_cast<uint8_t *>(mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  if (pages == MAP_FAILED || mprotect(pages + usable, page, PROT_NONE) != 0)
    abort();
  std::memset(pages, pattern, usable);
  start = pages + usable - rounded;
}

GuardedBytes::GuardedBytes(GuardedBytes &&other) noexcept
    : pages(std::exchange(other.pages, nullptr)), start(other.start), mapped(other.mapped), bytes(other.bytes) {}

GuardedBytes::~GuardedBytes() {
  if (pages)
    munmap(pages, mapped);
}

bool GuardedBytes::intact() const {
  auto untouched = [](uint8_t byte) { return byte == pattern; };
  return std::all_of(start - front, start, untouched) && std::all_of(start + bytes, pages + mapped - page, untouched);
}

//===-- Compiling ----------------------------------------------------------------===//

namespace {

/// A parsed module, with diagnostics collected.
struct Parsed {
  Parsed(const std::string &text, std::string &error)
      : handler(&context, [&error](mlir::Diagnostic &diagnostic) {
          error += diagnostic.str() + "\n";
          return mlir::success();
        }) {
    context.loadDialect<program::ProgramDialect, mlir::arith::ArithDialect, mlir::linalg::LinalgDialect,
                        mlir::math::MathDialect, mlir::tensor::TensorDialect>();
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    if (module)
      for (auto op : module->getOps<program::KernelOp>())
        kernel = op;
  }
  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  mlir::ScopedDiagnosticHandler handler;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  program::KernelOp kernel;
};

class Loaded : public KernelRun {
public:
  const std::string &strategy() const override { return compiled.strategy; }
  int64_t blocks(const std::vector<int64_t> &sizes) const override { return product(compiled.grid[0], sizes); }
  uint64_t scratchBytes(const std::vector<int64_t> &sizes) const override {
    uint64_t bytes = compiled.scratchBytes;
    for (const GridAxis &axis : compiled.scratchSizes)
      bytes += product(axis, sizes);
    return bytes;
  }
  void run(const std::vector<void *> &buffers, const std::vector<int64_t> &sizes, int parts,
           void *scratch) const override {
    vae_kernel_args args{buffers.data(), sizes.data()};
    int64_t count = blocks(sizes);
    for (int part = parts; part-- > 0;)
      function(&args, count * part / parts, count * (part + 1) / parts, scratch);
  }
  ~Loaded() override {
    if (library)
      dlclose(library);
    close(file);
  }

  CompiledKernel compiled;
  int file = -1;
  void *library = nullptr;
  vae_kernel_fn function = nullptr;

private:
  static int64_t product(const GridAxis &axis, const std::vector<int64_t> &sizes) {
    int64_t result = 1;
    for (const GridFactor &factor : axis.factors)
      result *= ((factor.size < 0 ? factor.constant : sizes[factor.size]) + factor.divisor - 1) / factor.divisor;
    return (result + axis.divisor - 1) / axis.divisor;
  }
};

} // namespace

std::unique_ptr<KernelRun> KernelRun::compile(const std::string &text, const std::string &target, std::string &error) {
  Parsed parsed(text, error);
  if (!parsed.kernel)
    return nullptr;
  std::unique_ptr<Backend> backend = cpu::createCpuBackend(target);
  mlir::FailureOr<CompiledKernel> compiled = backend->compile(parsed.kernel);
  if (failed(compiled))
    return nullptr;
  Backend *siblings[] = {backend.get()};
  mlir::FailureOr<std::vector<char>> bytes = backend->link(siblings);
  if (failed(bytes))
    return nullptr;
  auto loaded = std::make_unique<Loaded>();
  int file = memfd_create("kernels", 0);
  if (write(file, bytes->data(), bytes->size()) != static_cast<ssize_t>(bytes->size()))
    return nullptr;
  // Open as long as the library is loaded: a second library under the same path would be taken for this one.
  loaded->file = file;
  loaded->library = dlopen(("/proc/self/fd/" + std::to_string(file)).c_str(), RTLD_NOW | RTLD_LOCAL);
  loaded->compiled = std::move(*compiled);
  if (loaded->library)
    loaded->function = reinterpret_cast<vae_kernel_fn>(dlsym(loaded->library, loaded->compiled.symbol.c_str()));
  if (!loaded->function) {
    error += dlerror();
    return nullptr;
  }
  return loaded;
}

std::string vae::test::printStage(const std::string &text, const std::string &target, bool assembly,
                                  std::string &error) {
  Parsed parsed(text, error);
  if (!parsed.kernel)
    return "";
  std::string result;
  llvm::raw_string_ostream stream(result);
  std::unique_ptr<Backend> backend = cpu::createCpuBackend(target);
  if (failed(backend->print(parsed.kernel, assembly ? Stage::Assembly : Stage::LLVM, stream)))
    return "";
  return result;
}

std::vector<std::string> vae::test::runnableTargets() {
  std::vector<std::string> targets;
  if (__builtin_cpu_supports("x86-64-v3"))
    targets.push_back("x86-64-v3");
  if (__builtin_cpu_supports("x86-64-v4"))
    targets.push_back("x86-64-v4");
  return targets;
}

//===-- Calls --------------------------------------------------------------------===//

bool Call::runOnce(int parts, std::string &error) {
  std::vector<void *> pointers;
  for (size_t index = 0; index < memories.size(); ++index) {
    std::memcpy(memories[index].data(), initial[index].data(), initial[index].size());
    pointers.push_back(memories[index].data());
  }
  GuardedBytes scratch(kernel.scratchBytes(sizes));
  kernel.run(pointers, sizes, parts, scratch.size() ? scratch.data() : nullptr);
  for (size_t index = 0; index < memories.size(); ++index)
    if (!memories[index].intact())
      error += "wrote around buffer " + std::to_string(index) + "\n";
  if (!scratch.intact())
    error += "wrote around the scratch\n";
  return error.empty();
}

bool Call::run(std::string &error) {
  std::vector<std::vector<uint8_t>> whole;
  if (!runOnce(1, error))
    return false;
  for (const GuardedBytes &memory : memories)
    whole.push_back(get<uint8_t>(whole.size())), (void)memory;
  if (!runOnce(2, error) || !runOnce(3, error))
    return false;
  for (size_t index = 0; index < memories.size(); ++index)
    if (get<uint8_t>(index) != whole[index])
      error += "buffer " + std::to_string(index) + " depends on how blocks are shared\n";
  return error.empty();
}
