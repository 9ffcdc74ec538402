// What training does beside an optimiser's update: options of a step, rules that move buffers.
#ifndef VAE_IR_TRAINING_RULES_H
#define VAE_IR_TRAINING_RULES_H

#include "ir/OpBase.h"

#define GET_OP_CLASSES
#include "ir/training/Rules.h.inc"

#endif // VAE_IR_TRAINING_RULES_H
