// Examples with one token changed: each compiles, or ends in errors with places and registered names.
#include "frontend/Frontend.h"
#include "frontend/diagnostics/Diagnostics.h"
#include "passes/Pipelines.h"
#include "tests/catch.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include <csignal>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <random>
#include <regex>
#include <set>
#include <sstream>
#include <sys/time.h>

using namespace mlir;
using namespace vae;
namespace fs = std::filesystem;

static constexpr unsigned mutantsOfAnExample = 80;
/// Of CPU, for one mutant; a mutant of an example that takes long by itself has a multiple of that.
static constexpr unsigned mostSeconds = 10, mostTimesItself = 4;

namespace {

/// A token with the spaces and comments before it.
struct Piece {
  std::string before, token;
};

struct Outcome {
  bool compiled;
  std::string messages;
};

/// Ends the process where the code around it takes too long; Catch2 then names the mutant.
class Watchdog {
public:
  explicit Watchdog(time_t seconds) {
    std::signal(SIGVTALRM, [](int) { std::abort(); });
    set(seconds);
  }
  ~Watchdog() { set(0); }

private:
  static void set(time_t seconds) {
    itimerval timer = {{0, 0}, {seconds, 0}};
    setitimer(ITIMER_VIRTUAL, &timer, nullptr);
  }
};

} // namespace

static std::string read(const fs::path &path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

static size_t getTokenLength(StringRef text) {
  auto isWord = [](char c) { return llvm::isAlnum(c) || c == '_'; };
  if (isWord(text.front()))
    return text.take_while(isWord).size();
  if (text.front() == '"')
    return std::min(text.find('"', 1), text.size() - 1) + 1;
  for (StringRef pair : {"|>", "..", "->", "==", "!=", "<=", ">="})
    if (text.starts_with(pair))
      return pair.size();
  return 1;
}

static size_t getSpaceLength(StringRef text) {
  size_t length = 0;
  while (length < text.size() && (llvm::isSpace(text[length]) || text.substr(length).starts_with("//")))
    length += text[length] == '/' ? std::min(text.find('\n', length), text.size()) - length : 1;
  return length;
}

static std::vector<Piece> split(StringRef text) {
  std::vector<Piece> pieces;
  while (true) {
    size_t space = getSpaceLength(text);
    Piece piece{text.take_front(space).str(), ""};
    text = text.drop_front(space);
    if (!text.empty())
      piece.token = text.take_front(getTokenLength(text)).str();
    text = text.drop_front(piece.token.size());
    pieces.push_back(piece);
    if (text.empty())
      return pieces;
  }
}

static std::string join(const std::vector<Piece> &pieces) {
  std::string text;
  for (const Piece &piece : pieces)
    text += piece.before + piece.token;
  return text;
}

/// Changes one token; says how.
static std::string mutate(std::vector<Piece> &pieces, std::mt19937 &random) {
  auto pick = [&](size_t count) { return static_cast<size_t>(random() % count); };
  size_t index = pick(pieces.size() - 1);
  std::string &token = pieces[index].token, old = token;
  std::string place = " `" + old + "`, token " + std::to_string(index);
  switch (pick(4)) {
  case 0:
    token.clear();
    return "without" + place;
  case 1:
    token += " " + old;
    return "twice" + place;
  case 2:
    std::swap(token, pieces[index + 1].token);
    return "`" + token + "` before" + place;
  default:
    token = pieces[pick(pieces.size())].token;
    return "`" + token + "` in place of" + place;
  }
}

static Outcome compile(const std::string &text, const fs::path &path) {
  DialectRegistry registry;
  registerDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(llvm::MemoryBuffer::getMemBufferCopy(text, path.string()), llvm::SMLoc());
  Outcome outcome{false, ""};
  llvm::raw_string_ostream stream(outcome.messages);
  frontend::SourceDiagnosticPrinter printer(sources, &context, stream);
  std::unique_ptr<frontend::SyntaxTree> tree = frontend::parseSources(sources, &context);
  if (!tree)
    return outcome;
  OwningOpRef<ModuleOp> module = frontend::compile(*tree, {}, sources, &context);
  if (!module)
    return outcome;
  PassManager manager(&context);
  buildPipeline(manager, Stage::Plan);
  outcome.compiled = succeeded(manager.run(*module));
  return outcome;
}

/// How long a mutant of the text may take, of CPU.
static time_t findLimit(const std::string &text, const fs::path &path) {
  std::clock_t begin = std::clock();
  compile(text, path);
  return std::max<time_t>(mostSeconds, mostTimesItself * (1 + (std::clock() - begin) / CLOCKS_PER_SEC));
}

/// The names that the project's lists of messages give.
static std::set<std::string> getRegisteredNames() {
  std::set<std::string> names;
  const std::regex line(R"(VAE_(?:DIAGNOSTIC|MESSAGE)\((\w+),)");
  for (const char *folder : {"frontend", "ir", "passes"})
    for (const auto &entry : fs::recursive_directory_iterator(fs::path(VAE_SOURCE_DIR) / folder)) {
      if (entry.path().extension() != ".def")
        continue;
      std::string text = read(entry.path());
      for (std::sregex_iterator found(text.begin(), text.end(), line), end; found != end; ++found)
        names.insert((*found)[1]);
    }
  return names;
}

/// The first error without a place or a registered name; empty where there is none.
static std::string findStrayError(const std::string &messages, const std::set<std::string> &names) {
  const std::regex located(R"(.*\.vae:\d+:\d+: error: .* \[(\w+)\])");
  std::istringstream lines(messages);
  unsigned errors = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.find("error: ") == std::string::npos)
      continue;
    ++errors;
    std::smatch match;
    if (!std::regex_match(line, match, located) || !names.contains(match[1]))
      return line;
  }
  return errors == 0 ? "no error at all" : "";
}

static std::vector<fs::path> findExamples() {
  std::vector<fs::path> examples;
  for (const auto &entry : fs::recursive_directory_iterator(fs::path(VAE_SOURCE_DIR) / "examples"))
    if (entry.path().extension() == ".vae")
      examples.push_back(entry.path());
  llvm::sort(examples);
  return examples;
}

TEST_CASE("an example with one token changed compiles or ends in located errors") {
  const std::set<std::string> names = getRegisteredNames();
  REQUIRE(names.contains("UnexpectedToken"));
  std::mt19937 random(20260801);
  unsigned compiled = 0, refused = 0;
  for (const fs::path &path : findExamples()) {
    time_t limit = findLimit(read(path), path);
    for (unsigned number = 0; number < mutantsOfAnExample; ++number) {
      std::vector<Piece> pieces = split(read(path));
      std::string change = mutate(pieces, random), text = join(pieces);
      INFO(path.string() << ": " << change);
      Watchdog watchdog(limit);
      Outcome outcome = compile(text, path);
      ++(outcome.compiled ? compiled : refused);
      INFO(outcome.messages);
      CHECK((outcome.compiled ? "" : findStrayError(outcome.messages, names)) == std::string());
    }
  }
  // Both kinds occur, or the test would say nothing.
  CHECK(compiled > 10);
  CHECK(refused > 100);
}
