// The command line that the tools drawing pictures share.
#include "examples/DrawingTool.h"
#include "runtime/formats/pictures/PictureGrid.h"
#include "runtime/formats/pictures/Png.h"

#include <CLI/CLI.hpp>
#include <cstdio>

using namespace vae;
using examples::Drawing;
using runtime::HostTensor;
using runtime::Status;

namespace {
struct Options {
  uint32_t count = 20000;
  uint64_t seed = 1;
  std::string images, labels, sheet;
};
} // namespace

/// Writes the files that were asked for.
static Status draw(const Drawing &drawing, const Options &options) {
  std::vector<int64_t> shape = {options.count};
  shape.insert(shape.end(), drawing.shape.begin(), drawing.shape.end());
  VAE_ASSIGN_OR_RETURN(HostTensor images, HostTensor::create(runtime::ElementType::u8, shape));
  VAE_ASSIGN_OR_RETURN(HostTensor labels, HostTensor::create(runtime::ElementType::u8, {options.count}));
  std::span<uint8_t> pixels = images.as<uint8_t>();
  const size_t size = pixels.size() / options.count;
  for (uint32_t i = 0; i < options.count; ++i)
    labels.as<uint8_t>()[i] = static_cast<uint8_t>(drawing.draw(options.seed, i, pixels.subspan(i * size, size)));
  if (!options.images.empty())
    VAE_RETURN_IF_ERROR(drawing.write(options.images, images));
  if (!options.labels.empty())
    VAE_RETURN_IF_ERROR(drawing.write(options.labels, labels));
  if (options.sheet.empty())
    return {};
  VAE_ASSIGN_OR_RETURN(runtime::Picture sheet, runtime::pictureGrid(images, 16, 16));
  return runtime::writePng(options.sheet, sheet);
}

int examples::runDrawingTool(const Drawing &drawing, int argc, char **argv) {
  Options options;
  CLI::App app(drawing.about);
  app.add_option("--count", options.count, "how many")->capture_default_str()->check(CLI::Range(1u, 10'000'000u));
  app.add_option("--seed", options.seed, "which set; the same seed draws the same pictures")->capture_default_str();
  app.add_option("--images", options.images, drawing.images);
  app.add_option("--labels", options.labels, drawing.labels);
  app.add_option("--sheet", options.sheet, "the first 256 pictures as one PNG");
  CLI11_PARSE(app, argc, argv);
  if (Status status = draw(drawing, options); !status.ok()) {
    std::fprintf(stderr, "%s: error: %s\n", drawing.tool.c_str(), status.message().c_str());
    return 1;
  }
  return 0;
}
