// The table of schedules, and their formulas filled in.
#include "ir/training/Schedules.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <array>
#include <charconv>

using namespace vae;
using llvm::StringRef;

/// A new schedule is a row here: its call, its formula, what must be positive.
static constexpr Schedule schedules[] = {
    {"after(steps: int = none, epochs: int = none)", "clock length - 1 + 0 max 1 min", ""},
    {"constant(value: float)", "value", ""},
    {"cosine(from: float, to: float = 0, steps: int = none, epochs: int = none)",
     "to from to - 0.5 * progress 3.141592653589793 * cos 1 + * +", ""},
    {"exponential(from: float, to: float, steps: int = none, epochs: int = none)", "from to from / progress pow *",
     "from to"},
    {"linear(from: float, to: float, steps: int = none, epochs: int = none)", "from to from - progress * +", ""},
};

llvm::ArrayRef<Schedule> vae::getSchedules() { return schedules; }

const Schedule *vae::findSchedule(StringRef name) {
  const Schedule *found = llvm::find_if(schedules, [&](const Schedule &schedule) { return schedule.name() == name; });
  return found == std::end(schedules) ? nullptr : found;
}

std::string vae::getFormulaNumber(double value) {
  std::array<char, 32> text;
  return std::string(text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr);
}

std::string vae::getScheduleFormula(const Schedule &schedule, const llvm::StringMap<double> &arguments) {
  std::string clock = arguments.contains("epochs") ? "epoch" : "step";
  auto length = arguments.find(clock + "s");
  std::string lengthText = length == arguments.end() ? "" : getFormulaNumber(length->second);
  std::string progress = llvm::join_items(" ", clock, lengthText, "/ 1 min");
  std::string text;
  for (StringRef word : llvm::split(schedule.formula, ' ')) {
    text += text.empty() ? "" : " ";
    if (auto argument = arguments.find(word); argument != arguments.end())
      text += getFormulaNumber(argument->second);
    else if (word == "progress")
      text += progress;
    else
      text += word == "clock" ? clock : word == "length" ? lengthText : word.str();
  }
  return text;
}
