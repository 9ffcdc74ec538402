// Finds the losses, reads the data, checks that it all fits.
#include "runtime/vae-run/training/TrainingPlan.h"
#include "runtime/base/Checked.h"
#include "runtime/formats/pictures/PictureFolder.h"
#include "runtime/vae-run/Outputs.h"
#include "runtime/vae-run/verbs/Samples.h"

#include <algorithm>
#include <cctype>

namespace vae::runtime::tool {
namespace {

constexpr std::string_view trainSuffix = ".train";

std::string lossOf(const ProgramSignature &program) {
  return program.name.substr(0, program.name.size() - trainSuffix.size());
}

template <typename Items, typename Text> std::string joined(const Items &items, const char *separator, Text text) {
  std::string all;
  for (const auto &item : items)
    all += (all.empty() ? "" : separator) + text(item);
  return all;
}

/// The training programs to run in a step, in the order of `train`: all there are, or that of the loss asked for.
Result<std::vector<ProgramSignature>> choosePrograms(vae_package *package, const std::string &wanted) {
  VAE_ASSIGN_OR_RETURN(std::vector<ProgramSignature> programs, signatures(package));
  std::erase_if(programs, [](const ProgramSignature &one) { return one.kind != VAE_PROGRAM_TRAIN || one.isNoiseTwin; });
  if (programs.empty())
    return fail(StatusCode::invalidArgument, "the model says nothing about training");
  std::string names = joined(programs, ", ", lossOf);
  if (!wanted.empty())
    std::erase_if(programs, [&](const ProgramSignature &one) { return lossOf(one) != wanted; });
  if (programs.empty())
    return fail(StatusCode::invalidArgument, "no trained loss '", wanted, "'; there are: ", names);
  return programs;
}

/// A program that takes whatever one of these takes: what the words of the command line may name.
ProgramSignature unionOf(const std::vector<ProgramSignature> &programs) {
  ProgramSignature all;
  all.name = joined(programs, ", ", [](const ProgramSignature &program) { return program.name; });
  for (const ProgramSignature &program : programs) {
    for (const Field &input : program.inputs)
      if (!all.findInput(input.name))
        all.inputs.push_back(input);
    for (const std::string &symbol : program.symbols)
      if (!all.hasSymbol(symbol))
        all.symbols.push_back(symbol);
  }
  return all;
}

std::string inputNames(const ProgramSignature &program) {
  return joined(program.inputs, "; ", [](const Field &input) { return input.text(); });
}

/// "x=a.npy,label=b.npy" cut before each ",name=" of an input, so that file names may hold commas.
Words splitFiles(const ProgramSignature &program, const Words &words) {
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

using Files = std::vector<std::pair<std::string, std::string>>; // by input

const std::string *findFile(const Files &files, const std::string &input) {
  auto found = std::find_if(files.begin(), files.end(), [&](const auto &file) { return file.first == input; });
  return found == files.end() ? nullptr : &found->second;
}

/// Adds the file of a --data word under the input that it means.
Status addFile(const ProgramSignature &all, bool single, const std::string &word, Files &files) {
  auto split = splitWord(word);
  if (const Field *named = split ? all.findInput(split->first) : nullptr) {
    if (findFile(files, named->name))
      return fail(StatusCode::invalidArgument, "input '", named->name, "' is given twice");
    files.emplace_back(named->name, split->second);
    return {};
  }
  bool name = split && std::all_of(split->first.begin(), split->first.end(),
                                   [](unsigned char letter) { return std::isalnum(letter) || letter == '_'; });
  const char *takes = single ? "the loss takes" : "the losses take";
  std::string inputs = concat("'; ", single ? "its" : "their", " inputs: ", inputNames(all));
  if (name)
    return fail(StatusCode::invalidArgument, takes, " no '", split->first, inputs);
  for (const Field &input : all.inputs)
    if (!findFile(files, input.name) && !input.optional && !input.shape.empty()) {
      files.emplace_back(input.name, word);
      return {};
    }
  return fail(StatusCode::invalidArgument, takes, " no more data, so not '", word, inputs);
}

/// Whether data read for one input serves the other as it is.
bool readAlike(const Field &a, const Field &b) {
  return a.name == b.name && a.element == b.element && a.hasRange == b.hasRange && a.low == b.low && a.high == b.high &&
         a.shape == b.shape;
}

/// The folder whose classes are the labels that `input` takes, where no word says what they are; null where none is.
const std::string *findClasses(const Files &files, const Field &input) {
  for (const auto &[name, path] : files)
    if (takesLabels(input, path))
      if (Result<PictureFolder> folder = listPictures(path); folder.ok() && !folder->classes.empty())
        return &path;
  return nullptr;
}

/// Reads data as the losses declare it.
class DataReader {
public:
  DataReader(const Files &files, const PictureFit &pictures, TrainingPlan &plan)
      : files(files), pictures(pictures), plan(plan) {}

  Status readFor(const ProgramSignature &program, PlannedLoss &loss) {
    for (const Field &input : program.inputs) {
      const std::string *path = findFile(files, input.name);
      bool needed = !path && !loss.scalars.has(input.name) && !input.optional;
      if (needed)
        path = findClasses(files, input);
      if (needed && !path)
        return fail(StatusCode::invalidArgument, "input ", input.text(), " of loss '", loss.name, "' is not given");
      if (!path)
        continue;
      auto alike =
          std::find_if(values.begin(), values.end(), [&](const Field &value) { return readAlike(value, input); });
      loss.data.push_back(static_cast<size_t>(alike - values.begin()));
      if (alike == values.end())
        VAE_RETURN_IF_ERROR(open(input, *path));
    }
    return {};
  }

private:
  Status open(const Field &input, const std::string &path) {
    VAE_ASSIGN_OR_RETURN(Dataset set, Dataset::open(input, path, pictures));
    if (!plan.data.empty() && set.items() != plan.data[0].items())
      return fail(StatusCode::invalidArgument, set.path(), " has ", set.items(), " items but ", plan.data[0].path(),
                  " has ", plan.data[0].items());
    plan.data.push_back(std::move(set));
    values.push_back(input);
    return {};
  }

  const Files &files;
  const PictureFit &pictures;
  TrainingPlan &plan;
  std::vector<Field> values; ///< of the plan's data
};

/// The scalars and sizes that each loss takes; every word must mean something to one of them.
Status readScalars(const std::vector<ProgramSignature> &programs, const ProgramSignature &all, const Words &words,
                   TrainingPlan &plan) {
  VAE_RETURN_IF_ERROR(Arguments::read(all, {words, {}, {}}).status());
  for (size_t i = 0; i < programs.size(); ++i) {
    Words own;
    std::copy_if(words.begin(), words.end(), std::back_inserter(own), [&](const std::string &word) {
      std::string name = splitWord(word)->first;
      return programs[i].findInput(name) || programs[i].hasSymbol(name);
    });
    VAE_ASSIGN_OR_RETURN(plan.losses[i].scalars, Arguments::read(programs[i], {own, {}, {}}));
  }
  return {};
}

Status readNoise(vae_package *package, const std::vector<ProgramSignature> &programs, const Words &words,
                 TrainingPlan &plan) {
  if (words.empty())
    return {};
  std::vector<std::pair<size_t, Field>> sites; // by loss
  for (size_t i = 0; i < programs.size(); ++i) {
    VAE_ASSIGN_OR_RETURN(std::vector<Field> inputs, noiseInputs(package, programs[i]));
    for (const Field &input : inputs)
      sites.emplace_back(i, input);
  }
  if (words.size() != sites.size())
    return fail(StatusCode::invalidArgument, "'", plan.lossNames(), "': random numbers are drawn at ", sites.size(),
                " sites, but --noise is given ", words.size(), " times");
  for (size_t i = 0; i < words.size(); ++i) {
    VAE_ASSIGN_OR_RETURN(Dataset set, Dataset::open(sites[i].second, words[i], {}));
    if (set.items() < plan.consumed(plan.lastStep))
      return fail(StatusCode::invalidArgument, set.path(), " has ", set.items(), " rows, but ", plan.lastStep,
                  " steps consume ", plan.consumed(plan.lastStep));
    plan.losses[sites[i].first].noise.push_back(std::move(set));
  }
  return {};
}

/// FNV-1a of bytes that follow others: not for contents that somebody wants to be alike.
uint64_t fingerprint(std::span<const std::byte> bytes, uint64_t before) {
  for (std::byte byte : bytes)
    before = (before ^ static_cast<uint64_t>(byte)) * 0x100000001b3;
  return before;
}

/// Of some items of each input, evenly spaced, as the losses see them.
Result<uint64_t> fingerprintOf(const std::vector<Dataset> &data) {
  constexpr uint64_t most = 64;
  uint64_t all = 0xcbf29ce484222325; // of nothing
  for (const Dataset &set : data) {
    VAE_ASSIGN_OR_RETURN(TensorHandle item, set.makeBatch(1));
    const uint64_t count = std::min(most, set.items());
    for (uint64_t i = 0; i < count; ++i) {
      const uint64_t index = i * (set.items() / count);
      VAE_RETURN_IF_ERROR(set.gather({&index, 1}, item.get(), /*finite=*/false));
      all =
          fingerprint({static_cast<const std::byte *>(vae_tensor_data(item.get())), vae_tensor_bytes(item.get())}, all);
    }
  }
  return all;
}

Status readData(const std::vector<ProgramSignature> &programs, const ProgramSignature &all, const TrainOptions &options,
                TrainingPlan &plan) {
  Files files;
  for (const std::string &word : splitFiles(all, options.data))
    VAE_RETURN_IF_ERROR(addFile(all, programs.size() == 1, word, files));
  DataReader reader(files, options.pictures, plan);
  for (size_t i = 0; i < programs.size(); ++i)
    VAE_RETURN_IF_ERROR(reader.readFor(programs[i], plan.losses[i]));
  plan.items = plan.data[0].items();
  VAE_ASSIGN_OR_RETURN(plan.fingerprint, fingerprintOf(plan.data));
  return {};
}

void planLosses(const std::vector<ProgramSignature> &programs, TrainingPlan &plan) {
  for (const ProgramSignature &program : programs) {
    PlannedLoss &loss = plan.losses.emplace_back();
    loss.name = lossOf(program);
    for (const Field &output : program.outputs)
      if (output.name == "loss" || output.report) {
        loss.terms.push_back(output.name);
        plan.terms.push_back(programs.size() == 1 ? output.name : loss.name + "." + output.name);
      }
  }
}

} // namespace

std::string TrainingPlan::lossNames() const {
  return joined(losses, ", ", [](const PlannedLoss &loss) { return loss.name; });
}

std::string TrainingPlan::sampleFile(const TrainOptions &options, uint64_t epoch) {
  char name[32];
  std::snprintf(name, sizeof name, "/epoch-%04llu.png", static_cast<unsigned long long>(epoch));
  return options.samples + name;
}

Status TrainingPlan::checkFiles(const TrainOptions &options) const {
  constexpr uint64_t mostSamples = 10'000;
  Words inputs, outputs;
  for (const Dataset &set : data)
    inputs.push_back(set.path());
  for (const PlannedLoss &loss : losses)
    for (const Dataset &set : loss.noise)
      inputs.push_back(set.path());
  for (const std::string *path : {&options.save, &options.saveAverage, &options.log, &options.plot, &options.trace})
    if (!path->empty())
      outputs.push_back(*path);
  for (uint64_t epoch = 1; !options.samples.empty() && epoch <= std::min(options.epochs, mostSamples); ++epoch)
    outputs.push_back(sampleFile(options, epoch));
  VAE_RETURN_IF_ERROR(checkOutputs(options.model, inputs, outputs));
  std::erase(outputs, options.save);
  return options.resume.empty() ? Status() : checkOutputs({}, {options.resume}, outputs);
}

Result<TrainingPlan> TrainingPlan::read(vae_package *package, const TrainOptions &options) {
  if (!options.plot.empty() && !options.plot.ends_with(".png"))
    return fail(StatusCode::invalidArgument, "cannot tell the format of '", options.plot, "'; .png wanted");
  TrainingPlan plan;
  VAE_ASSIGN_OR_RETURN(std::vector<ProgramSignature> programs, choosePrograms(package, options.loss));
  if (!options.saveAverage.empty() &&
      std::none_of(programs.begin(), programs.end(), [](const ProgramSignature &one) { return one.keepsAverages; }))
    return fail(StatusCode::invalidArgument,
                "--save-average: no line of the model's `train` that is run has `ema(...)`");
  ProgramSignature all = unionOf(programs);
  planLosses(programs, plan);
  VAE_RETURN_IF_ERROR(readScalars(programs, all, options.arguments, plan));
  VAE_RETURN_IF_ERROR(readData(programs, all, options, plan));
  plan.batch = std::min(options.batch, plan.items);
  std::optional<uint64_t> steps = checkedMul(plan.stepsPerEpoch(), options.epochs);
  if (!steps || !checkedMul(*steps, plan.batch))
    return fail(StatusCode::invalidArgument, options.epochs, " epochs of ", plan.items, " items are out of range");
  plan.lastStep = std::min(*steps, options.steps.value_or(*steps));
  VAE_RETURN_IF_ERROR(readNoise(package, programs, options.noise, plan));
  if (!options.samples.empty()) {
    VAE_ASSIGN_OR_RETURN(plan.sampler, signatureOf(package, "sample"));
    for (const Field &input : plan.sampler->inputs)
      if (!input.optional)
        return fail(StatusCode::invalidArgument, "--samples: entry 'sample' takes ", input.text(),
                    ", which training cannot give");
    VAE_RETURN_IF_ERROR(sampleArguments(*plan.sampler, {}, sampleGrid).status().withContext("--samples"));
  }
  return plan;
}

} // namespace vae::runtime::tool
