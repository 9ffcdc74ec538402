// Printing of MLIR with the places in the source that the ops come from.
#include "ir/program/SourceLines.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/Location.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"
#include <map>
#include <set>
#include <tuple>

using namespace mlir;
using namespace vae;

/// What a value is computed from, one step back: through the bodies of linalg ops, not past what the kernel is given.
static SmallVector<Value> getSources(Value value) {
  if (auto result = dyn_cast<OpResult>(value)) {
    if (auto generic = dyn_cast<linalg::LinalgOp>(result.getOwner()))
      return {generic.getBlock()->getTerminator()->getOperand(result.getResultNumber())};
    return result.getOwner()->getOperands();
  }
  auto argument = cast<BlockArgument>(value);
  if (auto generic = dyn_cast<linalg::LinalgOp>(argument.getOwner()->getParentOp()))
    return {generic->getOperand(argument.getArgNumber())};
  return {};
}

std::string vae::getSourceLines(Value value) {
  llvm::SetVector<Value> seen;
  std::set<std::tuple<std::string, unsigned, unsigned>> places;
  auto add = [&](Operation *op) {
    if (auto place = op->getLoc()->findInstanceOf<FileLineColLoc>())
      places.emplace(place.getFilename().str(), place.getLine(), place.getColumn());
  };
  seen.insert(value);
  for (size_t i = 0; i < seen.size(); ++i) {
    Operation *op = seen[i].getDefiningOp();
    // A loop around linalg ops has its body's places; constants stand where they were first needed.
    if (op && !isa<linalg::LinalgOp>(op) && op->getNumOperands() > 0)
      op->walk(add);
    SmallVector<Value> sources = getSources(seen[i]);
    seen.insert(sources.begin(), sources.end());
  }
  std::string text, before;
  for (const auto &[file, line, column] : places) {
    text += (text.empty() ? "" : ", ") + (file == before ? "" : file + ":") + std::to_string(line) + ":" +
            std::to_string(column);
    before = file;
  }
  return text;
}

std::string vae::getSourceLine(Location location) {
  auto place = location->findInstanceOf<FileLineColLoc>();
  if (!place)
    return "";
  return (place.getFilename().getValue() + ":" + Twine(place.getLine()) + ":" + Twine(place.getColumn())).str();
}

void vae::printWithSourceLines(Operation *op, llvm::raw_ostream &out) {
  // MLIR's own locations would be aliases at the end of the text, far from what they tell about.
  AsmState::LocationMap lineOf;
  AsmState state(op, OpPrintingFlags(), &lineOf);
  std::string text;
  llvm::raw_string_ostream stream(text);
  op->print(stream, state);

  std::map<unsigned, std::string> sources;
  op->walk<WalkOrder::PreOrder>([&](Operation *printed) {
    if (auto found = lineOf.find(printed); found != lineOf.end())
      sources.try_emplace(found->second.first, getSourceLine(printed->getLoc()));
  });
  unsigned number = 0;
  for (StringRef line : llvm::split(StringRef(text).rtrim(), '\n')) {
    out << line;
    if (auto found = sources.find(++number); found != sources.end() && !found->second.empty())
      out << "  // " << found->second;
    out << '\n';
  }
}
