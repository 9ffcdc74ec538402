// Printing of MLIR with the places in the source that the ops come from.
#include "ir/program/SourceLines.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/Location.h"
#include "llvm/ADT/StringExtras.h"
#include <map>

using namespace mlir;
using namespace vae;

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
