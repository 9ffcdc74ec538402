// JSON for machines that read our output.
#ifndef VAE_RUNTIME_VAE_RUN_JSON_H
#define VAE_RUNTIME_VAE_RUN_JSON_H

#include <cstdio>
#include <nlohmann/json.hpp>

namespace vae::runtime::tool {

/// Keeps the order in which members were added.
using Json = nlohmann::ordered_json;

/// One object on stdout; `indent` -1 keeps it on one line.
inline void printJson(const Json &json, int indent = 2) {
  std::printf("%s\n", json.dump(indent, ' ', false, Json::error_handler_t::replace).c_str());
  std::fflush(stdout);
}

} // namespace vae::runtime::tool

#endif // VAE_RUNTIME_VAE_RUN_JSON_H
