// Elaborates `train`: losses with their optimisers, options and schedules, and the rules that move buffers.
#ifndef VAE_FRONTEND_ELABORATE_TRAININGELABORATOR_H
#define VAE_FRONTEND_ELABORATE_TRAININGELABORATOR_H

#include "frontend/elaborate/Elaborator.h"

namespace vae {
struct Schedule;
}

namespace vae::frontend {

/// Runs after the model's funcs: it asks their losses what numbers they take, and the parameters what parts there are.
class TrainingElaborator {
public:
  explicit TrainingElaborator(Elaborator &model)
      : model(model), sink(model.sink), builder(model.builder), context(model.context) {}

  /// One line of `train`, and the updates below it.
  void elaborate(const ast::Minimize &minimize);

private:
  /// The call of an optimiser, an option or a rule, its arguments bound.
  struct TrainingCall {
    const ast::CallExpr *call;
    Signature signature;
    mlir::NamedAttrList arguments;
  };

  void elaborateMinimize(const ast::Minimize &minimize);
  void elaborateUpdates(const ast::Minimize &minimize);
  /// Binds the call of an op that has the interface; any other name is reported as of the kind `unknown`.
  template <typename Interface>
  std::optional<TrainingCall> bindTrainingCall(const ast::CallExpr &call, DiagnosticKind unknown);
  /// The optimiser's call, then those of the options.
  std::optional<llvm::SmallVector<TrainingCall>> bindTrainingCalls(const ast::Minimize &minimize);
  /// Binds a call whose arguments are all known now; those left out without a default stay out.
  bool bindNumbers(const ast::CallExpr &call, const Signature &signature, mlir::NamedAttrList &arguments);
  /// The parts after `over`; reports those that are none, or hold nothing to train.
  llvm::SmallVector<std::string> elaborateParts(llvm::ArrayRef<ast::Label> paths);
  bool checkBuffer(llvm::StringRef path, llvm::SMRange range);

  /// Enters the schedule's formula where its number is taken: into the arguments of one of the calls, or the loss's
  /// scalars.
  void elaborateSchedule(const ast::Minimize &minimize, const ast::Schedule &schedule,
                         llvm::MutableArrayRef<TrainingCall> calls, mlir::NamedAttrList &scalars);
  void elaborateRuleSchedule(const ast::Schedule &schedule, TrainingCall &rule, llvm::ArrayRef<ast::Schedule> all);
  /// Reports a number that an earlier schedule has.
  bool checkFirstSchedule(const ast::Schedule &schedule, llvm::ArrayRef<ast::Schedule> all);
  /// Enters the schedule's formula as an argument of a call that takes it.
  void scheduleArgument(TrainingCall &target, const ast::Name &name, std::optional<std::string> formula);
  /// The formula of `linear(0, 4, steps = 10_000)`.
  std::optional<std::string> evaluateSchedule(const ast::Schedule &statement);
  /// A length where one is needed, and numbers that the formula is defined for.
  bool checkSchedule(const ast::CallExpr &call, const Schedule &schedule, const Signature &signature,
                     const llvm::StringMap<double> &numbers);

  Elaborator &model;
  DiagnosticSink &sink;
  mlir::OpBuilder &builder;
  mlir::MLIRContext *context;
  llvm::StringMap<llvm::SMRange> minimized; // losses in `train`
};

} // namespace vae::frontend

#endif // VAE_FRONTEND_ELABORATE_TRAININGELABORATOR_H
