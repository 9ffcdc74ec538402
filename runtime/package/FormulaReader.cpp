// Reading formulas over sizes: their tokens, and the factors of grids.
#include "runtime/package/FormulaReader.h"
#include "runtime/package/Elements.h"

namespace vae::runtime {
namespace {

/// What `read` makes of each element.
template <typename Value, typename Element, typename Read>
Result<std::vector<Value>> readAll(const flatbuffers::Vector<Element> *from, Read read) {
  std::vector<Value> values;
  for (const auto *element : elements(from)) {
    VAE_ASSIGN_OR_RETURN(Value value, read(element));
    values.push_back(std::move(value));
  }
  return values;
}

Result<GridAxis> readAxis(const abi::GridAxis *from, uint32_t sizeCount) {
  GridAxis axis{{}, from->divisor()};
  if (axis.divisor < 1)
    return invalidFile("block count has a divisor below 1");
  for (const abi::GridFactor *factor : elements(from->factors())) {
    GridFactor read{factor->size(), factor->constant(), factor->divisor()};
    if (read.size < -1 || (read.size >= 0 && static_cast<uint32_t>(read.size) >= sizeCount))
      return invalidFile("block count uses size ", read.size, " of ", sizeCount);
    if (read.divisor < 1 || read.constant < 1)
      return invalidFile("block count has a factor below 1");
    axis.factors.push_back(read);
  }
  return axis;
}

} // namespace

Result<SizeFormula> readSize(const abi::Size *from, size_t symbolCount) {
  std::vector<SizeToken> tokens;
  if (from && !isAligned(from->tokens(), alignof(abi::SizeToken)))
    return invalidFile("a size formula is misaligned");
  if (from && from->tokens())
    for (const abi::SizeToken *token : *from->tokens())
      tokens.push_back({static_cast<SizeOp>(token->op()), token->value()});
  return SizeFormula::create(std::move(tokens), symbolCount);
}

Result<std::vector<SizeFormula>> readSizes(const flatbuffers::Vector<flatbuffers::Offset<abi::Size>> *from,
                                           size_t symbolCount) {
  return readAll<SizeFormula>(from, [&](const abi::Size *size) { return readSize(size, symbolCount); });
}

Result<std::vector<GridAxis>> readAxes(const flatbuffers::Vector<flatbuffers::Offset<abi::GridAxis>> *from,
                                       uint32_t sizeCount) {
  return readAll<GridAxis>(from, [&](const abi::GridAxis *axis) { return readAxis(axis, sizeCount); });
}

} // namespace vae::runtime
