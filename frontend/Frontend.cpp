// The two steps: reading the main file and those it uses, and elaboration.
#include "frontend/Frontend.h"
#include "frontend/elaborate/Elaborator.h"
#include "frontend/elaborate/Unused.h"
#include "frontend/parse/Parser.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace mlir;

namespace vae::frontend {

namespace {

constexpr uint64_t maxSourceBytes = 1 << 24;

llvm::Error tooLong() {
  return llvm::createStringError("it has more than %u bytes", static_cast<unsigned>(maxSourceBytes));
}

llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> readStandardInput() {
  constexpr size_t step = 1 << 16;
  SmallString<0> text;
  for (size_t used = 0; used <= maxSourceBytes;) {
    text.resize_for_overwrite(used + step);
    llvm::Expected<size_t> count =
        llvm::sys::fs::readNativeFile(llvm::sys::fs::getStdinHandle(), MutableArrayRef(text.data() + used, step));
    if (!count)
      return count.takeError();
    used += *count;
    text.truncate(used);
    if (*count == 0)
      return llvm::MemoryBuffer::getMemBufferCopy(text, "<stdin>");
  }
  return tooLong();
}

/// Parses files depth first, so that used files come before their users.
class Reader {
public:
  Reader(llvm::SourceMgr &sources, DiagnosticSink &sink, SyntaxTree &tree) : sources(sources), sink(sink), tree(tree) {}

  void read(unsigned buffer) {
    const llvm::MemoryBuffer *memory = sources.getMemoryBuffer(buffer);
    StringRef name = memory->getBufferIdentifier();
    std::unique_ptr<ast::File> file = parse(name, memory->getBuffer(), sink);
    open.push_back(identity(name));
    for (const ast::Use &use : file->uses)
      readUsed(name, use);
    done.insert(open.pop_back_val());
    tree.files.push_back(std::move(file));
  }

private:
  /// One spelling for a file, however it is reached.
  static std::string identity(StringRef path) {
    SmallString<128> real;
    return llvm::sys::fs::real_path(path, real) ? path.str() : real.str().str();
  }

  static bool isModel(StringRef path) { return path.ends_with(".vae"); }

  void readUsed(StringRef user, const ast::Use &use) {
    SmallString<128> path(llvm::sys::path::parent_path(user));
    llvm::sys::path::append(path, use.path);
    std::string id = identity(path);
    if (llvm::is_contained(open, id)) {
      sink.error(use.range, DiagnosticKind::UseCycle, use.path);
      return;
    }
    if (done.contains(id))
      return;
    // Errors quote lines, which are nobody's business where the file is something else.
    auto memory =
        isModel(path) && isModel(id) ? readSource(path) : llvm::createStringError("its name does not end in .vae");
    if (!memory) {
      sink.error(use.range, DiagnosticKind::UnreadableUse, path.str(), llvm::toString(memory.takeError()));
      return;
    }
    read(sources.AddNewSourceBuffer(std::move(*memory), llvm::SMLoc()));
  }

  llvm::SourceMgr &sources;
  DiagnosticSink &sink;
  SyntaxTree &tree;
  SmallVector<std::string> open;
  llvm::StringSet<> done;
};

} // namespace

/// The contents of a file as they are.
static llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> readFile(StringRef path) {
  llvm::sys::fs::file_status status;
  if (std::error_code error = llvm::sys::fs::status(path, status))
    return llvm::errorCodeToError(error);
  if (!llvm::sys::fs::is_regular_file(status))
    return llvm::createStringError("it is not a regular file");
  if (status.getSize() > maxSourceBytes)
    return tooLong();
  llvm::Expected<llvm::sys::fs::file_t> file = llvm::sys::fs::openNativeFileForRead(path);
  if (!file)
    return file.takeError();
  // Read and not mapped: others may cut the file short.
  auto buffer = llvm::MemoryBuffer::getOpenFile(*file, path, status.getSize(), /*RequiresNullTerminator=*/true,
                                                /*IsVolatile=*/true);
  (void)llvm::sys::fs::closeFile(*file);
  if (!buffer)
    return llvm::errorCodeToError(buffer.getError());
  return std::move(*buffer);
}

llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> readSource(StringRef path) {
  auto buffer = path == "-" ? readStandardInput() : readFile(path);
  if (!buffer)
    return buffer.takeError();
  // Errors quote lines, and what is no text does not belong on a terminal.
  StringRef text = (*buffer)->getBuffer();
  if (text.starts_with("VAEP"))
    return llvm::createStringError("it is a package, which `vae-run` runs, and no model's text");
  if (size_t zero = text.find('\0'); zero != StringRef::npos)
    return llvm::createStringError("it is no text: byte %zu is zero", zero);
  return std::move(*buffer);
}

std::unique_ptr<SyntaxTree> parseSources(llvm::SourceMgr &sources, MLIRContext *context) {
  auto tree = std::make_unique<SyntaxTree>();
  DiagnosticSink sink(sources, context);
  Reader(sources, sink, *tree).read(sources.getMainFileID());
  return sink.hasErrors() ? nullptr : std::move(tree);
}

OwningOpRef<ModuleOp> compile(const SyntaxTree &tree, ArrayRef<Binding> bindings, const llvm::SourceMgr &sources,
                              MLIRContext *context) {
  DiagnosticSink sink(sources, context);
  FailureOr<Declarations> declarations = collectDeclarations(tree, bindings, sink);
  if (failed(declarations))
    return {};
  OwningOpRef<ModuleOp> module = Elaborator(*declarations, context, sink).run();
  if (module)
    warnOfUnused(*declarations->main->model, sink);
  return module;
}

} // namespace vae::frontend
