// What a program must keep to beyond valid indices. Private to the package.
#ifndef VAE_RUNTIME_PACKAGE_PROGRAMVERIFIER_H
#define VAE_RUNTIME_PACKAGE_PROGRAMVERIFIER_H

#include "runtime/package/Package.h"

namespace vae::runtime {

/// Checks what one program means: lifetimes, what is written before it is read, also by the turns of
/// repeats, what may be written at all, and that commands of one phase don't touch each other's results. Assumes valid
/// indices. invalidFile.
Status verifyProgram(const Package &package, const PackageProgram &program);

} // namespace vae::runtime

#endif // VAE_RUNTIME_PACKAGE_PROGRAMVERIFIER_H
