// Signal handling of vae-run.
#include "runtime/vae-run/Interrupt.h"

#include <atomic>
#include <csignal>
#include <string_view>
#include <unistd.h>

namespace vae::runtime::tool {

static volatile std::sig_atomic_t noted = 0;
static volatile std::sig_atomic_t deferred = 0;

/// Ends the process in words that a signal handler may say.
[[noreturn]] static void quit(std::string_view text, int code) {
  [[maybe_unused]] ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
  ::_exit(code);
}

static void onSignal(int signal) {
  const bool first = noted == 0;
  noted = signal;
  if (deferred && first)
    return;
  quit("vae-run: stopped by a signal\n", 128 + signal);
}

void catchInterrupts() {
  struct sigaction action{};
  action.sa_handler = onSignal;
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
}

static std::atomic_flag faulted;

/// Several threads of a driver may fault together: the first one speaks.
static void onFault(int) {
  while (faulted.test_and_set())
    ::pause();
  quit("vae-run: error: the device's driver crashed, perhaps for lack of memory\n", 1);
}

void catchDriverFaults() {
  std::signal(SIGSEGV, onFault);
  std::signal(SIGABRT, onFault);
}

DeferInterrupts::DeferInterrupts() { deferred = deferred + 1; }
DeferInterrupts::~DeferInterrupts() { deferred = deferred - 1; }

int notedSignal() { return noted; }

const char *notedSignalName() { return noted == SIGTERM ? "SIGTERM" : "SIGINT"; }

} // namespace vae::runtime::tool
