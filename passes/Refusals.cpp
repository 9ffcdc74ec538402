// Why a pass left something as it was.
#include "passes/Refusals.h"
#include "ir/program/SourceLines.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

static llvm::cl::opt<bool> why("why", llvm::cl::desc("print why ops are not fused, repeated or written in place"));

bool vae::showsRefusals() { return why; }

void vae::printRefusal(StringRef what, Operation *op, StringRef why) {
  llvm::errs() << getSourceLine(op->getLoc()) << ": " << op->getName() << ": not " << what << ": " << why << '\n';
}
