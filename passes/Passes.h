// Declarations of all passes, generated from Passes.td.
#ifndef VAE_PASSES_PASSES_H
#define VAE_PASSES_PASSES_H

#include "ir/Dialect.h"
#include "ir/program/Limits.h"
#include "ir/program/Program.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace vae {

#define GEN_PASS_DECL
#include "passes/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "passes/Passes.h.inc"

} // namespace vae

#endif // VAE_PASSES_PASSES_H
