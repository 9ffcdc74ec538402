// The vae dialect's class.
#ifndef VAE_IR_VAEDIALECT_H
#define VAE_IR_VAEDIALECT_H

#include "mlir/IR/Dialect.h"

#include "ir/VaeDialect.h.inc"

#endif // VAE_IR_VAEDIALECT_H
