// A program recorded for given symbols.
#ifndef VAE_RUNTIME_SESSION_BINDING_H
#define VAE_RUNTIME_SESSION_BINDING_H

#include "runtime/session/Session.h"
#include "runtime/session/strips/StripPlan.h"

namespace vae::runtime {

/// The share of the arena that one stage's prepared tensors may need: a few percent of what the run needs anyway.
inline constexpr uint64_t stagesOfArena = 16;

/// How a program runs.
struct Session::Manner {
  bool inStages = false;
  std::optional<StripPlan> strips{}; ///< of one that runs in strips and is not bound yet
};

struct Session::Binding {
  SizedProgram sized;
  std::shared_ptr<DeviceKernels> kernels;
  BoundProgram program;
  std::vector<Stage> stages;              ///< of a program that runs in stages; its prepared tensors have no place here
  std::unique_ptr<Executable> executable; ///< after what it refers to; null where there are stages
  std::unique_ptr<Executable> checked;    ///< the same kernel by kernel, once it was asked for
  uint64_t lastUse = 0;
};

} // namespace vae::runtime

#endif // VAE_RUNTIME_SESSION_BINDING_H
