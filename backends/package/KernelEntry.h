// What a package says of a kernel whatever its target.
#ifndef VAE_BACKENDS_PACKAGE_KERNELENTRY_H
#define VAE_BACKENDS_PACKAGE_KERNELENTRY_H

#include "backends/Backend.h"
#include "ir/program/Program.h"
#include "runtime/abi/package_generated.h"

namespace vae {

std::unique_ptr<abi::GridAxisT> makeAxisEntry(const GridAxis &axis);

/// The kernel without its code: what it binds and does with it, its operations, the axes along which it may run in
/// pieces.
std::unique_ptr<abi::KernelT> makeKernelEntry(program::KernelOp kernel);

} // namespace vae

#endif // VAE_BACKENDS_PACKAGE_KERNELENTRY_H
