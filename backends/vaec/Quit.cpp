// Last words.
#include "backends/vaec/Quit.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/Signals.h"
#include <csignal>
#include <new>
#include <string_view>
#include <unistd.h>

void vae::quit(const char *reason, int code) {
  llvm::sys::RunInterruptHandlers(); // removes temporary files
  std::string_view parts[] = {"vaec: ", reason, "\n"};
  for (std::string_view part : parts)
    (void)!::write(STDERR_FILENO, part.data(), part.size());
  ::_exit(code);
}

static void quitFatally(void *, const char *reason, bool) { vae::quit(reason, 1); }
static void quitWithoutMemory() { vae::quit("not enough memory", 1); }
static void quitInterrupted(int signal) { vae::quit("stopped by a signal", 128 + signal); }

void vae::catchEnds() {
  std::set_new_handler(quitWithoutMemory);
  llvm::install_bad_alloc_error_handler(quitFatally);
  llvm::install_fatal_error_handler(quitFatally);
  for (int signal : {SIGINT, SIGTERM})
    std::signal(signal, quitInterrupted);
}
