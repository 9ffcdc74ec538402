// Cutting inputs, running the pieces, joining results.
#include "runtime/vae-run/verbs/BatchRun.h"
#include "runtime/vae-run/ProgressBar.h"
#include "runtime/vae-run/inputs/Arguments.h"

#include <algorithm>
#include <numeric>

namespace vae::runtime::tool {

template <typename... Parts> static Status wrong(const Parts &...parts) {
  return fail(StatusCode::invalidArgument, "--batch: ", parts...);
}

Result<BatchRun> BatchRun::read(const ProgramSignature &signature, const RunOptions &options,
                                const std::vector<Field> &noiseInputs) {
  BatchRun batches(signature, options);
  for (const std::string &word : options.arguments) {
    auto split = splitWord(word);
    const Field *field = split ? signature.findInput(split->first) : nullptr;
    if (!field || field->shape.empty() || isNumberFor(*field, split->second))
      batches.others.push_back(word);
    else
      VAE_RETURN_IF_ERROR(batches.addData(*field, split->second));
  }
  if (batches.data.empty())
    return wrong("no input is a file; there is nothing to cut");
  if (!options.noise.empty() && options.noise.size() != noiseInputs.size())
    return wrong("program '", signature.name, "' draws random numbers at ", noiseInputs.size(),
                 " sites, but --noise is given ", options.noise.size(), " times");
  for (size_t i = 0; i < options.noise.size(); ++i)
    VAE_RETURN_IF_ERROR(batches.addData(noiseInputs[i], options.noise[i]));
  VAE_RETURN_IF_ERROR(batches.checkResults());
  return batches;
}

Status BatchRun::addData(const Field &field, const std::string &path) {
  if (!signature.hasSymbol(field.shape[0]))
    return wrong("input ", field.text(), " has no leading size to be cut along");
  if (data.empty())
    symbol = field.shape[0];
  if (field.shape[0] != symbol)
    return wrong("input ", field.text(), " is led by another size than '", data[0].input(), "', ", symbol);
  VAE_ASSIGN_OR_RETURN(Dataset set, Dataset::open(field, path, options.pictures));
  if (!data.empty() && set.items() != items())
    return fail(StatusCode::invalidArgument, path, " has ", set.items(), " items but ", data[0].path(), " has ",
                items());
  data.push_back(std::move(set));
  return {};
}

/// Results can be joined only along the size that the inputs are cut along.
Status BatchRun::checkResults() const {
  for (const Field &output : signature.outputs)
    if (output.shape.empty() || output.shape[0] != symbol)
      return wrong("result ", output.text(), " has no leading ", symbol, " to be joined along");
  return {};
}

Result<std::vector<Outcome>> BatchRun::run(vae_session *session, vae_run request, Trace &trace) const {
  std::vector<Outcome> all;
  ProgressBar bar;
  for (uint64_t first = 0, count = 0; first < items(); first += count, ++request.step) {
    count = std::min(*options.batch, items() - first);
    if (bar.due())
      bar.draw("items", first, items(), "");
    Result<std::vector<Outcome>> batch = runBatch(session, request, first, count, trace);
    if (!batch.ok())
      return batch.status().withContext(concat("items from ", first, " on"));
    VAE_RETURN_IF_ERROR(append(batch.take(), first, all));
  }
  return all;
}

Result<std::vector<Outcome>> BatchRun::runBatch(vae_session *session, vae_run request, uint64_t first, uint64_t count,
                                                Trace &trace) const {
  const ItemCount here{symbol, static_cast<int64_t>(count)};
  VAE_ASSIGN_OR_RETURN(Arguments arguments, Arguments::read(signature, {others, {}, options.pictures}, {}, here));
  arguments.bind(request);
  std::vector<uint64_t> indices(count);
  std::iota(indices.begin(), indices.end(), first);
  std::vector<vae_input> inputs(request.inputs, request.inputs + request.input_count);
  std::vector<TensorHandle> tensors;
  for (const Dataset &set : data) {
    VAE_ASSIGN_OR_RETURN(TensorHandle tensor, set.makeBatch(count));
    VAE_RETURN_IF_ERROR(set.gather(indices, tensor.get(), /*finite=*/request.check_inputs != 0));
    inputs.push_back({set.input().c_str(), tensor.get()});
    tensors.push_back(std::move(tensor));
  }
  request.inputs = inputs.data();
  request.input_count = inputs.size();
  VAE_ASSIGN_OR_RETURN(ResultHandle result, trace.run(session, request));
  return collect(signature, result.get());
}

/// Puts a batch's results at their place among all, which the first batch makes.
Status BatchRun::append(std::vector<Outcome> batch, uint64_t first, std::vector<Outcome> &all) const {
  for (size_t i = 0; i < batch.size(); ++i) {
    const HostTensor &part = batch[i].tensor;
    std::vector<int64_t> shape = part.shape();
    const size_t itemBytes = part.bytes().size() / static_cast<size_t>(shape[0]);
    shape[0] = static_cast<int64_t>(items());
    if (first == 0) {
      VAE_ASSIGN_OR_RETURN(HostTensor whole, HostTensor::create(part.element(), shape));
      all.push_back({batch[i].field, std::move(whole)});
    }
    if (all[i].tensor.shape() != shape)
      return fail(StatusCode::internal, "result '", batch[i].field->name, "' changes its shape from batch to batch");
    std::copy(part.bytes().begin(), part.bytes().end(), all[i].tensor.bytes().begin() + first * itemBytes);
  }
  return {};
}

} // namespace vae::runtime::tool
