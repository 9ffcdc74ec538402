// The CPU backend: strategy, lowering, code, link.
#include "backends/cpu/CpuBackend.h"
#include "backends/cpu/CodeGen.h"
#include "backends/cpu/Linker.h"
#include "backends/cpu/Lowering.h"
#include "backends/cpu/strategies/Strategy.h"
#include "llvm/IR/LLVMContext.h"

using namespace mlir;
using namespace vae;
using namespace vae::cpu;

namespace {

/// A kernel's module and the context it lives in, in the order in which they must die.
struct CompiledModule {
  std::unique_ptr<llvm::LLVMContext> context;
  std::unique_ptr<llvm::Module> module;
  CompiledKernel kernel;
};

class CpuBackend : public Backend {
public:
  explicit CpuBackend(const CpuTarget &target) : target(target) {}
  StringRef getTarget() const override { return target.name; }
  FailureOr<CompiledKernel> compile(program::KernelOp op) override;
  LogicalResult print(program::KernelOp op, Stage stage, raw_ostream &out) override;
  LogicalResult explain(program::KernelOp op, raw_ostream &out) override;
  FailureOr<std::vector<char>> link(ArrayRef<Backend *> siblings) override;

private:
  FailureOr<KernelView> read(program::KernelOp op);
  FailureOr<CompiledModule> build(program::KernelOp op);

  const CpuTarget &target;
  std::unique_ptr<CodeGen> generator;
  std::vector<std::string> objects;
  MLIRContext *context = nullptr; // of the last kernel, for messages of the link
};

} // namespace

/// What the CPU holds in memory and registers: whole bytes.
static LogicalResult checkElements(const KernelView &kernel) {
  for (const KernelBuffer &buffer : kernel.buffers) {
    Type element = buffer.type.getElementType();
    if (!element.isIntOrFloat() || element.getIntOrFloatBitWidth() % 8 != 0)
      return kernel.op.emitOpError() << "has a buffer of element type " << element;
  }
  return success();
}

FailureOr<KernelView> CpuBackend::read(program::KernelOp op) {
  context = op.getContext();
  loadDialects(*context);
  FailureOr<KernelView> kernel = KernelView::read(op);
  if (failed(kernel) || failed(checkElements(*kernel)))
    return failure();
  return kernel;
}

FailureOr<CompiledModule> CpuBackend::build(program::KernelOp op) {
  if (!generator) {
    llvm::Expected<std::unique_ptr<CodeGen>> made = CodeGen::create(target);
    if (!made)
      return op.emitError() << llvm::toString(made.takeError());
    generator = std::move(*made);
  }
  FailureOr<KernelView> kernel = read(op);
  if (failed(kernel))
    return failure();
  FailureOr<const StrategyEntry *> strategy = chooseStrategy(*kernel, strategies);
  if (failed(strategy))
    return failure();
  CompiledModule result;
  result.kernel.strategy = (*strategy)->name.str();
  result.kernel.symbol = ("vae_" + op.getSymName()).str();
  OwningOpRef<ModuleOp> module = ModuleOp::create(op.getLoc());
  Emitter emitter(*kernel, target, *module, result.kernel.symbol);
  if (failed(static_cast<const Strategy *>(*strategy)->emit(emitter, result.kernel)))
    return failure();
  if (failed(lowerToLlvm(*module)))
    return op.emitError() << "kernel `" << op.getSymName() << "` does not lower to LLVM";
  result.context = std::make_unique<llvm::LLVMContext>();
  result.module = translate(*module, *kernel, result.kernel.symbol, *result.context);
  if (!result.module)
    return op.emitError() << "kernel `" << op.getSymName() << "` does not translate to LLVM IR";
  generator->optimize(*result.module);
  return result;
}

FailureOr<CompiledKernel> CpuBackend::compile(program::KernelOp op) {
  FailureOr<CompiledModule> built = build(op);
  if (failed(built))
    return failure();
  llvm::Expected<std::string> object = generator->emitObject(*built->module);
  if (!object)
    return op.emitError() << "kernel `" << op.getSymName() << "`: " << llvm::toString(object.takeError());
  objects.push_back(std::move(*object));
  return std::move(built->kernel);
}

LogicalResult CpuBackend::print(program::KernelOp op, Stage stage, raw_ostream &out) {
  assert(getInfo(stage).kind == StageKind::Code && getInfo(stage).hasTarget(target.name) && "asked of another target");
  FailureOr<CompiledModule> built = build(op);
  if (failed(built))
    return failure();
  if (stage == Stage::LLVM) {
    built->module->print(out, nullptr);
    return success();
  }
  llvm::Expected<std::string> assembly = generator->emitAssembly(*built->module);
  if (!assembly)
    return op.emitError() << llvm::toString(assembly.takeError());
  out << *assembly;
  return success();
}

LogicalResult CpuBackend::explain(program::KernelOp op, raw_ostream &out) {
  FailureOr<KernelView> kernel = read(op);
  if (failed(kernel))
    return failure();
  printForm(*kernel, out);
  printMatches(*kernel, strategies, out);
  return success();
}

FailureOr<std::vector<char>> CpuBackend::link(ArrayRef<Backend *> siblings) {
  std::vector<StringRef> inputs;
  for (Backend *sibling : siblings) {
    auto *cpu = static_cast<CpuBackend *>(sibling);
    assert(cpu->getTarget() == getTarget() && "siblings are of one target");
    llvm::append_range(inputs, cpu->objects);
    if (!context)
      context = cpu->context;
  }
  if (inputs.empty())
    return std::vector<char>();
  // Which sibling compiled what is chance; the library's bytes must not be.
  llvm::sort(inputs);
  llvm::Expected<std::vector<char>> library = linkShared(inputs);
  if (!library)
    return emitError(UnknownLoc::get(context)) << llvm::toString(library.takeError());
  return std::move(*library);
}

std::unique_ptr<Backend> cpu::createCpuBackend(StringRef target) {
  return std::make_unique<CpuBackend>(*findTarget(target));
}
