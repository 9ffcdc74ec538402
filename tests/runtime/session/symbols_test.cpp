// How a program's symbols get their values from shapes and names.
#include "runtime/session/sizes/Symbols.h"
#include "tests/catch.h"
#include "tests/runtime/TestFiles.h"

using namespace vae::runtime;

namespace {

constexpr SizeOp number = SizeOp::constant, symbol = SizeOp::symbol;

/// A program over B and H with an input of each given shape, named a, b, ...
PackageProgram programWith(std::vector<std::vector<std::vector<SizeToken>>> shapes) {
  PackageProgram program;
  program.name = "test";
  program.symbols = {"B", "H"};
  for (auto &shape : shapes) {
    Buffer buffer;
    buffer.kind = BufferKind::input;
    buffer.name = std::string(1, static_cast<char>('a' + program.buffers.size()));
    for (auto &size : shape)
      buffer.shape.push_back(*SizeFormula::create(size, 2));
    program.buffers.push_back(std::move(buffer));
  }
  return program;
}

Result<std::vector<int64_t>> bind(const PackageProgram &program, const std::vector<std::vector<int64_t>> &shapes,
                                  const NamedSizes &sizes = {}) {
  std::vector<GivenShape> given;
  for (uint32_t i = 0; i < shapes.size(); ++i)
    given.push_back({i, shapes[i]});
  return bindSymbols(program, given, sizes);
}

const std::vector<SizeToken> B = {{symbol, 0}}, H = {{symbol, 1}}, three = {{number, 3}},
                             eighth = {{symbol, 1}, {number, 8}, {SizeOp::divide}},
                             area = {{symbol, 0}, {symbol, 1}, {SizeOp::mul}};

} // namespace

TEST_CASE("symbols come from shapes, in whatever order they can be solved", "[symbols]") {
  CHECK(*bind(programWith({{B, three, eighth}}), {{2, 3, 4}}) == std::vector<int64_t>{2, 32});
  CHECK(*bind(programWith({{area}, {B}}), {{15}, {3}}) == std::vector<int64_t>{3, 5});
  CHECK(*bind(programWith({{B}}), {{2}}, {{"H", 9}}) == std::vector<int64_t>{2, 9});
  CHECK(*bind(programWith({{B, H}}), {{2, 4}}, {{"B", 2}}) == std::vector<int64_t>{2, 4});
}

TEST_CASE("a symbol with two values names both places", "[symbols]") {
  REQUIRE_ERROR(
      bind(programWith({{B, H}, {B}}), {{2, 5}, {3}}),
      "input 'b' has shape [3], expected f32[B]: axis 0 is 3, not B = 2; B = 2 by axis 0 of input 'a' [2, 5]");
  REQUIRE_ERROR(bind(programWith({{H}, {B}, {area}}), {{5}, {2}, {11}}),
                "input 'c' has shape [11], expected f32[B*H]: axis 0 is 11, not B*H = 10; B = 2 by axis 0 of input 'b' "
                "[2]; H = 5 by "
                "axis 0 of input 'a' [5]");
}

TEST_CASE("sizes that don't divide, or stay unknown, are errors", "[symbols]") {
  REQUIRE_ERROR(bind(programWith({{eighth}, {H}}), {{1}, {9}}),
                "input 'b' has shape [9], expected f32[H]: axis 0 is 9, not H = 8; H = 8 by");
  REQUIRE_ERROR(bind(programWith({{H}, {eighth}}), {{9}, {1}}),
                "size H/8 has no whole value: 9 / 8 leaves a remainder");
  REQUIRE_ERROR(bind(programWith({{area}, {B}}), {{16}, {3}}),
                "size 16 along axis 0 gives no whole positive size for B*H");
  REQUIRE_ERROR(bind(programWith({{B}}), {{2}}), "'test' needs a size H");
}
