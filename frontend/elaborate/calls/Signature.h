// The form of a builtin call, read from the text that the op declares.
#ifndef VAE_FRONTEND_ELABORATE_CALLS_SIGNATURE_H
#define VAE_FRONTEND_ELABORATE_CALLS_SIGNATURE_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include <optional>
#include <string>

namespace vae::frontend {

/// Kinds of an argument, by the words of `BuiltinOpInterface::getSignature`.
enum class ArgumentKind { Tensor, Tensors, Int, Ints, Float, Scalar, Bool, String, Shape, Element };

/// What messages call a kind: `a tensor`, `an integer`.
llvm::StringRef describe(ArgumentKind kind);

struct SignatureParameter {
  std::string name;
  ArgumentKind kind;
  bool optional = false;
  std::string defaultText; // empty where required or `= none`
  std::string absentWord;  // `same` of `padding: ints or same`: what a call may write for leaving it out
};

/// `linear(x: tensor, out: int, bias: bool = true)`
struct Signature {
  std::string name;
  llvm::SmallVector<SignatureParameter> parameters;

  /// Reads a signature; none where the text is malformed, which is a mistake in the op.
  static std::optional<Signature> parse(llvm::StringRef text);
};

/// The names of the parameters, in order.
llvm::SmallVector<llvm::StringRef> signatureNames(const Signature &signature);

} // namespace vae::frontend

#endif // VAE_FRONTEND_ELABORATE_CALLS_SIGNATURE_H
