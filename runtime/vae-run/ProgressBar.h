// One line on a terminal that shows how far long work is; silent elsewhere.
#ifndef VAE_RUNTIME_VAE_RUN_PROGRESSBAR_H
#define VAE_RUNTIME_VAE_RUN_PROGRESSBAR_H

#include <chrono>
#include <cstdint>
#include <string>

namespace vae::runtime::tool {

/// Draws on stderr, ten times a second at most. Removes its line when it is destroyed.
class ProgressBar {
public:
  ProgressBar();
  ~ProgressBar() { clear(); }
  ProgressBar(const ProgressBar &) = delete;
  ProgressBar &operator=(const ProgressBar &) = delete;

  /// Whether the line may be drawn again already; saves the caller from making texts that nobody sees.
  bool due() const;
  /// "epoch 2/5 [=====>      ] 412/1563  loss 103.2 ..."
  void draw(const std::string &before, uint64_t done, uint64_t total, const std::string &after);
  /// A line of words, of work whose share done is not known.
  void say(std::string line);
  /// Removes the line, so that other text can be printed.
  void clear();

private:
  bool terminal;
  bool shown = false;
  std::chrono::steady_clock::time_point last;
};

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_PROGRESSBAR_H
