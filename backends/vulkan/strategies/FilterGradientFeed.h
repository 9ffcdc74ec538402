// What the tile of a filter's gradient is fed with: pixels' windows over the picture, and the pixels' gradients.
#ifndef VAE_BACKENDS_VULKAN_STRATEGIES_FILTERGRADIENTFEED_H
#define VAE_BACKENDS_VULKAN_STRATEGIES_FILTERGRADIENTFEED_H

#include "backends/vulkan/strategies/SharedTile.h"

namespace vae::vulkan {

/// The part of a filter's gradient that one workgroup's tile holds.
struct FilterPlace {
  mlir::Value group;
  mlir::Value row, column; // the tile's first: of taps and input channels, of outputs
};

/// In each round a thread is at one pixel and brings some quads of both sides for it. Which taps and channels these are
/// stays the same in all rounds.
class FilterGradientFeed : public TileFeed {
public:
  FilterGradientFeed(Emitter &shader, SharedTile &tile, const FilterPlace &place);

  llvm::SmallVector<mlir::Value> start() override;
  llvm::SmallVector<mlir::Value> advance(mlir::ValueRange place) override;
  llvm::SmallVector<mlir::Value> load(mlir::ValueRange place) override;
  void store(mlir::ValueRange loaded) override;
  /// Rounds that all pixels take.
  mlir::Value getRounds();

private:
  /// What a row of the filter reads: where its tap is from a window's start, in rows and columns and in pixels, and which
  /// channel.
  struct Row {
    mlir::Value offsets[2], pixels, channel;
  };
  /// Quads that a thread brings of one side.
  struct Side {
    int64_t quads; // of a step
    int64_t lanes; // of a quad that are loaded at once: 4 or 1
    int64_t share; // quads of this thread
  };
  Side makeSide(int64_t elements, int64_t channels) const;
  void findRows(const FilterPlace &place);
  void findColumns(const FilterPlace &place);
  mlir::Value getQuad(int64_t number);
  mlir::Value checkAxis(int axis, mlir::Value at);
  mlir::Value findPixel(mlir::ValueRange place, const Row &row, llvm::ArrayRef<mlir::Value> at);
  mlir::Value loadPicture(mlir::ValueRange place, const Row &row);
  mlir::Value loadGradient(mlir::Value pixel, mlir::Value output);
  mlir::Value loadQuad(const Side &side, int64_t number, llvm::function_ref<mlir::Value(int64_t)> loadLanes);

  Emitter &shader;
  SharedTile &tile;
  const ConvolutionForm &form;
  const KernelBuffer &picture, &gradient;
  const program::WindowAttr windows[2];
  Side rowSide, columnSide;
  int64_t threadsPerPixel;
  const bool spread;                      // whether a window has a divisor
  mlir::Value pixel, firstQuad;           // of this thread in a round
  mlir::Value count;                      // pixels
  llvm::SmallVector<mlir::Value> lengths; // images, rows, columns
  llvm::SmallVector<mlir::Value> round;   // indices of the second round's first pixel
  llvm::SmallVector<Row> rows;            // what this thread loads, by quads or by elements
  llvm::SmallVector<mlir::Value> columns; // outputs in the gradient, likewise
};

} // namespace vae::vulkan

#endif // VAE_BACKENDS_VULKAN_STRATEGIES_FILTERGRADIENTFEED_H
