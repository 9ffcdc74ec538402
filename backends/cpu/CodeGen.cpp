// From LLVM IR to machine code.
#include "backends/cpu/CodeGen.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"

using namespace llvm;
using namespace vae::cpu;

static constexpr StringLiteral tripleName = "x86_64-unknown-linux-gnu";

// Strategies write loops as they should be; what is left is forwarding, folding and hoisting loads that no store can
// touch. More costs time and gains nothing.
static constexpr StringLiteral pipeline =
    "function(early-cse,loop-mssa(licm),instcombine<no-verify-fixpoint>,simplifycfg)";

Expected<std::unique_ptr<CodeGen>> CodeGen::create(const CpuTarget &target) {
  static const bool initialised = [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    return true;
  }();
  (void)initialised;
  std::string error;
  Triple triple(tripleName);
  const Target *found = TargetRegistry::lookupTarget(triple, error);
  if (!found)
    return createStringError("this LLVM has no code generator for %s: %s", tripleName.data(), error.c_str());
  TargetOptions options; // fuses the multiply-adds that strategies ask for (llvm.fmuladd), and no others
  auto generator = std::make_unique<CodeGen>();
  generator->machine.reset(found->createTargetMachine(triple, target.name, /*Features=*/"", options, Reloc::PIC_,
                                                      std::nullopt, CodeGenOptLevel::Default));
  return generator;
}

void CodeGen::optimize(Module &module) {
  module.setDataLayout(machine->createDataLayout());
  module.setTargetTriple(machine->getTargetTriple());
  for (Function &function : module) {
    function.addFnAttr("target-cpu", machine->getTargetCPU());
    // Tiles are written for full registers.
    function.addFnAttr("prefer-vector-width", "512");
    function.addFnAttr("no-builtins");
  }
  PassBuilder builder(machine.get());
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager sccs;
  ModuleAnalysisManager modules;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(sccs);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, sccs, modules);
  ModulePassManager manager;
  cantFail(builder.parsePassPipeline(manager, pipeline));
  manager.run(module, modules);
}

Expected<std::string> CodeGen::emit(Module &module, CodeGenFileType type) {
  SmallString<0> bytes;
  raw_svector_ostream stream(bytes);
  legacy::PassManager manager;
  if (machine->addPassesToEmitFile(manager, stream, nullptr, type))
    return createStringError("LLVM cannot write this kind of file");
  manager.run(module);
  return bytes.str().str();
}

Expected<std::string> CodeGen::emitAssembly(Module &module) { return emit(module, CodeGenFileType::AssemblyFile); }

Expected<std::string> CodeGen::emitObject(Module &module) {
  Expected<std::string> object = emit(module, CodeGenFileType::ObjectFile);
  if (!object)
    return object;
  // A kernel runs beside nothing but the C library's copies: a call of anything else is an op without a vector form.
  auto parsed = object::ObjectFile::createObjectFile(MemoryBufferRef(*object, "kernel"));
  if (!parsed)
    return parsed.takeError();
  for (const object::SymbolRef &symbol : (*parsed)->symbols()) {
    Expected<uint32_t> flags = symbol.getFlags();
    Expected<StringRef> name = symbol.getName();
    if (!flags || !name)
      return joinErrors(flags.takeError(), name.takeError());
    if ((*flags & object::SymbolRef::SF_Undefined) && !name->empty() && *name != "memcpy" && *name != "memset")
      return createStringError("the code calls `%s`, which kernels cannot", name->str().c_str());
  }
  return object;
}
