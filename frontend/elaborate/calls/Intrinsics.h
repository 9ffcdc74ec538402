// Calls that the frontend answers itself: about sizes, lists and numbers known now, declarations of tensors, `chunk` and `update`.
#ifndef VAE_FRONTEND_ELABORATE_CALLS_INTRINSICS_H
#define VAE_FRONTEND_ELABORATE_CALLS_INTRINSICS_H

#include "frontend/elaborate/Values.h"
#include "frontend/parse/AST.h"

namespace vae::frontend {

class Elaborator;

struct Intrinsic {
  llvm::StringLiteral name;
  bool needsFunc; // it makes ops, so that it stands in a func; the others compute with what is known now
  Value (*call)(Elaborator &in, const ast::CallExpr &call);
};

llvm::ArrayRef<Intrinsic> getIntrinsics();
/// The one of that name, or null.
const Intrinsic *findIntrinsic(llvm::StringRef name);

} // namespace vae::frontend

#endif // VAE_FRONTEND_ELABORATE_CALLS_INTRINSICS_H
