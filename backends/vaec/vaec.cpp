// vaec: the command line of the compiler.
#include "backends/Backend.h"
#include "backends/vaec/Options.h"
#include "mlir/IR/AsmState.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"

using namespace llvm;

static cl::OptionCategory category("vaec options");
static cl::opt<std::string> input(cl::Positional, cl::desc("<model.vae>"), cl::Required, cl::cat(category));
static cl::opt<std::string> output("o", cl::desc("output file"), cl::value_desc("file"), cl::cat(category));
static cl::opt<std::string>
    stage("emit", cl::init("package"), cl::value_desc("stage"), cl::cat(category),
          cl::desc("ast, vae, grad, fused, kernels, plan, llvm, asm, spirv, so, or package (default)"));
static cl::list<std::string> targets("target", cl::CommaSeparated, cl::value_desc("names"), cl::cat(category),
                                     cl::desc("x86-64-v3, x86-64-v4, vulkan; default: this CPU and vulkan"));
static cl::list<std::string> defines("D", cl::Prefix, cl::value_desc("name=value"), cl::cat(category),
                                     cl::desc("bind a model parameter, or a symbol such as B"));
static cl::opt<unsigned> threads("jobs", cl::init(0), cl::cat(category),
                                 cl::desc("threads that generate code; default: all"));
static cl::opt<bool> timeSteps("time", cl::cat(category), cl::desc("print the time of each step to stderr"));
static cl::opt<bool> verifyDiagnostics("verify-diagnostics", cl::cat(category),
                                       cl::desc("check expected-error comments"));

/// Splits `name=value`; false where there is no `=` or no name.
static bool parseBinding(StringRef text, vae::frontend::Binding &binding) {
  auto [name, value] = text.split('=');
  binding = {name.trim().str(), value.trim().str()};
  return !binding.name.empty() && text.contains('=');
}

/// Checks words against a list; prints what is unknown.
static bool isOneOf(StringRef what, StringRef word, ArrayRef<StringRef> known) {
  if (is_contained(known, word))
    return true;
  errs() << "vaec: unknown " << what << " `" << word << "`; known: " << join(known, ", ") << '\n';
  return false;
}

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  mlir::registerPassManagerCLOptions();
  mlir::registerAsmPrinterCLOptions();
  cl::ParseCommandLineOptions(argc, argv, "vaec: compiles variational autoencoders and the models built on them\n");

  vae::Options options;
  options.input = input;
  options.output = output;
  options.stage = stage;
  options.threads = threads;
  options.time = timeSteps;
  options.verifyDiagnostics = verifyDiagnostics;
  if (!isOneOf("stage", stage,
               {"ast", "vae", "grad", "fused", "kernels", "plan", "llvm", "asm", "spirv", "so", "package"}))
    return 1;
  for (const std::string &target : targets) {
    if (!isOneOf("target", target, vae::getTargetNames()))
      return 1;
    if (!is_contained(options.targets, target))
      options.targets.push_back(target);
  }
  for (const std::string &text : defines)
    if (!parseBinding(text, options.bindings.emplace_back())) {
      errs() << "vaec: `-D " << text << "` is not of the form name=value\n";
      return 1;
    }
  return vae::compileModel(options);
}
