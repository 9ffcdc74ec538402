// Clocks around steps, and their table.
#include "backends/vaec/Timing.h"
#include "ir/program/Stages.h"
#include "passes/Passes.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace vae;

double StepClock::milliseconds() {
  const auto now = std::chrono::steady_clock::now();
  return std::chrono::duration<double, std::milli>(now - std::exchange(last, now)).count();
}

namespace {

class PassClock : public PassInstrumentation {
public:
  explicit PassClock(std::vector<StageTime> &stages) : stages(stages) {
    for (const StageInfo &info : getStages())
      if (info.kind == StageKind::Module)
        names.push_back(info.name.str());
  }

  void runBeforePass(Pass *, Operation *) override { running.emplace_back(); }
  void runAfterPass(Pass *pass, Operation *) override { finish(pass); }
  void runAfterPassFailed(Pass *pass, Operation *) override { finish(pass); }

private:
  void finish(Pass *pass) {
    const double time = running.pop_back_val().milliseconds();
    // What runs a pass on each function is a pass without a name itself.
    if (!pass->getArgument().empty())
      current.passes[pass->getArgument().str()].add(time);
    if (running.empty())
      current.milliseconds += time;
    if (running.empty() && pass->getArgument() == checkName && stages.size() < names.size()) {
      current.name = names[stages.size()];
      stages.push_back(std::exchange(current, {}));
    }
  }

  std::vector<StageTime> &stages;
  SmallVector<std::string> names; // of the stages that are modules, in order
  const std::string checkName = createVerifyStage()->getArgument().str();
  SmallVector<StepClock> running; // one in the other
  StageTime current;
};

} // namespace

std::unique_ptr<PassInstrumentation> vae::watchPasses(std::vector<StageTime> &stages) {
  return std::make_unique<PassClock>(stages);
}

void vae::printTime(unsigned level, StringRef name, StepTime time) {
  std::string indented = std::string(2 * size_t(level), ' ') + name.str();
  llvm::errs() << llvm::formatv("{0,-32} {1,6} {2,10:f1} ms\n", indented, time.count, time.milliseconds);
}

void vae::printTimes(unsigned level, const StepTimes &times) {
  for (const auto &[name, time] : times)
    printTime(level, name, time);
}

void vae::printTimes(unsigned level, ArrayRef<StageTime> stages) {
  for (const StageTime &stage : stages) {
    printTime(level, stage.name, {1, stage.milliseconds});
    printTimes(level + 1, stage.passes);
  }
}
