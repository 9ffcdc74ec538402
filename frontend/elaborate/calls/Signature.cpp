// Reading of builtin signatures.
#include "frontend/elaborate/calls/Signature.h"
#include "llvm/ADT/StringSwitch.h"

using llvm::StringRef;

namespace vae::frontend {

StringRef describe(ArgumentKind kind) {
  switch (kind) {
  case ArgumentKind::Tensor:
    return "a tensor";
  case ArgumentKind::Tensors:
    return "tensors";
  case ArgumentKind::Int:
    return "an integer";
  case ArgumentKind::Ints:
    return "a list of integers";
  case ArgumentKind::Float:
    return "a number";
  case ArgumentKind::Scalar:
    return "a number or an f32";
  case ArgumentKind::Bool:
    return "true or false";
  case ArgumentKind::String:
    return "a string";
  case ArgumentKind::Shape:
    return "a list of sizes";
  case ArgumentKind::Element:
    return "an element type";
  }
  llvm_unreachable("all kinds are handled");
}

static std::optional<ArgumentKind> kindOf(StringRef word) {
  return llvm::StringSwitch<std::optional<ArgumentKind>>(word)
      .Case("tensor", ArgumentKind::Tensor)
      .Case("tensors", ArgumentKind::Tensors)
      .Case("int", ArgumentKind::Int)
      .Case("ints", ArgumentKind::Ints)
      .Case("float", ArgumentKind::Float)
      .Case("scalar", ArgumentKind::Scalar)
      .Case("bool", ArgumentKind::Bool)
      .Case("string", ArgumentKind::String)
      .Case("shape", ArgumentKind::Shape)
      .Case("element", ArgumentKind::Element)
      .Default(std::nullopt);
}

/// Splits at the first comma outside brackets.
static std::pair<StringRef, StringRef> splitParameter(StringRef text) {
  int depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    depth += text[i] == '[';
    depth -= text[i] == ']';
    if (text[i] == ',' && depth == 0)
      return {text.take_front(i), text.drop_front(i + 1)};
  }
  return {text, ""};
}

static std::optional<SignatureParameter> parseParameter(StringRef text) {
  auto [declared, defaultText] = text.split('=');
  auto [name, words] = declared.split(':');
  auto [word, absentWord] = words.split(" or ");
  std::optional<ArgumentKind> kind = kindOf(word.trim());
  if (name.trim().empty() || !kind)
    return std::nullopt;
  defaultText = defaultText.trim();
  return SignatureParameter{name.trim().str(), *kind, text.contains('=') || !absentWord.empty(),
                            defaultText == "none" ? "" : defaultText.str(), absentWord.trim().str()};
}

std::optional<Signature> Signature::parse(StringRef text) {
  auto [name, rest] = text.split('(');
  rest = rest.rtrim();
  if (!rest.consume_back(")"))
    return std::nullopt;
  Signature signature{name.trim().str(), {}};
  while (!rest.trim().empty()) {
    auto [first, others] = splitParameter(rest);
    std::optional<SignatureParameter> parameter = parseParameter(first);
    if (!parameter)
      return std::nullopt;
    signature.parameters.push_back(std::move(*parameter));
    rest = others;
  }
  return signature;
}

llvm::SmallVector<llvm::StringRef> signatureNames(const Signature &signature) {
  llvm::SmallVector<llvm::StringRef> names;
  for (const SignatureParameter &parameter : signature.parameters)
    names.push_back(parameter.name);
  return names;
}

} // namespace vae::frontend
