// Umbrella over the vae dialect, one file a family.
#ifndef VAE_IR_VAE_TD
#define VAE_IR_VAE_TD

include "ir/ops/Elementwise.td"
include "ir/ops/Layers.td"
include "ir/ops/Convolution.td"
include "ir/ops/Windows.td"
include "ir/ops/Reductions.td"
include "ir/ops/Latent.td"
include "ir/ops/Softmax.td"
include "ir/ops/Discrete.td"
include "ir/ops/VectorQuantize.td"
include "ir/ops/Sampling.td"
include "ir/ops/Normalization.td"
include "ir/ops/Pooling.td"
include "ir/ops/Shapes.td"
include "ir/ops/Model.td"
include "ir/ops/Fused.td"
include "ir/training/Optimizers.td"
include "ir/training/Rules.td"

#endif // VAE_IR_VAE_TD
