// The way from a model as written to programs over buffers.
#include "passes/Pipelines.h"
#include "ir/Dialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/Extensions/InlinerExtension.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include "passes/Passes.h"

using namespace mlir;
using namespace vae;

static void addCleanup(OpPassManager &manager) {
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
}

/// The frontend made it.
static void buildVae(OpPassManager &, unsigned) {}

static void buildGrad(OpPassManager &manager, unsigned) {
  manager.addPass(createCheckBudgets());
  manager.addPass(createInlinerPass());
  manager.addNestedPass<func::FuncOp>(createBoundIndices());
  manager.addNestedPass<func::FuncOp>(createStateRequirements());
  // Sites before anything copies code, after inlining has.
  manager.addNestedPass<func::FuncOp>(createAssignNoiseSites());
  manager.addNestedPass<func::FuncOp>(createDecompose(DecomposeOptions{/*keepDifferentiable=*/true}));
  addCleanup(manager);
  manager.addPass(createDifferentiate());
  // Gradients are layers' and losses' simpler ops again.
  manager.addNestedPass<func::FuncOp>(createDecompose());
  manager.addPass(createFeedNoise());
  addCleanup(manager);
  manager.addPass(createCheckSizes());
  // After all passes that look for ops of a function in its body's regions, too.
  manager.addPass(createOutlineLoops());
  addCleanup(manager);
}

static void buildFused(OpPassManager &manager, unsigned maxBuffers) {
  manager.addNestedPass<func::FuncOp>(createSinkTransposes());
  addCleanup(manager);
  manager.addNestedPass<func::FuncOp>(createSinkReshapes());
  manager.addNestedPass<func::FuncOp>(createSplitReductions());
  manager.addNestedPass<func::FuncOp>(createSplitConcats({maxBuffers}));
  addCleanup(manager);
  manager.addPass(createChooseLayouts());
  manager.addPass(createPrepareParameters());
  addCleanup(manager);
  manager.addNestedPass<func::FuncOp>(createFormGroups({maxBuffers}));
}

static void buildKernels(OpPassManager &manager, unsigned) {
  manager.addPass(createOutlineKernels());
  // Programs share most of their kernels; each is expanded once.
  manager.addPass(createDeduplicateKernels());
  manager.addNestedPass<program::KernelOp>(createExpandMath());
  // Again after all else, for what was different may have become the same.
  manager.addPass(createDeduplicateKernels());
}

static void buildPlan(OpPassManager &manager, unsigned) { manager.addPass(createPlanPrograms()); }

/// Adds the passes of a stage, for kernels that read and write at most so many tensors.
using StageBuilder = void (*)(OpPassManager &, unsigned maxBuffers);
static constexpr std::pair<Stage, StageBuilder> stageBuilders[] = {
#define VAE_MODULE_STAGE(enumerator, ...) {Stage::enumerator, build##enumerator},
#include "ir/program/Stages.def"
};

void vae::buildPipeline(OpPassManager &manager, Stage last, unsigned maxBuffers) {
  for (auto [stage, build] : stageBuilders) {
    if (stage > last)
      break;
    build(manager, maxBuffers);
    manager.addPass(createVerifyStage(VerifyStageOptions{getInfo(stage).name.str()}));
  }
}

void vae::registerDialects(DialectRegistry &registry) {
  registry.insert<arith::ArithDialect, func::FuncDialect, linalg::LinalgDialect, math::MathDialect,
                  tensor::TensorDialect, VaeDialect, program::ProgramDialect>();
  func::registerInlinerExtension(registry);
}

void vae::registerPassesAndPipelines() {
  registerVaePasses();
  // From the first on there is nothing to run to the first.
  for (const auto &entry : ArrayRef(stageBuilders).drop_front()) {
    const StageInfo &info = getInfo(entry.first);
    PassPipelineRegistration<>(("vae-to-" + info.name).str(), info.description,
                               [&info](OpPassManager &manager) { buildPipeline(manager, info.stage); });
  }
}
