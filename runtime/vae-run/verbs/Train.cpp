// vae-run train: minimises a loss over data.
#include "runtime/vae-run/verbs/Train.h"
#include "runtime/vae-run/training/Trainer.h"

namespace vae::runtime::tool {

Status train(const TrainOptions &options) {
  if (!options.resume.empty() && (options.model.initialWeights || !options.model.weights.empty()))
    return fail(StatusCode::invalidArgument, "--resume brings its own weights, so --",
                options.model.initialWeights ? "initial-weights" : "weights", " has no place beside it");
  VAE_ASSIGN_OR_RETURN(PackageHandle package, openPackage(options.model.package));
  VAE_ASSIGN_OR_RETURN(TrainingPlan plan, TrainingPlan::read(package.get(), options));
  VAE_RETURN_IF_ERROR(plan.checkFiles(options));
  VAE_ASSIGN_OR_RETURN(Model model, openModel(std::move(package), options.model, WeightsRule::initialAllowed, {}));
  return Trainer(options, std::move(plan), std::move(model)).run();
}

} // namespace vae::runtime::tool
