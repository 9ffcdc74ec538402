// Signatures out of the C API, and sessions.
#include "runtime/vae-run/Model.h"
#include "runtime/vae-run/Interrupt.h"
#include "runtime/vae-run/inputs/MemoryText.h"

#include <algorithm>
#include <cctype>
#include <cstdio>

namespace vae::runtime::tool {

/// The shortest text of a float.
static std::string numberText(float value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.7g", static_cast<double>(value));
  return text;
}

std::string Field::text() const {
  std::string all = name + ": " + std::string(elementName(element));
  for (size_t i = 0; i < shape.size(); ++i)
    all += (i == 0 ? "[" : ", ") + shape[i];
  all += shape.empty() ? "" : "]";
  if (hasRange)
    all += " in [" + numberText(low) + ", " + numberText(high) + "]";
  if (optional)
    all += " = " + numberText(defaultValue);
  return all;
}

template <typename Range> static auto *findByName(Range &range, std::string_view name) {
  auto found = std::find_if(range.begin(), range.end(), [&](const Field &field) { return field.name == name; });
  return found == range.end() ? nullptr : &*found;
}

const Field *ProgramSignature::findInput(std::string_view input) const { return findByName(inputs, input); }
const Field *ProgramSignature::findOutput(std::string_view output) const { return findByName(outputs, output); }
bool ProgramSignature::hasSymbol(std::string_view symbol) const {
  return std::find(symbols.begin(), symbols.end(), symbol) != symbols.end();
}

const Field *ProgramSignature::requiredInput() const {
  const Field *only = nullptr;
  for (const Field &input : inputs) {
    if (input.optional)
      continue;
    if (only)
      return nullptr;
    only = &input;
  }
  return only;
}

/// Whether `symbol` stands in `formula` as a word of its own.
static bool mentions(const std::string &formula, const std::string &symbol) {
  auto isWord = [&](size_t at) {
    return at < formula.size() && (std::isalnum(static_cast<unsigned char>(formula[at])) || formula[at] == '_');
  };
  for (size_t at = formula.find(symbol); at != std::string::npos; at = formula.find(symbol, at + 1))
    if ((at == 0 || !isWord(at - 1)) && !isWord(at + symbol.size()))
      return true;
  return false;
}

std::vector<std::string> ProgramSignature::freeSymbols() const {
  std::vector<std::string> open;
  for (const std::string &symbol : symbols) {
    bool bound = std::any_of(inputs.begin(), inputs.end(), [&](const Field &input) {
      return std::any_of(input.shape.begin(), input.shape.end(),
                         [&](const std::string &formula) { return mentions(formula, symbol); });
    });
    if (!bound)
      open.push_back(symbol);
  }
  return open;
}

Result<std::vector<vae_parameter_info>> parametersOf(const vae_package *package) {
  vae_package_info about{};
  vae_package_describe(package, &about);
  std::vector<vae_parameter_info> all(about.parameters);
  for (size_t i = 0; i < all.size(); ++i)
    VAE_RETURN_IF_ERROR(call([&](vae_error *error) { return vae_package_parameter(package, i, &all[i], error); }));
  return all;
}

std::string shortLocation(const char *location) {
  std::string text(location);
  return text.substr(text.rfind('/') + 1);
}

static Field fieldOf(const vae_value_info &info) {
  Field field;
  field.name = info.name;
  field.element = static_cast<ElementType>(info.element);
  field.shape.assign(info.shape, info.shape + info.rank);
  field.optional = info.optional != 0;
  field.defaultValue = info.default_value;
  field.hasRange = info.has_range != 0;
  if (field.hasRange) {
    field.low = info.low;
    field.high = info.high;
  }
  field.report = info.report != 0;
  field.noiseKind = info.noise_kind ? info.noise_kind : "";
  return field;
}

static Result<ProgramSignature> signatureAt(vae_package *package, size_t index) {
  vae_program_info info{};
  VAE_RETURN_IF_ERROR(call([&](vae_error *error) { return vae_package_program(package, index, &info, error); }));
  ProgramSignature signature;
  signature.name = info.name;
  signature.kind = info.kind;
  signature.index = index;
  signature.isNoiseTwin = info.is_noise_twin != 0;
  signature.hasNoiseTwin = info.has_noise_twin != 0;
  signature.keepsAverages = info.keeps_averages != 0;
  signature.dispatches = info.dispatches;
  signature.loops = info.loops;
  signature.barriers = info.barriers;
  signature.phases = info.phases;
  for (size_t i = 0; i < info.symbols; ++i)
    signature.symbols.push_back(vae_program_symbol(package, index, i));
  vae_value_info value{};
  for (size_t i = 0; i < info.inputs; ++i) {
    VAE_RETURN_IF_ERROR(call([&](vae_error *error) { return vae_program_input(package, index, i, &value, error); }));
    signature.inputs.push_back(fieldOf(value));
  }
  for (size_t i = 0; i < info.outputs; ++i) {
    VAE_RETURN_IF_ERROR(call([&](vae_error *error) { return vae_program_output(package, index, i, &value, error); }));
    signature.outputs.push_back(fieldOf(value));
  }
  return signature;
}

Result<PackageHandle> openPackage(const std::string &path) {
  return make<PackageHandle>(
      [&](vae_package **package, vae_error *error) { return vae_package_open(path.c_str(), package, error); });
}

Result<std::vector<ProgramSignature>> signatures(vae_package *package) {
  vae_package_info info{};
  vae_package_describe(package, &info);
  std::vector<ProgramSignature> all;
  for (size_t i = 0; i < info.programs; ++i) {
    VAE_ASSIGN_OR_RETURN(ProgramSignature signature, signatureAt(package, i));
    all.push_back(std::move(signature));
  }
  return all;
}

Result<std::vector<ProgramSignature>> entriesOf(vae_package *package) {
  VAE_ASSIGN_OR_RETURN(std::vector<ProgramSignature> all, signatures(package));
  std::erase_if(all, [](const ProgramSignature &s) { return s.kind != VAE_PROGRAM_ENTRY || s.isNoiseTwin; });
  return all;
}

Result<ProgramSignature> signatureOf(vae_package *package, const std::string &name) {
  size_t index = 0;
  VAE_RETURN_IF_ERROR(
      call([&](vae_error *error) { return vae_package_find_program(package, name.c_str(), &index, error); }));
  return signatureAt(package, index);
}

Result<std::vector<Field>> noiseInputs(vae_package *package, const ProgramSignature &signature) {
  std::vector<Field> noise;
  if (!signature.hasNoiseTwin)
    return noise;
  VAE_ASSIGN_OR_RETURN(ProgramSignature twin, signatureOf(package, signature.name + ".noise"));
  for (const Field &input : twin.inputs)
    if (!input.noiseKind.empty())
      noise.push_back(input);
  return noise;
}

static Result<DeviceHandle> openDevice(const DeviceChoice &options) {
  if (options.name.starts_with("vulkan"))
    catchDriverFaults();
  vae_device_options wanted{};
  wanted.threads = options.threads;
  wanted.cpu_target = options.cpuTarget.empty() ? nullptr : options.cpuTarget.c_str();
  wanted.debug = options.validate ? 1 : 0;
  wanted.note = [](void *, const char *line) { std::fprintf(stderr, "vae-run: note: %s\n", line); };
  return make<DeviceHandle>([&](vae_device **device, vae_error *error) {
    return vae_device_open(options.name.c_str(), &wanted, device, error);
  });
}

WeightsFile weightsFileOf(const std::string &word) {
  auto isLabel = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.'; };
  size_t equal = word.find('=');
  if (equal == 0 || equal == std::string::npos || !std::all_of(word.begin(), word.begin() + equal, isLabel))
    return {{}, word};
  return {word.substr(0, equal), word.substr(equal + 1)};
}

static std::vector<const char *> pointersTo(const Words &words) {
  std::vector<const char *> pointers;
  for (const std::string &word : words)
    pointers.push_back(word.c_str());
  return pointers;
}

/// Loads a file of weights, and says what was done to make it fit.
static Status loadWeights(vae_session *session, WeightsFile file, bool allowExtra, const Words &programs,
                          const Words &parts) {
  auto print = [](void *path, const char *line) {
    std::fprintf(stderr, "vae-run: note: %s: %s\n", static_cast<const char *>(path), line);
  };
  std::vector<const char *> names = pointersTo(programs), others = pointersTo(parts);
  vae_weights_options wanted{names.data(),  names.size(),     allowExtra ? 1 : 0,
                             print,         file.path.data(), file.part.empty() ? nullptr : file.part.c_str(),
                             others.data(), others.size()};
  return call(
      [&](vae_error *error) { return vae_session_load_weights_with(session, file.path.c_str(), &wanted, error); });
}

/// Loads all files, that of the model first: what a part's own file says goes before it.
static Status loadAllWeights(vae_session *session, const ModelOptions &options, const Words &programs) {
  std::vector<WeightsFile> files;
  Words parts;
  for (const std::string &word : options.weights) {
    files.push_back(weightsFileOf(word));
    if (std::find(parts.begin(), parts.end(), files.back().part) != parts.end())
      return fail(StatusCode::invalidArgument, "--weights names two files of ",
                  files.back().part.empty() ? "the model" : concat("part '", files.back().part, "'"));
    parts.push_back(files.back().part);
  }
  std::sort(files.begin(), files.end(), [](const WeightsFile &a, const WeightsFile &b) { return a.part < b.part; });
  std::erase(parts, "");
  for (const WeightsFile &file : files)
    VAE_RETURN_IF_ERROR(loadWeights(session, file, options.allowExtra, programs, parts));
  return {};
}

Status requireWeights(vae_session *session, const Words &programs, bool frozenAlone) {
  std::vector<const char *> names = pointersTo(programs);
  return call([&](vae_error *error) {
    return vae_session_require_weights(session, names.data(), names.size(), frozenAlone ? 1 : 0, error);
  });
}

/// What a run takes beside its session: stacks of threads, a file's directory, pieces of weights on their way.
static constexpr uint64_t memoryBesideSession = 8 << 20;

/// Limits the session, what the process holds already included where that is the same memory.
static Status limitMemory(vae_session *session, const DeviceChoice &device) {
  if (device.memory == 0)
    return {};
  uint64_t held = device.name == "cpu" ? residentMemory() + memoryBesideSession : 0;
  if (held >= device.memory)
    return fail(StatusCode::invalidArgument, "--memory=", device.memory >> 20, "MiB is less than the ",
                (held >> 20) + 1, " MiB that vae-run itself needs");
  return call([&](vae_error *error) { return vae_session_limit_memory(session, device.memory, held, error); });
}

Result<Model> openModel(PackageHandle package, const ModelOptions &options, WeightsRule rule, const Words &programs) {
  Model model;
  model.package = std::move(package);
  vae_package_info info{};
  vae_package_describe(model.package.get(), &info);
  VAE_ASSIGN_OR_RETURN(model.device, openDevice(options.device));
  VAE_ASSIGN_OR_RETURN(model.session, make<SessionHandle>([&](vae_session **session, vae_error *error) {
                         return vae_session_create(model.package.get(), model.device.get(), session, error);
                       }));
  vae_session *session = model.session.get();
  VAE_RETURN_IF_ERROR(call([&](vae_error *error) { return vae_session_initialize(session, options.seed, error); }));
  if (!options.initialWeights)
    VAE_RETURN_IF_ERROR(call([&](vae_error *error) { return vae_session_load_weights_inside(session, error); }));
  VAE_RETURN_IF_ERROR(loadAllWeights(session, options, programs));
  VAE_RETURN_IF_ERROR(limitMemory(session, options.device));
  if (rule == WeightsRule::initialAllowed || options.initialWeights)
    return model;
  const bool isGiven = info.weights_bytes > 0 || !options.weights.empty();
  if (Status status = requireWeights(session, programs, /*frozenAlone=*/false); !status.ok())
    return isGiven ? status
                   : fail(StatusCode::invalidArgument, "model '", info.model,
                          "' has no weights inside; give --weights=FILE, or --initial-weights to run it untrained");
  return model;
}

} // namespace vae::runtime::tool
