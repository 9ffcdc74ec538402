// The vae dialect's class.
#ifndef VAE_IR_DIALECT_H
#define VAE_IR_DIALECT_H

#include "mlir/IR/Dialect.h"

#include "ir/Dialect.h.inc"

#endif // VAE_IR_DIALECT_H
