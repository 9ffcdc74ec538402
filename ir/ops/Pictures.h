// Pictures in other sizes: borders, pixels repeated or interpolated, channels spread over pixels. All work on the last two axes, height and width.
#ifndef VAE_IR_OPS_PICTURES_H
#define VAE_IR_OPS_PICTURES_H

#include "ir/OpBase.h"

#define GET_OP_CLASSES
#include "ir/ops/Pictures.h.inc"

#endif // VAE_IR_OPS_PICTURES_H
