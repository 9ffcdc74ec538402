// Runs the stages in order, stops after the one asked for, writes its output whole or not at all.
#include "backends/vaec/CodeGeneration.h"
#include "backends/vaec/Options.h"
#include "mlir/IR/AsmState.h"
#include "passes/Pipelines.h"
#include "runtime/base/File.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/TargetParser/Host.h"
#include <chrono>
#include <thread>

using namespace mlir;
using namespace vae;

namespace {

/// Prints how long each step took, where asked to.
class StepTimer {
public:
  explicit StepTimer(bool enabled) : enabled(enabled) {}
  void done(StringRef step) {
    auto now = std::chrono::steady_clock::now();
    if (enabled)
      llvm::errs() << llvm::formatv("{0,-10} {1,8:f1} ms\n", step,
                                    std::chrono::duration<double, std::milli>(now - last).count());
    last = now;
  }

private:
  bool enabled;
  std::chrono::steady_clock::time_point last = std::chrono::steady_clock::now();
};

class Compiler {
public:
  explicit Compiler(const Options &options);
  int run();

private:
  LogicalResult compile();
  LogicalResult runPasses();
  LogicalResult emitCode();
  LogicalResult emitPackage();
  LogicalResult printCodeOf(CodeStage stage, ArrayRef<StringRef> candidates);
  LogicalResult write(ArrayRef<char> bytes);
  LogicalResult writeText(llvm::function_ref<void(llvm::raw_ostream &)> print);
  bool readInput();

  const Options &options;
  StepTimer timer;
  DialectRegistry registry;
  std::unique_ptr<MLIRContext> context;
  llvm::SourceMgr sources;
  OwningOpRef<ModuleOp> module;
};

} // namespace

/// The best CPU target that this machine can run.
static std::string getHostTarget() {
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  bool v4 = llvm::all_of(ArrayRef<StringRef>{"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"},
                         [&](StringRef feature) { return features.lookup(feature); });
  return v4 ? "x86-64-v4" : "x86-64-v3";
}

static std::optional<Stage> getPassStage(StringRef name) {
  return llvm::StringSwitch<std::optional<Stage>>(name)
      .Case("vae", Stage::Vae)
      .Case("grad", Stage::Grad)
      .Case("fused", Stage::Fused)
      .Case("kernels", Stage::Kernels)
      .Case("plan", Stage::Plan)
      .Default(std::nullopt);
}

Compiler::Compiler(const Options &options) : options(options), timer(options.time) {
  registerDialects(registry);
  context = std::make_unique<MLIRContext>(registry, MLIRContext::Threading::DISABLED);
  context->loadAllAvailableDialects();
}

bool Compiler::readInput() {
  auto buffer = llvm::MemoryBuffer::getFileOrSTDIN(options.input, /*IsText=*/false, /*RequiresNullTerminator=*/true);
  if (!buffer) {
    llvm::errs() << "vaec: cannot read " << options.input << ": " << buffer.getError().message() << '\n';
    return false;
  }
  sources.AddNewSourceBuffer(std::move(*buffer), llvm::SMLoc());
  return true;
}

int Compiler::run() {
  if (!readInput())
    return 1;
  if (options.verifyDiagnostics) {
    SourceMgrDiagnosticVerifierHandler handler(sources, context.get());
    (void)compile();
    return failed(handler.verify());
  }
  frontend::SourceDiagnosticPrinter printer(sources, context.get(), llvm::errs());
  return failed(compile());
}

LogicalResult Compiler::compile() {
  std::unique_ptr<frontend::SyntaxTree> tree = frontend::parseSources(sources, context.get());
  if (!tree)
    return failure();
  if (options.stage == "ast")
    return writeText([&](llvm::raw_ostream &out) { frontend::ast::dump(tree->mainFile(), out); });
  timer.done("parse");
  module = frontend::compile(*tree, options.bindings, sources, context.get());
  if (!module)
    return failure();
  timer.done("vae");
  if (failed(runPasses()))
    return failure();
  timer.done("passes");
  if (getPassStage(options.stage))
    return writeText([&](llvm::raw_ostream &out) { module->print(out); });
  return emitCode();
}

LogicalResult Compiler::runPasses() {
  PassManager manager(context.get());
  if (failed(applyPassManagerCLOptions(manager)))
    return failure();
  buildPipeline(manager, getPassStage(options.stage).value_or(Stage::Plan));
  return manager.run(*module);
}

LogicalResult Compiler::emitCode() {
  if (options.stage == "llvm")
    return printCodeOf(CodeStage::LLVM, {"x86-64-v4", "x86-64-v3"});
  if (options.stage == "asm")
    return printCodeOf(CodeStage::Assembly, {"x86-64-v4", "x86-64-v3"});
  if (options.stage == "spirv")
    return printCodeOf(CodeStage::SPIRV, {"vulkan"});
  return emitPackage();
}

LogicalResult Compiler::printCodeOf(CodeStage stage, ArrayRef<StringRef> candidates) {
  std::string target = options.targets.empty() ? getHostTarget() : options.targets.front();
  if (!llvm::is_contained(candidates, target))
    target = candidates.front().str();
  LogicalResult result = success();
  LogicalResult written = writeText([&](llvm::raw_ostream &out) { result = printCode(*module, target, stage, out); });
  return failure(failed(result) || failed(written));
}

LogicalResult Compiler::emitPackage() {
  std::vector<std::string> targets = options.targets;
  if (targets.empty())
    targets = {getHostTarget(), "vulkan"};
  unsigned threads = options.threads ? options.threads : std::max(1u, std::thread::hardware_concurrency());
  FailureOr<std::vector<TargetCode>> code = generateCode(*module, targets, threads);
  if (failed(code))
    return failure();
  timer.done("code");
  if (options.stage == "so")
    return write(code->front().library);
  FailureOr<std::vector<char>> package = writePackage(*module, *code);
  if (failed(package))
    return failure();
  LogicalResult written = write(*package);
  timer.done("package");
  return written;
}

LogicalResult Compiler::write(ArrayRef<char> bytes) {
  std::string path = options.output;
  if (path.empty()) {
    SmallString<128> name(llvm::sys::path::filename(options.input));
    llvm::sys::path::replace_extension(name, options.stage == "so" ? ".so" : ".vaep");
    path = std::string(name);
  }
  runtime::Status status = runtime::writeFile(path, std::as_bytes(std::span(bytes.data(), bytes.size())));
  if (status.ok())
    return success();
  llvm::errs() << "vaec: " << status.message() << '\n';
  return failure();
}

LogicalResult Compiler::writeText(llvm::function_ref<void(llvm::raw_ostream &)> print) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  print(stream);
  if (!options.output.empty() && options.output != "-")
    return write(ArrayRef(text.data(), text.size()));
  llvm::outs() << text;
  return success();
}

int vae::compileModel(const Options &options) { return Compiler(options).run(); }
