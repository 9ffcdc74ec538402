// From the loops that strategies write to LLVM IR.
#include "backends/cpu/Lowering.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/IR/IRBuilder.h"

using namespace mlir;
using namespace vae;

void cpu::loadDialects(MLIRContext &context) {
  registerBuiltinDialectTranslation(context);
  registerLLVMDialectTranslation(context);
  context.loadDialect<arith::ArithDialect, cf::ControlFlowDialect, func::FuncDialect, LLVM::LLVMDialect,
                      math::MathDialect, memref::MemRefDialect, scf::SCFDialect, vector::VectorDialect>();
}

LogicalResult cpu::lowerToLlvm(ModuleOp module) {
  PassManager manager(module.getContext(), ModuleOp::getOperationName());
#ifndef VAE_VERIFY_LOWERING
  manager.enableVerifier(false); // half of the time; builds with sanitizers verify after every pass
#endif
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  manager.addPass(createLoopInvariantCodeMotionPass());
  manager.addPass(createSCFToControlFlowPass());
  manager.addPass(createConvertVectorToLLVMPass());
  manager.addPass(createConvertMathToLLVMPass());
  manager.addPass(createFinalizeMemRefToLLVMConversionPass());
  ConvertFuncToLLVMPassOptions functions;
  functions.useBarePtrCallConv = true;
  manager.addPass(createConvertFuncToLLVMPass(functions));
  manager.addPass(createArithToLLVMConversionPass());
  manager.addPass(createConvertIndexToLLVMPass());
  manager.addPass(createConvertControlFlowToLLVMPass());
  manager.addPass(createReconcileUnrealizedCastsPass());
  return manager.run(module);
}

/// `void symbol(const vae_kernel_args *, int64_t begin, int64_t end, void *scratch)`.
static void addEntry(llvm::Module &module, const KernelView &kernel, StringRef symbol) {
  llvm::LLVMContext &context = module.getContext();
  llvm::Type *pointer = llvm::PointerType::get(context, 0), *word = llvm::Type::getInt64Ty(context);
  auto *type = llvm::FunctionType::get(llvm::Type::getVoidTy(context), {pointer, word, word, pointer}, false);
  auto *entry = llvm::Function::Create(type, llvm::GlobalValue::ExternalLinkage, symbol, module);
  entry->setDoesNotThrow();
  for (llvm::Function &function : module)
    if (!function.isDeclaration() && &function != entry) {
      function.setLinkage(llvm::GlobalValue::InternalLinkage);
      function.setDoesNotThrow();
    }
  llvm::Function *body = module.getFunction((symbol + ".body").str());
  llvm::IRBuilder<> builder(llvm::BasicBlock::Create(context, "", entry));
  llvm::Value *arguments = entry->getArg(0);
  llvm::Value *buffers = builder.CreateLoad(pointer, arguments);
  llvm::Value *sizes = builder.CreateLoad(pointer, builder.CreateConstGEP1_64(pointer, arguments, 1));
  SmallVector<llvm::Value *> values;
  for (size_t index = 0; index < kernel.buffers.size(); ++index)
    values.push_back(builder.CreateLoad(pointer, builder.CreateConstGEP1_64(pointer, buffers, index)));
  for (size_t index = 0; index < kernel.getNumSizes(); ++index)
    values.push_back(builder.CreateLoad(word, builder.CreateConstGEP1_64(word, sizes, index)));
  values.append({entry->getArg(1), entry->getArg(2), entry->getArg(3)});
  builder.CreateCall(body, values);
  builder.CreateRetVoid();
}

std::unique_ptr<llvm::Module> cpu::translate(ModuleOp module, const KernelView &kernel, StringRef symbol,
                                             llvm::LLVMContext &context) {
  std::unique_ptr<llvm::Module> translated = translateModuleToLLVMIR(module, context, symbol);
  if (translated)
    addEntry(*translated, kernel, symbol);
  return translated;
}
