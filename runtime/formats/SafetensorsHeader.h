// The JSON header of a .safetensors file as a list of entries; private to Safetensors.cpp.
#ifndef VAE_RUNTIME_FORMATS_SAFETENSORSHEADER_H
#define VAE_RUNTIME_FORMATS_SAFETENSORSHEADER_H

#include "runtime/base/Status.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace vae::runtime {

/// An entry as it stands in the header, unchecked but for its JSON types.
struct SafetensorsHeaderEntry {
  std::string name;
  std::string typeName;
  std::vector<uint64_t> shape;
  std::vector<uint64_t> offsets;
  bool hasType = false, hasShape = false, hasOffsets = false;
};

struct SafetensorsHeader {
  std::vector<SafetensorsHeaderEntry> entries;
  std::map<std::string, std::string> metadata;
};

/// Reads {"name": {"dtype": .., "shape": [..], "data_offsets": [..]}, "__metadata__": {..}}; anything else is an error
/// that names the byte offset within `text` or the tensor. Nesting deeper than the format's three levels is refused, so
/// no input exhausts the stack.
Result<SafetensorsHeader> parseSafetensorsHeader(std::string_view text);

/// The header as JSON, entries in the order given.
std::string printSafetensorsHeader(const SafetensorsHeader &header);

} // namespace vae::runtime

#endif // VAE_RUNTIME_FORMATS_SAFETENSORSHEADER_H
