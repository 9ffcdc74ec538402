// Reading of words.
#include "runtime/vae-run/inputs/Arguments.h"
#include "runtime/base/Checked.h"
#include "runtime/vae-run/Interrupt.h"
#include "runtime/vae-run/inputs/SizeText.h"

#include <algorithm>
#include <set>

namespace vae::runtime::tool {

std::optional<std::pair<std::string, std::string>> splitWord(const std::string &word) {
  size_t equals = word.find('=');
  if (equals == std::string::npos || equals == 0)
    return std::nullopt;
  return std::pair(word.substr(0, equals), word.substr(equals + 1));
}

/// "x, beta; sizes: B"
static std::string namesOf(const ProgramSignature &signature) {
  std::string names;
  for (const Field &input : signature.inputs)
    names += (names.empty() ? "" : ", ") + input.name;
  std::string symbols;
  for (const std::string &symbol : signature.symbols)
    symbols += (symbols.empty() ? "" : ", ") + symbol;
  return "inputs: " + (names.empty() ? "none" : names) + "; sizes: " + (symbols.empty() ? "none" : symbols);
}

void Arguments::add(const std::string &name, HostTensor tensor, TensorHandle handle) {
  inputs.push_back({name, std::move(tensor), std::move(handle)});
}

bool Arguments::has(std::string_view input) const {
  return std::any_of(inputs.begin(), inputs.end(), [&](const Input &given) { return given.name == input; });
}

const HostTensor *Arguments::find(std::string_view input) const {
  for (const Input &given : inputs)
    if (given.name == input)
      return &given.tensor;
  return nullptr;
}

std::optional<int64_t> Arguments::size(std::string_view symbol) const {
  for (const auto &[name, value] : sizes)
    if (name == symbol)
      return value;
  return std::nullopt;
}

bool isNumberFor(const Field &field, const std::string &text) {
  return field.element == ElementType::i32 ? parseNumber<int32_t>(text).has_value()
                                           : field.element == ElementType::f32 && parseNumber<float>(text).has_value();
}

Status Arguments::addTensor(const Field &field, HostTensor tensor) {
  VAE_ASSIGN_OR_RETURN(TensorHandle handle, apiTensor(tensor));
  add(field.name, std::move(tensor), std::move(handle));
  return {};
}

Status Arguments::addInput(const Field &field, const std::string &text, const PictureFit &pictures) {
  bool twice = has(field.name) || std::any_of(fills.begin(), fills.end(),
                                              [&](const auto &fill) { return fill.first->name == field.name; });
  if (twice)
    return fail(StatusCode::invalidArgument, "input '", field.name, "' is given twice");
  if (isNumberFor(field, text)) {
    fills.emplace_back(&field, text);
    return {};
  }
  VAE_ASSIGN_OR_RETURN(InputFile file, InputFile::open(field, text, pictures));
  VAE_ASSIGN_OR_RETURN(HostTensor tensor, file.readAll());
  return addTensor(field, std::move(tensor));
}

/// A size that a word gave, or that leads or follows in the shape of an input that a word gave.
std::optional<int64_t> Arguments::sizeIn(const ProgramSignature &signature, const std::string &symbol) const {
  if (std::optional<int64_t> given = size(symbol))
    return given;
  for (const Input &input : inputs) {
    const Field *field = signature.findInput(input.name);
    const std::vector<int64_t> &shape = input.tensor.shape();
    for (size_t axis = 0; field && field->shape.size() == shape.size() && axis < shape.size(); ++axis)
      if (field->shape[axis] == symbol)
        return shape[axis];
  }
  return std::nullopt;
}

/// Makes the tensors of inputs that are one number throughout.
Status Arguments::fill(const ProgramSignature &signature) {
  for (const auto &[field, text] : fills) {
    std::vector<int64_t> shape;
    for (const std::string &formula : field->shape) {
      Result<int64_t> size =
          evaluateSize(formula, [&](const std::string &symbol) { return sizeIn(signature, symbol); });
      if (!size.ok())
        return size.status().withContext(concat("input '", field->name, "', ", text, " throughout"));
      shape.push_back(*size);
    }
    VAE_ASSIGN_OR_RETURN(HostTensor tensor, HostTensor::create(field->element, shape));
    if (field->element == ElementType::i32)
      std::fill_n(tensor.as<int32_t>().data(), tensor.count(), *parseNumber<int32_t>(text));
    else
      std::fill_n(tensor.as<float>().data(), tensor.count(), *parseNumber<float>(text));
    VAE_RETURN_IF_ERROR(checkRange(tensor.bytes(), *field, 0, 0));
    VAE_RETURN_IF_ERROR(addTensor(*field, std::move(tensor)));
  }
  fills.clear();
  return {};
}

/// Gives each input that is led by the size of `items` as many items, from its start again and again.
Status Arguments::repeat(const ProgramSignature &signature, const ItemCount &items) {
  for (Input &input : inputs) {
    const Field *field = signature.findInput(input.name);
    std::vector<int64_t> shape = input.tensor.shape();
    if (!field || field->shape.empty() || field->shape[0] != items.symbol || shape.empty() || shape[0] < 1 ||
        shape[0] == items.count)
      continue;
    const size_t itemBytes = input.tensor.bytes().size() / static_cast<size_t>(shape[0]);
    const size_t period = static_cast<size_t>(std::exchange(shape[0], items.count));
    VAE_ASSIGN_OR_RETURN(HostTensor repeated, HostTensor::create(input.tensor.element(), shape));
    for (size_t i = 0; i < static_cast<size_t>(items.count); ++i)
      std::copy_n(input.tensor.bytes().data() + i % period * itemBytes, itemBytes,
                  repeated.bytes().data() + i * itemBytes);
    input.tensor = std::move(repeated);
    VAE_ASSIGN_OR_RETURN(input.handle, apiTensor(input.tensor));
  }
  return {};
}

Status Arguments::addWord(const ProgramSignature &signature, const std::string &word, const PictureFit &pictures) {
  auto split = splitWord(word);
  if (!split)
    return fail(StatusCode::invalidArgument, "'", word, "' is not name=value");
  auto &[name, text] = *split;
  if (const Field *field = signature.findInput(name))
    return addInput(*field, text, pictures);
  if (!signature.hasSymbol(name))
    return fail(StatusCode::invalidArgument, "program '", signature.name, "' takes no '", name, "'; ",
                namesOf(signature));
  std::optional<int64_t> value = sizeOf(text);
  if (size(name))
    return fail(StatusCode::invalidArgument, "size '", name, "' is given twice");
  if (!value)
    return fail(StatusCode::invalidArgument, "size '", name, "': '", text, "' is not a size");
  sizes.emplace_back(name, *value);
  return {};
}

Result<Arguments> Arguments::read(const ProgramSignature &signature, const InputWords &words,
                                  const std::vector<Field> &noiseInputs, const std::optional<ItemCount> &items) {
  Arguments arguments;
  for (const std::string &word : words.arguments)
    VAE_RETURN_IF_ERROR(arguments.addWord(signature, word, words.pictures));
  if (items) {
    VAE_RETURN_IF_ERROR(arguments.repeat(signature, *items));
    arguments.sizes.emplace_back(items->symbol, items->count);
  }
  VAE_RETURN_IF_ERROR(arguments.fill(signature));
  const Words &noise = words.noise;
  if (noise.empty())
    return arguments;
  if (noise.size() != noiseInputs.size())
    return fail(StatusCode::invalidArgument, "program '", signature.name, "' draws random numbers at ",
                noiseInputs.size(), " sites, but --noise is given ", noise.size(), " times");
  for (size_t i = 0; i < noise.size(); ++i)
    VAE_RETURN_IF_ERROR(arguments.addInput(noiseInputs[i], noise[i], words.pictures));
  return arguments;
}

void Arguments::bind(vae_run &run) {
  run.cancelled = [](void *) { return notedSignal() ? 1 : 0; };
  apiInputs.clear();
  apiSizes.clear();
  for (const Input &input : inputs)
    apiInputs.push_back({input.name.c_str(), input.handle.get()});
  for (const auto &[name, value] : sizes)
    apiSizes.push_back({name.c_str(), value});
  run.inputs = apiInputs.data();
  run.input_count = apiInputs.size();
  run.sizes = apiSizes.data();
  run.size_count = apiSizes.size();
}

} // namespace vae::runtime::tool
