// Collecting, sorting and printing of diagnostics.
#include "frontend/diagnostics/Diagnostics.h"
#include "ir/program/Message.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;

namespace vae::frontend {

namespace {
/// Longer source lines are shown as a window around the caret.
constexpr size_t maxShownColumns = 160;
/// Calls shown behind a message, the innermost.
constexpr size_t maxShownCalls = 10;

struct KindInfo {
  const char *name, *level, *format;
};
constexpr KindInfo kinds[] = {
#define VAE_DIAGNOSTIC(name, level, format) {#name, #level, format},
#include "frontend/diagnostics/Diagnostics.def"
};
} // namespace

StringRef diagnosticName(DiagnosticKind kind) { return kinds[static_cast<size_t>(kind)].name; }
const char *diagnosticFormat(DiagnosticKind kind) { return kinds[static_cast<size_t>(kind)].format; }

//===-- DiagnosticSink -----------------------------------------------------===//

std::pair<unsigned, unsigned> DiagnosticSink::lineAndColumn(unsigned buffer, const char *position) {
  std::vector<const char *> &starts = lineStarts[buffer];
  if (starts.empty()) {
    StringRef text = sources.getMemoryBuffer(buffer)->getBuffer();
    starts.push_back(text.begin());
    for (const char &c : text)
      if (c == '\n')
        starts.push_back(&c + 1);
  }
  auto next = std::upper_bound(starts.begin(), starts.end(), position);
  return {next - starts.begin(), position - *(next - 1) + 1};
}

Location DiagnosticSink::location(llvm::SMRange range) {
  unsigned buffer = range.isValid() ? sources.FindBufferContainingLoc(range.Start) : 0;
  if (buffer == 0)
    return UnknownLoc::get(context);
  auto file = StringAttr::get(context, sources.getMemoryBuffer(buffer)->getBufferIdentifier());
  auto [line, column] = lineAndColumn(buffer, range.Start.getPointer());
  auto [endLine, endColumn] = lineAndColumn(buffer, range.End.getPointer());
  Location point = FileLineColLoc::get(file, line, column);
  return FusedLoc::get(context, {point}, FileLineColRange::get(file, line, column, endLine, endColumn));
}

DiagnosticSink::Handle DiagnosticSink::errorOf(SMRange range, StringRef callee, const Message &message) {
  if (isFull())
    return Handle(nullptr, *this);
  return report(location(range), message.name, ("`" + callee + "`: " + message.text).str());
}

DiagnosticSink::Handle DiagnosticSink::report(Location where, StringRef name, std::string message) {
  failed = true;
  return record(where, DiagnosticSeverity::Error, name, std::move(message));
}

DiagnosticSink::Handle DiagnosticSink::record(Location where, DiagnosticSeverity severity, StringRef name,
                                              std::string message) {
  message += (" [" + name + "]").str();
  if (!seen.emplace(where.getAsOpaquePointer(), message).second)
    return Handle(nullptr, *this);
  entries.push_back({where, severity, std::move(message), {}});
  return Handle(&entries.back().notes, *this);
}

/// Orders places by file, line and column; unknown places come first.
static std::tuple<StringRef, unsigned, unsigned> sortKey(Location location) {
  if (auto point = location->findInstanceOf<FileLineColRange>())
    return {point.getFilename().getValue(), point.getStartLine(), point.getStartColumn()};
  return {"", 0, 0};
}

void DiagnosticSink::flush() {
  std::vector<const Entry *> order;
  for (const Entry &entry : entries)
    order.push_back(&entry);
  // Entries lie in the order they were made, so their addresses break ties.
  llvm::sort(order, [](const Entry *a, const Entry *b) {
    return std::tuple(sortKey(a->location), a) < std::tuple(sortKey(b->location), b);
  });
  for (const Entry *entry : order) {
    InFlightDiagnostic diagnostic = context->getDiagEngine().emit(entry->location, entry->severity) << entry->message;
    for (const auto &[location, message] : entry->notes)
      diagnostic.attachNote(location) << message;
  }
  entries.clear();
}

//===-- SourceDiagnosticPrinter --------------------------------------------===//

/// The text of a 1-based line, without its end.
static StringRef lineText(StringRef text, unsigned line) {
  for (unsigned i = 1; i < line; ++i)
    text = text.split('\n').second;
  return text.take_until([](char c) { return c == '\n' || c == '\r'; });
}

/// The source line with the caret line below it: `^` at the start, `~` to the end of the range.
static void printSnippet(llvm::raw_ostream &os, StringRef line, unsigned column, unsigned endColumn) {
  size_t start = std::min<size_t>(column - 1, line.size());
  size_t end = std::min<size_t>(std::max(endColumn, column + 1) - 1, line.size());
  size_t first = start > maxShownColumns / 2 && line.size() > maxShownColumns ? start - maxShownColumns / 2 : 0;
  StringRef shown = line.substr(first, maxShownColumns);
  os << shown << '\n';
  for (char c : shown.take_front(start - first))
    os << (c == '\t' ? '\t' : ' ');
  os << '^';
  for (size_t i = start + 1; i < std::min(end, first + shown.size()); ++i)
    os << '~';
  os << '\n';
}

static const llvm::MemoryBuffer *findBuffer(const llvm::SourceMgr &sources, StringRef file) {
  for (unsigned i = 1; i <= sources.getNumBuffers(); ++i)
    if (sources.getMemoryBuffer(i)->getBufferIdentifier() == file)
      return sources.getMemoryBuffer(i);
  return nullptr;
}

static StringRef severityText(DiagnosticSeverity severity) {
  switch (severity) {
  case DiagnosticSeverity::Note:
    return "note";
  case DiagnosticSeverity::Warning:
    return "warning";
  case DiagnosticSeverity::Error:
    return "error";
  case DiagnosticSeverity::Remark:
    return "remark";
  }
  llvm_unreachable("all severities are handled");
}

/// The text, and the [Name] behind it where a dialect or a pass registered the message. The frontend's own have theirs.
static std::string nameMessage(Diagnostic &diagnostic) {
  std::optional<Message> message = findMessage(diagnostic);
  return message ? diagnostic.str() + " [" + message->name.str() + "]" : diagnostic.str();
}

SourceDiagnosticPrinter::SourceDiagnosticPrinter(const llvm::SourceMgr &sources, MLIRContext *context,
                                                 llvm::raw_ostream &os)
    : ScopedDiagnosticHandler(context), sources(sources), os(os) {
  setHandler([this](Diagnostic &diagnostic) {
    print(diagnostic.getLocation(), nameMessage(diagnostic), diagnostic.getSeverity());
    for (Diagnostic &note : diagnostic.getNotes())
      print(note.getLocation(), note.str(), note.getSeverity());
  });
}

/// The range kept beside a point, or the point itself.
static FileLineColRange findRange(Location location) {
  if (auto fused = dyn_cast<FusedLoc>(location))
    if (auto range = dyn_cast_or_null<FileLineColRange>(fused.getMetadata()))
      return range;
  if (auto call = dyn_cast<CallSiteLoc>(location))
    return findRange(call.getCallee());
  return location->findInstanceOf<FileLineColRange>();
}

/// Appends the calls that led to a place, the innermost first.
static void appendCalls(Location location, SmallVectorImpl<Location> &calls) {
  while (auto call = dyn_cast<CallSiteLoc>(location)) {
    appendCalls(call.getCallee(), calls);
    calls.push_back(call.getCaller());
    location = call.getCaller();
  }
}

void SourceDiagnosticPrinter::print(Location location, StringRef message, DiagnosticSeverity severity) {
  printPlace(location, message, severity);
  SmallVector<Location> calls;
  appendCalls(location, calls);
  for (Location call : ArrayRef(calls).take_front(maxShownCalls))
    printPlace(call, "called from here", DiagnosticSeverity::Note);
}

void SourceDiagnosticPrinter::printPlace(Location location, StringRef message, DiagnosticSeverity severity) {
  FileLineColRange range = findRange(location);
  if (!range) {
    os << "vaec: " << severityText(severity) << ": " << message << '\n';
    return;
  }
  os << range.getFilename().getValue() << ':' << range.getStartLine() << ':' << range.getStartColumn() << ": "
     << severityText(severity) << ": " << message << '\n';
  if (const llvm::MemoryBuffer *buffer = findBuffer(sources, range.getFilename())) {
    StringRef line = lineText(buffer->getBuffer(), range.getStartLine());
    bool oneLine = range.getStartLine() == range.getEndLine();
    printSnippet(os, line, range.getStartColumn(), oneLine ? range.getEndColumn() : line.size() + 1);
  }
}

} // namespace vae::frontend
