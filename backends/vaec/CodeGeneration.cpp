// Kernels are independent of one another, so they are dealt out to threads; the order of results is the module's.
#include "backends/vaec/CodeGeneration.h"
#include "ir/program/SourceLines.h"
#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include <atomic>
#include <functional>
#include <mutex>
#include <system_error>
#include <thread>

using namespace mlir;
using namespace vae;

/// The kernels alone, serialised: what a thread needs and no more.
static FailureOr<std::string> serializeKernels(ModuleOp module) {
  OpBuilder builder(module.getContext());
  OwningOpRef<ModuleOp> kernels = ModuleOp::create(builder, module.getLoc());
  builder.setInsertionPointToStart(kernels->getBody());
  for (auto kernel : module.getOps<program::KernelOp>())
    builder.clone(*kernel);
  std::string bytes;
  llvm::raw_string_ostream stream(bytes);
  if (failed(writeBytecodeToFile(*kernels, stream)))
    return failure();
  return bytes;
}

static void loadDialects(MLIRContext &context) { context.loadDialect<program::ProgramDialect, func::FuncDialect>(); }

namespace {

/// A diagnostic that a thread met, to be shown later where diagnostics are printed.
struct WorkerMessage {
  DiagnosticSeverity severity = DiagnosticSeverity::Error;
  std::string file;
  unsigned line = 0, column = 0;
  std::string text;
};

/// One unit of work: a kernel for a target.
struct Work {
  unsigned target, kernel;
};

class Worker {
public:
  Worker(StringRef bytecode, ArrayRef<std::string> targetNames) : context(MLIRContext::Threading::DISABLED) {
    loadDialects(context);
    handler =
        std::make_unique<ScopedDiagnosticHandler>(&context, [this](Diagnostic &diagnostic) { record(diagnostic); });
    ParserConfig config(&context, /*verifyAfterParse=*/false);
    module = parseSourceString<ModuleOp>(bytecode, config);
    if (module)
      llvm::append_range(kernels, module->getOps<program::KernelOp>());
    for (const std::string &name : targetNames)
      backends.push_back(createBackend(name));
    times.resize(targetNames.size());
  }

  FailureOr<CompiledKernel> compile(Work work) {
    if (!module)
      return failure();
    StepClock clock;
    FailureOr<CompiledKernel> compiled = backends[work.target]->compile(kernels[work.kernel]);
    if (succeeded(compiled))
      times[work.target][compiled->strategy].add(clock.milliseconds());
    return compiled;
  }

  std::vector<std::unique_ptr<Backend>> backends;
  std::vector<WorkerMessage> messages;
  std::vector<std::map<std::string, StepTime>> times; // by target and strategy

private:
  void record(Diagnostic &diagnostic) {
    WorkerMessage message;
    message.severity = diagnostic.getSeverity();
    if (auto loc = diagnostic.getLocation()->findInstanceOf<FileLineColLoc>()) {
      message.file = loc.getFilename().str();
      message.line = loc.getLine();
      message.column = loc.getColumn();
    }
    message.text = diagnostic.str();
    messages.push_back(std::move(message));
  }

  MLIRContext context;
  std::unique_ptr<ScopedDiagnosticHandler> handler;
  OwningOpRef<ModuleOp> module;
  std::vector<program::KernelOp> kernels;
};

} // namespace

/// Repeats what the threads' contexts reported in the module's own.
static void replay(ModuleOp module, ArrayRef<std::unique_ptr<Worker>> workers) {
  for (const std::unique_ptr<Worker> &worker : workers)
    for (const WorkerMessage &message : worker->messages) {
      Location loc = message.file.empty()
                         ? module.getLoc()
                         : FileLineColLoc::get(module.getContext(), message.file, message.line, message.column);
      (message.severity == DiagnosticSeverity::Error ? emitError(loc) : emitWarning(loc)) << message.text;
    }
}

/// Links the library of one target from what all workers compiled for it.
static FailureOr<std::vector<char>> linkTarget(unsigned target, ArrayRef<std::unique_ptr<Worker>> workers) {
  SmallVector<Backend *> siblings;
  for (const std::unique_ptr<Worker> &worker : workers)
    siblings.push_back(worker->backends[target].get());
  return siblings.front()->link(siblings);
}

/// What all workers took for one target.
static StepTimes sumTimes(unsigned target, ArrayRef<std::unique_ptr<Worker>> workers) {
  std::map<std::string, StepTime> sums;
  for (const std::unique_ptr<Worker> &worker : workers)
    for (const auto &[strategy, time] : worker->times[target]) {
      sums[strategy].count += time.count;
      sums[strategy].milliseconds += time.milliseconds;
    }
  StepTimes sorted;
  for (const auto &[strategy, time] : sums)
    sorted.insert({strategy, time});
  return sorted;
}

/// False where the system refuses another thread.
static bool startThread(std::vector<std::thread> &pool, std::function<void()> work) {
  try {
    pool.emplace_back(std::move(work));
    return true;
  } catch (const std::system_error &) {
    return false;
  }
}

FailureOr<std::vector<TargetCode>> vae::generateCode(ModuleOp module, ArrayRef<std::string> targets, unsigned threads,
                                                     std::vector<TargetTimes> *times) {
  auto kernelOps = module.getOps<program::KernelOp>();
  unsigned kernelCount = std::distance(kernelOps.begin(), kernelOps.end());
  FailureOr<std::string> bytecode = serializeKernels(module);
  if (failed(bytecode))
    return failure();

  std::vector<TargetCode> result(targets.size());
  for (auto [code, name] : llvm::zip_equal(result, targets)) {
    code.target = name;
    code.kernels.resize(kernelCount);
  }
  std::vector<Work> queue;
  for (unsigned target = 0; target < targets.size(); ++target)
    for (unsigned kernel = 0; kernel < kernelCount; ++kernel)
      queue.push_back({target, kernel});

  unsigned count = std::max(1u, std::min<unsigned>(threads, queue.size()));
  std::vector<std::unique_ptr<Worker>> workers(count);
  std::atomic<size_t> next{0};
  std::atomic<bool> ok{true};
  auto run = [&](unsigned index) {
    workers[index] = std::make_unique<Worker>(*bytecode, targets);
    for (size_t item; ok && (item = next++) < queue.size();) {
      FailureOr<CompiledKernel> compiled = workers[index]->compile(queue[item]);
      if (failed(compiled))
        ok = false;
      else
        result[queue[item].target].kernels[queue[item].kernel] = std::move(*compiled);
    }
  };
  std::vector<std::thread> pool;
  // Where the system has no more threads, those that run do all of the work.
  while (pool.size() + 1 < count && startThread(pool, [&, index = pool.size() + 1] { run(index); }))
    ;
  run(0);
  for (std::thread &thread : pool)
    thread.join();
  workers.resize(pool.size() + 1);

  for (unsigned target = 0; ok && target < targets.size(); ++target) {
    StepClock clock;
    FailureOr<std::vector<char>> library = linkTarget(target, workers);
    if (times && succeeded(library))
      times->push_back({sumTimes(target, workers), library->empty() ? 0 : clock.milliseconds()});
    if (failed(library))
      ok = false;
    else
      result[target].library = std::move(*library);
  }
  replay(module, workers);
  if (!ok)
    return failure();
  return result;
}

/// How a comment begins in the language of a stage.
static StringRef getCommentMark(Stage stage) {
  switch (stage) {
  case Stage::LLVM:
    return ";";
  case Stage::Assembly:
    return "#";
  default:
    return "//";
  }
}

LogicalResult vae::printCode(ArrayRef<program::KernelOp> kernels, StringRef target, Stage stage,
                             llvm::raw_ostream &out) {
  std::unique_ptr<Backend> backend = createBackend(target);
  for (program::KernelOp kernel : kernels) {
    out << getCommentMark(stage) << " kernel " << kernel.getSymName() << "  " << getSourceLine(kernel.getLoc()) << '\n';
    if (failed(backend->print(kernel, stage, out)))
      return failure();
  }
  return success();
}

LogicalResult vae::explainKernels(ArrayRef<program::KernelOp> kernels, ArrayRef<std::string> targets,
                                  llvm::raw_ostream &out) {
  std::vector<std::unique_ptr<Backend>> backends;
  for (const std::string &target : targets)
    backends.push_back(createBackend(target));
  for (program::KernelOp op : kernels) {
    out << op.getSymName() << '\n';
    for (const std::unique_ptr<Backend> &backend : backends) {
      out << "  " << backend->getTarget() << ": ";
      if (failed(backend->explain(op, out)))
        return failure();
    }
  }
  return success();
}
