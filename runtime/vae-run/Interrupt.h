// Ctrl-C as a question that long work asks between its steps.
#ifndef VAE_RUNTIME_VAE_RUN_INTERRUPT_H
#define VAE_RUNTIME_VAE_RUN_INTERRUPT_H

#include "runtime/base/Status.h"

namespace vae::runtime::tool {

/// From now on SIGINT and SIGTERM only set a flag; a second one ends the process. Writes beyond a file-size limit
/// become errors.
void catchInterrupts();

/// Whether a signal came.
bool interrupted();

/// Cancelled where a signal came, so that nothing is written after it.
Status checkInterrupt();

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_INTERRUPT_H
