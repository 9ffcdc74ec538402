// What people have: a folder of diffusers, a file of weights, a full checkpoint.
#ifndef VAE_BACKENDS_CHECKPOINTS_CHECKPOINT_H
#define VAE_BACKENDS_CHECKPOINTS_CHECKPOINT_H

#include "backends/checkpoints/Config.h"
#include "backends/checkpoints/Names.h"
#include <memory>

namespace vae::checkpoints {

/// A checkpoint that is a model of the library.
struct Checkpoint {
  std::string family; ///< diffusers' class
  std::string source; ///< the model's file, relative to the library
  Bindings bindings;  ///< its parameters
  std::shared_ptr<const runtime::SafetensorsFile> file;
  NamedTensors weights;           ///< refers to `file`
  bool alone = false;             ///< every tensor of `weights` has a place in the model
  std::vector<std::string> notes; ///< what the user should know, a line each
};

/// Whether an argument of vaec means weights, and not a model's text: a folder, or a name that weights have.
bool namesCheckpoint(llvm::StringRef path);

/// Reads a folder with config.json and weights (or one of a whole pipeline, with such a folder `vae`), or a file of
/// weights alone or within a full checkpoint, whose family and numbers then follow from names and shapes. unsupported
/// for what is split over several files, or pickled, with the way to convert it.
runtime::Result<Checkpoint> openCheckpoint(const std::string &path);

/// A parameter of the compiled model.
struct WantedParameter {
  std::string path;
  std::vector<int64_t> shape;
};

/// The weights of all parameters, in their order, of which all are finite. invalidFile where one is missing, has
/// another shape, or none of the model's parts has a place for one that the file holds: says how many fit, and the
/// first that does not. nonFinite names a tensor with NaN or infinity. The bytes are the checkpoint's file's.
runtime::Result<std::vector<runtime::SafetensorsItem>> matchWeights(const Checkpoint &checkpoint,
                                                                    llvm::ArrayRef<WantedParameter> wanted);

} // namespace vae::checkpoints

#endif // VAE_BACKENDS_CHECKPOINTS_CHECKPOINT_H
