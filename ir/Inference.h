// Result types that whole families of ops share, and the words in which shapes are reported.
#ifndef VAE_IR_INFERENCE_H
#define VAE_IR_INFERENCE_H

#include "ir/program/Program.h"
#include <optional>

namespace vae {

/// The type of the random state, `tensor<4xi32>`.
mlir::RankedTensorType getRngType(mlir::MLIRContext *context);

/// A shape as people write it: `[B, 784]`; `[]` for a scalar.
std::string shapeText(llvm::ArrayRef<Size> sizes);
std::string shapeText(mlir::Type tensor);

/// Reports sizes that are constant and not positive.
llvm::LogicalResult checkPositive(std::optional<mlir::Location> loc, llvm::ArrayRef<Size> sizes);

/// Reports operands whose element types differ.
llvm::LogicalResult checkElements(std::optional<mlir::Location> loc, mlir::ValueRange operands);

/// Reports two operands of different types, by their names.
llvm::LogicalResult checkSameType(std::optional<mlir::Location> loc, mlir::Value a, mlir::Value b,
                                  llvm::StringRef aName, llvm::StringRef bName);

/// An axis counted from 0. Reports one that is out of range.
mlir::FailureOr<int64_t> normalizeAxis(std::optional<mlir::Location> loc, int64_t axis, mlir::RankedTensorType type);

/// Axes counted from 0, sorted; all of them where none are named. Reports axes that are out of range or named twice.
mlir::FailureOr<llvm::SmallVector<int64_t>> normalizeAxes(std::optional<mlir::Location> loc,
                                                          std::optional<llvm::ArrayRef<int64_t>> axes,
                                                          mlir::RankedTensorType type);

/// The sizes of two shapes broadcast together; none where they differ, at axis `badAxis` of the result.
std::optional<llvm::SmallVector<Size>> broadcastSizes(llvm::ArrayRef<Size> a, llvm::ArrayRef<Size> b, size_t &badAxis);

/// The type of an elementwise op over broadcast operands.
llvm::LogicalResult inferBroadcast(std::optional<mlir::Location> loc, mlir::ValueRange operands,
                                   llvm::SmallVectorImpl<mlir::Type> &types);

/// The type of a comparison: a mask of the operands' floats, or of f32 for integers.
llvm::LogicalResult inferMask(std::optional<mlir::Location> loc, mlir::ValueRange operands,
                              llvm::SmallVectorImpl<mlir::Type> &types);

/// The type of a choice by a mask, whose element type is its own.
llvm::LogicalResult inferWhere(std::optional<mlir::Location> loc, mlir::ValueRange operands,
                               llvm::SmallVectorImpl<mlir::Type> &types);

/// The type of positions along an axis of x: an i32 for each place of the other axes. Reports an axis that is none.
llvm::LogicalResult inferPositions(std::optional<mlir::Location> loc, mlir::Value x, int64_t axis,
                                   llvm::SmallVectorImpl<mlir::Type> &types);

/// The type of an op that makes a tensor from its shape.
llvm::LogicalResult inferFromShape(std::optional<mlir::Location> loc, program::ShapeAttr shape, mlir::Type element,
                                   llvm::SmallVectorImpl<mlir::Type> &types);

} // namespace vae

#endif // VAE_IR_INFERENCE_H
