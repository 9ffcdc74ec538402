// Bytes that a run of a program takes.
#ifndef VAE_RUNTIME_SESSION_STRIPS_FOOTPRINT_H
#define VAE_RUNTIME_SESSION_STRIPS_FOOTPRINT_H

#include "runtime/package/Package.h"
#include "runtime/session/sizes/SizedProgram.h"

namespace vae::runtime {

/// Bytes that a session holds while the program runs at once: the arena, variables, prepared tensors, results.
uint64_t bytesAtOnce(const PackageProgram &program, const SizedProgram &sized);

/// Bytes that count beside those of a plan in strips: variables, results, and prepared tensors that are all there or,
/// `inStages`, a weight while what follows from it is prepared.
uint64_t bytesBesideStrips(const PackageProgram &program, const SizedProgram &sized, bool inStages);

} // namespace vae::runtime

#endif // VAE_RUNTIME_SESSION_STRIPS_FOOTPRINT_H
