// The backend for target "vulkan": kernels to SPIR-V compute shaders.
#include "backends/vulkan/VulkanBackend.h"
#include "backends/common/Kernel.h"
#include "backends/vulkan/ScalarBody.h"
#include "backends/vulkan/ShaderLowering.h"
#include "backends/vulkan/strategies/Convolution.h"
#include "backends/vulkan/strategies/Elementwise.h"
#include "backends/vulkan/strategies/FilterGradient.h"
#include "backends/vulkan/strategies/Gemm.h"
#include "backends/vulkan/strategies/Reduction.h"
#include "backends/vulkan/strategies/VectorQuantize.h"
#include "ir/program/SourceLines.h"
#include "mlir/Dialect/SPIRV/IR/SPIRVOps.h"

using namespace mlir;
using namespace vae;
using namespace vae::vulkan;

namespace {

class VulkanBackend : public Backend {
public:
  StringRef getTarget() const override { return "vulkan"; }
  FailureOr<CompiledKernel> compile(program::KernelOp kernel) override;
  LogicalResult print(program::KernelOp kernel, Stage stage, raw_ostream &out) override;
  FailureOr<std::vector<char>> link(ArrayRef<Backend *>) override { return std::vector<char>(); }
};

} // namespace

static Shader emitShader(const Kernel &kernel) {
  switch (kernel.form) {
  case KernelForm::Elementwise:
    return emitElementwise(kernel);
  case KernelForm::Reduction:
    return emitReduction(kernel);
  case KernelForm::Gemm:
    return emitGemm(kernel);
  case KernelForm::NearestCode:
    return emitVectorQuantize(kernel);
  case KernelForm::Convolution:
    return emitConvolution(kernel);
  case KernelForm::FilterGradient:
    return emitFilterGradient(kernel);
  }
  llvm_unreachable("every form has its strategy");
}

/// The kernel as a shader whose module holds one spirv.module.
static FailureOr<Shader> makeShader(program::KernelOp op) {
  loadShaderDialects(op->getContext());
  FailureOr<Kernel> kernel = Kernel::read(op);
  if (failed(kernel) || failed(checkBodies(*kernel)))
    return failure();
  Shader shader = emitShader(*kernel);
  if (failed(lowerToSPIRV(*shader.module)))
    return op.emitError() << "no SPIR-V form was found for this kernel";
  return shader;
}

FailureOr<CompiledKernel> VulkanBackend::compile(program::KernelOp kernel) {
  FailureOr<Shader> shader = makeShader(kernel);
  if (failed(shader))
    return failure();
  FailureOr<std::vector<uint32_t>> words = serialize(*shader->module);
  if (failed(words))
    return failure();
  CompiledKernel result;
  result.strategy = shader->strategy.str();
  result.spirv = std::move(*words);
  result.grid = std::move(shader->grid);
  return result;
}

LogicalResult VulkanBackend::print(program::KernelOp kernel, Stage stage, raw_ostream &out) {
  assert(stage == Stage::SPIRV && "asked of another target");
  FailureOr<Shader> shader = makeShader(kernel);
  if (failed(shader))
    return failure();
  for (auto module : shader->module->getOps<spirv::ModuleOp>()) {
    module.setSymName(kernel.getSymName());
    printWithSourceLines(module, out);
  }
  return success();
}

std::unique_ptr<Backend> vae::createVulkanBackend() { return std::make_unique<VulkanBackend>(); }
