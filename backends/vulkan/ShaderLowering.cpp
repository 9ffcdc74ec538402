// From a kernel's gpu.module to a SPIR-V 1.5 module that Vulkan 1.2 takes.
#include "backends/vulkan/ShaderLowering.h"
#include "backends/vulkan/Emitter.h"
#include "backends/vulkan/ShaderFixups.h"
#include "mlir/Conversion/ArithToSPIRV/ArithToSPIRV.h"
#include "mlir/Conversion/FuncToSPIRV/FuncToSPIRV.h"
#include "mlir/Conversion/GPUToSPIRV/GPUToSPIRV.h"
#include "mlir/Conversion/MathToSPIRV/MathToSPIRV.h"
#include "mlir/Conversion/MemRefToSPIRV/MemRefToSPIRV.h"
#include "mlir/Conversion/SCFToSPIRV/SCFToSPIRV.h"
#include "mlir/Conversion/VectorToSPIRV/VectorToSPIRV.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/SPIRV/IR/SPIRVDialect.h"
#include "mlir/Dialect/SPIRV/IR/SPIRVOps.h"
#include "mlir/Dialect/SPIRV/IR/TargetAndABI.h"
#include "mlir/Dialect/SPIRV/Transforms/Passes.h"
#include "mlir/Dialect/SPIRV/Transforms/SPIRVConversion.h"
#include "mlir/Target/SPIRV/Serialization.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace vae;

spirv::TargetEnvAttr vulkan::getTargetEnv(MLIRContext *context) {
  auto triple = spirv::VerCapExtAttr::get(spirv::Version::V_1_5,
                                          {spirv::Capability::Shader, spirv::Capability::SignedZeroInfNanPreserve},
                                          {spirv::Extension::SPV_KHR_storage_buffer_storage_class}, context);
  return spirv::TargetEnvAttr::get(triple, spirv::getDefaultResourceLimits(context), spirv::ClientAPI::Vulkan,
                                   spirv::Vendor::Unknown, spirv::DeviceType::Unknown,
                                   spirv::TargetEnvAttr::kUnknownDeviceID);
}

static LogicalResult convertModule(ModuleOp shader) {
  MLIRContext *context = shader.getContext();
  spirv::TargetEnvAttr targetEnv = vulkan::getTargetEnv(context);
  SPIRVConversionOptions options;
  options.use64bitIndex = false;
  options.emulateLT32BitScalarTypes = false;
  SPIRVTypeConverter types(targetEnv, options);
  ScfToSPIRVContext loops;
  RewritePatternSet patterns(context);
  populateGPUToSPIRVPatterns(types, patterns);
  arith::populateArithToSPIRVPatterns(types, patterns);
  populateMathToSPIRVPatterns(types, patterns);
  populateMemRefToSPIRVPatterns(types, patterns);
  populateSCFToSPIRVPatterns(types, loops, patterns);
  populateVectorToSPIRVPatterns(types, patterns);
  populateBuiltinFuncToSPIRVPatterns(types, patterns);

  std::unique_ptr<SPIRVConversionTarget> target = SPIRVConversionTarget::get(targetEnv);
  target->addLegalOp<ModuleOp>();
  target->addIllegalDialect<arith::ArithDialect, gpu::GPUDialect, math::MathDialect, memref::MemRefDialect,
                            scf::SCFDialect, vector::VectorDialect>();
  SmallVector<Operation *> modules;
  shader.walk([&](gpu::GPUModuleOp module) { modules.push_back(module); });
  return applyFullConversion(modules, *target, std::move(patterns));
}

static LogicalResult run(ModuleOp shader, function_ref<void(OpPassManager &)> add) {
  PassManager passes(shader.getContext(), ModuleOp::getOperationName());
  passes.enableVerifier(true);
  add(passes);
  return passes.run(shader);
}

LogicalResult vulkan::lowerToSPIRV(ModuleOp shader) {
  // Strategies fold as they write, so common and dead operations are all there is to remove; setting up the
  // canonicalizer would take longer than all the rest.
  auto simplify = [](OpPassManager &passes) { passes.addPass(createCSEPass()); };
  auto shaderInterface = [&](OpPassManager &passes) {
    OpPassManager &nested = passes.nest<spirv::ModuleOp>();
    nested.addPass(spirv::createSPIRVLowerABIAttributesPass());
    simplify(nested);
    nested.addPass(spirv::createSPIRVRewriteInsertsPass());
  };
  auto versionAndCapabilities = [](OpPassManager &passes) {
    passes.nest<spirv::ModuleOp>().addPass(spirv::createSPIRVUpdateVCEPass());
  };
  if (failed(run(shader, simplify)) || failed(convertModule(shader)))
    return failure();
  spirv::TargetEnvAttr targetEnv = getTargetEnv(shader.getContext());
  shader.walk([&](spirv::ModuleOp module) { module->setAttr(spirv::getTargetEnvAttrName(), targetEnv); });
  shader.walk(startLoopResults);
  if (failed(run(shader, shaderInterface)))
    return failure();
  shader.walk(decorate);
  if (shader->hasAttr(Emitter::keepLoopsName))
    shader.walk(forbidUnrolling);
  if (failed(run(shader, versionAndCapabilities)))
    return failure();
  shader.walk(restoreVersion);
  return success();
}

FailureOr<std::vector<uint32_t>> vulkan::serialize(ModuleOp shader) {
  auto modules = shader.getOps<spirv::ModuleOp>();
  SmallVector<uint32_t> words;
  spirv::SerializationOptions options;
  options.emitSymbolName = false;
  if (failed(spirv::serialize(*modules.begin(), words, options)))
    return failure();
  return std::vector<uint32_t>(words.begin(), words.end());
}
