// Writes a set of coloured pictures of shapes as .npy files.
#include "examples/shapes/Draw.h"
#include "runtime/Npy.h"
#include "runtime/PictureGrid.h"

#include <CLI/CLI.hpp>
#include <cstdio>

using namespace vae;
using runtime::HostTensor;
using runtime::Status;

namespace {

struct Options {
  uint32_t count = 20000;
  uint64_t seed = 1;
  std::string images, labels, sheet;
};

/// Writes the files that were asked for.
Status draw(const Options &options) {
  VAE_ASSIGN_OR_RETURN(HostTensor images, HostTensor::create(runtime::ElementType::u8, {options.count, shapes::channels,
                                                                                        shapes::side, shapes::side}));
  VAE_ASSIGN_OR_RETURN(HostTensor labels, HostTensor::create(runtime::ElementType::u8, {options.count}));
  constexpr size_t bytes = static_cast<size_t>(shapes::channels) * shapes::side * shapes::side;
  for (uint32_t i = 0; i < options.count; ++i)
    labels.as<uint8_t>()[i] =
        static_cast<uint8_t>(shapes::drawShapes(options.seed, i, images.as<uint8_t>().subspan(i * bytes, bytes)));
  if (!options.images.empty())
    VAE_RETURN_IF_ERROR(runtime::writeNpy(options.images, images));
  if (!options.labels.empty())
    VAE_RETURN_IF_ERROR(runtime::writeNpy(options.labels, labels));
  if (options.sheet.empty())
    return {};
  VAE_ASSIGN_OR_RETURN(runtime::Picture sheet, runtime::pictureGrid(images, 16, 16));
  return runtime::writePng(options.sheet, sheet);
}

} // namespace

int main(int argc, char **argv) {
  Options options;
  CLI::App app("draws coloured shapes, 32x32 RGB, as .npy files of bytes");
  app.add_option("--count", options.count, "how many")->capture_default_str()->check(CLI::Range(1u, 10'000'000u));
  app.add_option("--seed", options.seed, "which set; the same seed draws the same pictures")->capture_default_str();
  app.add_option("--images", options.images, "pictures, u8 [count, 3, 32, 32]");
  app.add_option("--labels", options.labels, "classes 0 to 5 of the shapes in front, u8 [count]");
  app.add_option("--sheet", options.sheet, "the first 256 pictures as one PNG");
  CLI11_PARSE(app, argc, argv);
  if (Status status = draw(options); !status.ok()) {
    std::fprintf(stderr, "draw-shapes: error: %s\n", status.message().c_str());
    return 1;
  }
  return 0;
}
