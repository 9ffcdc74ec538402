// Prints the syntax tree for --emit=ast.
#include "frontend/parse/AST.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;

namespace vae::frontend::ast {

static raw_ostream &printCallee(const CallExpr &call, raw_ostream &os) {
  if (call.part) {
    print(call.part, os);
    os << '.';
  }
  return os << call.callee.text;
}

namespace {

/// Line and column of a position, counted from the start of its file.
class Places {
public:
  explicit Places(const char *start) { lines.push_back(start); }
  std::pair<unsigned, unsigned> of(const char *position) {
    for (const char *c = scanned ? scanned : lines.front(); c < position; ++c)
      if (*c == '\n')
        lines.push_back(c + 1);
    scanned = std::max(scanned ? scanned : lines.front(), position);
    auto line = std::upper_bound(lines.begin(), lines.end(), position);
    return {line - lines.begin(), position - *(line - 1) + 1};
  }

private:
  std::vector<const char *> lines;
  const char *scanned = nullptr;
};

class Dumper {
public:
  Dumper(const char *start, raw_ostream &os) : places(start), os(os) {}

  void dump(const File &file) {
    for (const Use &use : file.uses)
      line(use.range) << "use \"" << use.path << "\"\n";
    for (const Function *block : file.blocks)
      dump(*block);
    for (const Model *model : file.models)
      dump(*model);
  }

private:
  /// Starts a line: indentation and place.
  raw_ostream &line(SMRange range) {
    os.indent(2 * depth);
    auto [row, column] = places.of(range.Start.getPointer());
    return os << '<' << row << ':' << column << "> ";
  }

  struct Indent {
    explicit Indent(Dumper &dumper) : dumper(dumper) { ++dumper.depth; }
    ~Indent() { --dumper.depth; }
    Dumper &dumper;
  };

  void dump(const TypeExpr &type) {
    os << type.element.text;
    if (type.hasShape) {
      os << '[';
      interleaveComma(type.dims, os, [&](const Expr *dim) { print(dim, os); });
      os << ']';
    }
    if (!type.low)
      return;
    os << " in [";
    print(type.low, os);
    os << ", ";
    print(type.high, os);
    os << ']';
  }

  void dump(const Label &label) {
    os << (label.segments.empty() ? "" : " @");
    dumpPath(label);
  }

  void dumpPath(const Label &label) {
    ListSeparator dot(".");
    for (const LabelSegment &segment : label.segments) {
      os << dot << segment.name.text;
      for (const Expr *index : segment.indices) {
        os << '[';
        print(index, os);
        os << ']';
      }
    }
  }

  void dump(ArrayRef<Parameter> parameters) {
    Indent indent(*this);
    for (const Parameter &parameter : parameters) {
      line(parameter.name.range) << "parameter " << parameter.name.text;
      if (parameter.type) {
        os << ": ";
        dump(*parameter.type);
      }
      if (parameter.defaultValue) {
        os << " = ";
        print(parameter.defaultValue, os);
      }
      os << '\n';
    }
  }

  void dump(const Model &model) {
    line(model.range) << "model " << model.name.text << '\n';
    dump(model.parameters);
    Indent indent(*this);
    for (const Stmt *statement : model.statements)
      dump(statement);
    for (const Function *function : model.functions)
      dump(*function);
    for (const Train *train : model.trains)
      dump(*train);
  }

  void dump(const Function &function) {
    static constexpr StringLiteral kinds[] = {"func", "loss", "block"};
    line(function.range) << (function.isPrivate ? "private " : "") << kinds[static_cast<int>(function.kind)] << ' '
                         << function.name.text;
    dump(function.label);
    os << '\n';
    dump(function.parameters);
    Indent indent(*this);
    for (const Result &result : function.results) {
      line(result.type->range) << "result " << result.name.text << (result.name ? ": " : "");
      dump(*result.type);
      os << '\n';
    }
    for (const Stmt *statement : function.body.statements)
      dump(statement);
  }

  void dump(const Train &train) {
    line(train.range) << "train\n";
    Indent indent(*this);
    for (const Minimize &minimize : train.minimizers) {
      line(minimize.range) << "minimize " << minimize.loss.text;
      ListSeparator comma(", ", " over ");
      for (const Label &part : minimize.parts) {
        os << comma;
        dumpPath(part);
      }
      os << '\n';
      Indent inner(*this);
      dump(minimize.optimizer);
      llvm::for_each(minimize.options, [&](const CallExpr *option) { dump(option); });
      dump(minimize.schedules);
      llvm::for_each(minimize.updates, [&](const Update &update) { dump(update); });
    }
  }

  void dump(ArrayRef<Schedule> schedules) {
    for (const Schedule &schedule : schedules) {
      line(schedule.scalar.range) << "schedule " << schedule.scalar.text << '\n';
      Indent value(*this);
      dump(schedule.value);
    }
  }

  void dump(const Update &update) {
    line(update.range) << "update";
    dump(update.buffer);
    os << '\n';
    Indent indent(*this);
    dump(update.rule);
    dump(update.schedules);
  }

  void dump(const Stmt *statement) {
    switch (statement->kind) {
    case Stmt::Kind::Assign: {
      auto *assign = cast<AssignStmt>(statement);
      line(statement->range) << "assign ";
      interleaveComma(assign->targets, os, [&](const Name &name) { os << name.text; });
      return withChildren({assign->value});
    }
    case Stmt::Kind::Return:
      line(statement->range) << "return";
      return withChildren(cast<ReturnStmt>(statement)->values);
    case Stmt::Kind::Report:
      line(statement->range) << "report";
      return withChildren({cast<ReportStmt>(statement)->value});
    case Stmt::Kind::For: {
      auto *loop = cast<ForStmt>(statement);
      line(statement->range) << "for ";
      interleaveComma(loop->variables, os, [&](const Name &name) { os << name.text; });
      withChildren({loop->iterable});
      return dumpBody(loop->body);
    }
    case Stmt::Kind::Loop: {
      auto *loop = cast<LoopStmt>(statement);
      line(statement->range) << "loop " << loop->variable.text << " carrying ";
      interleaveComma(loop->carried, os, [&](const Name &name) { os << name.text; });
      withChildren({loop->turns});
      return dumpBody(loop->body);
    }
    case Stmt::Kind::Part: {
      auto *part = cast<PartStmt>(statement);
      line(statement->range) << "part " << part->name.text << (part->frozen ? " frozen" : "");
      return withChildren({part->model});
    }
    case Stmt::Kind::If: {
      auto *branch = cast<IfStmt>(statement);
      line(statement->range) << "if";
      withChildren({branch->condition});
      dumpBody(branch->thenBody);
      if (!branch->elseBody.range.isValid())
        return;
      line(branch->elseBody.range) << "else\n";
      return dumpBody(branch->elseBody);
    }
    }
  }

  void dumpBody(const Body &body) {
    Indent indent(*this);
    for (const Stmt *statement : body.statements)
      dump(statement);
  }

  void withChildren(ArrayRef<Expr *> children) {
    os << '\n';
    Indent indent(*this);
    for (const Expr *child : children)
      if (child)
        dump(child);
  }

  void dump(const Expr *expr) {
    switch (expr->kind) {
    case Expr::Kind::List:
      line(expr->range) << "list";
      return withChildren(cast<ListExpr>(expr)->elements);
    case Expr::Kind::Unary:
      line(expr->range) << "unary " << cast<UnaryExpr>(expr)->op;
      return withChildren({cast<UnaryExpr>(expr)->operand});
    case Expr::Kind::Binary: {
      auto *binary = cast<BinaryExpr>(expr);
      line(expr->range) << "binary " << binary->op;
      return withChildren({binary->left, binary->right});
    }
    case Expr::Kind::Call:
      return dumpCall(*cast<CallExpr>(expr));
    case Expr::Kind::If: {
      auto *branch = cast<IfExpr>(expr);
      line(expr->range) << "if";
      return withChildren({branch->condition, branch->thenValue, branch->elseValue});
    }
    case Expr::Kind::Integer:
    case Expr::Kind::Float:
    case Expr::Kind::String:
    case Expr::Kind::Bool:
    case Expr::Kind::Name:
    case Expr::Kind::Index:
    case Expr::Kind::Slice:
    case Expr::Kind::Member:
      print(expr, line(expr->range));
      os << '\n';
    }
  }

  void dumpCall(const CallExpr &call) {
    printCallee(call, line(call.range) << "call ");
    dump(call.label);
    os << '\n';
    Indent indent(*this);
    for (const Argument &argument : call.arguments) {
      if (argument.name) {
        line(argument.name.range) << argument.name.text << " =\n";
        Indent value(*this);
        dump(argument.value);
      } else {
        dump(argument.value);
      }
    }
  }

  Places places;
  raw_ostream &os;
  unsigned depth = 0;
};

} // namespace

void dump(const File &file, raw_ostream &os) { Dumper(file.text.begin(), os).dump(file); }

static void printList(ArrayRef<Expr *> list, raw_ostream &os) {
  interleaveComma(list, os, [&](const Expr *item) { print(item, os); });
}

static void printCall(const CallExpr &call, raw_ostream &os) {
  printCallee(call, os);
  os << '(';
  interleaveComma(call.arguments, os, [&](const Argument &argument) {
    if (argument.name)
      os << argument.name.text << " = ";
    print(argument.value, os);
  });
  os << ')';
}

static void printBinary(const BinaryExpr &binary, raw_ostream &os) {
  os << '(';
  print(binary.left, os);
  os << ' ' << binary.op << ' ';
  print(binary.right, os);
  os << ')';
}

static void printSlice(const SliceExpr &slice, raw_ostream &os) {
  if (slice.first)
    print(slice.first, os);
  os << "..";
  if (slice.last)
    print(slice.last, os);
}

static void printIf(const IfExpr &branch, raw_ostream &os) {
  os << "if ";
  print(branch.condition, os);
  os << " { ";
  print(branch.thenValue, os);
  os << " } else { ";
  print(branch.elseValue, os);
  os << " }";
}

void print(const Expr *expr, raw_ostream &os) {
  switch (expr->kind) {
  case Expr::Kind::Integer:
    os << cast<IntegerExpr>(expr)->value;
    return;
  case Expr::Kind::Float:
    os << StringRef(expr->range.Start.getPointer(), expr->range.End.getPointer() - expr->range.Start.getPointer());
    return;
  case Expr::Kind::String:
    os << '"' << cast<StringExpr>(expr)->value << '"';
    return;
  case Expr::Kind::Bool:
    os << (cast<BoolExpr>(expr)->value ? "true" : "false");
    return;
  case Expr::Kind::Name:
    os << cast<NameExpr>(expr)->name;
    return;
  case Expr::Kind::List:
    os << '[';
    printList(cast<ListExpr>(expr)->elements, os);
    os << ']';
    return;
  case Expr::Kind::Unary: {
    auto *unary = cast<UnaryExpr>(expr);
    os << unary->op << (unary->op == "not" ? " " : "");
    return print(unary->operand, os);
  }
  case Expr::Kind::Binary:
    return printBinary(*cast<BinaryExpr>(expr), os);
  case Expr::Kind::Call:
    return printCall(*cast<CallExpr>(expr), os);
  case Expr::Kind::Index:
    print(cast<IndexExpr>(expr)->base, os);
    os << '[';
    printList(cast<IndexExpr>(expr)->indices, os);
    os << ']';
    return;
  case Expr::Kind::Slice:
    return printSlice(*cast<SliceExpr>(expr), os);
  case Expr::Kind::Member:
    print(cast<MemberExpr>(expr)->base, os);
    os << '.' << cast<MemberExpr>(expr)->member.text;
    return;
  case Expr::Kind::If:
    return printIf(*cast<IfExpr>(expr), os);
  }
}

} // namespace vae::frontend::ast
