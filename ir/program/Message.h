// Registered error texts: each has a name, which drivers print behind it, and a format that stands once, in a
// Messages.def.
#ifndef VAE_IR_PROGRAM_MESSAGE_H
#define VAE_IR_PROGRAM_MESSAGE_H

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/OperationSupport.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <optional>
#include <string>

namespace vae {

/// A message with its holes filled. Goes into any diagnostic: `op.emitOpError() << messages::EmptyClamp(lo, hi)`.
struct Message {
  llvm::StringRef name;
  std::string text;
};

// Taken by value category: an overload for `const Message &` would lose to MLIR's template for ranges.
mlir::Diagnostic &operator<<(mlir::Diagnostic &diagnostic, Message &&message);

/// The registered message of a diagnostic; none where MLIR worded it.
std::optional<Message> findMessage(mlir::Diagnostic &diagnostic);

/// A value as messages show it: as MLIR's diagnostics do.
template <typename T> std::string describeArgument(const T &argument) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  if constexpr (std::is_convertible_v<const T &, llvm::StringRef>)
    stream << llvm::StringRef(argument);
  else if constexpr (std::is_same_v<T, mlir::OperationName>)
    stream << argument.getStringRef();
  else if constexpr (std::is_constructible_v<mlir::DiagnosticArgument, const T &>)
    mlir::DiagnosticArgument(argument).print(stream);
  else
    llvm::interleaveComma(argument, stream, [&](auto item) { stream << describeArgument(item); });
  return text;
}

/// One line of a Messages.def; calling it fills the holes `{0}`, `{1}`, ... in order.
class MessageKind {
public:
  constexpr MessageKind(llvm::StringLiteral name, llvm::StringLiteral format) : name(name), format(format) {}

  template <typename... Args> Message operator()(const Args &...arguments) const {
    return {name, fill({describeArgument(arguments)...})};
  }

private:
  std::string fill(llvm::ArrayRef<std::string> arguments) const;

  llvm::StringLiteral name, format;
};

} // namespace vae

#endif // VAE_IR_PROGRAM_MESSAGE_H
