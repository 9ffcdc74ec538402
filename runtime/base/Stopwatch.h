// How long something took.
#ifndef VAE_RUNTIME_BASE_STOPWATCH_H
#define VAE_RUNTIME_BASE_STOPWATCH_H

#include <chrono>

namespace vae::runtime {

/// Runs from its birth on.
class Stopwatch {
public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); }

private:
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
};

} // namespace vae::runtime

#endif // VAE_RUNTIME_BASE_STOPWATCH_H
