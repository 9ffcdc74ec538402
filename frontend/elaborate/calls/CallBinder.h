// Binds the arguments of a call: to the parameters of its callee, and to the kinds that an op's signature names.
#ifndef VAE_FRONTEND_ELABORATE_CALLS_CALLBINDER_H
#define VAE_FRONTEND_ELABORATE_CALLS_CALLBINDER_H

#include "frontend/elaborate/Values.h"
#include "frontend/elaborate/calls/Signature.h"
#include "frontend/parse/AST.h"
#include "ir/Interfaces.h"

namespace vae::frontend {

class Elaborator;

/// A call's arguments, sorted to the callee's parameters.
struct BoundCall {
  llvm::SmallVector<std::optional<Value>> values; // one a parameter
  llvm::SmallVector<llvm::SMRange> ranges;        // where each was given; may be shorter
  llvm::SmallVector<Value> variadic;              // for the first parameter, where it takes any number
};

/// Holds nothing of its own: values and messages are the elaborator's, whose frame the call stands in.
class CallBinder {
public:
  explicit CallBinder(Elaborator &elaborator) : elaborator(elaborator) {}

  /// Evaluates the arguments and sorts them to parameters of these names. `firstTakesAny`: positional tensors all go to
  /// the first. `absentWords` say, where not empty, the word that leaves a parameter out. None after an error.
  std::optional<BoundCall> bindCall(const ast::CallExpr &call, llvm::ArrayRef<llvm::StringRef> parameters,
                                    bool firstTakesAny, llvm::ArrayRef<llvm::StringRef> absentWords = {});
  /// The same, by an op's signature.
  std::optional<BoundCall> bindCall(const ast::CallExpr &call, const Signature &signature);

  /// Binds one argument of a signature: converts what was given or takes the default. An optional argument without a
  /// default stays empty.
  std::optional<BuiltinArgument> bindArgument(const Signature &signature, const SignatureParameter &parameter,
                                              const std::optional<Value> &given, llvm::SMRange range,
                                              mlir::Type element = {});
  /// Binds all of them; false after an error.
  bool bindArguments(const Signature &signature, BoundCall &bound, llvm::SMRange range, BuiltinCall &builtin);
  /// A tensor as it is; a number becomes a scalar constant, a size the scalar of its value, of that element type or
  /// f32.
  std::optional<mlir::Value> convertTensor(const Value &value, llvm::SMRange range, mlir::Type element = {});

private:
  bool isLeftOut(const ast::Argument &argument, llvm::StringRef absentWord) const;
  std::optional<BuiltinArgument> bindTensors(const Signature &signature, const BoundCall &bound, llvm::SMRange range);

  Elaborator &elaborator;
};

} // namespace vae::frontend

#endif // VAE_FRONTEND_ELABORATE_CALLS_CALLBINDER_H
