// Best-fit placement over lifetimes.
#include "runtime/session/sizes/Placer.h"
#include "runtime/base/Checked.h"

#include <algorithm>
#include <numeric>

namespace vae::runtime {
namespace {

struct Block {
  uint64_t begin, end;
};

bool meet(const PlacerItem &a, const PlacerItem &b) { return a.first <= b.last && b.first <= a.last; }

/// Start of the smallest gap of at least `bytes` between blocks sorted by begin; the end of the last block where there
/// is none.
uint64_t findGap(const std::vector<Block> &blocks, uint64_t bytes) {
  uint64_t free = 0, best = 0, bestSize = std::numeric_limits<uint64_t>::max();
  for (const Block &block : blocks) {
    if (block.begin > free && block.begin - free >= bytes && block.begin - free < bestSize) {
      best = free;
      bestSize = block.begin - free;
    }
    free = std::max(free, block.end);
  }
  return bestSize == std::numeric_limits<uint64_t>::max() ? free : best;
}

std::vector<size_t> largestFirst(std::span<const PlacerItem> items) {
  std::vector<size_t> order(items.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return items[a].bytes != items[b].bytes ? items[a].bytes > items[b].bytes : a < b;
  });
  return order;
}

} // namespace

Result<Placement> place(std::span<const PlacerItem> items, uint64_t alignment) {
  Placement placement;
  std::vector<uint64_t> rounded;
  for (const PlacerItem &item : items) {
    std::optional<uint64_t> bytes = checkedAlign(item.bytes, alignment);
    std::optional<uint64_t> sum = bytes ? checkedAdd(placement.unplacedBytes, *bytes) : std::nullopt;
    if (!sum)
      return fail(StatusCode::invalidArgument, "the buffers' sizes overflow");
    rounded.push_back(*bytes);
    placement.unplacedBytes = *sum;
  }
  placement.offsets.resize(items.size());
  std::vector<size_t> placed;
  for (size_t index : largestFirst(items)) {
    std::vector<Block> blocks;
    for (size_t other : placed)
      if (meet(items[index], items[other]))
        blocks.push_back({placement.offsets[other], placement.offsets[other] + rounded[other]});
    std::sort(blocks.begin(), blocks.end(), [](const Block &a, const Block &b) { return a.begin < b.begin; });
    placement.offsets[index] = findGap(blocks, rounded[index]);
    placement.bytes = std::max(placement.bytes, placement.offsets[index] + rounded[index]);
    placed.push_back(index);
  }
  return placement;
}

} // namespace vae::runtime
