// The way from a model as written to programs over buffers.
#include "passes/Pipelines.h"
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

static void addVerifier(OpPassManager &manager, StringRef stage) {
  manager.addPass(createVerifyStage(VerifyStageOptions{stage.str()}));
}

static void addCleanup(OpPassManager &manager) {
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
}

static void buildVae(OpPassManager &manager) { addVerifier(manager, "vae"); }

static void buildGrad(OpPassManager &manager) {
  manager.addPass(createInlinerPass());
  manager.addNestedPass<func::FuncOp>(createBoundIndices());
  // Sites before anything copies code, after inlining has.
  manager.addNestedPass<func::FuncOp>(createAssignNoiseSites());
  manager.addNestedPass<func::FuncOp>(createDecompose(DecomposeOptions{/*keepDifferentiable=*/true}));
  addCleanup(manager);
  manager.addPass(createDifferentiate());
  // Gradients are layers' and losses' simpler ops again.
  manager.addNestedPass<func::FuncOp>(createDecompose());
  manager.addPass(createFeedNoise());
  addCleanup(manager);
  // After all passes that look for ops of a function in its body's regions, too.
  manager.addPass(createOutlineLoops());
  addCleanup(manager);
  addVerifier(manager, "grad");
}

static void buildFused(OpPassManager &manager) {
  manager.addNestedPass<func::FuncOp>(createSinkReshapes());
  manager.addNestedPass<func::FuncOp>(createSplitReductions());
  addCleanup(manager);
  manager.addNestedPass<func::FuncOp>(createFormGroups());
  addVerifier(manager, "fused");
}

static void buildKernels(OpPassManager &manager) {
  manager.addPass(createOutlineKernels());
  manager.addNestedPass<program::KernelOp>(createExpandMath());
  // After all else, for what was different may have become the same.
  manager.addPass(createDeduplicateKernels());
  addVerifier(manager, "kernels");
}

static void buildPlan(OpPassManager &manager) {
  manager.addPass(createPlanPrograms());
  addVerifier(manager, "plan");
}

void vae::buildPipeline(OpPassManager &manager, Stage last) {
  using Builder = void (*)(OpPassManager &);
  static constexpr Builder stages[] = {buildVae, buildGrad, buildFused, buildKernels, buildPlan};
  for (int stage = 0; stage <= static_cast<int>(last); ++stage)
    stages[stage](manager);
}

void vae::registerDialects(DialectRegistry &registry) {
  registry.insert<arith::ArithDialect, func::FuncDialect, linalg::LinalgDialect, math::MathDialect,
                  tensor::TensorDialect, VaeDialect, program::ProgramDialect>();
  func::registerInlinerExtension(registry);
}

void vae::registerPassesAndPipelines() {
  registerVaePasses();
  static constexpr std::pair<const char *, Stage> names[] = {{"vae-to-grad", Stage::Grad},
                                                             {"vae-to-fused", Stage::Fused},
                                                             {"vae-to-kernels", Stage::Kernels},
                                                             {"vae-to-plan", Stage::Plan}};
  for (auto [name, stage] : names)
    PassPipelineRegistration<>(name, "from the frontend's output to this stage",
                               [stage = stage](OpPassManager &manager) { buildPipeline(manager, stage); });
}
