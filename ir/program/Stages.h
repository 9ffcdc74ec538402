// The stages of the compiler by number and by name; Stages.def lists them.
#ifndef VAE_IR_PROGRAM_STAGES_H
#define VAE_IR_PROGRAM_STAGES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace vae {

enum class Stage {
#define VAE_STAGE(enumerator, ...) enumerator,
#include "ir/program/Stages.def"
};

/// What a stage is: a syntax tree, an MLIR module, text of each kernel, or bytes.
enum class StageKind { Tree, Module, Code, File };

struct StageInfo {
  Stage stage;
  llvm::StringLiteral name; // on command lines
  StageKind kind;
  llvm::StringLiteral targets; // how the targets that have it begin
  llvm::StringLiteral description;

  bool hasTarget(llvm::StringRef target) const { return target.starts_with(targets); }
  /// Whether the stage shows kernels one by one, so that one can be picked.
  bool hasKernels() const { return kind == StageKind::Code || stage == Stage::Kernels || stage == Stage::Plan; }
};

/// All stages, in order.
llvm::ArrayRef<StageInfo> getStages();
const StageInfo &getInfo(Stage stage);
/// Null for an unknown name.
const StageInfo *findStage(llvm::StringRef name);
/// The names of the stages of which `isWanted` holds, for messages: "llvm, asm".
std::string listStages(llvm::function_ref<bool(const StageInfo &)> isWanted);

} // namespace vae

#endif // VAE_IR_PROGRAM_STAGES_H
