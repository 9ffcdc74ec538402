// The parser's state and productions; private to the sources of this folder.
#ifndef VAE_FRONTEND_PARSE_PARSERIMPL_H
#define VAE_FRONTEND_PARSE_PARSERIMPL_H

#include "frontend/parse/AST.h"
#include "frontend/parse/Lexer.h"
#include "ir/program/Limits.h"

namespace vae::frontend {

/// One `parse<Production>` each; the production is drawn above its definition. A null or false result means: already
/// reported. `context` ends messages, as in "expected a name of a label". Nodes live as long as the file.
class Parser {
public:
  /// Keeps references to the file, which the nodes go into, and to the sink. The last token is `End`.
  Parser(ast::File &file, std::vector<Token> tokens, DiagnosticSink &sink)
      : file(file), tokens(std::move(tokens)), sink(sink) {}

  void parseFile();

private:
  // Declarations (Declarations.cpp)
  ast::Model *parseModel();
  /// What a model's braces hold, by kind.
  struct Members {
    llvm::SmallVector<ast::Stmt *> statements;
    llvm::SmallVector<ast::Function *> functions;
    llvm::SmallVector<ast::Train *> trains;
  };
  void parseMember(Members &members);
  ast::Function *parseMemberFunction();
  ast::Function *parseFunction(ast::Function::Kind kind);
  bool parseParameters(llvm::ArrayRef<ast::Parameter> &parameters);
  bool parseParameter(ast::Parameter &parameter);
  bool parseResults(ast::Function &function);
  ast::TypeExpr *parseType();
  bool parseRange(ast::TypeExpr &type);
  ast::Train *parseTrain();
  bool parseMinimize(ast::Minimize &minimize);
  /// The call of an optimiser, an option or a rule.
  ast::CallExpr *parseTrainingCall(llvm::StringRef context);
  /// What follows a call in `train`: schedules, and further calls where `options` takes them (null: they are errors).
  bool parseFurther(llvm::ArrayRef<ast::Schedule> &schedules, llvm::SmallVectorImpl<ast::CallExpr *> *options);
  bool parseSchedule(ast::Schedule &schedule);
  bool parseUpdate(ast::Update &update);

  // Statements (Statements.cpp)
  bool parseBody(ast::Body &body);
  ast::Stmt *parseStatement();
  ast::Stmt *parseReturn();
  ast::Stmt *parseReport();
  ast::Stmt *parseFor();
  ast::Stmt *parseLoop();
  ast::Stmt *parseIfStatement();
  ast::Stmt *parseAssign();
  ast::Stmt *parsePart();
  /// Statements end at the end of a line, at `;`, or before `}`.
  bool expectStatementEnd();

  // Expressions (Expressions.cpp)
  ast::Expr *parseExpr();
  ast::Expr *parsePipe();
  /// What stands behind `|>`: a call that takes `input` first.
  ast::Expr *parseStage(ast::Expr *input);
  /// An operand and the operators behind it that bind more tightly than `precedence`.
  ast::Expr *parseBinary(unsigned precedence);
  ast::Expr *finishBinary(const Token &op, ast::Expr *left, ast::Expr *right);
  ast::Expr *parseUnary();
  ast::Expr *parsePower();
  ast::Expr *parsePostfix();
  ast::Expr *parsePrimary();
  ast::Expr *parseInteger();
  ast::Expr *parseFloat();
  ast::Expr *parseList();
  ast::Expr *parseIfExpr();
  /// The rest of a call, behind its name. `piped` becomes the first argument; null where nothing is piped in. `part`
  /// stands before the name, with a point; null where nothing does.
  ast::Expr *parseCall(ast::Name callee, ast::Expr *piped, ast::Expr *part = nullptr);
  ast::Expr *makeName(ast::Name name);
  ast::Expr *makeMember(ast::Expr *base, ast::Name member);
  ast::Expr *parseIndex(ast::Expr *base);
  /// One place of an index: an expression, or a range of places.
  ast::Expr *parseSlice();
  bool parseArguments(llvm::SmallVectorImpl<ast::Argument> &arguments);
  /// Takes the sign before the label, too.
  bool parseLabel(ast::Label &label);
  /// `first` is where the label's range begins.
  bool parsePath(ast::Label &label, const Token &first, llvm::StringRef context);
  /// Expressions up to `end`, which is left standing.
  bool parseExprList(TokenKind end, llvm::SmallVectorImpl<ast::Expr *> &list, bool mayHoldRanges = false);

  // Tokens
  /// Beyond the last token there is that one again.
  const Token &peek(size_t ahead = 0) const { return tokens[std::min(position + ahead, tokens.size() - 1)]; }
  bool at(TokenKind kind) const { return peek().kind == kind; }
  const Token &take() { return tokens[position < tokens.size() - 1 ? position++ : position]; }
  bool takeIf(TokenKind kind) { return at(kind) && (take(), true); }
  /// Takes `kind` or reports what was found in its place.
  bool expect(TokenKind kind, llvm::StringRef context);
  bool expectName(ast::Name &name, llvm::StringRef context);
  /// Takes a name of weights, which may be a word of the language: paths of other people's weights have such.
  bool expectWord(ast::Name &name, llvm::StringRef context);
  /// Takes the closing bracket; a missing one is reported with a note at `open`.
  bool expectClose(TokenKind kind, const Token &open);
  /// Reports the token at hand, where `expected` should stand.
  std::nullptr_t unexpected(llvm::StringRef expected, llvm::StringRef context);
  /// From the start of `first` to the end of the last token taken.
  llvm::SMRange rangeFrom(const Token &first) const;
  llvm::SMRange rangeFrom(llvm::SMRange first) const;

  // Recovery
  /// To the next line that can begin a statement, past `;`, or before the `}` of the body.
  void skipToStatement();
  /// To the next line that can begin a member of a model, or before the model's `}`.
  void skipToMember();
  /// To the next `model`, `block` or `use`.
  void skipToDeclaration();
  /// Whether a func, a block, a loss, a `train` or a model begins here: what no statement begins with.
  bool atMember() const;
  /// Whether a line begins here that a statement can begin with.
  bool atStatement() const;
  /// Skips one token, or a bracketed group as a whole.
  void skipGroup();

  /// Counts nested productions. At the limit the first one reports, and all unwind.
  class Nesting {
  public:
    explicit Nesting(Parser &parser);
    ~Nesting() { --parser.depth; }
    bool tooDeep() const { return parser.depth > limits::nesting; }

  private:
    Parser &parser;
  };
  friend class Nesting;
  /// Reports a text that goes too deep, once.
  std::nullptr_t reportTooDeep(llvm::SMRange range);
  /// Gives a node its range and height; null where the tree became too high.
  template <typename T> T *finish(T *expr, llvm::SMRange range, llvm::ArrayRef<ast::Expr *> children = {});

  template <typename T> llvm::ArrayRef<T> copy(const llvm::SmallVectorImpl<T> &items) {
    return file.copy(llvm::ArrayRef<T>(items));
  }

  ast::File &file;
  std::vector<Token> tokens;
  DiagnosticSink &sink;
  size_t position = 0;
  unsigned depth = 0;
  bool depthReported = false; // of the nesting or of a tree's height
};

template <typename T> T *Parser::finish(T *expr, llvm::SMRange range, llvm::ArrayRef<ast::Expr *> children) {
  expr->range = range;
  for (ast::Expr *child : children)
    if (child)
      expr->height = std::max(expr->height, child->height + 1);
  return expr->height > limits::nesting ? reportTooDeep(range) : expr;
}

} // namespace vae::frontend

#endif // VAE_FRONTEND_PARSE_PARSERIMPL_H
