// Training data: several inputs, folders of pictures, declared ranges, and everything that does not fit.
#include "runtime/formats/Idx.h"
#include "runtime/formats/Npy.h"
#include "runtime/formats/pictures/Png.h"
#include "tests/catch.h"
#include "tests/runtime/vae-run/LinePackage.h"
#include "tests/runtime/vae-run/Tool.h"

#include <sstream>

using namespace vae::runtime;
using namespace vae::test;

namespace {

constexpr int64_t itemCount = 30;

template <typename T> HostTensor tensorOf(std::vector<int64_t> shape, const std::vector<T> &values) {
  return HostTensor::copyOf(elementOf<T>(), std::move(shape), std::as_bytes(std::span(values))).take();
}

/// Labels 0 to 3, and bytes of which the first of each item says the label.
struct LabelledFolder : Tool {
  std::vector<int32_t> labels;
  std::vector<uint8_t> bytes;

  LabelledFolder() {
    spill("labelled.vaep", labelledPackageBytes());
    for (int64_t i = 0; i < itemCount; ++i) {
      labels.push_back(static_cast<int32_t>(i * 7 % 4));
      for (int64_t k = 0; k < 4; ++k)
        bytes.push_back(static_cast<uint8_t>(k == 0 ? labels.back() * 85 : i * 5));
    }
    write("x.npy", tensorOf({itemCount, 2, 2}, bytes));
    write("label.npy", tensorOf({itemCount}, labels));
  }
  void spill(const std::string &name, const std::vector<std::byte> &content) const {
    vae::test::spill(path(name), {reinterpret_cast<const char *>(content.data()), content.size()});
  }
  void write(const std::string &name, const HostTensor &tensor) const { REQUIRE(writeNpy(path(name), tensor).ok()); }
  /// The largest `match` in the log of a training run with these words.
  double worstMatch(const std::string &data) const {
    std::filesystem::remove(path("log.csv"));
    ToolResult result = (*this)("train labelled.vaep --epochs=2 --batch=7 --seed=5 --log=log.csv " + data);
    INFO(data << ": " << result.errors);
    REQUIRE(result.code == 0);
    std::istringstream lines(slurp(path("log.csv")));
    std::string line;
    std::getline(lines, line);
    REQUIRE(line == "step,epoch,loss,far,match");
    double worst = 0;
    while (std::getline(lines, line))
      worst = std::max(worst, std::stod(line.substr(line.rfind(',') + 1)));
    return worst;
  }
  void requireError(const std::string &data, const std::string &message) const {
    ToolResult result = (*this)("train labelled.vaep --save=s " + data);
    INFO(data << ": " << result.errors);
    REQUIRE(result.code == 1);
    REQUIRE(result.errors == "vae-run: error: " + message + "\n");
    REQUIRE(!std::filesystem::exists(path("s")));
  }
};

} // namespace

TEST_CASE("several inputs stay side by side through shuffled epochs", "[vae-run]") {
  LabelledFolder tool;
  for (const char *data :
       {"--data x=x.npy,label=label.npy", "--data=label=label.npy,x=x.npy", "--data=x.npy --data=label.npy",
        "--data=x.npy,label=label.npy", "--data label=label.npy --data x.npy"})
    REQUIRE(tool.worstMatch(data) < 1e-4);
  std::vector<int32_t> shifted = tool.labels;
  std::rotate(shifted.begin(), shifted.begin() + 1, shifted.end());
  tool.write("shifted.npy", tensorOf({itemCount}, shifted));
  REQUIRE(tool.worstMatch("--data x=x.npy,label=shifted.npy") > 1);
}

TEST_CASE("labels are read from every whole-number file, names may hold commas", "[vae-run]") {
  LabelledFolder tool;
  std::vector<int64_t> wide(tool.labels.begin(), tool.labels.end());
  std::vector<uint8_t> narrow(tool.labels.begin(), tool.labels.end());
  tool.write("a,b=c,d.npy", tensorOf({itemCount}, wide));
  REQUIRE(writeIdx(tool.path("label.idx.gz"), tensorOf({itemCount}, narrow)).ok());
  REQUIRE(tool.worstMatch("--data=x=x.npy,label=a,b=c,d.npy") < 1e-4);
  REQUIRE(tool.worstMatch("--data=x=x.npy,label=label.idx.gz") < 1e-4);
}

TEST_CASE("a folder of pictures is a batch in the order of the names", "[vae-run]") {
  LabelledFolder tool;
  std::filesystem::create_directories(tool.path("pictures/empty.png"));
  spill(tool.path("pictures/notes.txt"), "not a picture");
  for (int64_t i = 0; i < itemCount; ++i) {
    Picture picture{2, 2, 1, {tool.bytes.begin() + 4 * i, tool.bytes.begin() + 4 * i + 4}};
    REQUIRE(writePng(tool.path("pictures/" + std::to_string(100 + i) + ".png"), picture).ok());
  }
  REQUIRE(tool.worstMatch("--data x=pictures,label=label.npy") < 1e-4);
  REQUIRE(tool("train labelled.vaep --epochs=1 --save=a --data=x=x.npy,label=label.npy").code == 0);
  REQUIRE(tool("train labelled.vaep --epochs=1 --save=b --data=x=pictures/,label=label.npy").code == 0);
  REQUIRE(slurp(tool.path("a")) == slurp(tool.path("b")));
  REQUIRE(tool("run line.vaep mirror x=pictures --weights=w.safetensors -o y.npy").code == 0);
  REQUIRE(readNpy(tool.path("y.npy"))->shape() == std::vector<int64_t>{itemCount, 4});
}

TEST_CASE("folders that are no batch say which file is to blame", "[vae-run]") {
  LabelledFolder tool;
  std::filesystem::create_directory(tool.path("f"));
  tool.requireError("--data x=f,label=label.npy", "f: a folder without .png or .jpg or .jpeg files");
  std::filesystem::create_directories(tool.path("mixed/one"));
  for (const char *name : {"mixed/one/a.png", "mixed/b.png"})
    REQUIRE(writePng(tool.path(name), {2, 2, 1, {1, 2, 3, 4}}).ok());
  tool.requireError("--data x=mixed,label=label.npy",
                    "mixed: has pictures of its own, as b.png, and a class of pictures, one; put each picture into a "
                    "class, or name one folder");
  REQUIRE(writePng(tool.path("f/a.png"), {2, 2, 1, {1, 2, 3, 4}}).ok());
  REQUIRE(writePng(tool.path("f/b.png"), {2, 2, 3, {1, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0}}).ok());
  tool.requireError("--data x=f,label=label.npy",
                    "f/b.png: a picture that is RGB where grey is wanted; it has colours; `convert a.png -colorspace "
                    "gray b.png` takes them off");
  REQUIRE(writePng(tool.path("f/b.png"), {1, 4, 1, {1, 2, 3, 4}}).ok());
  tool.requireError(
      "--data x=f,label=label.npy",
      "f/b.png: 1 x 4, but f/a.png is 2 x 2; --resize=WxH makes them alike, --crop without squeezing them");
  spill(tool.path("f/b.png"), "\x89PNG, but no more");
  ToolResult result = tool("train labelled.vaep --data x=f,label=label.npy");
  REQUIRE(result.code == 1);
  REQUIRE(result.errors.find("f/b.png: ") != std::string::npos);
}

TEST_CASE("data outside the declared range names the item", "[vae-run]") {
  LabelledFolder tool;
  for (auto [item, label] : {std::pair(29, 4), std::pair(0, -1)}) {
    std::vector<int32_t> labels = tool.labels;
    labels[static_cast<size_t>(item)] = label;
    tool.write("bad.npy", tensorOf({itemCount}, labels));
    tool.requireError("--data x=x.npy,label=bad.npy",
                      concat("bad.npy: item ", item, " holds ", label, ", outside [0, 3] of input 'label'"));
  }
  ToolResult run = tool("run labelled.vaep fit.train --initial-weights x=x.npy label=bad.npy");
  REQUIRE(run.errors == "vae-run: error: bad.npy: item 0 holds -1, outside [0, 3] of input 'label'\n");
  tool.write("huge.npy", tensorOf<int64_t>({2}, {1, int64_t{1} << 40}));
  tool.requireError("--data x=x.npy,label=huge.npy",
                    "huge.npy: item 1 holds 1099511627776, which i32 cannot hold; x.astype(numpy.int32) converts it");
  std::vector<float> floats(itemCount * 4, 1.0f);
  floats[4 * 9 + 2] = 1.000005f; // rounding of whoever scaled it
  tool.write("f.npy", tensorOf({itemCount, 4}, floats));
  REQUIRE(tool("train labelled.vaep --data x=f.npy,label=label.npy").code == 0);
  floats[4 * 9 + 2] = -1.5f;
  tool.write("f.npy", tensorOf({itemCount, 4}, floats));
  tool.requireError("--data x=f.npy,label=label.npy",
                    "f.npy: item 9 holds -1.5 at element 2, outside [0, 1] of input 'x'");
}

TEST_CASE("data of another shape, type or count is refused", "[vae-run]") {
  LabelledFolder tool;
  tool.write("wide.npy", tensorOf({itemCount, 5}, std::vector<float>(itemCount * 5)));
  tool.requireError("--data x=wide.npy,label=label.npy", "wide.npy: [30, 5] does not fit input x: f32[B, 4] in [0, 1]");
  tool.write("pairs.npy", tensorOf({itemCount / 2, 2}, tool.labels));
  tool.requireError("--data x=x.npy,label=pairs.npy", "pairs.npy: [15, 2] does not fit input label: i32[B] in [0, 3]");
  tool.write("none.npy", tensorOf({0, 4}, std::vector<float>{}));
  tool.requireError("--data x=none.npy,label=label.npy", "none.npy: [0, 4] does not fit input x: f32[B, 4] in [0, 1]");
  tool.write("float.npy", tensorOf({itemCount}, std::vector<float>(itemCount, 0.5f)));
  tool.requireError("--data x=x.npy,label=float.npy",
                    "float.npy: item 0 holds 0.5, which i32 cannot hold; x.astype(numpy.int32) converts it");
  tool.write("fewer.npy", tensorOf({itemCount - 1}, std::vector<int32_t>(tool.labels.begin(), tool.labels.end() - 1)));
  tool.requireError("--data x=x.npy,label=fewer.npy", "fewer.npy has 29 items but x.npy has 30");
}

TEST_CASE("inputs that are missing, unknown or given twice are named", "[vae-run]") {
  LabelledFolder tool;
  const std::string inputs = "x: f32[B, 4] in [0, 1]; label: i32[B] in [0, 3]";
  tool.requireError("--data=x.npy", "input label: i32[B] in [0, 3] of loss 'fit' is not given");
  tool.requireError("--data=label=label.npy", "input x: f32[B, 4] in [0, 1] of loss 'fit' is not given");
  tool.requireError("--data=x=x.npy,x=x.npy", "input 'x' is given twice");
  tool.requireError("--data=y=x.npy", "the loss takes no 'y'; its inputs: " + inputs);
  tool.requireError("--data=x.npy --data=label.npy --data=x.npy",
                    "the loss takes no more data, so not 'x.npy'; its inputs: " + inputs);
}
