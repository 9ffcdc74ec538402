// Runs the stages in order, stops after the one asked for, writes its output whole or not at all.
#include "backends/vaec/Compile.h"
#include "backends/Backend.h"
#include "backends/TargetLimits.h"
#include "backends/vaec/CodeGeneration.h"
#include "backends/vaec/PackageFile.h"
#include "backends/vaec/Timing.h"
#include "frontend/elaborate/Sema.h"
#include "ir/program/SourceLines.h"
#include "mlir/IR/AsmState.h"
#include "passes/Passes.h"
#include "passes/Pipelines.h"
#include "runtime/base/AtomicFile.h"
#include "runtime/base/FileIdentity.h"
#include "llvm/Support/Path.h"
#include <thread>

using namespace mlir;
using namespace vae;

namespace {

/// Prints how long each step took, where asked to.
class StepTimer {
public:
  explicit StepTimer(bool enabled) : enabled(enabled) {}
  void done(StringRef step) {
    double time = clock.milliseconds();
    if (enabled)
      printTime(0, step, {1, time});
  }
  /// Of the code: each target's strategies, and its link.
  void show(ArrayRef<std::string> targets, ArrayRef<TargetTimes> times) const {
    for (auto [target, time] : llvm::zip(targets, times)) {
      double all = time.linkMilliseconds;
      unsigned kernels = 0;
      for (const auto &[strategy, each] : time.strategies) {
        all += each.milliseconds;
        kernels += each.count;
      }
      printTime(1, target, {kernels, all});
      printTimes(2, time.strategies);
      if (time.linkMilliseconds > 0)
        printTime(2, "link", {1, time.linkMilliseconds});
    }
  }

  const bool enabled;

private:
  StepClock clock;
};

class Compiler {
public:
  explicit Compiler(const CompileOptions &options);
  int run();

private:
  LogicalResult compile();
  unsigned countBuffers() const;
  LogicalResult runPasses();
  void wishStrategies();
  LogicalResult pickKernels();
  LogicalResult printModule(llvm::raw_ostream &out);
  LogicalResult emitFile();
  LogicalResult findWeights(std::vector<runtime::SafetensorsItem> &weights);
  LogicalResult writePackageAndWeights(std::vector<char> package, std::vector<runtime::SafetensorsItem> weights);
  LogicalResult write(StringRef bytes);
  LogicalResult writeText(llvm::function_ref<LogicalResult(llvm::raw_ostream &)> print);
  bool readInput();
  LogicalResult checkOutput();

  const CompileOptions &options;
  const StageInfo &stage;
  std::string output; // "-" is standard output
  std::vector<std::string> targets;
  SmallVector<program::KernelOp> kernels; // those to show
  StepTimer timer;
  DialectRegistry registry;
  std::unique_ptr<MLIRContext> context;
  llvm::SourceMgr sources;
  OwningOpRef<ModuleOp> module;
};

} // namespace

/// The target of this machine that has the stage, else any that has it.
static std::string getDefaultTarget(const StageInfo &stage) {
  for (ArrayRef<StringRef> names : {getHostTargets(), getTargetNames()})
    for (StringRef name : names)
      if (stage.hasTarget(name))
        return name.str();
  llvm_unreachable("every stage has a target");
}

/// Some names like a word: those that contain it, then the nearest in spelling.
static std::string listNear(StringRef word, SmallVector<StringRef> names) {
  auto distance = [&](StringRef name) { return name.contains(word) ? 0 : name.edit_distance(word); };
  llvm::sort(names, [&](StringRef a, StringRef b) { return std::pair(distance(a), a) < std::pair(distance(b), b); });
  names.truncate(std::min<size_t>(names.size(), 5));
  return frontend::listNames(names);
}

/// What is asked for, else standard output for text, and the input's name with another ending in this folder.
static std::string getOutput(const CompileOptions &options) {
  if (!options.output.empty())
    return options.output;
  if (options.input == "-" || options.explain || getInfo(options.stage).kind != StageKind::File)
    return "-";
  SmallString<128> name(options.name);
  llvm::sys::path::replace_extension(name, options.stage == Stage::Library ? ".so" : ".vaep");
  return std::string(name);
}

Compiler::Compiler(const CompileOptions &options)
    : options(options), stage(getInfo(options.stage)), output(getOutput(options)), targets(options.targets),
      timer(options.time) {
  if (targets.empty() && stage.stage == Stage::Package)
    targets.assign(getHostTargets().begin(), getHostTargets().end());
  if (targets.empty())
    targets = {getDefaultTarget(stage)};
  registerDialects(registry);
  context = std::make_unique<MLIRContext>(registry, MLIRContext::Threading::DISABLED);
  context->loadAllAvailableDialects();
}

bool Compiler::readInput() {
  auto buffer = frontend::readSource(options.input);
  if (!buffer) {
    llvm::errs() << "vaec: cannot read " << options.input << ": " << llvm::toString(buffer.takeError()) << '\n';
    return false;
  }
  sources.AddNewSourceBuffer(std::move(*buffer), llvm::SMLoc());
  return true;
}

static LogicalResult report(const runtime::Status &status) {
  if (status.ok())
    return success();
  llvm::errs() << "vaec: " << status.message() << '\n';
  return failure();
}

/// Where weights go that lie beside a package.
static std::string getBeside(StringRef package) {
  SmallString<128> path(package);
  llvm::sys::path::replace_extension(path, ".safetensors");
  return std::string(path);
}

/// The output is not one of the files that were read.
LogicalResult Compiler::checkOutput() {
  std::vector<std::string> inputs;
  for (unsigned buffer = 1; buffer <= sources.getNumBuffers(); ++buffer)
    inputs.push_back(sources.getMemoryBuffer(buffer)->getBufferIdentifier().str());
  if (options.checkpoint)
    inputs.push_back(options.checkpoint->file->path());
  std::vector<std::string> outputs = {output};
  if (options.checkpoint && options.weights == WeightsPlace::beside)
    outputs.push_back(getBeside(output));
  return report(output == "-" ? runtime::Status() : runtime::checkDistinct(inputs, outputs));
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
  if (!tree || failed(checkOutput()))
    return failure();
  if (stage.kind == StageKind::Tree)
    return writeText([&](llvm::raw_ostream &out) {
      frontend::ast::dump(tree->mainFile(), out);
      return success();
    });
  timer.done("parse");
  module = frontend::compile(*tree, options.bindings, sources, context.get());
  if (!module)
    return failure();
  timer.done("vae");
  if (failed(runPasses()))
    return failure();
  wishStrategies();
  if ((options.explain || stage.hasKernels()) && failed(pickKernels()))
    return failure();
  if (options.explain)
    return writeText([&](llvm::raw_ostream &out) { return explainKernels(kernels, targets, out); });
  switch (stage.kind) {
  case StageKind::Tree:
    break; // returned above
  case StageKind::Module:
    return writeText([&](llvm::raw_ostream &out) { return printModule(out); });
  case StageKind::Code:
    return writeText([&](llvm::raw_ostream &out) { return printCode(kernels, targets.front(), stage.stage, out); });
  case StageKind::File:
    return emitFile();
  }
  llvm_unreachable("every kind of stage is written");
}

/// What all targets can bind, for all share the kernels; those of a package, where none is named.
unsigned Compiler::countBuffers() const {
  unsigned most = UINT_MAX;
  for (StringRef target : targets)
    most = std::min(most, getMaxBuffers(target));
  if (options.targets.empty())
    for (StringRef target : getHostTargets())
      most = std::min(most, getMaxBuffers(target));
  return most;
}

LogicalResult Compiler::runPasses() {
  PassManager manager(context.get());
  if (failed(applyPassManagerCLOptions(manager)))
    return failure();
  if (!options.programs.empty())
    manager.addPass(createSelectPrograms({llvm::to_vector<4>(options.programs)}));
  buildPipeline(manager, std::min(stage.stage, Stage::Plan), countBuffers());
  std::vector<StageTime> stages;
  if (timer.enabled)
    manager.addInstrumentation(watchPasses(stages));
  LogicalResult result = manager.run(*module);
  timer.done("passes");
  printTimes(1, stages);
  return result;
}

/// Backends read it of the kernels, which travel to their threads.
void Compiler::wishStrategies() {
  if (options.convolution.empty())
    return;
  for (auto kernel : module->getOps<program::KernelOp>())
    if (kernel.getForm() && kernel.getForm()->getKind() == program::KernelForm::Convolution)
      kernel->setAttr(wishedStrategyAttrName, StringAttr::get(context.get(), options.convolution));
}

LogicalResult Compiler::pickKernels() {
  SmallVector<StringRef> names;
  for (auto kernel : module->getOps<program::KernelOp>()) {
    names.push_back(kernel.getSymName());
    if (options.kernel.empty() || kernel.getSymName() == options.kernel)
      kernels.push_back(kernel);
  }
  if (!kernels.empty() || options.kernel.empty())
    return success();
  llvm::errs() << "vaec: no kernel is named `" << options.kernel << "`; near it: " << listNear(options.kernel, names)
               << '\n';
  return failure();
}

LogicalResult Compiler::printModule(llvm::raw_ostream &out) {
  if (options.kernel.empty())
    printWithSourceLines(*module, out);
  else
    printWithSourceLines(kernels.front(), out);
  return success();
}

/// Finds the checkpoint's weight of each parameter, where there is one.
LogicalResult Compiler::findWeights(std::vector<runtime::SafetensorsItem> &weights) {
  if (!options.checkpoint || stage.stage != Stage::Package)
    return success();
  std::vector<checkpoints::WantedParameter> wanted;
  for (auto op : module->getOps<program::ParameterOp>()) {
    ArrayRef<int64_t> shape = cast<RankedTensorType>(op.getType()).getShape();
    wanted.push_back({op.getSymName().str(), {shape.begin(), shape.end()}});
  }
  runtime::Result<std::vector<runtime::SafetensorsItem>> found = checkpoints::matchWeights(*options.checkpoint, wanted);
  if (found.ok())
    weights = found.take();
  return report(found.status());
}

LogicalResult Compiler::writePackageAndWeights(std::vector<char> package,
                                               std::vector<runtime::SafetensorsItem> weights) {
  if (output == "-")
    return write(StringRef(package.data(), package.size()));
  if (options.checkpoint && options.weights == WeightsPlace::beside &&
      failed(report(runtime::writeSafetensors(getBeside(output), weights))))
    return failure();
  if (options.weights != WeightsPlace::inside)
    weights.clear();
  if (failed(report(writePackageFile(output, std::move(package), std::move(weights)))))
    return failure();
  return report(options.checkpoint ? options.checkpoint->file->checkUnchanged() : runtime::Status());
}

LogicalResult Compiler::emitFile() {
  std::vector<runtime::SafetensorsItem> weights;
  if (failed(findWeights(weights)))
    return failure();
  unsigned threads = options.threads ? options.threads : std::max(1u, std::thread::hardware_concurrency());
  std::vector<TargetTimes> times;
  FailureOr<std::vector<TargetCode>> code = generateCode(*module, targets, threads, &times);
  if (failed(code))
    return failure();
  timer.done("code");
  if (timer.enabled)
    timer.show(targets, times);
  if (stage.stage == Stage::Library)
    return write(StringRef(code->front().library.data(), code->front().library.size()));
  FailureOr<std::vector<char>> package = writePackage(*module, *code);
  if (failed(package))
    return failure();
  LogicalResult written = writePackageAndWeights(std::move(*package), std::move(weights));
  timer.done("package");
  return written;
}

static runtime::Status writeStandardOutput(StringRef text) {
  llvm::outs() << text;
  llvm::outs().flush();
  std::error_code error = llvm::outs().error();
  llvm::outs().clear_error();
  return error ? runtime::fail(runtime::StatusCode::io, "cannot write standard output: ", error.message())
               : runtime::Status();
}

LogicalResult Compiler::write(StringRef bytes) {
  return report(output == "-" ? writeStandardOutput(bytes) : runtime::writeFile(output, std::string_view(bytes)));
}

LogicalResult Compiler::writeText(llvm::function_ref<LogicalResult(llvm::raw_ostream &)> print) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  if (failed(print(stream)))
    return failure();
  return write(text);
}

int vae::compileModel(const CompileOptions &options) { return Compiler(options).run(); }
