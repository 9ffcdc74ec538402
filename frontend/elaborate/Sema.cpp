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
        addFunction(block, result.blocks);
    for (const auto &file : tree.files)
      addModel(*file);
    const ast::File &main = tree.mainFile();
    if (main.models.empty()) {
      SMLoc start = SMLoc::getFromPointer(main.text.begin());
      return sink.error({start, start}, DiagnosticKind::NoModel);
    }
    result.main = &result.models.find(main.models.front()->name.text)->second;
    return std::move(result);
  }

private:
  void addModel(const ast::File &file) {
    if (file.models.empty())
      return;
    const ast::Model *model = file.models.front();
    for (const ast::Model *other : file.models.drop_front())
      sink.error(other->name.range, DiagnosticKind::SecondModel, other->name.text)
          .note(model->name.range, DiagnosticKind::DeclaredHere, model->name.text);
    for (const ast::Train *other : model->trains.drop_front(!model->trains.empty()))
      sink.error(other->range, DiagnosticKind::SecondTrain)
          .note(model->trains.front()->range, DiagnosticKind::DeclaredHere, "train");
    auto [place, isNew] = result.models.try_emplace(model->name.text);
    DeclaredModel &declared = place->second;
    if (!isNew)
      reportDuplicate(model->name, declared.model->name);
    declared = {model, {}};
    for (const ast::Function *function : model->functions)
      addFunction(function, declared.functions);
    checkUnique(model->parameters);
    for (const ast::Train *train : model->trains)
      for (const ast::Minimize &minimize : train->minimizers)
        checkMinimize(minimize, declared);
  }

  void reportDuplicate(const ast::Name &name, const ast::Name &earlier) {
    sink.error(name.range, DiagnosticKind::DuplicateName, name.text)
        .note(earlier.range, DiagnosticKind::DeclaredHere, name.text);
  }

  void addFunction(const ast::Function *function, llvm::StringMap<const ast::Function *> &functions) {
    auto [place, isNew] = functions.try_emplace(function->name.text, function);
    const ast::Function *block = result.blocks.lookup(function->name.text);
    if (!isNew || (block && block != function))
      reportDuplicate(function->name, isNew ? block->name : place->second->name);
    checkUnique(function->parameters);
  }

  void checkUnique(ArrayRef<ast::Parameter> parameters) {
    llvm::StringMap<SMRange> seen;
    for (const ast::Parameter &parameter : parameters) {
      auto [place, isNew] = seen.try_emplace(parameter.name.text, parameter.name.range);
      if (!isNew)
        reportDuplicate(parameter.name, {parameter.name.text, place->second});
    }
  }

  void checkMinimize(const ast::Minimize &minimize, const DeclaredModel &declared) {
    const ast::Function *loss = declared.functions.lookup(minimize.loss.text);
    if (loss && loss->kind == ast::Function::Kind::Loss)
      return;
    SmallVector<StringRef> losses;
    for (const ast::Function *function : declared.model->functions)
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
