// The CPU backend: kernels to functions in one shared object a target.
#ifndef VAE_BACKENDS_CPU_CPUBACKEND_H
#define VAE_BACKENDS_CPU_CPUBACKEND_H

#include "backends/Backend.h"
#include "backends/cpu/CpuTarget.h"

namespace vae::cpu {

/// The most tensors that a kernel reads and writes. Its arguments hold any number; each is a stream of its own, and many
/// more than registers hold addresses for gain nothing over two kernels. Chosen by that, not measured.
inline constexpr unsigned maxKernelBuffers = 64;

/// By the name of a CPU target.
std::unique_ptr<Backend> createCpuBackend(llvm::StringRef target);

} // namespace vae::cpu

#endif // VAE_BACKENDS_CPU_CPUBACKEND_H
