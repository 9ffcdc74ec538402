// Schedules: numbers that change while a model is trained, as calls of the language and formulas of the host.
#ifndef VAE_IR_TRAINING_SCHEDULES_H
#define VAE_IR_TRAINING_SCHEDULES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include <string>

namespace vae {

/// One row of the table in Schedules.cpp.
struct Schedule {
  /// The call, as builtins declare theirs. One that takes `steps` and `epochs` is given exactly one of them.
  llvm::StringRef signature;
  /// Postfix over the arguments' names, numbers, and: `clock`, the step or the epoch, from 0; `length`, the steps or
  /// epochs given; `progress`, which rises from 0 to 1 over the length and stays there.
  llvm::StringRef formula;
  /// Arguments that must be above zero, between spaces.
  llvm::StringRef positive;

  llvm::StringRef name() const { return signature.split('(').first; }
};

llvm::ArrayRef<Schedule> getSchedules();
/// The schedule of that name, or null.
const Schedule *findSchedule(llvm::StringRef name);

/// The formula over `step` or `epoch` (see `vae.scalar`) with the arguments' values; `steps` or `epochs` among them is
/// the length.
std::string getScheduleFormula(const Schedule &schedule, const llvm::StringMap<double> &arguments);

/// A number in the shortest text that reads back as the same double.
std::string getFormulaNumber(double value);

} // namespace vae

#endif // VAE_IR_TRAINING_SCHEDULES_H
