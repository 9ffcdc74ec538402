// Finding the values of a program's symbols from what the caller gave.
#include "runtime/session/sizes/Symbols.h"

#include <algorithm>

namespace vae::runtime {
namespace {

class SymbolBinder {
public:
  explicit SymbolBinder(const PackageProgram &program)
      : program(program), values(program.symbols.size()), sources(program.symbols.size()) {}

  Status takeNamed(const NamedSizes &sizes);
  Status takeShapes(std::span<const GivenShape> inputs);
  Result<std::vector<int64_t>> finish() const;

private:
  Status checkRanks(std::span<const GivenShape> inputs) const;
  bool solveOnce(std::span<const GivenShape> inputs);
  Status checkShape(const GivenShape &input) const;
  std::string sourcesOf(const SizeFormula &formula) const;

  const PackageProgram &program;
  std::vector<std::optional<int64_t>> values;
  std::vector<std::string> sources; ///< where each value came from
};

Status SymbolBinder::takeNamed(const NamedSizes &sizes) {
  for (const auto &[name, value] : sizes) {
    auto found = std::find(program.symbols.begin(), program.symbols.end(), name);
    if (found == program.symbols.end())
      return invalidArgument("'", program.name, "' has no size '", name, "'");
    // 0 may be a loop's count; where it is a tensor's size, the plan refuses it.
    if (value < 0)
      return invalidArgument("size ", name, " = ", value, " must not be negative");
    size_t index = static_cast<size_t>(found - program.symbols.begin());
    values[index] = value;
    sources[index] = concat(name, " = ", value, " as given");
  }
  return {};
}

Status SymbolBinder::checkRanks(std::span<const GivenShape> inputs) const {
  for (const GivenShape &input : inputs) {
    const Buffer &buffer = program.buffers[input.buffer];
    if (input.shape.size() != buffer.shape.size())
      return invalidArgument("input '", buffer.name, "' has shape ", shapeText(input.shape), ", expected ",
                             typeText(program, buffer));
  }
  return {};
}

bool SymbolBinder::solveOnce(std::span<const GivenShape> inputs) {
  for (const GivenShape &input : inputs) {
    const Buffer &buffer = program.buffers[input.buffer];
    for (size_t axis = 0; axis < input.shape.size(); ++axis) {
      std::optional<SizeFormula::Solution> solution = buffer.shape[axis].solve(values, input.shape[axis]);
      if (!solution || solution->value <= 0)
        continue;
      values[solution->symbol] = solution->value;
      sources[solution->symbol] = concat(program.symbols[solution->symbol], " = ", solution->value, " by axis ", axis,
                                         " of input '", buffer.name, "' ", shapeText(input.shape));
      return true;
    }
  }
  return false;
}

Status SymbolBinder::takeShapes(std::span<const GivenShape> inputs) {
  VAE_RETURN_IF_ERROR(checkRanks(inputs));
  while (solveOnce(inputs)) {
  }
  for (const GivenShape &input : inputs)
    VAE_RETURN_IF_ERROR(checkShape(input));
  return {};
}

std::string SymbolBinder::sourcesOf(const SizeFormula &formula) const {
  std::string text;
  for (size_t i = 0; i < sources.size(); ++i)
    if (formula.uses(i))
      text += "; " + sources[i];
  return text;
}

Status SymbolBinder::checkShape(const GivenShape &input) const {
  const Buffer &buffer = program.buffers[input.buffer];
  std::vector<int64_t> known;
  for (const std::optional<int64_t> &value : values)
    known.push_back(value.value_or(0));
  for (size_t axis = 0; axis < input.shape.size(); ++axis) {
    const SizeFormula &formula = buffer.shape[axis];
    bool unknown = false;
    for (size_t i = 0; i < values.size(); ++i)
      unknown |= formula.uses(i) && !values[i];
    Result<int64_t> expected = unknown ? Result<int64_t>(-1) : formula.evaluate(known, program.symbols);
    std::string place = concat("input '", buffer.name, "' has shape ", shapeText(input.shape), ", expected ",
                               typeText(program, buffer));
    if (!expected.ok())
      return expected.status().withContext(place);
    if (unknown)
      return invalidArgument(place, ": size ", input.shape[axis], " along axis ", axis,
                             " gives no whole positive size for ", formula.text(program.symbols));
    if (*expected == input.shape[axis])
      continue;
    std::string wanted = formula.constantValue() ? "" : formula.text(program.symbols) + " = ";
    return invalidArgument(place, ": axis ", axis, " is ", input.shape[axis], ", not ", wanted, *expected,
                           sourcesOf(formula));
  }
  return {};
}

Result<std::vector<int64_t>> SymbolBinder::finish() const {
  std::vector<int64_t> all;
  for (size_t i = 0; i < values.size(); ++i) {
    if (!values[i])
      return invalidArgument("'", program.name, "' needs a size ", program.symbols[i]);
    all.push_back(*values[i]);
  }
  return all;
}

} // namespace

Result<std::vector<int64_t>> bindSymbols(const PackageProgram &program, std::span<const GivenShape> inputs,
                                         const NamedSizes &sizes) {
  SymbolBinder binder(program);
  VAE_RETURN_IF_ERROR(binder.takeNamed(sizes));
  VAE_RETURN_IF_ERROR(binder.takeShapes(inputs));
  return binder.finish();
}

} // namespace vae::runtime
