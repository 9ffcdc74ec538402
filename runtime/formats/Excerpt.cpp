// Cutting and cleaning.
#include "runtime/formats/Excerpt.h"

#include <algorithm>

namespace vae::runtime {

std::string excerpt(std::string_view text) {
  constexpr size_t most = 120;
  size_t end = std::min(text.size(), most);
  while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
    --end;
  std::string shown(text.substr(0, end));
  std::replace_if(
      shown.begin(), shown.end(), [](unsigned char letter) { return letter < 0x20 || letter == 0x7f; }, '?');
  return end < text.size() ? shown + "..." : shown;
}

} // namespace vae::runtime
