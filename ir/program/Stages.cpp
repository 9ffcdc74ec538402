// The stages of the compiler, as Stages.def lists them.
#include "ir/program/Stages.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace vae;

ArrayRef<StageInfo> vae::getStages() {
  static constexpr StageInfo stages[] = {
#define VAE_STAGE(enumerator, name, kind, targets, description)                                                        \
  {Stage::enumerator, name, StageKind::kind, targets, description},
#include "ir/program/Stages.def"
  };
  return stages;
}

const StageInfo &vae::getInfo(Stage stage) { return getStages()[static_cast<size_t>(stage)]; }

const StageInfo *vae::findStage(StringRef name) {
  const StageInfo *found = find_if(getStages(), [&](const StageInfo &info) { return info.name == name; });
  return found == getStages().end() ? nullptr : found;
}

std::string vae::listStages(llvm::function_ref<bool(const StageInfo &)> isWanted) {
  SmallVector<StringRef> names;
  for (const StageInfo &info : getStages())
    if (isWanted(info))
      names.push_back(info.name);
  return join(names, ", ");
}
