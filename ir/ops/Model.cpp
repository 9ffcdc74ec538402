// Symbols that carry tensors.
#include "ir/ops/Model.h"
#include "ir/Messages.h"

using namespace mlir;
using namespace vae;

StringRef vae::getKind(Operation *function) {
  auto kind = function->getAttrOfType<StringAttr>(kindAttrName);
  return kind ? kind.getValue() : "";
}

/// The symbol names something that carries a tensor of that type: a parameter, a state, a constant.
static LogicalResult verifyTensorSymbol(Operation *op, FlatSymbolRefAttr ref, Type type,
                                        SymbolTableCollection &symbols) {
  Operation *symbol = symbols.lookupNearestSymbolFrom(op, ref);
  if (!symbol)
    return op->emitOpError() << messages::SymbolNotDeclared(ref);
  auto declared = symbol->getAttrOfType<TypeAttr>("type");
  if (!declared)
    return op->emitOpError() << messages::SymbolNotATensor(ref);
  if (declared.getValue() != type) {
    InFlightDiagnostic diagnostic = op->emitOpError() << messages::SymbolType(type, ref, declared.getValue());
    diagnostic.attachNote(symbol->getLoc()) << messages::SymbolDeclared();
    return diagnostic;
  }
  return success();
}

LogicalResult ReadOp::verifySymbolUses(SymbolTableCollection &symbols) {
  return verifyTensorSymbol(*this, getRefAttr(), getResult().getType(), symbols);
}

LogicalResult GradientOp::verifySymbolUses(SymbolTableCollection &symbols) {
  return verifyTensorSymbol(*this, getRefAttr(), getResult().getType(), symbols);
}

LogicalResult UpdateOp::verifySymbolUses(SymbolTableCollection &symbols) {
  return verifyTensorSymbol(*this, getRefAttr(), getValue().getType(), symbols);
}
