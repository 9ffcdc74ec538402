// A folder of pictures as one batch.
#ifndef VAE_RUNTIME_VAE_RUN_INPUTS_PICTUREFOLDER_H
#define VAE_RUNTIME_VAE_RUN_INPUTS_PICTUREFOLDER_H

#include "runtime/base/Tensor.h"

namespace vae::runtime::tool {

/// The .png files of a folder, in the order of their names, as u8 [N, channels, H, W]. All must have one size and be
/// grey or RGB alike; invalidFile names the one that differs.
Result<HostTensor> readPictureFolder(const std::string &path);

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_INPUTS_PICTUREFOLDER_H
