// Test tool: prints the SPIR-V of each kernel in a file, or the launch grid with --grid.
#include "backends/vulkan/VulkanBackend.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace vae;

static void printGrid(const CompiledKernel &kernel) {
  llvm::outs() << kernel.strategy;
  for (const GridAxis &axis : kernel.grid) {
    llvm::outs() << " [";
    llvm::interleaveComma(axis.factors, llvm::outs(), [](const GridFactor &factor) {
      if (factor.size >= 0)
        llvm::outs() << "size" << factor.size << " / " << factor.divisor;
      else
        llvm::outs() << factor.constant << " / " << factor.divisor;
    });
    if (axis.divisor > 1)
      llvm::outs() << "; / " << axis.divisor;
    llvm::outs() << "]";
  }
  llvm::outs() << "\n";
}

static LogicalResult process(Backend &backend, program::KernelOp kernel, bool grid) {
  if (!grid)
    return backend.print(kernel, Stage::SPIRV, llvm::outs());
  FailureOr<CompiledKernel> compiled = backend.compile(kernel);
  if (succeeded(compiled))
    printGrid(*compiled);
  return compiled;
}

int main(int argc, char **argv) {
  bool grid = argc == 3 && llvm::StringRef(argv[1]) == "--grid";
  if (argc != 2 && !grid) {
    llvm::errs() << "usage: kernel-to-spirv [--grid] FILE\n";
    return 2;
  }
  DialectRegistry registry;
  registry.insert<program::ProgramDialect, arith::ArithDialect, func::FuncDialect, linalg::LinalgDialect,
                  math::MathDialect, tensor::TensorDialect>();
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  llvm::SourceMgr sources;
  SourceMgrDiagnosticHandler diagnostics(sources, &context);
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(argv[argc - 1], sources, &context);
  if (!module)
    return 1;
  std::unique_ptr<Backend> backend = createVulkanBackend();
  for (auto kernel : module->getOps<program::KernelOp>())
    if (failed(process(*backend, kernel, grid)))
      return 1;
  return 0;
}
