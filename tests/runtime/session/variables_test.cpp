#include "runtime/session/Variables.h"
#include "tests/catch.h"

#include <cstring>

using namespace vae::runtime;

/// Panels by the definition in abi/kernel.h, element by element: [ceil(N / 32)][K][32].
template <typename T> static void checkPanels(int64_t n, int64_t k) {
  const size_t rowsCount = static_cast<size_t>(n), depth = static_cast<size_t>(k), panels = (rowsCount + 31) / 32;
  std::vector<T> rows(rowsCount * depth), packed(panels * depth * 32, T(77)), back(rows.size());
  for (size_t i = 0; i < rows.size(); ++i)
    rows[i] = static_cast<T>(i + 1);
  const int64_t shape[] = {n, k};
  packPanels(std::as_bytes(std::span(rows)), shape, sizeof(T), std::as_writable_bytes(std::span(packed)));
  size_t wrong = 0;
  for (size_t panel = 0; panel < panels; ++panel)
    for (size_t column = 0; column < depth; ++column)
      for (size_t lane = 0; lane < 32; ++lane) {
        size_t row = panel * 32 + lane;
        T wanted = row < rowsCount ? rows[row * depth + column] : T(0);
        wrong += packed[(panel * depth + column) * 32 + lane] != wanted;
      }
  CHECK(wrong == 0);
  CHECK(storageBytes(ElementType::u8, shape, Layout::panels32) == packed.size());
  unpackPanels(std::as_bytes(std::span(packed)), shape, sizeof(T), std::as_writable_bytes(std::span(back)));
  CHECK(back == rows);
}

TEST_CASE("panels hold a matrix 32 rows at a time, padded with zeros", "[variables]") {
  for (auto [n, k] : {std::pair(1, 1), {31, 3}, {32, 3}, {33, 1}, {40, 3}, {100, 7}}) {
    CAPTURE(n, k);
    checkPanels<uint8_t>(n, k);
    checkPanels<uint16_t>(n, k);
    checkPanels<float>(n, k);
    checkPanels<double>(n, k);
  }
}
