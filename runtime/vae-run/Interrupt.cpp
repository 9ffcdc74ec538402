// Signal handling of vae-run.
#include "runtime/vae-run/Interrupt.h"

#include <csignal>

namespace vae::runtime::tool {

static volatile std::sig_atomic_t signalCame = 0;

static void onSignal(int) { signalCame = 1; }

void catchInterrupts() {
  struct sigaction action{};
  action.sa_handler = onSignal;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
}

bool interrupted() { return signalCame != 0; }

Status checkInterrupt() {
  if (!interrupted())
    return {};
  return fail(StatusCode::cancelled, "stopped by a signal; nothing was written");
}

} // namespace vae::runtime::tool
