// vae-opt: runs passes and pipelines on MLIR text.
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"
#include "passes/Pipelines.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  vae::registerDialects(registry);
  vae::registerPassesAndPipelines();
  mlir::registerCanonicalizerPass();
  mlir::registerCSEPass();
  mlir::registerInlinerPass();
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "vae pass driver\n", registry));
}
