// Edit distances.
#include "runtime/vae-run/NearestWord.h"

#include <algorithm>
#include <numeric>

namespace vae::runtime::tool {

/// Letters put in, left out, replaced, or exchanged with the next one, to make `b` of `a`.
static size_t editDistance(const std::string &a, const std::string &b) {
  std::vector<std::vector<size_t>> cost(a.size() + 1, std::vector<size_t>(b.size() + 1));
  std::iota(cost[0].begin(), cost[0].end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    cost[i][0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  }
  return cost[a.size()][b.size()];
}

std::string nearestWord(const std::string &word, const Words &candidates) {
  constexpr size_t longest = 64; // no word of ours is near a longer one
  std::string best;
  size_t least = std::max<size_t>(word.size() / 3, 1) + 1;
  for (const std::string &candidate : candidates)
    if (size_t distance = word.size() > longest ? least : editDistance(word, candidate); distance < least) {
      least = distance;
      best = candidate;
    }
  return best;
}

} // namespace vae::runtime::tool
