// What the generated declarations of every family of ops name.
#ifndef VAE_IR_OPBASE_H
#define VAE_IR_OPBASE_H

#include "ir/Dialect.h"
#include "ir/Inference.h"
#include "ir/Interfaces.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#endif // VAE_IR_OPBASE_H
