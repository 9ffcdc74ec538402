// Starts the tool and collects what it says.
#include "tests/runtime/vae-run/Tool.h"
#include "runtime/base/AtomicFile.h"
#include "runtime/formats/Safetensors.h"
#include "tests/runtime/vae-run/LinePackage.h"

#include <algorithm>
#include <sys/wait.h>

namespace vae::test {

Tool::Tool() {
  bool written = runtime::writeFile(path("line.vaep"), linePackageBytes()).ok();
  const float values[] = {0.25f, 0.5f, 0.75f, 1.0f};
  written &= runtime::writeSafetensors(path("w.safetensors"),
                                       {{"w", runtime::ElementType::f32, {4}, std::as_bytes(std::span(values))}})
                 .ok();
  if (!written)
    std::abort();
}

ToolResult Tool::shell(const std::string &command) const {
  ScratchFolder streams;
  std::string whole = "cd '" + path(".") + "' && export TOOL=" VAE_RUN " && (" + command + ") >'" +
                      streams.path("out") + "' 2>'" + streams.path("err") + "'";
  int status = std::system(whole.c_str());
  ToolResult result;
  result.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  result.output = slurp(streams.path("out"));
  result.errors = slurp(streams.path("err"));
  return result;
}

std::vector<std::string> Tool::made() const {
  std::vector<std::string> found = names();
  std::erase(found, "line.vaep");
  std::erase(found, "w.safetensors");
  std::sort(found.begin(), found.end());
  return found;
}

} // namespace vae::test
