// Where the model library is.
#include "backends/vaec/ModelLibrary.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <cstdlib>

using namespace llvm;

/// share/vaec/models beside the folder of the program.
static std::string getInstalledLibrary() {
  static int anchor;
  SmallString<256> path(sys::fs::getMainExecutable("vaec", &anchor));
  sys::path::remove_filename(path);
  sys::path::append(path, "..", "share", "vaec", "models");
  sys::path::remove_dots(path, /*remove_dot_dot=*/true);
  return std::string(path);
}

std::optional<std::string> vae::findModel(StringRef name) {
  SmallVector<std::string> folders;
  if (const char *chosen = std::getenv("VAE_MODELS"))
    folders = {chosen};
  else
    folders = {getInstalledLibrary(), VAE_MODEL_LIBRARY};
  for (const std::string &folder : folders) {
    SmallString<256> path(folder);
    sys::path::append(path, name);
    if (sys::fs::exists(path))
      return std::string(path);
  }
  return std::nullopt;
}
