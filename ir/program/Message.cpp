// Filling registered messages, and their way through MLIR's diagnostics.
#include "ir/program/Message.h"

using namespace mlir;
using namespace vae;

std::string MessageKind::fill(ArrayRef<std::string> arguments) const {
  std::string text;
  for (StringRef rest = format; !rest.empty();) {
    auto [words, hole] = rest.split('{');
    text += words;
    auto [number, after] = hole.split('}');
    unsigned index;
    bool isHole = !number.getAsInteger(10, index);
    assert((!isHole || index < arguments.size()) && "a message with more holes than arguments");
    if (isHole)
      text += arguments[index];
    rest = isHole ? after : StringRef();
  }
  return text;
}

// The name travels as metadata, which MLIR's own printers leave out: it stands behind the text where a driver prints
// it, and tests of passes see the text alone.
Diagnostic &vae::operator<<(Diagnostic &diagnostic, Message &&message) {
  diagnostic.getMetadata().emplace_back(message.name);
  return diagnostic << Twine(message.text);
}

std::optional<Message> vae::findMessage(Diagnostic &diagnostic) {
  if (diagnostic.getMetadata().empty())
    return std::nullopt;
  return Message{diagnostic.getMetadata().front().getAsString(), diagnostic.getArguments().back().getAsString().str()};
}
