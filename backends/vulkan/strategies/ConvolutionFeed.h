// What a convolution's tile is fed with: windows over the picture, and panels of the filter.
#ifndef VAE_BACKENDS_VULKAN_STRATEGIES_CONVOLUTIONFEED_H
#define VAE_BACKENDS_VULKAN_STRATEGIES_CONVOLUTIONFEED_H

#include "backends/common/WindowPhases.h"
#include "backends/vulkan/strategies/SharedTile.h"

namespace vae::vulkan {

/// Outputs of one group and of one phase each way, and those among them that a workgroup's tile holds.
struct ConvolutionPlace {
  mlir::Value group;
  mlir::Value phases[2];  // of rows and columns
  mlir::Value extents[2]; // rows and columns of the phase
  mlir::Value count;      // pixels of the phase in all images
  mlir::Value pixel;      // the tile's first
  mlir::Value panel;      // the tile's first, of the group's outputs
};

/// A thread brings four pixels by four steps of k, turned on the way so that four pixels lie together, and some quads of
/// the filter. Where a group's channels are a multiple of 16, all threads are at one tap at a time; where they are a
/// multiple of four, each thread is at one, else each of its steps.
class ConvolutionFeed : public TileFeed {
public:
  ConvolutionFeed(Emitter &shader, SharedTile &tile, const WindowPhases (&windows)[2], const ConvolutionPlace &place);

  llvm::SmallVector<mlir::Value> start() override;
  llvm::SmallVector<mlir::Value> advance(mlir::ValueRange place) override;
  llvm::SmallVector<mlir::Value> load(mlir::ValueRange place) override;
  void store(mlir::ValueRange loaded) override;
  /// Rounds that all taps and channels take.
  mlir::Value getRounds();

private:
  /// Where a pixel's window starts in the picture; `pixel` is that place's number in all images, or where the picture is
  /// spread, its image's first row.
  struct Origin {
    mlir::Value row, column, pixel;
  };
  /// A step of k: the numbers of its tap among those that hit, and its channel in the group.
  struct Step {
    mlir::Value row, column, channel;
  };
  void findOrigins(const ConvolutionPlace &place);
  void findPanels(const ConvolutionPlace &place);
  Step getStep(mlir::ValueRange place, size_t number);
  mlir::Value findPixel(const Origin &origin, const Step &step, mlir::Value row, mlir::Value column);
  mlir::Value loadPicture(const Origin &origin, const Step &step, int64_t width);
  void loadPictures(mlir::ValueRange place, llvm::SmallVectorImpl<mlir::Value> &loaded);
  mlir::Value loadFilter(mlir::Value panel, const Step &step);

  Emitter &shader;
  SharedTile &tile;
  const WindowPhases (&windows)[2];
  const ConvolutionForm &form;
  const int64_t channels;                 // of a group
  const int64_t unit;                     // steps of k that surely share a tap, from a multiple of it on
  const int64_t columnQuads;              // of the filter, for one step of k
  const bool spread;                      // whether a window has a divisor
  mlir::Value firstChannel;               // of the group
  mlir::Value extents[2];                 // rows and columns of the picture, spread by the windows' divisors
  mlir::Value counts[2], firsts[2];       // taps that hit, and the first of them
  llvm::SmallVector<mlir::Value> lengths; // of a step's indices
  llvm::SmallVector<mlir::Value> round;   // indices of the second round's first step
  llvm::SmallVector<Origin, 4> origins;   // of this thread's pixels
  mlir::Value pixelQuad, pixelStep;       // where they go in the tile; the first step
  llvm::SmallVector<mlir::Value> panels;  // for each quad of the filter: where its panel starts
  llvm::SmallVector<mlir::Value> quads;   // and which quad of the tile it is
  mlir::Value filterStep, filterQuad;     // its step and its quad in the panel
  mlir::Value brings;                     // whether this thread has quads of the filter; null where all have
};

} // namespace vae::vulkan

#endif // VAE_BACKENDS_VULKAN_STRATEGIES_CONVOLUTIONFEED_H
