// vaec: the command line of the compiler.
#include "backends/Backend.h"
#include "backends/vaec/Compile.h"
#include "backends/vaec/ModelLibrary.h"
#include "backends/vaec/Quit.h"
#include "mlir/IR/AsmState.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Path.h"

using namespace llvm;

static cl::OptionCategory category("vaec options");
static cl::opt<std::string> input(cl::Positional,
                                  cl::desc("<model.vae, or weights: a diffusers folder or .safetensors>"), cl::Required,
                                  cl::cat(category));
static cl::opt<std::string> output("o", cl::desc("output file; - is standard output"), cl::value_desc("file"),
                                   cl::cat(category));

/// What --help says of --emit: a line a stage.
static StringRef describeStages() {
  static const std::string text = [] {
    std::string result = "what to write; default: package";
    for (const vae::StageInfo &stage : vae::getStages())
      result += ("\n  " + stage.name + std::string(9 - stage.name.size(), ' ') + stage.description).str();
    return result;
  }();
  return text;
}

static cl::opt<std::string> stage("emit", cl::init("package"), cl::value_desc("stage"), cl::cat(category),
                                  cl::desc(describeStages()));
static cl::opt<std::string> kernel("kernel", cl::value_desc("name"), cl::cat(category),
                                   cl::desc("show this kernel alone, at a stage that shows kernels"));

/// What --help says of --target.
static StringRef describeTargets() {
  static const std::string text = join(vae::getTargetNames(), ", ") + "; default: " + join(vae::getHostTargets(), ",");
  return text;
}

static cl::list<std::string> targets("target", cl::CommaSeparated, cl::value_desc("names"), cl::cat(category),
                                     cl::desc(describeTargets()));
static cl::list<std::string> defines("D", cl::Prefix, cl::value_desc("name=value"), cl::cat(category),
                                     cl::desc("bind a model parameter, or a symbol such as B"));
static cl::list<std::string>
    programs("programs", cl::CommaSeparated, cl::value_desc("names"), cl::cat(category),
             cl::desc("entries and losses to compile; `entries` are all but losses and their training, `all` is\n"
                      "everything; default: all, of a checkpoint entries"));
static cl::opt<vae::WeightsPlace> weights(
    "weights", cl::cat(category), cl::init(vae::WeightsPlace::inside), cl::desc("where the weights of a checkpoint go"),
    cl::values(clEnumValN(vae::WeightsPlace::inside, "inside", "into the package, as they are stored; the default"),
               clEnumValN(vae::WeightsPlace::beside, "beside",
                          "into a .safetensors file beside it, under the model's names"),
               clEnumValN(vae::WeightsPlace::nowhere, "none", "not written")));
static cl::opt<unsigned> threads("jobs", cl::init(0), cl::cat(category),
                                 cl::desc("threads that generate code; default: all"));
/// The strategies' names are the backends'.
enum class Convolution { any, direct, winograd };
static cl::opt<Convolution>
    convolution("conv", cl::cat(category), cl::init(Convolution::any),
                cl::desc("how convolutions are computed where that is possible"),
                cl::values(clEnumValN(Convolution::any, "any", "as costs least; the default"),
                           clEnumValN(Convolution::direct, "direct", "as sums of products"),
                           clEnumValN(Convolution::winograd, "winograd", "by minimal filtering, with fewer products")));
static cl::opt<bool> explain("explain", cl::cat(category),
                             cl::desc("print each kernel's form and what the strategies for it cost, on each target"));
static cl::opt<bool> timeSteps("time", cl::cat(category),
                               cl::desc("print how often steps, passes and strategies ran, and how long, to stderr"));
static cl::opt<bool> verifyDiagnostics("verify-diagnostics", cl::cat(category),
                                       cl::desc("check expected-error comments"));

/// Splits `name=value`; false where there is no `=` or no name.
static bool parseBinding(StringRef text, vae::frontend::Binding &binding) {
  auto [name, value] = text.split('=');
  binding = {name.trim().str(), value.trim().str()};
  return !binding.name.empty() && text.contains('=');
}

/// Checks words against a list; prints what is unknown.
static bool isOneOf(StringRef what, StringRef word, ArrayRef<StringRef> known) {
  if (is_contained(known, word))
    return true;
  errs() << "vaec: unknown " << what << " `" << word << "`; known: " << join(known, ", ") << '\n';
  return false;
}

/// Checks that the named targets have the stage; says which have it, and what else the target has.
static bool checkTargets(const vae::StageInfo &stage, ArrayRef<std::string> targets) {
  for (StringRef target : targets) {
    if (stage.hasTarget(target))
      continue;
    auto fits = [&](StringRef name) { return stage.hasTarget(name); };
    auto shows = [&](const vae::StageInfo &other) { return other.stage > vae::Stage::Plan && other.hasTarget(target); };
    errs() << "vaec: target `" << target << "` has no stage `" << stage.name
           << "`; use --target=" << join(make_filter_range(vae::getTargetNames(), fits), " or ")
           << ", or --emit with one of " << vae::listStages(shows) << '\n';
    return false;
  }
  if (targets.size() < 2 || stage.targets.empty())
    return true;
  errs() << "vaec: --emit=" << stage.name << " is for one target; name one of " << join(targets, ", ") << '\n';
  return false;
}

/// The stage of --emit; null where --target or --kernel does not go with it, or it is none.
static const vae::StageInfo *getStage(ArrayRef<std::string> targets) {
  const vae::StageInfo *found = vae::findStage(stage);
  if (!found)
    errs() << "vaec: unknown stage `" << stage << "`; known: " << vae::listStages([](auto &) { return true; }) << '\n';
  if (!found || !checkTargets(*found, targets))
    return nullptr;
  if (explain && found->stage != vae::Stage::Package) {
    errs() << "vaec: --explain shows how a package's kernels are chosen; it does not go with --emit=" << stage << '\n';
    return nullptr;
  }
  if (kernel.empty() || explain || found->hasKernels())
    return found;
  errs() << "vaec: --emit=" << stage << " shows no kernels one by one; --kernel goes with "
         << vae::listStages([](const vae::StageInfo &info) { return info.hasKernels(); }) << '\n';
  return nullptr;
}

/// Whether something is said everywhere: what is empty comes from a variable of a shell that is not set, and would pass for
/// an option that is left out.
static bool hasNoEmptyWord(ArrayRef<char *> words) {
  if (any_of(words, [](StringRef word) { return word.empty(); }))
    errs() << "vaec: an argument is empty; is a variable of the shell not set?\n";
  else if (output.getNumOccurrences() > 0 && output.empty())
    errs() << "vaec: -o: a file is missing\n";
  else
    return true;
  return false;
}

/// Whether each option that takes one value is given once: the last would win over the others without a word.
static bool hasNoSecondOption() {
  for (const auto &entry : cl::getRegisteredOptions()) {
    const cl::Option &option = *entry.second;
    bool isOurs = is_contained(option.Categories, &category);
    if (!isOurs || option.getNumOccurrencesFlag() != cl::Optional || option.getNumOccurrences() < 2)
      continue;
    errs() << "vaec: " << (entry.first.size() == 1 ? "-" : "--") << entry.first << " is given twice\n";
    return false;
  }
  return true;
}

/// Reads -D; false, with one line on stderr, where one is malformed or names what another does.
static bool readBindings(std::vector<vae::frontend::Binding> &bindings) {
  StringSet<> names;
  for (const std::string &text : defines) {
    if (!parseBinding(text, bindings.emplace_back())) {
      errs() << "vaec: `-D " << text << "` is not of the form name=value\n";
      return false;
    }
    if (!names.insert(bindings.back().name).second) {
      errs() << "vaec: -D " << bindings.back().name << " is given twice\n";
      return false;
    }
  }
  return true;
}

/// Reads the command line; false, with one line on stderr, where it is wrong.
static bool readOptions(int argc, char **argv) {
  std::string messages;
  raw_string_ostream stream(messages);
  cl::HideUnrelatedOptions(category);
  cl::SetVersionPrinter([](raw_ostream &out) { out << "vaec " VAE_VERSION "\n"; });
  if (cl::ParseCommandLineOptions(argc, argv, "vaec: compiles variational autoencoders and the models built on them\n",
                                  &stream))
    return hasNoEmptyWord(ArrayRef(argv, argc)) && hasNoSecondOption();
  if (StringRef(messages).contains("Not enough positional")) {
    errs() << "vaec: which model? vaec MODEL.vae -o MODEL.vaep; vaec --help lists all\n";
    return false;
  }
  SmallVector<StringRef> lines;
  StringRef(messages).split(lines, '\n', -1, /*KeepEmpty=*/false);
  for (StringRef &line : lines)
    line.consume_front("vaec: ");
  // Of a value that does not fit the line is written already.
  if (!lines.empty())
    errs() << "vaec: " << join(lines, "; ") << '\n';
  return false;
}

/// Turns a checkpoint into the model of the library that it is, bound as it says; what the user binds stays.
static bool useCheckpoint(vae::CompileOptions &options) {
  vae::runtime::Result<vae::checkpoints::Checkpoint> opened = vae::checkpoints::openCheckpoint(options.input);
  if (!opened.ok()) {
    errs() << "vaec: " << opened.status().message() << '\n';
    return false;
  }
  for (const std::string &note : opened->notes)
    errs() << "vaec: " << note << '\n';
  std::optional<std::string> model = vae::findModel(opened->source);
  if (!model) {
    errs() << "vaec: the model library has no " << opened->source
           << "; set VAE_MODELS to the folder that holds the models\n";
    return false;
  }
  for (const auto &[name, value] : opened->bindings)
    if (none_of(options.bindings, [&](const vae::frontend::Binding &given) { return given.name == name; }))
      options.bindings.push_back({name, value});
  options.input = *model;
  options.checkpoint = opened.take();
  return true;
}

/// The name of what is written where the user names none: the input's, of a folder the folder's.
static std::string baseName(StringRef path) {
  while (path.size() > 1 && path.ends_with("/"))
    path = path.drop_back();
  return sys::path::filename(path).str();
}

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  vae::catchEnds();
  mlir::registerPassManagerCLOptions();
  mlir::registerAsmPrinterCLOptions();
  if (!readOptions(argc, argv))
    return 1;
  vae::CompileOptions options;
  options.input = input;
  options.output = output;
  options.kernel = kernel;
  options.threads = threads;
  static constexpr StringRef wishes[] = {"", "Direct", "Winograd"};
  options.convolution = wishes[static_cast<size_t>(convolution.getValue())];
  options.explain = explain;
  options.time = timeSteps;
  options.verifyDiagnostics = verifyDiagnostics;
  for (const std::string &target : targets) {
    if (!isOneOf("target", target, vae::getTargetNames()))
      return 1;
    if (!is_contained(options.targets, target))
      options.targets.push_back(target);
  }
  const vae::StageInfo *wanted = getStage(options.targets);
  if (!wanted)
    return 1;
  options.stage = wanted->stage;
  if (!readBindings(options.bindings))
    return 1;
  options.name = baseName(options.input);
  options.weights = weights;
  options.programs = programs;
  if (is_contained(options.programs, "all"))
    options.programs.clear();
  if (vae::checkpoints::namesCheckpoint(options.input)) {
    if (!useCheckpoint(options))
      return 1;
    // Whoever has weights mostly runs them.
    if (programs.empty())
      options.programs = {"entries"};
  } else if (weights.getNumOccurrences() > 0) {
    errs() << "vaec: --weights goes with a checkpoint; a model's text has no weights\n";
    return 1;
  }
  return vae::compileModel(options);
}
