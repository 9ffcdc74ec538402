// The parsed file: plain nodes in one arena, each with its source range. Nodes refer to the source text, which must
// outlive them.
#ifndef VAE_FRONTEND_PARSE_AST_H
#define VAE_FRONTEND_PARSE_AST_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Allocator.h"
#include "llvm/Support/Casting.h"
#include "llvm/Support/SMLoc.h"
#include "llvm/Support/raw_ostream.h"

namespace vae::frontend::ast {

using llvm::ArrayRef;
using llvm::SMRange;
using llvm::StringRef;

/// A name as written at one place.
struct Name {
  StringRef text;
  SMRange range;
  explicit operator bool() const { return !text.empty(); }
};

//===-- Expressions --------------------------------------------------------===//

struct Expr {
  enum class Kind { Integer, Float, String, Bool, Name, List, Unary, Binary, Call, Index, Slice, Member, If };
  Kind kind;
  SMRange range;
  unsigned height = 1; // of the tree below; bounded, so that walks may recurse
};

template <Expr::Kind K> struct ExprOf : Expr {
  static bool classof(const Expr *expr) { return expr->kind == K; }
};

/// `10_000`
struct IntegerExpr : ExprOf<Expr::Kind::Integer> {
  int64_t value;
};
/// `1e-3`
struct FloatExpr : ExprOf<Expr::Kind::Float> {
  double value;
};
/// `"sum"`
struct StringExpr : ExprOf<Expr::Kind::String> {
  StringRef value;
};
/// `true`
struct BoolExpr : ExprOf<Expr::Kind::Bool> {
  bool value;
};
/// `hidden`
struct NameExpr : ExprOf<Expr::Kind::Name> {
  StringRef name;
};
/// `[64, 128]`
struct ListExpr : ExprOf<Expr::Kind::List> {
  ArrayRef<Expr *> elements;
};
/// `-x`, `not training`
struct UnaryExpr : ExprOf<Expr::Kind::Unary> {
  StringRef op;
  Expr *operand;
};
/// `a + b`
struct BinaryExpr : ExprOf<Expr::Kind::Binary> {
  StringRef op;
  SMRange opRange;
  Expr *left, *right;
};

/// `eps = 1e-6` or `x` in a call.
struct Argument {
  Name name; // empty where positional
  Expr *value;
};

/// `up_blocks[i]` in a label.
struct LabelSegment {
  Name name; // empty where the label begins with an index
  ArrayRef<Expr *> indices;
};

/// `@up_blocks[i].resnets[j]`, `@[0]`
struct Label {
  SMRange range;
  ArrayRef<LabelSegment> segments;
};

/// `linear(512) @fc1`; from `x |> linear(512) @fc1` the piped value is the first argument. `vae.encode(x)`
struct CallExpr : ExprOf<Expr::Kind::Call> {
  Expr *part; // the model whose func is called; null for the model at hand
  Name callee;
  ArrayRef<Argument> arguments;
  bool piped;
  Label label; // no segments where unlabelled
};
/// `x[0, 1..3]`
struct IndexExpr : ExprOf<Expr::Kind::Index> {
  Expr *base;
  ArrayRef<Expr *> indices;
};
/// `0..n`, `..`, `1..` ; either end may be missing. Stands in indices, after `in`, and in the list of places of
/// `update`
struct SliceExpr : ExprOf<Expr::Kind::Slice> {
  Expr *first, *last;
};
/// `encode(x).mu`
struct MemberExpr : ExprOf<Expr::Kind::Member> {
  Expr *base;
  Name member;
};
/// `if channels(x) == out { x } else { y }`
struct IfExpr : ExprOf<Expr::Kind::If> {
  Expr *condition, *thenValue, *elseValue;
};

//===-- Types --------------------------------------------------------------===//

/// `f32[B, 784] in [0, 1]`, `int`, `int[]`
struct TypeExpr {
  Name element;
  SMRange range;
  bool hasShape = false;
  ArrayRef<Expr *> dims;
  Expr *low = nullptr, *high = nullptr;
};

//===-- Statements ---------------------------------------------------------===//

struct Stmt {
  enum class Kind { Assign, Return, Report, For, If, Loop, Part };
  Kind kind;
  SMRange range;
};
template <Stmt::Kind K> struct StmtOf : Stmt {
  static bool classof(const Stmt *stmt) { return stmt->kind == K; }
};

struct Body {
  ArrayRef<Stmt *> statements;
  SMRange range;
};

/// `mu, logvar = encode(x)`; a target `_` is dropped
struct AssignStmt : StmtOf<Stmt::Kind::Assign> {
  ArrayRef<Name> targets;
  Expr *value;
};
/// `return mu, logvar`
struct ReturnStmt : StmtOf<Stmt::Kind::Return> {
  ArrayRef<Expr *> values;
};
/// `report perplexity(index, codes)`
struct ReportStmt : StmtOf<Stmt::Kind::Report> {
  Expr *value;
};
/// `for i, c in [512, 256] { ... }`
struct ForStmt : StmtOf<Stmt::Kind::For> {
  ArrayRef<Name> variables;
  Expr *iterable;
  Body body;
};
/// `if masked { ... } else { ... }` over compile-time values
struct IfStmt : StmtOf<Stmt::Kind::If> {
  Expr *condition;
  Body thenBody, elseBody;
};

/// `loop t in 0..n carrying x, y { ... }`: runs when the program does
struct LoopStmt : StmtOf<Stmt::Kind::Loop> {
  Name variable;
  Expr *turns;
  ArrayRef<Name> carried;
  Body body;
};

/// `part vae = autoencoder_kl(latent_channels = 4) @first_stage frozen`: a model inside a model
struct PartStmt : StmtOf<Stmt::Kind::Part> {
  Name name;
  CallExpr *model;
  bool frozen;
};

//===-- Declarations -------------------------------------------------------===//

/// `x: f32[B, 784]`, `beta: f32 = 1.0`, `out`
struct Parameter {
  Name name;
  TypeExpr *type;     // null where left out
  Expr *defaultValue; // null where required
};

/// `mu: f32[B, latent]`
struct Result {
  Name name; // empty where unnamed
  TypeExpr *type;
};

/// A `func`, `loss` or `block`.
struct Function {
  enum class Kind { Func, Loss, Block };
  Kind kind;
  bool isPrivate = false; // a func that callers from outside do not see
  Name name;
  SMRange range;
  ArrayRef<Parameter> parameters;
  ArrayRef<Result> results;
  bool hasResults = false; // false: left out, taken from `return`
  Body body;
  Label label;
};

/// `schedule beta = linear(0, 4, steps = 10_000)`
struct Schedule {
  Name scalar;
  Expr *value;
};

/// `update quantizer.codebook with codebook_ema(decay = 0.99), schedule ...`
struct Update {
  SMRange range;
  Label buffer;
  CallExpr *rule;
  ArrayRef<Schedule> schedules;
};

/// `minimize elbo over encoder, decoder with adam(lr = 1e-3), schedule ...`
struct Minimize {
  SMRange range;
  Name loss;
  ArrayRef<Label> parts; // empty: all of the model
  CallExpr *optimizer;
  ArrayRef<CallExpr *> options; // the calls after it: clip_norm(1.0)
  ArrayRef<Schedule> schedules;
  ArrayRef<Update> updates; // the lines after it
};

struct Train {
  SMRange range;
  ArrayRef<Minimize> minimizers;
};

struct Model {
  Name name;
  SMRange range;
  ArrayRef<Parameter> parameters;
  ArrayRef<Stmt *> statements;
  ArrayRef<Function *> functions; // in the order written
  ArrayRef<Train *> trains;
};

/// `use "blocks.vae"`
struct Use {
  SMRange range;
  StringRef path;
};

/// One file. Owns its nodes.
struct File {
  llvm::BumpPtrAllocator arena;
  StringRef name, text;
  ArrayRef<Use> uses;
  ArrayRef<Function *> blocks;
  ArrayRef<Model *> models;

  template <typename T> T *make() { return new (arena.Allocate<T>()) T{}; }
  template <typename T> ArrayRef<T> copy(ArrayRef<T> items) {
    T *memory = arena.Allocate<T>(items.size());
    std::uninitialized_copy(items.begin(), items.end(), memory);
    return {memory, items.size()};
  }
};

/// Prints the tree, one node a line with its `<line:column>`, as `--emit=ast` shows it.
void dump(const File &file, llvm::raw_ostream &os);
/// Prints an expression as source text.
void print(const Expr *expr, llvm::raw_ostream &os);

} // namespace vae::frontend::ast

#endif // VAE_FRONTEND_PARSE_AST_H
