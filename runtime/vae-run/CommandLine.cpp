// vae-run's command line: one function a verb fills the verb's options. The only file that knows CLI11.
#include "runtime/vae-run/Interrupt.h"
#include "runtime/vae-run/verbs/Bench.h"
#include "runtime/vae-run/verbs/Devices.h"
#include "runtime/vae-run/verbs/Info.h"
#include "runtime/vae-run/verbs/Run.h"
#include "runtime/vae-run/verbs/Sample.h"
#include "runtime/vae-run/verbs/Train.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>

namespace vae::runtime::tool {
namespace {

/// What to do once the command line is read.
using Action = std::function<Status()>;

void addDevice(CLI::App &verb, DeviceChoice &device) {
  verb.add_option("--device", device.name, "cpu, vulkan, vulkan:1, null")->capture_default_str();
  verb.add_option("--threads", device.threads, "CPU threads; 0: all there are")->check(CLI::Range(0u, 1024u));
  verb.add_option("--cpu-target", device.cpuTarget, "x86-64-v3, x86-64-v4; the best if left out");
  verb.add_flag("--validate", device.validate, "Vulkan validation layers, their messages as errors");
}

void addPackage(CLI::App &verb, std::string &package) {
  verb.add_option("package", package, "what vaec wrote (.vaep)")->required();
}

void addModel(CLI::App &verb, ModelOptions &model, bool initialWeights) {
  addPackage(verb, model.package);
  verb.add_option("--weights", model.weights, "a .safetensors file");
  verb.add_option("--seed", model.seed, "of all random numbers")->capture_default_str();
  if (initialWeights)
    verb.add_flag("--initial-weights", model.initialWeights, "run with the untrained weights of the seed");
  addDevice(verb, model.device);
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

void addRun(CLI::App &app, Action &action) {
  auto options = std::make_shared<RunOptions>();
  CLI::App *verb = app.add_subcommand("run", "run an entry, a loss or a gradient");
  addModel(*verb, options->model, true);
  verb->add_option("program", options->program, "its name, as `info` lists it")->required();
  verb->add_option("arguments", options->arguments, "x=x.npy, x=picture.png, x=digits.idx.gz, beta=0.5, label=3, n=16");
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
      ->check(CLI::Range(1u, 1u << 24));
  verb->add_flag("--compare", options->compare, "pictures show the inputs above the outputs");
  verb->add_flag("--allow-non-finite", options->allowNonFinite, "NaN and infinity are no errors");
  verb->add_flag("--json", options->json);
  verb->callback([=, &action] { action = [=] { return run(*options); }; });
}

void addTrain(CLI::App &app, Action &action) {
  auto options = std::make_shared<TrainOptions>();
  CLI::App *verb = app.add_subcommand("train", "minimise a loss over data");
  addModel(*verb, options->model, false);
  verb->add_option("arguments", options->arguments, "scalars of the loss: beta=0.5");
  verb->add_option("--loss", options->loss, "this loss alone, where the model trains several");
  verb->add_option("--data", options->data, "data.idx, data.idx.gz, data.npy, a folder of .png, or x=file,label=file")
      ->required()
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false);
  verb->add_option("--epochs", options->epochs, "passes over the data, those before a resume counted")
      ->capture_default_str();
  verb->add_option("--steps", options->steps, "stop after so many steps");
  verb->add_option("--batch", options->batch, "items a step")->capture_default_str()->check(CLI::Range(1u, 1u << 24));
  verb->add_option("--save", options->save, "checkpoint: written after every epoch, at the end, and at Ctrl-C");
  verb->add_option("--save-average", options->saveAverage,
                   "the averages that ema(...) keeps, as weights: written when --save is");
  verb->add_option("--checkpoint-every", options->checkpointEvery, "also write it every so many steps");
  verb->add_option("--resume", options->resume, "go on from this checkpoint");
  verb->add_option("--log", options->log, "a CSV file, one row a step");
  verb->add_option("--plot", options->plot, "the loss curve as a .png file; begins with --log's rows after a resume");
  verb->add_option("--samples", options->samples, "a folder for a grid of samples after every epoch");
  verb->add_option("--noise", options->noise,
                   "random numbers to use, a row an item consumed; once a random site, loss by loss")
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false);
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
  addModel(*verb, options->model, true);
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
      ->check(CLI::Range(uint64_t{0}, uint64_t{1} << 40));
  verb->add_flag("--interpolate{spherical}", options->interpolate, "walk between two latents: spherical or linear");
  verb->add_option("--columns", options->columns, "steps of a walk (11)")->check(CLI::Range(2u, 1024u));
  verb->add_option("--items", options->items, "which items of x=file a walk starts from (0; 0,1)")
      ->delimiter(',')
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false)
      ->check(CLI::Range(uint64_t{0}, uint64_t{1} << 40));
  verb->add_option("--encoder", options->encoder, "the entry that makes latents of x=file");
  verb->add_option("-o,--output", options->output, "a .png file, or .npy")->required();
  verb->callback([=, &action] { action = [=] { return sample(*options); }; });
}

void addBench(CLI::App &app, Action &action) {
  auto options = std::make_shared<BenchOptions>();
  CLI::App *verb = app.add_subcommand("bench", "time a program");
  addModel(*verb, options->model, false);
  verb->add_option("program", options->program, "its name, as `info` lists it; elbo.train times a training step")
      ->required();
  verb->add_option("arguments", options->arguments, "inputs and sizes; inputs left out are random numbers");
  verb->add_option("--repeat", options->repeat, "runs")->capture_default_str()->check(CLI::Range(1u, 1u << 24));
  verb->add_flag("--profile", options->profile, "a table of the kernels");
  verb->add_flag("--json", options->json);
  verb->callback([=, &action] { action = [=] { return bench(*options); }; });
}

} // namespace
} // namespace vae::runtime::tool

int main(int argc, char **argv) {
  using namespace vae::runtime;
  CLI::App app("runs, trains and samples packages that vaec compiled");
  app.require_subcommand(1);
  tool::Action action;
  tool::addInfo(app, action);
  tool::addDevices(app, action);
  tool::addRun(app, action);
  tool::addTrain(app, action);
  tool::addSample(app, action);
  tool::addBench(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &error) {
    return app.exit(error) == 0 ? 0 : 1;
  }
  tool::catchInterrupts();
  Status status;
  try {
    status = action();
  } catch (const std::bad_alloc &) {
    // From a container of the standard library; the runtime's own allocations report by value.
    status = fail(StatusCode::outOfMemory, "not enough memory");
  }
  if (status.ok())
    return 0;
  std::fflush(stdout);
  std::fprintf(stderr, "vae-run: error: %s\n", status.message().c_str());
  return 1;
}
