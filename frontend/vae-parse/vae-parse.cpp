// Runs the frontend alone, for its tests: prints the syntax tree or the vae dialect, or checks expected diagnostics.
#include "frontend/Frontend.h"
#include "ir/Dialect.h"
#include "mlir/Support/ToolUtilities.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"

using namespace mlir;
using namespace vae::frontend;

static llvm::cl::opt<std::string> inputFile(llvm::cl::Positional, llvm::cl::desc("<file.vae>"), llvm::cl::Required);
static llvm::cl::opt<std::string> stage("emit", llvm::cl::desc("what to print: ast or vae"), llvm::cl::init("vae"));
static llvm::cl::list<std::string> defines("D", llvm::cl::desc("model parameter or symbol, name=value"),
                                           llvm::cl::Prefix);
static llvm::cl::opt<bool> verify("verify-diagnostics",
                                  llvm::cl::desc("check expected-error and expected-note comments"));
static llvm::cl::opt<bool> split("split-input-file",
                                 llvm::cl::desc("treat pieces between `// -----` lines one by one"));
static llvm::cl::opt<bool> locations("locations", llvm::cl::desc("print locations of the vae dialect"));

static LogicalResult run(llvm::SourceMgr &sources, MLIRContext &context) {
  std::unique_ptr<SyntaxTree> tree = parseSources(sources, &context);
  if (!tree)
    return failure();
  if (stage == "ast") {
    dump(tree->mainFile(), llvm::outs());
    return success();
  }
  SmallVector<Binding> bindings;
  for (StringRef define : defines) {
    auto [name, value] = define.split('=');
    bindings.push_back({name.str(), value.str()});
  }
  OwningOpRef<ModuleOp> module = compile(*tree, bindings, sources, &context);
  if (!module)
    return failure();
  module->print(llvm::outs(), OpPrintingFlags().enableDebugInfo(locations, /*prettyForm=*/false));
  llvm::outs() << '\n';
  return success();
}

/// One model file, or one piece of a split one.
static LogicalResult process(std::unique_ptr<llvm::MemoryBuffer> buffer) {
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(buffer), llvm::SMLoc());
  MLIRContext context(MLIRContext::Threading::DISABLED);
  context.loadDialect<vae::VaeDialect>();
  if (verify) {
    SourceMgrDiagnosticVerifierHandler handler(sources, &context);
    (void)run(sources, context);
    return handler.verify();
  }
  SourceDiagnosticPrinter printer(sources, &context, llvm::errs());
  return run(sources, context);
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  llvm::cl::ParseCommandLineOptions(argc, argv, "vae-parse: the frontend alone\n");
  auto buffer = readSource(inputFile);
  if (!buffer) {
    llvm::errs() << "vae-parse: cannot read " << inputFile << ": " << llvm::toString(buffer.takeError()) << '\n';
    return 1;
  }
  if (!split)
    return failed(process(std::move(*buffer)));
  auto piece = [](std::unique_ptr<llvm::MemoryBuffer> chunk, const llvm::MemoryBufferRef &, raw_ostream &) {
    return process(std::move(chunk));
  };
  return failed(splitAndProcessBuffer(std::move(*buffer), piece, llvm::outs()));
}
