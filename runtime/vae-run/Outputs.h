// Results as files: all of them, or none.
#ifndef VAE_RUNTIME_VAE_RUN_OUTPUTS_H
#define VAE_RUNTIME_VAE_RUN_OUTPUTS_H

#include "runtime/vae-run/Model.h"

namespace vae::runtime::tool {

/// One -o: which output goes where.
struct OutputFile {
  const Field *field; ///< of the signature it was resolved against
  std::string path;
};

/// Resolves "path" (for a program with one result) and "name=path" words; checks that the endings are known (.npy,
/// .png).
Result<std::vector<OutputFile>> resolveOutputs(const ProgramSignature &signature, const Words &words);

/// invalidArgument where a file to be written is one that is read (the package, the weights, a file that one of `words`
/// names: "x=a.npy", "a.npy"), or is named twice.
Status checkOutputs(const ModelOptions &model, const Words &words, const Words &outputs);

/// A result with what it is.
struct Outcome {
  const Field *field; ///< of the signature of the program that ran
  HostTensor tensor;
};

/// All results of a run.
Result<std::vector<Outcome>> collect(const ProgramSignature &signature, vae_result *result);

/// Collects the contents of files, then writes them together.
class FileSet {
public:
  void add(std::string path, std::vector<std::byte> bytes) { files.emplace_back(std::move(path), std::move(bytes)); }
  /// All files are there, or none: a full disk is met before the first is moved to its place.
  Status write();

private:
  std::vector<std::pair<std::string, std::vector<std::byte>>> files;
};

/// The bytes of `tensor` as a file of that ending. With `above`, a picture shows those pictures row by row above the
/// tensor's.
Result<std::vector<std::byte>> encodeOutput(const std::string &path, const HostTensor &tensor, const Field &field,
                                            const HostTensor *above = nullptr);

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_OUTPUTS_H
