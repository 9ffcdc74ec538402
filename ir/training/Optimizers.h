// Optimisers: one elementwise op updates one parameter and the states it carries.
#ifndef VAE_IR_TRAINING_OPTIMIZERS_H
#define VAE_IR_TRAINING_OPTIMIZERS_H

#include "ir/OpBase.h"

#define GET_OP_CLASSES
#include "ir/training/Optimizers.h.inc"

#endif // VAE_IR_TRAINING_OPTIMIZERS_H
