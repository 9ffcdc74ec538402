// Finds the loss, reads the data, checks that it all fits.
#include "runtime/vae-run/TrainingPlan.h"
#include "runtime/Checked.h"

#include <algorithm>
#include <cctype>

namespace vae::runtime::tool {
namespace {

constexpr std::string_view trainSuffix = ".train";

/// The loss that `train` minimises: the one asked for, or the only one.
Result<std::string> chooseLoss(vae_package *package, const std::string &wanted) {
  VAE_ASSIGN_OR_RETURN(std::vector<Signature> programs, signatures(package));
  std::vector<std::string> losses;
  std::string names;
  for (const Signature &program : programs)
    if (program.kind == VAE_PROGRAM_TRAIN && !program.isNoiseTwin) {
      losses.push_back(program.name.substr(0, program.name.size() - trainSuffix.size()));
      names += (names.empty() ? "" : ", ") + losses.back();
    }
  if (losses.empty())
    return fail(StatusCode::invalidArgument, "the model says nothing about training");
  if (wanted.empty() && losses.size() == 1)
    return losses[0];
  if (std::find(losses.begin(), losses.end(), wanted) != losses.end())
    return wanted;
  return fail(StatusCode::invalidArgument,
              wanted.empty() ? "say which loss with --loss" : "no trained loss '" + wanted + "'",
              "; there are: ", names);
}

std::string inputNames(const Signature &program) {
  std::string names;
  for (const Value &input : program.inputs)
    names += (names.empty() ? "" : "; ") + input.text();
  return names;
}

/// "x=a.npy,label=b.npy" cut before each ",name=" of an input, so that file names may hold commas.
Words splitFiles(const Signature &program, const Words &words) {
  Words files;
  for (const std::string &word : words) {
    size_t start = 0;
    for (size_t comma = word.find(','); comma != std::string::npos; comma = word.find(',', comma + 1)) {
      auto next = splitWord(word.substr(comma + 1));
      if (!next || !program.findInput(next->first))
        continue;
      files.push_back(word.substr(start, comma - start));
      start = comma + 1;
    }
    files.push_back(word.substr(start));
  }
  return files;
}

bool isGiven(const std::vector<Dataset> &sets, const Value &input) {
  return std::any_of(sets.begin(), sets.end(), [&](const Dataset &set) { return set.input() == input.name; });
}

/// The input that a --data word means, and the file.
Result<std::pair<const Value *, std::string>> dataFile(const Signature &program, const std::vector<Dataset> &given,
                                                       const std::string &word) {
  auto split = splitWord(word);
  if (const Value *named = split ? program.findInput(split->first) : nullptr) {
    if (isGiven(given, *named))
      return fail(StatusCode::invalidArgument, "input '", named->name, "' is given twice");
    return std::pair(named, split->second);
  }
  bool name = split && std::all_of(split->first.begin(), split->first.end(),
                                   [](unsigned char letter) { return std::isalnum(letter) || letter == '_'; });
  if (name)
    return fail(StatusCode::invalidArgument, "the loss takes no '", split->first,
                "'; its inputs: ", inputNames(program));
  for (const Value &input : program.inputs)
    if (!isGiven(given, input) && !input.optional && !input.shape.empty())
      return std::pair(&input, word);
  return fail(StatusCode::invalidArgument, "the loss takes no more data, so not '", word,
              "'; its inputs: ", inputNames(program));
}

Status readData(const Signature &program, const Words &words, TrainingPlan &plan) {
  for (const std::string &word : splitFiles(program, words)) {
    VAE_ASSIGN_OR_RETURN(auto file, dataFile(program, plan.data, word));
    VAE_ASSIGN_OR_RETURN(Dataset set, Dataset::open(*file.first, file.second));
    if (!plan.data.empty() && set.items() != plan.data[0].items())
      return fail(StatusCode::invalidArgument, set.path(), " has ", set.items(), " items but ", plan.data[0].path(),
                  " has ", plan.data[0].items());
    plan.data.push_back(std::move(set));
  }
  plan.items = plan.data[0].items();
  for (const Value &input : program.inputs) {
    if (!plan.scalars.has(input.name) && !isGiven(plan.data, input) && !input.optional)
      return fail(StatusCode::invalidArgument, "input ", input.text(), " of the loss is not given");
  }
  return {};
}

Status readNoise(const std::vector<Value> &inputs, const Words &words, TrainingPlan &plan) {
  if (words.empty())
    return {};
  if (words.size() != inputs.size())
    return fail(StatusCode::invalidArgument, "loss '", plan.loss, "' draws random numbers at ", inputs.size(),
                " sites, but --noise is given ", words.size(), " times");
  for (size_t i = 0; i < words.size(); ++i) {
    VAE_ASSIGN_OR_RETURN(Dataset set, Dataset::open(inputs[i], words[i]));
    if (set.items() < plan.consumed(plan.lastStep))
      return fail(StatusCode::invalidArgument, set.path(), " has ", set.items(), " rows, but ", plan.lastStep,
                  " steps consume ", plan.consumed(plan.lastStep));
    plan.noise.push_back(std::move(set));
  }
  return {};
}

} // namespace

Result<TrainingPlan> TrainingPlan::read(vae_package *package, const TrainOptions &options) {
  if (!options.plot.empty() && !options.plot.ends_with(".png"))
    return fail(StatusCode::invalidArgument, "cannot tell the format of '", options.plot, "'; .png wanted");
  TrainingPlan plan;
  VAE_ASSIGN_OR_RETURN(plan.loss, chooseLoss(package, options.loss));
  VAE_ASSIGN_OR_RETURN(Signature program, signatureOf(package, plan.loss + std::string(trainSuffix)));
  VAE_ASSIGN_OR_RETURN(plan.scalars, Arguments::read(program, options.arguments, {}, {}));
  for (const Value &output : program.outputs)
    if (output.name == "loss" || output.report)
      plan.terms.push_back(output.name);
  VAE_RETURN_IF_ERROR(readData(program, options.data, plan));
  plan.batch = std::min(options.batch, plan.items);
  std::optional<uint64_t> steps = checkedMul(plan.stepsPerEpoch(), options.epochs);
  if (!steps || !checkedMul(*steps, plan.batch))
    return fail(StatusCode::invalidArgument, options.epochs, " epochs of ", plan.items, " items are out of range");
  plan.lastStep = std::min(*steps, options.steps.value_or(*steps));
  VAE_ASSIGN_OR_RETURN(std::vector<Value> noise, noiseInputs(package, program));
  VAE_RETURN_IF_ERROR(readNoise(noise, options.noise, plan));
  if (!options.samples.empty()) {
    VAE_ASSIGN_OR_RETURN(plan.sampler, signatureOf(package, "sample"));
  }
  return plan;
}

} // namespace vae::runtime::tool
