// The two steps: reading the main file and those it uses, and elaboration.
#include "frontend/Frontend.h"
#include "frontend/elaborate/Elaborator.h"
#include "frontend/parse/Parser.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mlir;

namespace vae::frontend {

namespace {

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
    auto memory = llvm::MemoryBuffer::getFile(path, /*IsText=*/false);
    if (!memory) {
      sink.error(use.range, DiagnosticKind::UnreadableUse, path.str(), memory.getError().message());
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
  return Elaborator(*declarations, context, sink).run();
}

} // namespace vae::frontend
