// Places of tensors: what indices and `chunk` read and `update` writes.
#ifndef VAE_FRONTEND_ELABORATE_PLACES_H
#define VAE_FRONTEND_ELABORATE_PLACES_H

#include "frontend/elaborate/Values.h"
#include "frontend/parse/AST.h"

namespace vae::frontend {

class Elaborator;

/// `x[i, a..b, ..]`: a slice for each axis that is not taken whole, then the axes of single positions are dropped, then
/// the places of run time are gathered, from the last.
Value evaluateTensorIndex(Elaborator &in, const ast::IndexExpr &expr, Value tensor);

/// `a, b = chunk(x, 2, axis = 1)`: a list of as many stretches of one axis, or fewer, as torch.chunk.
Value callChunk(Elaborator &in, const ast::CallExpr &call);

/// `update(x, [.., row, 1..3], value)`: x with the value there.
Value callUpdate(Elaborator &in, const ast::CallExpr &call);

} // namespace vae::frontend

#endif // VAE_FRONTEND_ELABORATE_PLACES_H
