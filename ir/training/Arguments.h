// Arguments of the calls in `train`: numbers, or the formulas of their schedules.
#ifndef VAE_IR_TRAINING_ARGUMENTS_H
#define VAE_IR_TRAINING_ARGUMENTS_H

#include "ir/program/Message.h"
#include "mlir/IR/BuiltinAttributes.h"
#include <limits>
#include <string>

namespace vae {

/// An argument as words of a formula: its number, or the formula of its schedule.
std::string formulaOf(mlir::DictionaryAttr arguments, llvm::StringRef name);

/// An argument's number; 0 where it has a schedule.
double numberOf(mlir::DictionaryAttr arguments, llvm::StringRef name);

/// Reports the first of the arguments below 0, or not below `end`. What has a schedule passes.
std::optional<Message> findOutside(mlir::DictionaryAttr arguments, llvm::ArrayRef<llvm::StringRef> names,
                                   double end = std::numeric_limits<double>::infinity());

} // namespace vae

#endif // VAE_IR_TRAINING_ARGUMENTS_H
