// The terminal line of long work.
#include "runtime/vae-run/ProgressBar.h"

#include <algorithm>
#include <cstdio>
#include <sys/ioctl.h>
#include <unistd.h>

namespace vae::runtime::tool {

ProgressBar::ProgressBar() : terminal(::isatty(STDERR_FILENO) != 0) {}

bool ProgressBar::due() const {
  return terminal && std::chrono::steady_clock::now() - last >= std::chrono::milliseconds(100);
}

static size_t terminalWidth() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

void ProgressBar::draw(const std::string &before, uint64_t done, uint64_t total, const std::string &after) {
  if (!terminal)
    return;
  std::string count = std::to_string(done) + "/" + std::to_string(total);
  size_t texts = before.size() + count.size() + after.size() + 7;
  // The bar takes what the texts leave of the line.
  size_t cells = std::clamp<size_t>(terminalWidth() > texts ? terminalWidth() - texts : 0, 6, 32);
  size_t full = total == 0 ? cells : static_cast<size_t>(std::min(done, total) * cells / total);
  std::string bar = std::string(full, '=') + (full < cells ? ">" : "");
  bar.resize(cells, ' ');
  say(before + " [" + bar + "] " + count + "  " + after);
}

void ProgressBar::say(std::string line) {
  if (!terminal)
    return;
  line.resize(std::min(line.size(), terminalWidth() - 1));
  std::fprintf(stderr, "\r\033[K%s", line.c_str());
  std::fflush(stderr);
  shown = true;
  last = std::chrono::steady_clock::now();
}

void ProgressBar::clear() {
  if (shown)
    std::fprintf(stderr, "\r\033[K");
  shown = false;
}

} // namespace vae::runtime::tool
