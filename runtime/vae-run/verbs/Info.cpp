// vae-run info: what a package holds, and the memory it needs for given sizes.
#include "runtime/vae-run/verbs/Info.h"
#include "runtime/vae-run/Json.h"
#include "runtime/vae-run/inputs/Arguments.h"

#include <algorithm>
#include <iterator>
#include <limits>

namespace vae::runtime::tool {
namespace {

const char *kindName(vae_program_kind kind) {
  return kind == VAE_PROGRAM_ENTRY      ? "entry"
         : kind == VAE_PROGRAM_GRADIENT ? "gradient"
         : kind == VAE_PROGRAM_TRAIN    ? "train"
                                        : "prepare";
}

Json fieldsOf(const std::vector<Field> &fields) {
  Json all = Json::array();
  for (const Field &field : fields) {
    Json json = {{"name", field.name}, {"element", elementName(field.element)}, {"shape", field.shape}};
    if (field.hasRange)
      json["range"] = {field.low, field.high};
    if (field.optional)
      json["default"] = field.defaultValue;
    if (field.report)
      json["report"] = true;
    if (!field.noiseKind.empty())
      json["noise"] = field.noiseKind;
    all.push_back(std::move(json));
  }
  return all;
}

/// Those of the given sizes that the program has.
std::vector<vae_size> sizesOf(const ProgramSignature &program, const std::vector<vae_size> &given) {
  std::vector<vae_size> sizes;
  std::copy_if(given.begin(), given.end(), std::back_inserter(sizes),
               [&](const vae_size &size) { return program.hasSymbol(size.name); });
  return sizes;
}

/// The plan for those of the given sizes that the program has; nothing where a symbol of the program is not given.
Result<std::optional<vae_memory_info>> plan(vae_package *package, const ProgramSignature &program,
                                            const std::vector<vae_size> &given) {
  std::vector<vae_size> sizes = sizesOf(program, given);
  std::optional<vae_memory_info> memory;
  if (sizes.size() < program.symbols.size())
    return memory;
  memory.emplace();
  VAE_RETURN_IF_ERROR(call([&](vae_error *error) {
    return vae_program_memory(package, program.index, sizes.data(), sizes.size(), &*memory, error);
  }));
  return memory;
}

/// Entries that need less at once are not divided for anyone.
constexpr uint64_t leastWorthDividing = 64 << 20;

/// What the entry needs within three quarters and half of what it needs at once, and at least; nothing of one that needs
/// little or can't be divided.
std::vector<vae_limited_memory> plansWithin(vae_package *package, const ProgramSignature &program,
                                            const std::vector<vae_size> &given) {
  std::vector<vae_size> sizes = sizesOf(program, given);
  std::vector<vae_limited_memory> plans;
  auto add = [&](uint64_t limit) {
    vae_limited_memory found{};
    bool isPlanned =
        vae_program_memory_within(package, program.index, sizes.data(), sizes.size(), limit, &found, nullptr) == VAE_OK;
    if (isPlanned && (plans.empty() || found.bytes < plans.back().bytes))
      plans.push_back(found);
    return isPlanned ? found.at_once : 0;
  };
  if (uint64_t atOnce = add(std::numeric_limits<int64_t>::max()); atOnce >= leastWorthDividing)
    for (uint64_t limit : {atOnce / 4 * 3, atOnce / 2, uint64_t{1}})
      add(limit);
  else
    plans.clear();
  return plans;
}

Json programJson(const ProgramSignature &program, const std::optional<vae_memory_info> &memory) {
  Json json = {{"name", program.name},
               {"kind", kindName(program.kind)},
               {"symbols", program.symbols},
               {"inputs", fieldsOf(program.inputs)},
               {"outputs", fieldsOf(program.outputs)},
               {"dispatches", program.dispatches},
               {"barriers", program.barriers},
               {"phases", program.phases},
               {"loops", program.loops}};
  if (memory)
    json["memory"] = {{"arena_bytes", memory->arena_bytes},
                      {"unplaced_bytes", memory->unplaced_bytes},
                      {"parameter_bytes", memory->parameter_bytes},
                      {"state_bytes", memory->state_bytes},
                      {"constant_bytes", memory->constant_bytes},
                      {"prepared_bytes", memory->prepared_bytes},
                      {"flops", memory->flops},
                      {"buffers", memory->buffers}};
  return json;
}

std::string list(const std::vector<Field> &fields) {
  std::string text;
  for (const Field &field : fields)
    text += (text.empty() ? "" : ", ") + field.text();
  return text;
}

/// Gradients, noise twins and what prepares weights repeat what is printed with the program they belong to.
void printProgram(const ProgramSignature &program, const std::optional<vae_memory_info> &memory) {
  bool terse = program.kind != VAE_PROGRAM_ENTRY;
  std::string arguments = list(program.inputs);
  for (const std::string &symbol : program.freeSymbols())
    arguments += (arguments.empty() ? "" : ", ") + symbol + ": int";
  std::printf("  %s(%s)", program.name.c_str(), arguments.c_str());
  if (!terse)
    std::printf(" -> (%s)", list(program.outputs).c_str());
  std::printf("\n    %zu dispatches in %zu phases", program.dispatches, program.phases);
  if (program.loops)
    std::printf(", %zu loop%s", program.loops, program.loops == 1 ? "" : "s");
  if (program.hasNoiseTwin)
    std::printf(", random");
  if (memory)
    std::printf(", %.3f MB beside the weights (%.3f MB unplaced), %.3f GFLOP",
                static_cast<double>(memory->arena_bytes) / 1e6, static_cast<double>(memory->unplaced_bytes) / 1e6,
                memory->flops / 1e9);
  if (memory && memory->prepared_bytes)
    std::printf(", %.3f MB prepared of weights", static_cast<double>(memory->prepared_bytes) / 1e6);
  std::printf("\n");
}

void printPlans(const std::vector<vae_limited_memory> &plans) {
  if (plans.empty())
    return;
  std::printf("    memory in all: %.0f MB at once", static_cast<double>(plans.front().at_once) / 1e6);
  for (const vae_limited_memory &plan : plans)
    std::printf("; %.0f MB for %.2f times the work", static_cast<double>(plan.bytes) / 1e6, plan.work);
  std::printf(", the least (--memory)\n");
}

Json plansJson(const std::vector<vae_limited_memory> &plans) {
  Json all = Json::array();
  for (const vae_limited_memory &plan : plans)
    all.push_back({{"bytes", plan.bytes}, {"work", plan.work}});
  return all;
}

Result<Json> argumentsJson(vae_package *package, const vae_package_info &info, bool print) {
  Json all = Json::array();
  std::string text;
  for (size_t i = 0; i < info.arguments; ++i) {
    vae_argument_info argument{};
    VAE_RETURN_IF_ERROR(call([&](vae_error *error) { return vae_package_argument(package, i, &argument, error); }));
    text += concat(i == 0 ? "" : ", ", argument.name, " = ", argument.value);
    all.push_back({{"name", argument.name}, {"value", argument.value}});
  }
  if (print && !text.empty())
    std::printf("arguments: %s\n", text.c_str());
  return all;
}

Result<Json> parametersJson(vae_package *package, bool print) {
  Json all = Json::array();
  VAE_ASSIGN_OR_RETURN(std::vector<vae_parameter_info> parameters, parametersOf(package));
  for (const vae_parameter_info &parameter : parameters) {
    std::vector<int64_t> shape(parameter.shape, parameter.shape + parameter.rank);
    std::string element(elementName(static_cast<ElementType>(parameter.element)));
    if (print)
      std::printf("  %-24s %s%s%s\n", parameter.path, element.c_str(), shapeText(shape).c_str(),
                  parameter.part[0]     ? concat(", of the frozen part ", parameter.part).c_str()
                  : parameter.trainable ? ""
                                        : ", not trained");
    all.push_back({{"path", parameter.path},
                   {"element", element},
                   {"shape", shape},
                   {"trainable", parameter.trainable != 0},
                   {"part", parameter.part}});
  }
  return all;
}

Result<Json> kernelsJson(vae_package *package, const vae_package_info &info, bool print) {
  Json all = Json::array();
  for (size_t i = 0; i < info.kernels; ++i) {
    vae_kernel_info kernel{};
    VAE_RETURN_IF_ERROR(call([&](vae_error *error) { return vae_package_kernel(package, i, &kernel, error); }));
    if (print)
      std::printf("  %-48s %s  (%s)\n", kernel.name, kernel.strategies, shortLocation(kernel.location).c_str());
    all.push_back({{"name", kernel.name}, {"location", kernel.location}, {"strategies", kernel.strategies}});
  }
  return all;
}

Result<Json> programsJson(vae_package *package, const std::vector<vae_size> &sizes, bool print) {
  VAE_ASSIGN_OR_RETURN(std::vector<ProgramSignature> programs, signatures(package));
  for (const vae_size &size : sizes) {
    bool known = false;
    for (const ProgramSignature &program : programs)
      known |= program.hasSymbol(size.name);
    if (!known)
      return fail(StatusCode::invalidArgument, "no program has a size '", size.name, "'");
  }
  Json all = Json::array();
  for (const ProgramSignature &program : programs) {
    VAE_ASSIGN_OR_RETURN(std::optional<vae_memory_info> memory, plan(package, program, sizes));
    if (print && !program.isNoiseTwin && program.kind != VAE_PROGRAM_PREPARE)
      printProgram(program, memory);
    Json json = programJson(program, memory);
    if (memory && program.kind == VAE_PROGRAM_ENTRY && !program.isNoiseTwin) {
      std::vector<vae_limited_memory> plans = plansWithin(package, program, sizes);
      json["memory"]["plans"] = plansJson(plans);
      if (print)
        printPlans(plans);
    }
    all.push_back(std::move(json));
  }
  return all;
}

Result<std::vector<std::pair<std::string, int64_t>>> parseSizes(const Words &words) {
  std::vector<std::pair<std::string, int64_t>> sizes;
  for (const std::string &word : words) {
    auto split = splitWord(word);
    std::optional<int64_t> value = split ? sizeOf(split->second) : std::nullopt;
    if (!value)
      return fail(StatusCode::invalidArgument, "'", word, "' is not a size such as B=64");
    sizes.emplace_back(split->first, *value);
  }
  return sizes;
}

void printHead(const vae_package_info &about, const std::string &targets) {
  std::printf("model %s, compiled by %s for %s, %.3f MB\n", about.model, about.compiler, targets.c_str(),
              static_cast<double>(about.file_bytes) / 1e6);
  if (about.weights_bytes > 0)
    std::printf("weights: inside, %.3f MB, %s\n", static_cast<double>(about.weights_bytes) / 1e6, about.weights_types);
}

} // namespace

Status info(const InfoOptions &options) {
  VAE_ASSIGN_OR_RETURN(auto words, parseSizes(options.sizes));
  std::vector<vae_size> sizes;
  sizes.reserve(words.size());
  for (const auto &[name, value] : words)
    sizes.push_back({name.c_str(), value});
  VAE_ASSIGN_OR_RETURN(PackageHandle package, openPackage(options.package));
  vae_package_info about{};
  vae_package_describe(package.get(), &about);
  Json targets = Json::array();
  std::string targetText;
  for (size_t i = 0; i < about.targets; ++i) {
    targets.push_back(vae_package_target(package.get(), i));
    targetText += (i == 0 ? "" : ", ") + std::string(vae_package_target(package.get(), i));
  }
  bool print = !options.json;
  if (print)
    printHead(about, targetText);
  VAE_ASSIGN_OR_RETURN(Json arguments, argumentsJson(package.get(), about, print));
  if (print)
    std::printf("\nprograms\n");
  VAE_ASSIGN_OR_RETURN(Json programs, programsJson(package.get(), sizes, print));
  if (print)
    std::printf("\nparameters\n");
  VAE_ASSIGN_OR_RETURN(Json parameters, parametersJson(package.get(), print));
  if (print)
    std::printf("\nkernels\n");
  VAE_ASSIGN_OR_RETURN(Json kernels, kernelsJson(package.get(), about, print));
  if (options.json)
    printJson({{"model", about.model},
               {"compiler", about.compiler},
               {"file_bytes", about.file_bytes},
               {"weights", {{"bytes", about.weights_bytes}, {"types", about.weights_types}}},
               {"targets", targets},
               {"arguments", arguments},
               {"programs", programs},
               {"parameters", parameters},
               {"states", about.states},
               {"kernels", kernels}});
  return {};
}

} // namespace vae::runtime::tool
