// From LLVM IR to machine code.
#ifndef VAE_BACKENDS_CPU_CODEGEN_H
#define VAE_BACKENDS_CPU_CODEGEN_H

#include "backends/cpu/CpuTarget.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"
#include "llvm/Target/TargetMachine.h"
#include <memory>
#include <string>

namespace vae::cpu {

/// LLVM's code generator for one target. For one thread at a time.
class CodeGen {
public:
  static llvm::Expected<std::unique_ptr<CodeGen>> create(const CpuTarget &target);

  /// Sets the target's attributes and simplifies; cheap, for the loops come in their final form.
  void optimize(llvm::Module &module);
  /// The object file of an optimised module.
  llvm::Expected<std::string> emitObject(llvm::Module &module);
  llvm::Expected<std::string> emitAssembly(llvm::Module &module);

private:
  llvm::Expected<std::string> emit(llvm::Module &module, llvm::CodeGenFileType type);
  std::unique_ptr<llvm::TargetMachine> machine;
};

} // namespace vae::cpu

#endif // VAE_BACKENDS_CPU_CODEGEN_H
