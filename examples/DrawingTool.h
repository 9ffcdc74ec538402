// The command line that the tools drawing pictures share: a set's size and seed in, files of pictures and labels out.
#ifndef VAE_EXAMPLES_DRAWINGTOOL_H
#define VAE_EXAMPLES_DRAWINGTOOL_H

#include "runtime/base/Tensor.h"

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace vae::examples {

/// What a tool draws and how it writes it.
struct Drawing {
  std::string tool, about, images, labels; // name, and what `--help` says of the tool and of its two files
  std::vector<int64_t> shape;              // of one picture
  /// Draws picture `index` of the set `seed` and returns its class.
  std::function<int(uint64_t seed, uint64_t index, std::span<uint8_t> pixels)> draw;
  std::function<runtime::Status(const std::string &path, const runtime::HostTensor &tensor)> write;
};

/// The whole tool: reads the options, draws, writes the files that were asked for; returns the exit code.
int runDrawingTool(const Drawing &drawing, int argc, char **argv);

} // namespace vae::examples

#endif // VAE_EXAMPLES_DRAWINGTOOL_H
