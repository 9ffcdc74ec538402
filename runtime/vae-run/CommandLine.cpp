// vae-run's command line: one function a verb fills the verb's options. The only file that knows CLI11.
#include "runtime/base/Checked.h"
#include "runtime/vae-run/Interrupt.h"
#include "runtime/vae-run/NearestWord.h"
#include "runtime/vae-run/inputs/MemoryText.h"
#include "runtime/vae-run/verbs/Bench.h"
#include "runtime/vae-run/verbs/Devices.h"
#include "runtime/vae-run/verbs/Info.h"
#include "runtime/vae-run/verbs/Roundtrip.h"
#include "runtime/vae-run/verbs/Run.h"
#include "runtime/vae-run/verbs/Sample.h"
#include "runtime/vae-run/verbs/Train.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <functional>
#include <iostream>
#include <unistd.h>

namespace vae::runtime::tool {
namespace {

/// What to do once the command line is read.
using Action = std::function<Status()>;

/// A whole number in decimal digits: CLI11 by itself reads -1 as 2^64 - 1, 2^64 too, and 010 as 8.
CLI::Validator wholeNumber(uint64_t low = 0, uint64_t high = UINT64_MAX) {
  std::string range = "a whole number from " + std::to_string(low) + " to " + std::to_string(high);
  auto check = [=](std::string &text) -> std::string {
    std::optional<uint64_t> value = parseNumber<uint64_t>(text);
    if (!value || *value < low || *value > high)
      return "'" + text + "' is not " + range;
    text = std::to_string(*value);
    return "";
  };
  return CLI::Validator(check, "");
}

/// The most memory.
void addMemory(CLI::App &verb, DeviceChoice &device) {
  verb.add_option_function<std::string>(
      "--memory",
      [&](const std::string &text) {
        std::optional<uint64_t> bytes = memoryOf(text);
        if (!bytes)
          throw CLI::ValidationError("--memory",
                                     concat("'", text, "' is not an amount of memory such as 450MiB or 2GB"));
        device.memory = *bytes;
      },
      "450MiB, 2GB, ...: what does not fit runs in strips, slower; on Vulkan, of the device");
}

void addDevice(CLI::App &verb, DeviceChoice &device) {
  verb.add_option("--device", device.name, "cpu, vulkan, vulkan:1, null")->capture_default_str();
  verb.add_option("--threads", device.threads, "CPU threads; 0: all there are")->check(wholeNumber(0, 1024));
  verb.add_option("--cpu-target", device.cpuTarget, "x86-64-v3, x86-64-v4; the best if left out");
  verb.add_flag("--validate", device.validate, "Vulkan validation layers, their messages as errors");
  addMemory(verb, device);
}

void addPackage(CLI::App &verb, std::string &package) {
  verb.add_option("package", package, "what vaec wrote (.vaep)")->required();
}

void addModel(CLI::App &verb, ModelOptions &model) {
  addPackage(verb, model.package);
  verb.add_option("--weights", model.weights,
                  "a .safetensors file, before the weights inside the package; PART=FILE: of the weights under that "
                  "label; once a file")
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false);
  verb.add_flag("--allow-extra", model.allowExtra, "pass over tensors of these that the model lacks");
  verb.add_option("--seed", model.seed, "of all random numbers")->capture_default_str()->check(wholeNumber());
  verb.add_flag("--initial-weights", model.initialWeights,
                "begin with the untrained weights of the seed, not with those inside the package");
  addDevice(verb, model.device);
}

/// "WxH" as the size of pictures.
void readSize(const std::string &text, PictureFit &pictures) {
  constexpr int64_t most = 32768;
  size_t cross = text.find('x');
  std::optional<int64_t> width = sizeOf(text.substr(0, cross));
  std::optional<int64_t> height = cross == std::string::npos ? std::nullopt : sizeOf(text.substr(cross + 1));
  if (!width || !height || *width < 1 || *height < 1 || *width > most || *height > most)
    throw CLI::ValidationError("--resize", concat("'", text, "' is not WIDTHxHEIGHT of 1 to ", most));
  pictures.width = *width;
  pictures.height = *height;
}

void addPictures(CLI::App &verb, PictureFit &pictures) {
  CLI::Option *resize = verb.add_option_function<std::string>(
      "--resize", [&](const std::string &text) { readSize(text, pictures); }, "WxH: the size that pictures are given");
  verb.add_flag("--crop", pictures.crop, "cut from pictures what --resize would squeeze, equally on both sides")
      ->needs(resize);
}

void addInfo(CLI::App &app, Action &action) {
  auto options = std::make_shared<InfoOptions>();
  CLI::App *verb = app.add_subcommand("info", "what a package holds, and the memory it needs for given sizes");
  addPackage(*verb, options->package);
  verb->add_option("sizes", options->sizes, "B=64 H=32 ...");
  verb->add_flag("--json", options->json);
  verb->callback([=, &action] { action = [=] { return info(*options); }; });
}

void addDevices(CLI::App &app, Action &action) {
  auto options = std::make_shared<DevicesOptions>();
  CLI::App *verb = app.add_subcommand("devices", "the devices of this machine");
  verb->add_flag("--json", options->json);
  verb->callback([=, &action] { action = [=] { return devices(*options); }; });
}

constexpr const char *checkHelp =
    "find where NaN or infinity begins: run kernel by kernel, slowly, and name the first result that is not finite";

constexpr const char *traceHelp = "a .json file of the kernels over time, for chrome://tracing and Perfetto";

void addRun(CLI::App &app, Action &action) {
  auto options = std::make_shared<RunOptions>();
  CLI::App *verb = app.add_subcommand("run", "run an entry, a loss or a gradient");
  addModel(*verb, options->model);
  verb->add_option("program", options->program, "its name, as `info` lists it")->required();
  verb->add_option("arguments", options->arguments,
                   "x=x.npy, x=a.npz:x, x=picture.jpg, x=digits.idx.gz, beta=0.5, label=3, n=16");
  verb->add_option("-o,--output", options->outputs, "y.npy, y.png, name=y.npy; once a file")
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false);
  verb->add_option("--noise", options->noise, "random numbers to use, once a random site")
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false);
  verb->add_option("--batch", options->batch,
                   "so many items at a time, of inputs too large for one run; batch k draws the noise of step k")
      ->check(wholeNumber(1, 1u << 24));
  addPictures(*verb, options->pictures);
  verb->add_flag("--compare", options->compare, "pictures show the inputs above the outputs");
  CLI::Option *allow = verb->add_flag("--allow-non-finite", options->allowNonFinite, "NaN and infinity are not errors");
  CLI::Option *check = verb->add_flag("--check", options->check, checkHelp)->excludes(allow);
  verb->add_option("--trace", options->trace, traceHelp)->excludes(check);
  verb->add_flag("--json", options->json);
  verb->callback([=, &action] { action = [=] { return run(*options); }; });
}

void addTrain(CLI::App &app, Action &action) {
  auto options = std::make_shared<TrainOptions>();
  CLI::App *verb = app.add_subcommand("train", "minimise a loss over data");
  addModel(*verb, options->model);
  verb->add_option("arguments", options->arguments, "scalars of the loss: beta=0.5");
  verb->add_option("--loss", options->loss, "this loss alone, where the model trains several");
  verb->add_option("--data", options->data,
                   "data.idx, data.idx.gz, data.npy, a.npz:x, a folder of .png or .jpg, or x=file,label=file")
      ->required()
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false);
  addPictures(*verb, options->pictures);
  verb->add_option("--epochs", options->epochs, "passes over the data, those before a resume counted")
      ->capture_default_str()
      ->check(wholeNumber());
  verb->add_option("--steps", options->steps, "stop after so many steps")->check(wholeNumber());
  verb->add_option("--batch", options->batch, "items a step")->capture_default_str()->check(wholeNumber(1, 1u << 24));
  verb->add_option("--save", options->save, "checkpoint: written after every epoch, at the end, and at Ctrl-C");
  verb->add_option("--save-average", options->saveAverage,
                   "the averages that ema(...) keeps, as weights: written when --save is");
  verb->add_option("--checkpoint-every", options->checkpointEvery, "also write it every so many steps")
      ->check(wholeNumber());
  verb->add_option("--resume", options->resume, "go on from this checkpoint");
  verb->add_option("--log", options->log, "a CSV file, one row a step");
  verb->add_option("--plot", options->plot, "the loss curve as a .png file; begins with --log's rows after a resume");
  verb->add_option("--samples", options->samples, "a folder for a grid of samples after every epoch");
  verb->add_option("--noise", options->noise,
                   "random numbers to use, a row an item consumed; once a random site, loss by loss")
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false);
  CLI::Option *check = verb->add_flag("--check", options->check, checkHelp);
  verb->add_option("--trace", options->trace,
                   "the first ten steps' kernels over time, for chrome://tracing and Perfetto")
      ->excludes(check);
  verb->add_flag("!--no-shuffle", options->shuffle, "take the items in the order of the file");
  verb->add_flag("--json", options->json, "one JSON object a line, an epoch each");
  verb->callback([=, &action] {
    options->seedGiven = verb->count("--seed") > 0;
    action = [=] { return train(*options); };
  });
}

void addSample(CLI::App &app, Action &action) {
  auto options = std::make_shared<SampleOptions>();
  CLI::App *verb = app.add_subcommand("sample", "draw samples as one picture, or as a tensor");
  addModel(*verb, options->model);
  verb->add_option(
      "arguments", options->arguments,
      "further inputs and sizes of the entry: label=3, label=labels.npy (in turn), H=7; for a walk x=file or z=file");
  verb->add_option("--entry", options->entry, "the entry that draws them (sample), or decodes latents in a walk");
  verb->add_option("--grid", options->grid, "rows x columns (16x16)");
  verb->add_option("--traverse", options->traverse, "walk along these dimensions of the latent, from -3 to 3")
      ->delimiter(',')
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false)
      ->check(wholeNumber(0, uint64_t{1} << 40));
  verb->add_flag("--interpolate{spherical}", options->interpolate, "walk between two latents: spherical or linear");
  verb->add_option("--columns", options->columns, "steps of a walk (11)")->check(wholeNumber(2, 1024));
  verb->add_option("--items", options->items, "which items of x=file a walk starts from (0; 0,1)")
      ->delimiter(',')
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false)
      ->check(wholeNumber(0, uint64_t{1} << 40));
  addPictures(*verb, options->pictures);
  verb->add_option("--encoder", options->encoder, "the entry that makes latents of x=file");
  verb->add_option("-o,--output", options->output, "a .png file, or .npy")->required();
  verb->callback([=, &action] { action = [=] { return sample(*options); }; });
}

void addRoundtrip(CLI::App &app, Action &action) {
  auto options = std::make_shared<RoundtripOptions>();
  CLI::App *verb =
      app.add_subcommand("roundtrip", "encode and decode pictures, and say how alike they are: PSNR, SSIM");
  addModel(*verb, options->model);
  verb->add_option("pictures", options->pictures, "a folder of .png and .jpg, one of these, .npy, a.npz:x, .idx.gz")
      ->required();
  verb->add_option("--out", options->folder, "a folder for the pictures that come back")->required();
  verb->add_option("--entry", options->entries.reconstructing, "the entry that encodes and decodes (reconstruct)");
  verb->add_option("--encoder", options->entries.encoder, "the entry that encodes (encode)");
  verb->add_option("--decoder", options->entries.decoder, "the entry that decodes what the encoder gives (decode)");
  addPictures(*verb, options->fit);
  verb->add_flag("--json", options->json);
  verb->callback([=, &action] { action = [=] { return roundtrip(*options); }; });
}

void addBench(CLI::App &app, Action &action) {
  auto options = std::make_shared<BenchOptions>();
  CLI::App *verb = app.add_subcommand("bench", "time a program");
  addModel(*verb, options->model);
  verb->add_option("program", options->program, "its name, as `info` lists it; elbo.train times a training step")
      ->required();
  verb->add_option("arguments", options->arguments, "inputs and sizes; inputs left out are random numbers");
  verb->add_option("--repeat", options->repeat, "runs")->capture_default_str()->check(wholeNumber(1, 1u << 24));
  verb->add_flag("--profile{kernels}", options->profile,
                 "a table of the kernels; =summary: of their strategies, and what bounds them")
      ->check(CLI::IsMember({"kernels", "summary"}));
  verb->add_option("--trace", options->trace, traceHelp);
  verb->add_flag("--json", options->json);
  verb->callback([=, &action] { action = [=] { return bench(*options); }; });
}

Words verbsOf(const CLI::App &app) {
  Words names;
  for (const CLI::App *verb : app.get_subcommands([](const CLI::App *) { return true; }))
    names.push_back(verb->get_name());
  return names;
}

/// "--seed" and all its like.
Words optionsOf(const CLI::App &verb) {
  Words names;
  for (const CLI::Option *option : verb.get_options())
    for (const std::string &name : option->get_lnames())
      names.push_back("--" + name);
  return names;
}

std::string suggestion(const std::string &word, const Words &candidates) {
  std::string near = nearestWord(word, candidates);
  return near.empty() ? "" : "; did you mean '" + near + "'?";
}

/// The first word is a verb, or an option of vae-run itself.
Status checkVerb(const CLI::App &app, const Words &words) {
  const Words verbs = verbsOf(app);
  std::string all;
  for (const std::string &verb : verbs)
    all += (all.empty() ? "" : ", ") + verb;
  if (words.empty())
    return invalidArgument("a verb is missing: ", all, "; vae-run --help says what they do");
  if (words[0].starts_with("-") || std::find(verbs.begin(), verbs.end(), words[0]) != verbs.end())
    return {};
  return invalidArgument("no verb is called '", words[0], "'", suggestion(words[0], verbs), "; there are ", all);
}

/// No word is empty, nor is what follows an option's `=`: CLI11 would take the next word for it. Both come from variables
/// of a shell that are not set.
Status checkEmpty(const Words &words) {
  for (const std::string &word : words) {
    if (word == "--")
      break;
    if (word.empty())
      return invalidArgument("an argument is empty; is a variable of the shell not set?");
    if (word.starts_with("--") && word.find('=') == word.size() - 1)
      return invalidArgument(word.substr(0, word.size() - 1), ": a value is missing after '='");
  }
  return {};
}

/// What CLI11 found wrong, in one line.
Status refusal(const CLI::App &app, const CLI::ParseError &error) {
  const std::vector<CLI::App *> chosen = std::as_const(app).get_subcommands();
  const CLI::App &verb = chosen.empty() ? app : *chosen.front();
  std::string text = error.what();
  const Words extras = verb.remaining();
  if (!extras.empty() && extras[0].starts_with("--")) {
    const std::string name = extras[0].substr(0, extras[0].find('='));
    text = "no option is called '" + name + "'" + suggestion(name, optionsOf(verb));
  }
  std::replace(text.begin(), text.end(), '\n', ' ');
  return invalidArgument(text, "; ", chosen.empty() ? "vae-run" : "vae-run " + verb.get_name(), " --help lists all");
}

/// Reads the command line and does what it says.
Status perform(const Words &words) {
  CLI::App app("runs, trains and samples packages that vaec compiled", "vae-run");
  app.set_version_flag("--version", "vae-run (vaec) " VAE_VERSION);
  app.require_subcommand(1);
  Action action;
  addInfo(app, action);
  addDevices(app, action);
  addRun(app, action);
  addTrain(app, action);
  addSample(app, action);
  addRoundtrip(app, action);
  addBench(app, action);
  VAE_RETURN_IF_ERROR(checkVerb(app, words));
  VAE_RETURN_IF_ERROR(checkEmpty(words));
  try {
    app.parse(Words(words.rbegin(), words.rend())); // CLI11 takes them from the end
  } catch (const CLI::Success &wanted) {
    app.exit(wanted); // prints help, or the version
    std::cout.flush();
    return {};
  } catch (const CLI::ParseError &error) {
    return refusal(app, error);
  }
  return action();
}

/// What was printed has gone where it should.
Status closeStandardOutput() {
  const bool failedNow = std::fflush(stdout) != 0;
  if (failedNow)
    return fail(StatusCode::io, "cannot write standard output: ", std::strerror(errno));
  return std::ferror(stdout) ? fail(StatusCode::io, "cannot write standard output") : Status();
}

/// The text with nothing in it that breaks its line or drives a terminal: texts out of files stand in messages.
std::string oneLine(const std::string &text) {
  std::string line;
  for (char letter : text) {
    const unsigned code = static_cast<unsigned char>(letter);
    char escaped[8];
    std::snprintf(escaped, sizeof escaped, "\\x%02x", code);
    line += code < 0x20 || code == 0x7f ? std::string(escaped) : std::string(1, letter);
  }
  return line;
}

int finish(const Status &status) {
  Status printed = closeStandardOutput();
  const Status &outcome = status.ok() ? printed : status;
  const bool stopped = outcome.code() == StatusCode::cancelled;
  if (!outcome.ok())
    std::fprintf(stderr, "vae-run: %s%s\n", stopped ? "" : "error: ", oneLine(outcome.message()).c_str());
  if (notedSignal() && (outcome.ok() || stopped))
    return 128 + notedSignal();
  return outcome.ok() ? 0 : 1;
}

/// The end of a process without memory, in words that need none.
int finishWithoutMemory() {
  constexpr std::string_view text = "vae-run: error: not enough memory\n";
  [[maybe_unused]] ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
  return 1;
}

} // namespace
} // namespace vae::runtime::tool

int main(int argc, char **argv) {
  using namespace vae::runtime::tool;
  // An allocation that fails where nothing may be thrown ends here.
  std::set_terminate([] { ::_exit(finishWithoutMemory()); });
  catchInterrupts();
  try {
    return finish(perform(Words(argv + std::min(argc, 1), argv + argc)));
  } catch (const std::bad_alloc &) {
    // From a container of the standard library; the runtime's own allocations report by value.
    return finishWithoutMemory();
  }
}
