// AssignNoiseSites: each random op of a flat function draws from a site of its own.
#include "passes/Passes.h"

using namespace mlir;
using namespace vae;

namespace vae {
#define GEN_PASS_DEF_ASSIGNNOISESITES
#include "passes/Passes.h.inc"
} // namespace vae

namespace {
struct AssignNoiseSitesPass : vae::impl::AssignNoiseSitesBase<AssignNoiseSitesPass> {
  using vae::impl::AssignNoiseSitesBase<AssignNoiseSitesPass>::AssignNoiseSitesBase;

  void runOnOperation() override {
    int64_t site = 0;
    getOperation().walk([&](NoiseOpInterface op) { op.setNoiseSite(site++); });
  }
};
} // namespace
