// Collecting and checking of declarations.
#include "frontend/elaborate/Sema.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace vae::frontend {

/// Letters in sorted order: equal for two spellings that differ only in the order of letters.
static std::string sortedLetters(StringRef name) {
  std::string letters = name.str();
  llvm::sort(letters);
  return letters;
}

std::string suggest(StringRef name, ArrayRef<StringRef> candidates) {
  // A third of the letters may differ; swapped letters and a missing end count as one.
  unsigned nearest = name.size() < 3 ? 1 : std::max<unsigned>(1, name.size() / 3) + 1;
  StringRef best;
  for (StringRef candidate : candidates) {
    unsigned distance = name.edit_distance(candidate);
    StringRef shorter = name.size() < candidate.size() ? name : candidate;
    bool isStart = shorter.size() > 2 && name.starts_with(shorter) && candidate.starts_with(shorter);
    if (distance > 1 && (isStart || sortedLetters(candidate) == sortedLetters(name)))
      distance = 1;
    if (distance < nearest) {
      best = candidate;
      nearest = distance;
    }
  }
  return best.empty() ? "" : ("; did you mean `" + best + "`?").str();
}

std::string listNames(ArrayRef<StringRef> names) {
  if (names.empty())
    return "none";
  return llvm::join(llvm::map_range(names, [](StringRef name) { return ("`" + name + "`").str(); }), ", ");
}

namespace {

class Collector {
public:
  Collector(const SyntaxTree &tree, DiagnosticSink &sink) : tree(tree), sink(sink) {}

  FailureOr<Declarations> run(ArrayRef<Binding> bindings) {
    for (const Binding &binding : bindings)
      result.bindings[binding.name] = binding.value;
    for (const auto &file : tree.files)
      for (const ast::Function *block : file->blocks)
        addFunction(block);
    if (failed(findModel()))
      return failure();
    for (const ast::Function *function : result.model->functions)
      addFunction(function);
    checkUnique(result.model->parameters);
    for (const ast::Train *train : result.model->trains)
      for (const ast::Minimize &minimize : train->minimizers)
        checkMinimize(minimize);
    return std::move(result);
  }

private:
  LogicalResult findModel() {
    const ast::File &file = tree.mainFile();
    if (file.models.empty()) {
      SMLoc start = SMLoc::getFromPointer(file.text.begin());
      return sink.error({start, start}, DiagnosticKind::NoModel);
    }
    result.model = file.models.front();
    for (const ast::Model *other : file.models.drop_front())
      sink.error(other->name.range, DiagnosticKind::SecondModel, other->name.text)
          .note(result.model->name.range, DiagnosticKind::DeclaredHere, result.model->name.text);
    for (const ast::Train *other : result.model->trains.drop_front(!result.model->trains.empty()))
      sink.error(other->range, DiagnosticKind::SecondTrain)
          .note(result.model->trains.front()->range, DiagnosticKind::DeclaredHere, "train");
    return success();
  }

  void addFunction(const ast::Function *function) {
    auto [place, isNew] = result.functions.try_emplace(function->name.text, function);
    if (!isNew)
      sink.error(function->name.range, DiagnosticKind::DuplicateName, function->name.text)
          .note(place->second->name.range, DiagnosticKind::DeclaredHere, function->name.text);
    checkUnique(function->parameters);
  }

  void checkUnique(ArrayRef<ast::Parameter> parameters) {
    llvm::StringMap<SMRange> seen;
    for (const ast::Parameter &parameter : parameters) {
      auto [place, isNew] = seen.try_emplace(parameter.name.text, parameter.name.range);
      if (!isNew)
        sink.error(parameter.name.range, DiagnosticKind::DuplicateName, parameter.name.text)
            .note(place->second, DiagnosticKind::DeclaredHere, parameter.name.text);
    }
  }

  void checkMinimize(const ast::Minimize &minimize) {
    const ast::Function *loss = result.find(minimize.loss.text);
    if (loss && loss->kind == ast::Function::Kind::Loss)
      return;
    SmallVector<StringRef> losses;
    for (const ast::Function *function : result.model->functions)
      if (function->kind == ast::Function::Kind::Loss)
        losses.push_back(function->name.text);
    sink.error(minimize.loss.range, DiagnosticKind::UnknownLoss, minimize.loss.text,
               suggest(minimize.loss.text, losses));
  }

  const SyntaxTree &tree;
  DiagnosticSink &sink;
  Declarations result;
};

} // namespace

FailureOr<Declarations> collectDeclarations(const SyntaxTree &tree, ArrayRef<Binding> bindings, DiagnosticSink &sink) {
  return Collector(tree, sink).run(bindings);
}

} // namespace vae::frontend
