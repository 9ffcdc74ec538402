// What `train` asks for, and the numbers that the host computes for it.
#ifndef VAE_IR_TRAINING_TRAIN_H
#define VAE_IR_TRAINING_TRAIN_H

#include "ir/OpBase.h"
#include "mlir/IR/SymbolTable.h"

#define GET_OP_CLASSES
#include "ir/training/Train.h.inc"

#endif // VAE_IR_TRAINING_TRAIN_H
