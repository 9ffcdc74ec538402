// Runs vae-run as a user would, in a folder of its own.
#ifndef VAE_TESTS_RUNTIME_VAE_RUN_TOOL_H
#define VAE_TESTS_RUNTIME_VAE_RUN_TOOL_H

#include "tests/runtime/TestFiles.h"

#include <string>

namespace vae::test {

struct ToolResult {
  int code = -1;      ///< exit code; 128 + signal where one ended it
  std::string output; ///< stdout
  std::string errors; ///< stderr
};

/// A scratch folder with line.vaep and w.safetensors (w = 0.25, 0.5, 0.75, 1) inside; commands run there.
class Tool : public ScratchFolder {
public:
  Tool();

  /// Runs "vae-run ARGUMENTS" through the shell.
  ToolResult operator()(const std::string &arguments) const { return shell("exec " VAE_RUN " " + arguments); }
  /// Runs any shell command; $TOOL is vae-run.
  ToolResult shell(const std::string &command) const;
  /// Names inside, sorted, without the two that were there from the start.
  std::vector<std::string> made() const;
};

} // namespace vae::test

#endif // VAE_TESTS_RUNTIME_VAE_RUN_TOOL_H
