// The words of a command line as inputs of a program: name=file, name=number, symbol=size.
#ifndef VAE_RUNTIME_VAE_RUN_INPUTS_ARGUMENTS_H
#define VAE_RUNTIME_VAE_RUN_INPUTS_ARGUMENTS_H

#include "runtime/vae-run/inputs/InputFile.h"

namespace vae::runtime::tool {

/// "name=rest" cut at the first '='; nothing where there is none.
std::optional<std::pair<std::string, std::string>> splitWord(const std::string &word);

/// How many items a run has, where no word says so: the value of the size that leads their tensors.
struct ItemCount {
  std::string symbol;
  int64_t count = 0;
};

/// A number as the text of an f32 or i32 input; nothing for other text, and for whole numbers that are none.
bool isNumberFor(const Field &field, const std::string &text);

/// The words that a program's inputs are read from.
struct InputWords {
  Words arguments;
  Words noise;         ///< files for noise inputs, in the order of the sites
  PictureFit pictures; ///< sizes of pictures
};

/// Inputs and sizes of a run, owned.
class Arguments {
public:
  /// Reads all words for a program. A number fills the whole of an input, whose sizes other words or inputs give. With
  /// `items`, inputs led by that size are taken from their start again where they are too short, and cut where they are
  /// too long.
  static Result<Arguments> read(const ProgramSignature &signature, const InputWords &words,
                                const std::vector<Field> &noiseInputs = {}, const std::optional<ItemCount> &items = {});

  void add(const std::string &name, HostTensor tensor, TensorHandle handle);
  bool has(std::string_view input) const;
  /// The tensor as it was read, null where the input is not given.
  const HostTensor *find(std::string_view input) const;
  /// The value of a symbol that was given as such.
  std::optional<int64_t> size(std::string_view symbol) const;

  /// Points the run at these inputs and sizes; they must outlive it.
  void bind(vae_run &run);

private:
  Status addWord(const ProgramSignature &signature, const std::string &word, const PictureFit &pictures);
  Status addInput(const Field &field, const std::string &text, const PictureFit &pictures);
  Status addTensor(const Field &field, HostTensor tensor);
  Status fill(const ProgramSignature &signature);
  Status repeat(const ProgramSignature &signature, const ItemCount &items);
  std::optional<int64_t> sizeIn(const ProgramSignature &signature, const std::string &symbol) const;

  struct Input {
    std::string name;
    HostTensor tensor;
    TensorHandle handle;
  };
  std::vector<Input> inputs;
  std::vector<std::pair<const Field *, std::string>> fills; ///< numbers for inputs whose sizes are still open
  std::vector<std::pair<std::string, int64_t>> sizes;
  std::vector<vae_input> apiInputs;
  std::vector<vae_size> apiSizes;
};

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_INPUTS_ARGUMENTS_H
