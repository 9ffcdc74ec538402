#include "runtime/session/sizes/Placer.h"
#include "tests/catch.h"
#include "tests/runtime/TestFiles.h"

#include <limits>
#include <random>

using namespace vae::runtime;

/// Places, and checks what every placement promises: alignment, and no overlap of lives that meet.
static Placement checkedPlace(const std::vector<PlacerItem> &items) {
  Result<Placement> placement = place(items, 256);
  REQUIRE(placement.ok());
  for (size_t i = 0; i < items.size(); ++i) {
    CHECK(placement->offsets[i] % 256 == 0);
    CHECK(placement->offsets[i] + items[i].bytes <= placement->bytes);
    for (size_t j = 0; j < i; ++j) {
      bool meet = items[i].first <= items[j].last && items[j].first <= items[i].last;
      bool overlap = placement->offsets[i] < placement->offsets[j] + items[j].bytes &&
                     placement->offsets[j] < placement->offsets[i] + items[i].bytes;
      if (meet && overlap)
        FAIL("items " << j << " and " << i << " overlap");
    }
  }
  return *placement;
}

TEST_CASE("a chain of results needs two places", "[placer]") {
  std::vector<PlacerItem> items;
  for (uint32_t i = 0; i < 20; ++i)
    items.push_back({1000, i, i + 1});
  Placement placement = checkedPlace(items);
  CHECK(placement.bytes == 2 * 1024);
  CHECK(placement.unplacedBytes == 20 * 1024);
}

TEST_CASE("the smallest gap that fits is taken", "[placer]") {
  // Largest first: 4096 at 0, then 3072 at 4096, 2048 at 7168, 1024 at 9216. In phase 5 the first and the third are
  // gone, which leaves holes of 4096 and 2048 bytes: the last item belongs into the smaller one.
  Placement placement = checkedPlace({{4096, 0, 0}, {3072, 0, 9}, {2048, 0, 0}, {1024, 0, 9}, {768, 5, 5}});
  CHECK(placement.offsets[4] == 7168);
  CHECK(placement.bytes == 10240);
}

TEST_CASE("random lives never overlap", "[placer]") {
  std::mt19937 random(7);
  for (int round = 0; round < 20; ++round) {
    std::vector<PlacerItem> items;
    uint64_t peak = 0;
    for (int i = 0; i < 60; ++i) {
      uint32_t first = static_cast<uint32_t>(random() % 30);
      items.push_back({1 + random() % 100000, first, first + static_cast<uint32_t>(random() % 6)});
    }
    for (uint32_t phase = 0; phase < 40; ++phase) {
      uint64_t live = 0;
      for (const PlacerItem &item : items)
        live += item.first <= phase && phase <= item.last ? item.bytes : 0;
      peak = std::max(peak, live);
    }
    Placement placement = checkedPlace(items);
    CHECK(placement.bytes >= peak);
    CHECK(placement.bytes < peak * 3 / 2); // best fit stays close to the bound
    CHECK(place(items, 256)->offsets == placement.offsets);
  }
}

TEST_CASE("overflowing sizes are refused", "[placer]") {
  const uint64_t most = std::numeric_limits<uint64_t>::max();
  REQUIRE_ERROR(place(std::vector<PlacerItem>{{most, 0, 0}}, 256), "overflow");
  REQUIRE_ERROR(place(std::vector<PlacerItem>{{most / 2 + 1, 0, 0}, {most / 2 + 1, 0, 0}}, 256), "overflow");
  CHECK(checkedPlace({}).bytes == 0);
}
