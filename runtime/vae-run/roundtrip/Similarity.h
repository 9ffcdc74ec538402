// How much two pictures are alike.
#ifndef VAE_RUNTIME_VAE_RUN_ROUNDTRIP_SIMILARITY_H
#define VAE_RUNTIME_VAE_RUN_ROUNDTRIP_SIMILARITY_H

#include "runtime/formats/pictures/Picture.h"

#include <optional>

namespace vae::runtime::tool {

/// A picture as planes, one a channel, of numbers from 0 (black) to 1 (white).
struct Planes {
  int64_t channels = 1, height = 0, width = 0;
  std::vector<float> values;

  static Planes of(const Picture &picture);
};

/// Peak signal-to-noise ratio in decibels, 10 log10(1 / mean square of the differences) over all channels; infinite where
/// there are none. Of two pictures of one shape.
double psnr(const Planes &a, const Planes &b);

/// Structural similarity (Wang et al. 2004): windows of 11 x 11 weighted by a Gaussian of deviation 1.5, variances and
/// covariance of the window itself (divided by N), K1 = 0.01, K2 = 0.03, L = 1; the mean over all windows that lie in the
/// picture, and over channels. Nothing where no window does. What scikit-image's `structural_similarity` gives for
/// gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1.
std::optional<double> ssim(const Planes &a, const Planes &b);

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_ROUNDTRIP_SIMILARITY_H
