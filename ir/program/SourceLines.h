// Printing of MLIR with the places in the source that the ops come from.
#ifndef VAE_IR_PROGRAM_SOURCELINES_H
#define VAE_IR_PROGRAM_SOURCELINES_H

#include "mlir/IR/Operation.h"
#include <string>

namespace vae {

/// The place in a source that a location stems from, "mnist.vae:5:13"; for code that was inlined, the place of the callee.
/// Empty where there is none.
std::string getSourceLine(mlir::Location location);

/// The places in a source of all that a kernel computes to get one of its values, in the order of the text and without
/// repeating the file: "mnist.vae:5:13, 5:20, 7:9". Empty where there are none.
std::string getSourceLines(mlir::Value value);

/// Prints an op and all in it, each with a comment at the end of its line that names the place in the source. What is
/// printed can be parsed again.
void printWithSourceLines(mlir::Operation *op, llvm::raw_ostream &out);

} // namespace vae

#endif // VAE_IR_PROGRAM_SOURCELINES_H
