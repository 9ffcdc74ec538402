// The order of launches in which most results can lie over what dies.
#ifndef VAE_PASSES_PLAN_EARLYREADERS_H
#define VAE_PASSES_PLAN_EARLYREADERS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/SymbolTable.h"

namespace vae {

/// Moves launches before one that could write over a value which they read: a shortcut that reads a block's input, before
/// the activation that could lie over it. Only launches that wait for nothing between the two move, and none that could
/// lie over something itself. The phases in which launches run stay as they are.
void moveReadersBeforeOverwriters(mlir::func::FuncOp function, mlir::SymbolTable &symbols);

} // namespace vae

#endif // VAE_PASSES_PLAN_EARLYREADERS_H
