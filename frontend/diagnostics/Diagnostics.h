// Diagnostics of the language: registered kinds, collected, sorted by place, then given to MLIR's diagnostic engine.
#ifndef VAE_FRONTEND_DIAGNOSTICS_DIAGNOSTICS_H
#define VAE_FRONTEND_DIAGNOSTICS_DIAGNOSTICS_H

#include "ir/Mlir.h"
#include "ir/program/Limits.h"
#include "ir/program/Message.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/SMLoc.h"
#include <map>
#include <set>
#include <string>
#include <vector>

namespace llvm {
class SourceMgr;
}

namespace vae::frontend {

/// One enumerator for each line of Diagnostics.def.
enum class DiagnosticKind {
#define VAE_DIAGNOSTIC(name, level, format) name,
#include "frontend/diagnostics/Diagnostics.def"
};

/// The name that a message ends with, `[UnknownName]`, without the brackets.
llvm::StringRef diagnosticName(DiagnosticKind kind);
/// The message with `{0}`-style holes (llvm::formatv).
const char *diagnosticFormat(DiagnosticKind kind);

/// Collects the diagnostics of one compilation. Nothing is printed before flush(), which emits them in source order.
class DiagnosticSink {
public:
  DiagnosticSink(const llvm::SourceMgr &sources, mlir::MLIRContext *context) : sources(sources), context(context) {}
  ~DiagnosticSink() { flush(); }

  /// Attaches notes to the diagnostic made last: `sink.error(...).note(...)`.
  class Handle {
  public:
    explicit Handle(std::vector<std::pair<mlir::Location, std::string>> *notes, DiagnosticSink &sink)
        : notes(notes), sink(sink) {}
    /// Adds a second place. Dropped where the place is unknown.
    template <typename... Args> Handle &note(llvm::SMRange range, DiagnosticKind kind, Args &&...args) {
      if (notes && range.isValid())
        notes->emplace_back(sink.location(range), formatMessage(kind, std::forward<Args>(args)...));
      return *this;
    }
    operator mlir::LogicalResult() const { return mlir::failure(); }
    template <typename T> operator mlir::FailureOr<T>() const { return mlir::failure(); }

  private:
    std::vector<std::pair<mlir::Location, std::string>> *notes;
    DiagnosticSink &sink;
  };

  /// Records an error at `range`. The same message at the same place is recorded once.
  template <typename... Args> Handle error(llvm::SMRange range, DiagnosticKind kind, Args &&...args) {
    if (isFull())
      return Handle(nullptr, *this);
    return report(location(range), diagnosticName(kind), formatMessage(kind, std::forward<Args>(args)...));
  }
  /// Records a warning at `range`: the compilation goes on.
  template <typename... Args> Handle warning(llvm::SMRange range, DiagnosticKind kind, Args &&...args) {
    if (isFull())
      return Handle(nullptr, *this);
    return record(location(range), mlir::DiagnosticSeverity::Warning, diagnosticName(kind),
                  formatMessage(kind, std::forward<Args>(args)...));
  }
  /// Records what an op reported of a call of `callee`, under the op's own name for it.
  Handle errorOf(llvm::SMRange range, llvm::StringRef callee, const Message &message);

  /// A source range as an MLIR location: `fused<range>[point]`. The point is what upstream's handlers understand, the
  /// range (a FileLineColRange, end exclusive) is what SourceDiagnosticPrinter underlines.
  mlir::Location location(llvm::SMRange range);
  /// True once any error was recorded, flushed or not.
  bool hasErrors() const { return failed; }
  /// Emits what was collected, sorted by file and place; stable, so a cause stays before its effect.
  void flush();

private:
  /// Places are not even looked up then: in a file of one long line that takes time.
  bool isFull() const { return entries.size() >= limits::diagnostics; }

  struct Entry {
    mlir::Location location;
    mlir::DiagnosticSeverity severity;
    std::string message;
    std::vector<std::pair<mlir::Location, std::string>> notes;
  };
  template <typename... Args> static std::string formatMessage(DiagnosticKind kind, Args &&...args) {
    return llvm::formatv(false, diagnosticFormat(kind), std::forward<Args>(args)...).str();
  }
  /// Line and column, from 1.
  std::pair<unsigned, unsigned> lineAndColumn(unsigned buffer, const char *position);
  Handle report(mlir::Location location, llvm::StringRef name, std::string message);
  Handle record(mlir::Location location, mlir::DiagnosticSeverity severity, llvm::StringRef name, std::string message);

  const llvm::SourceMgr &sources;
  mlir::MLIRContext *context;
  std::map<unsigned, std::vector<const char *>> lineStarts; // of each buffer: columns in long lines cost no scan
  std::vector<Entry> entries;
  std::set<std::pair<const void *, std::string>> seen;
  bool failed = false;
};

/// Prints every diagnostic of a context as `file:line:col: error: message`, the source line and an underlined range.
/// Lives as long as diagnostics are to be printed.
class SourceDiagnosticPrinter : public mlir::ScopedDiagnosticHandler {
public:
  SourceDiagnosticPrinter(const llvm::SourceMgr &sources, mlir::MLIRContext *context, llvm::raw_ostream &os);

private:
  void print(mlir::Location location, llvm::StringRef message, mlir::DiagnosticSeverity severity);
  void printPlace(mlir::Location location, llvm::StringRef message, mlir::DiagnosticSeverity severity);

  const llvm::SourceMgr &sources;
  llvm::raw_ostream &os;
};

} // namespace vae::frontend

#endif // VAE_FRONTEND_DIAGNOSTICS_DIAGNOSTICS_H
