// vae-run train.
#ifndef VAE_RUNTIME_VAE_RUN_VERBS_TRAIN_H
#define VAE_RUNTIME_VAE_RUN_VERBS_TRAIN_H

#include "runtime/vae-run/training/TrainingPlan.h"

namespace vae::runtime::tool {

/// Minimises the losses of a model over data.
Status train(const TrainOptions &options);

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_VERBS_TRAIN_H
