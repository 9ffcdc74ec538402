// What this processor reaches at best: the roof that kernels are compared with.
#ifndef VAE_RUNTIME_DEVICES_CPU_PEAK_H
#define VAE_RUNTIME_DEVICES_CPU_PEAK_H

#include "runtime/base/Memory.h"
#include "runtime/devices/cpu/Threads.h"

#include <string_view>

namespace vae::runtime::cpu {

/// Floating-point operations a second of fused multiply-adds on vectors of the target's width, all in registers, on all
/// threads at once; the best of several rounds, for what else runs on the machine only takes away.
double peakFlops(Threads &threads, std::string_view target);

/// Bytes a second that copies on all threads read and write; 0 where the memory for it is refused.
double peakBytes(Threads &threads, Allocator &allocator);

} // namespace vae::runtime::cpu

#endif // VAE_RUNTIME_DEVICES_CPU_PEAK_H
