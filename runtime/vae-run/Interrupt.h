// Ctrl-C and SIGTERM: they end the process at once, but for work that has something to keep.
#ifndef VAE_RUNTIME_VAE_RUN_INTERRUPT_H
#define VAE_RUNTIME_VAE_RUN_INTERRUPT_H

namespace vae::runtime::tool {

/// From now on SIGINT and SIGTERM end the process with a line and exit code 128 + signal, and writes beyond a file-size
/// limit, or to a closed pipe, become errors.
void catchInterrupts();

/// From now on a fault in memory ends the process with a line and exit code 1: drivers of devices are not ours, and some
/// do not look whether they got the memory or the thread that they asked for.
void catchDriverFaults();

/// While one lives, the first signal is only noted; the work looks for it and comes to an end by itself. A second one
/// ends the process.
class DeferInterrupts {
public:
  DeferInterrupts();
  ~DeferInterrupts();
  DeferInterrupts(const DeferInterrupts &) = delete;
  DeferInterrupts &operator=(const DeferInterrupts &) = delete;
};

/// The signal that was noted, or 0.
int notedSignal();

/// "SIGINT"
const char *notedSignalName();

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_INTERRUPT_H
