// Builds one linalg.generic by computing values of a group at the coordinates of an element.
#ifndef VAE_PASSES_KERNELS_GENERICBUILDER_H
#define VAE_PASSES_KERNELS_GENERICBUILDER_H

#include "passes/kernels/KernelBuilder.h"
#include <map>

namespace vae {

/// One coordinate of an element: a loop's number, zero (in an axis of size one), or any `index` value.
struct Coordinate {
  enum Kind { Loop, Zero, Dynamic } kind;
  unsigned loop = 0;
  mlir::Value value;
  auto key() const { return std::tuple(static_cast<int>(kind), loop, value.getAsOpaquePointer()); }
};
using Coordinates = llvm::SmallVector<Coordinate, 4>;

class GenericBuilder {
public:
  GenericBuilder(KernelBuilder &kernel, Shape space);
  /// Coordinates of the current element.
  Coordinates here() const;
  /// The scalar of the group's value at these coordinates. Computed once for equal coordinates.
  mlir::Value evaluate(mlir::Value value, const Coordinates &coordinates);

  /// Adds a result whose element is `scalar`, over all loops.
  void addResult(mlir::Value scalar);
  /// Adds a result that folds `term` over `axes`.
  void addReduction(ReductionOpInterface op, mlir::Value term);
  /// Makes the generic of this role; its results in the order they were added.
  mlir::ResultRange finish(llvm::StringRef role);

  mlir::OpBuilder &getBuilder() { return builder; }
  mlir::Value toIndex(const Coordinate &coordinate);
  Coordinate toCoordinate(mlir::Value index);
  /// Row-major number of the element at these coordinates of a tensor of this shape, an i32.
  mlir::Value getLinearIndex(const Shape &shape, const Coordinates &coordinates);
  mlir::Value getSize(const Size &size);
  /// The element of a tensor of the kernel: an operand of the generic where the coordinates are loops, else an
  /// extraction.
  mlir::Value read(mlir::Value tensor, const Shape &shape, const Coordinates &coordinates);
  mlir::Value readTable(mlir::DenseElementsAttr table, mlir::ValueRange indices);

private:
  /// A value of the group, of one element of which the scalar is asked for.
  struct Element {
    mlir::Value value;
    Coordinates at;
  };
  using Key = std::pair<void *, std::vector<std::tuple<int, unsigned, const void *>>>;
  static Key getKey(const Element &element);
  bool isStored(mlir::Value value) const;
  llvm::SmallVector<Element> getOperands(const Element &element) const;
  void compute(const Element &element);
  void computeScalarBody(const Element &element);
  std::optional<mlir::AffineMap> getMap(const Shape &shape, const Coordinates &coordinates) const;
  mlir::Value addInput(mlir::Value tensor, mlir::AffineMap map);

  KernelBuilder &kernel;
  Shape space;
  std::unique_ptr<mlir::Block> block;
  mlir::OpBuilder builder;
  llvm::SmallVector<mlir::Value> inputs, outputs, yields;
  llvm::SmallVector<mlir::AffineMap> inputMaps, outputMaps;
  llvm::SmallVector<bool> reduced; // loop -> folded
  std::map<Key, mlir::Value> scalars;
  std::map<unsigned, mlir::Value> loopIndices;
};

} // namespace vae

#endif // VAE_PASSES_KERNELS_GENERICBUILDER_H
