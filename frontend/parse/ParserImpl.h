// The parser's state and productions; private to the Parser*.cpp files.
#ifndef VAE_FRONTEND_PARSE_PARSERIMPL_H
#define VAE_FRONTEND_PARSE_PARSERIMPL_H

#include "frontend/parse/AST.h"
#include "frontend/parse/Lexer.h"
#include "ir/program/Limits.h"

namespace vae::frontend {

/// One `parse<Production>` each; the production is drawn above its definition. A null result means: already reported.
class Parser {
public:
  Parser(ast::File &file, std::vector<Token> tokens, DiagnosticSink &sink)
      : file(file), tokens(std::move(tokens)), sink(sink) {}

  void parseFile();

private:
  // Declarations (Declarations.cpp)
  ast::Model *parseModel();
  struct Members {
    llvm::SmallVector<ast::Stmt *> statements;
    llvm::SmallVector<ast::Function *> functions;
    llvm::SmallVector<ast::Train *> trains;
  };
  void parseMember(Members &members);
  ast::Function *parseFunction(ast::Function::Kind kind);
  bool parseParameters(llvm::ArrayRef<ast::Parameter> &parameters);
  bool parseParameter(ast::Parameter &parameter);
  bool parseResults(ast::Function &function);
  ast::TypeExpr *parseType();
  bool parseRange(ast::TypeExpr &type);
  ast::Train *parseTrain();
  bool parseMinimize(ast::Minimize &minimize);
  ast::CallExpr *parseTrainingCall(llvm::StringRef context);
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
  bool expectStatementEnd();

  // Expressions (Expressions.cpp)
  ast::Expr *parseExpr();
  ast::Expr *parsePipe();
  ast::Expr *parseStage(ast::Expr *input);
  ast::Expr *parseBinary(unsigned precedence);
  ast::Expr *parseUnary();
  ast::Expr *parsePostfix();
  ast::Expr *parsePrimary();
  ast::Expr *parseInteger();
  ast::Expr *parseFloat();
  ast::Expr *parseList();
  ast::Expr *parseIfExpr();
  ast::Expr *parseCall(ast::Name callee, ast::Expr *piped);
  ast::Expr *parseIndex(ast::Expr *base);
  ast::Expr *parseSlice();
  bool parseArguments(llvm::SmallVectorImpl<ast::Argument> &arguments);
  bool parseLabel(ast::Label &label);
  bool parsePath(ast::Label &label, const Token &first, llvm::StringRef context);
  bool parseExprList(TokenKind end, llvm::SmallVectorImpl<ast::Expr *> &list, bool mayHoldRanges = false);

  // Tokens
  const Token &peek(size_t ahead = 0) const { return tokens[std::min(position + ahead, tokens.size() - 1)]; }
  bool at(TokenKind kind) const { return peek().kind == kind; }
  const Token &take() { return tokens[position < tokens.size() - 1 ? position++ : position]; }
  bool takeIf(TokenKind kind) { return at(kind) && (take(), true); }
  /// Takes `kind` or reports what was found in its place.
  bool expect(TokenKind kind, llvm::StringRef context);
  bool expectName(ast::Name &name, llvm::StringRef context);
  /// Takes the closing bracket; a missing one is reported with a note at `open`.
  bool expectClose(TokenKind kind, const Token &open);
  std::nullptr_t unexpected(llvm::StringRef expected, llvm::StringRef context);
  llvm::SMRange rangeFrom(const Token &first) const;
  llvm::SMRange rangeFrom(llvm::SMRange first) const;

  // Recovery
  void skipToStatement();
  void skipToMember();
  void skipToDeclaration();
  bool atMember() const;
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
  bool depthReported = false;
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
