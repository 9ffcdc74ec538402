// The course of a loss and its terms, kept small however long training takes.
#ifndef VAE_RUNTIME_VAE_RUN_TRAINING_LOSSCURVE_H
#define VAE_RUNTIME_VAE_RUN_TRAINING_LOSSCURVE_H

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace vae::runtime::tool {

/// Collects steps in bins of equal width; when there are too many, neighbours are joined. The bins are a function of
/// the values alone, whether they come from steps or from a log.
class LossCurve {
public:
  struct Span {
    double sum = 0;
    float low = 0, high = 0;
  };
  struct Bin {
    uint64_t index = 0; ///< holds steps index * width + 1 .. (index + 1) * width
    uint64_t count = 0;
    std::vector<Span> terms;

    double mean(size_t term) const { return terms[term].sum / static_cast<double>(count); }
  };
  static constexpr size_t maxBins = 400;

  explicit LossCurve(std::vector<std::string> names) : names(std::move(names)) {}

  /// Adds a step, counted from 1; steps come in rising order, values in that of the terms.
  void add(uint64_t step, std::span<const float> values);

  const std::vector<std::string> &terms() const { return names; }
  const std::vector<Bin> &bins() const { return kept; }
  uint64_t binWidth() const { return width; }
  /// The first and the last step; 0 where there is none.
  uint64_t firstStep() const { return first; }
  uint64_t lastStep() const { return last; }

private:
  void joinNeighbours();

  std::vector<std::string> names;
  std::vector<Bin> kept;
  uint64_t width = 1, first = 0, last = 0;
};

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_TRAINING_LOSSCURVE_H
