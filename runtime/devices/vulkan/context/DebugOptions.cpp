// Reads the options of the Vulkan device from text.
#include "runtime/devices/vulkan/context/DebugOptions.h"

#include <cstdlib>

namespace vae::runtime::vulkan {

static Status parseTimeout(std::string_view text, double &seconds) {
  std::string copy(text);
  char *end = nullptr;
  seconds = std::strtod(copy.c_str(), &end);
  if (copy.empty() || *end || !(seconds > 0 && seconds <= 1e6))
    return fail(StatusCode::invalidArgument, optionsVariable, ": timeout '", copy, "' is not a number of seconds");
  return {};
}

static Status parseWord(std::string_view word, DebugOptions &options) {
  constexpr std::string_view timeout = "timeout=";
  if (word == "validation")
    options.validation = true;
  else if (word == "gpu-assisted")
    options.validation = options.gpuAssisted = options.descriptorSets = true;
  else if (word == "separate-buffers")
    options.separateBuffers = true;
  else if (word == "staging")
    options.staging = true;
  else if (word == "descriptor-sets")
    options.descriptorSets = true;
  else if (word.starts_with(timeout))
    return parseTimeout(word.substr(timeout.size()), options.timeoutSeconds);
  else if (!word.empty())
    return fail(StatusCode::invalidArgument, optionsVariable, ": unknown word '", word,
                "'; known: validation, gpu-assisted, separate-buffers, staging, descriptor-sets, timeout=<seconds>");
  return {};
}

Result<DebugOptions> parseDebugOptions(std::string_view text) {
  DebugOptions options;
  while (!text.empty()) {
    size_t comma = text.find(',');
    VAE_RETURN_IF_ERROR(parseWord(text.substr(0, comma), options));
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  }
  return options;
}

Result<DebugOptions> optionsFromEnvironment() {
  const char *text = std::getenv(optionsVariable);
  return parseDebugOptions(text ? text : "");
}

} // namespace vae::runtime::vulkan
