// Umbrella over the vae dialect, one file a family.
#ifndef VAE_IR_VAE_TD
#define VAE_IR_VAE_TD

include "ir/VaeElementwiseOps.td"
include "ir/VaeLayerOps.td"
include "ir/VaeConvolutionOps.td"
include "ir/VaeReductionOps.td"
include "ir/VaeLatentOps.td"
include "ir/VaeSoftmaxOps.td"
include "ir/VaeDiscreteOps.td"
include "ir/VaeVectorQuantizeOps.td"
include "ir/VaeSamplingOps.td"
include "ir/VaeNormalizationOps.td"
include "ir/VaePoolingOps.td"
include "ir/VaeShapeOps.td"
include "ir/VaeModelOps.td"
include "ir/VaeFusedOps.td"
include "ir/VaeOptimizerOps.td"
include "ir/VaeTrainingOps.td"

#endif // VAE_IR_VAE_TD
