// Where the pixels of a picture lie, for kernels over windows: addresses as numbers, so that one that lies outside can be
// that of zeros.
#ifndef VAE_BACKENDS_CPU_STRATEGIES_PICTURES_H
#define VAE_BACKENDS_CPU_STRATEGIES_PICTURES_H

#include "backends/common/WindowPhases.h"
#include "backends/cpu/Emitter.h"

namespace vae::cpu {

/// Walks the picture that a root over windows reads.
class Pictures {
public:
  explicit Pictures(Emitter &emitter);

  /// One axis of the picture along the phase of an output: positions that windows start at, and whether they hit.
  struct Axis {
    const WindowPhases *window;
    mlir::Value length;               // of the picture
    mlir::Value count, first, offset; // of the phase
  };
  /// The axis (0: rows, 1: columns) for outputs of that phase.
  Axis axis(unsigned number, mlir::Value phase);
  /// Where tap 0 of output `index` of the phase is.
  mlir::Value origin(const Axis &axis, mlir::Value index);
  /// The place of tap `tap` of the window that starts at `origin`, and whether it is inside the picture.
  struct Place {
    mlir::Value index, inside;
  };
  Place place(const Axis &axis, mlir::Value origin, mlir::Value tap);

  /// Where tap `tap` of output `output` reads along an axis, phases apart.
  Place place(unsigned number, mlir::Value output, mlir::Value tap);

  /// A place of the picture itself along an axis, and whether there is one.
  Place placeAt(unsigned axis, mlir::Value index);

  /// Address of the first channel of a group of a pixel.
  mlir::Value address(mlir::Value image, mlir::Value row, mlir::Value column, mlir::Value group);
  /// The same, or that of zeros where the pixel lies outside.
  mlir::Value addressOrZeros(mlir::Value image, const Place &row, const Place &column, mlir::Value group);
  /// Address of as many zeros as a group has channels.
  mlir::Value zeros() const { return zeroAddress; }
  /// The f32 at a number of elements after an address.
  mlir::Value load(mlir::Value address, mlir::Value element);
  /// The f32s from there on.
  mlir::Value loadVector(mlir::Value address, mlir::Value element, int64_t width);

  WindowPhases windows[2]; // rows, columns
  int64_t channels;        // of a group
  int64_t pixelStep = 0;   // bytes between what neighbouring outputs of a row and phase read; 0: not always the same

  /// How many taps of a window's row read channels that follow each other in memory: all, or one.
  int64_t getContiguousTaps() const;

private:
  /// What the tap at `at` reads of an axis; an exact one reads nothing where the division leaves a rest.
  Place read(mlir::Value at, mlir::Value length, int64_t divisor, bool exact);

  mlir::Value loadAs(mlir::Type type, mlir::Value address, mlir::Value element);

  Emitter &emitter;
  const ConvolutionForm &form;
  mlir::Value base, zeroAddress;
};

} // namespace vae::cpu

#endif // VAE_BACKENDS_CPU_STRATEGIES_PICTURES_H
