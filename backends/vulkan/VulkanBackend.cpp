// The backend for target "vulkan": kernels to SPIR-V compute shaders.
#include "backends/vulkan/VulkanBackend.h"
#include "backends/common/KernelView.h"
#include "backends/vulkan/BodyWriter.h"
#include "backends/vulkan/ShaderLowering.h"
#include "backends/vulkan/strategies/Strategy.h"
#include "ir/program/SourceLines.h"
#include "mlir/Dialect/SPIRV/IR/SPIRVOps.h"
#include "runtime/abi/package_generated.h"

using namespace mlir;
using namespace vae;
using namespace vae::vulkan;

namespace {

class VulkanBackend : public Backend {
public:
  StringRef getTarget() const override { return vulkanTarget; }
  FailureOr<CompiledKernel> compile(program::KernelOp kernel) override;
  LogicalResult print(program::KernelOp kernel, Stage stage, raw_ostream &out) override;
  LogicalResult explain(program::KernelOp kernel, raw_ostream &out) override;
  FailureOr<std::vector<char>> link(ArrayRef<Backend *>) override { return std::vector<char>(); }
};

} // namespace

static FailureOr<KernelView> readKernel(program::KernelOp op) {
  loadShaderDialects(op->getContext());
  FailureOr<KernelView> kernel = KernelView::read(op);
  if (failed(kernel) || failed(checkBodies(*kernel)))
    return failure();
  return kernel;
}

/// The kernel as a shader whose module holds one spirv.module; `name` becomes the strategy's.
static FailureOr<Shader> makeShader(program::KernelOp op, StringRef &name) {
  FailureOr<KernelView> kernel = readKernel(op);
  if (failed(kernel))
    return failure();
  FailureOr<const StrategyEntry *> strategy = chooseStrategy(*kernel, strategies);
  if (failed(strategy))
    return failure();
  name = (*strategy)->name;
  Shader shader = static_cast<const Strategy *>(*strategy)->emit(*kernel);
  if (failed(lowerToSPIRV(*shader.module)))
    return op.emitError() << "no SPIR-V form was found for this kernel";
  return shader;
}

FailureOr<CompiledKernel> VulkanBackend::compile(program::KernelOp kernel) {
  StringRef strategy;
  FailureOr<Shader> shader = makeShader(kernel, strategy);
  if (failed(shader))
    return failure();
  FailureOr<std::vector<uint32_t>> words = serialize(*shader->module);
  if (failed(words))
    return failure();
  CompiledKernel result;
  result.strategy = strategy.str();
  result.kind = abi::CodeKind_spirv;
  auto *bytes = reinterpret_cast<const char *>(words->data());
  result.code.assign(bytes, bytes + words->size() * sizeof(uint32_t));
  result.grid = std::move(shader->grid);
  return result;
}

LogicalResult VulkanBackend::print(program::KernelOp kernel, Stage stage, raw_ostream &out) {
  assert(stage == Stage::SPIRV && "asked of another target");
  StringRef strategy;
  FailureOr<Shader> shader = makeShader(kernel, strategy);
  if (failed(shader))
    return failure();
  for (auto module : shader->module->getOps<spirv::ModuleOp>()) {
    module.setSymName(kernel.getSymName());
    printWithSourceLines(module, out);
  }
  return success();
}

LogicalResult VulkanBackend::explain(program::KernelOp op, raw_ostream &out) {
  FailureOr<KernelView> kernel = readKernel(op);
  if (failed(kernel))
    return failure();
  printForm(*kernel, out);
  printMatches(*kernel, strategies, out);
  return success();
}

std::unique_ptr<Backend> vae::createVulkanBackend() { return std::make_unique<VulkanBackend>(); }
