// One table of first bytes.
#include "runtime/formats/ForeignWeights.h"
#include "runtime/base/Checked.h"
#include "runtime/base/Status.h"

namespace vae::runtime {
namespace {

constexpr std::string_view zip = "PK\3\4";

/// The name of the first file in a zip archive.
std::string_view firstInZip(std::span<const std::byte> bytes) {
  constexpr size_t header = 30;
  std::string_view text(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  std::optional<uint16_t> length = readLittle<uint16_t>(bytes, 26);
  return length && text.size() > header ? text.substr(header, *length) : std::string_view();
}

/// Whether a zip archive is one of torch.save: its first file, or one of the first, is the pickled structure.
bool isTorchArchive(std::string_view text) {
  constexpr size_t near = 4096;
  return text.substr(0, near).find("data.pkl") != std::string_view::npos;
}

/// Whether it begins as a stream of Python's pickle module, protocol 2 to 5: torch.save before version 1.6.
bool isPickle(std::string_view text) { return text.size() > 2 && text[0] == '\x80' && text[1] >= 2 && text[1] <= 5; }

/// The path with another ending.
std::string safetensorsPath(const std::string &path) {
  size_t name = path.rfind('/') + 1; // 0 where there is none
  size_t dot = path.rfind('.');
  return path.substr(0, dot != std::string::npos && dot > name ? dot : path.size()) + ".safetensors";
}

} // namespace

std::string describeForeignWeights(std::span<const std::byte> bytes, const std::string &path) {
  std::string_view text(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  std::string to = safetensorsPath(path);
  if (text.starts_with(zip) && firstInZip(bytes).ends_with(".npy"))
    return concat("an archive of NumPy arrays; convert it: python3 -c \"import numpy; from safetensors.numpy import "
                  "save_file; save_file(dict(numpy.load('",
                  path, "')), '", to, "')\"");
  if (text.starts_with(zip) && !isTorchArchive(text))
    return "a zip archive, and none of torch.save's; unpack it";
  if (text.starts_with(zip) || isPickle(text))
    return concat(
        "a pickled PyTorch file; convert it: python3 -c \"import torch; from safetensors.torch import save_file; "
        "w = torch.load('",
        path,
        "', map_location='cpu'); w = w.get('state_dict', w); save_file({k: v.clone().contiguous() for k, "
        "v in w.items() if torch.is_tensor(v)}, '",
        to, "')\"");
  if (text.starts_with("version https://git-lfs"))
    return "a pointer of Git LFS, not the file itself; `git lfs pull` fetches that";
  return {};
}

} // namespace vae::runtime
