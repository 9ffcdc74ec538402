// Training: right numbers, the same bytes after a resume, whatever stopped the run.
#include "runtime/formats/Idx.h"
#include "runtime/formats/Npy.h"
#include "runtime/formats/Safetensors.h"
#include "tests/catch.h"
#include "tests/runtime/vae-run/Tool.h"

#include <cmath>
#include <sstream>

using namespace vae::runtime;
using namespace vae::test;

namespace {

constexpr int64_t itemCount = 50;

/// Data and noise that look random, from a formula of their own.
HostTensor numbers(int64_t count, uint32_t start) {
  HostTensor tensor = HostTensor::create(ElementType::f32, {count, 4}).take();
  for (float &value : tensor.as<float>()) {
    start = start * 1664525u + 1013904223u;
    value = static_cast<float>(start >> 8) * 0x1p-24f;
  }
  return tensor;
}

struct TrainingFolder : Tool {
  TrainingFolder() {
    if (!writeNpy(path("x.npy"), numbers(itemCount, 1)).ok())
      std::abort();
  }
};

std::vector<std::vector<double>> csvRows(const std::string &text) {
  std::vector<std::vector<double>> rows;
  std::istringstream lines(text);
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    rows.emplace_back();
    std::istringstream cells(line);
    for (std::string cell; std::getline(cells, cell, ',');)
      rows.back().push_back(std::stod(cell));
  }
  return rows;
}

} // namespace

TEST_CASE("training takes the steps that its definition says", "[vae-run]") {
  TrainingFolder tool;
  REQUIRE(writeNpy(tool.path("eps.npy"), numbers(2 * itemCount, 9)).ok());
  ToolResult result = tool("train line.vaep --data=x.npy --epochs=2 --batch=8 --weights=w.safetensors --no-shuffle "
                           "--noise=eps.npy --log=log.csv --save=out.safetensors");
  INFO(result.errors);
  REQUIRE(result.code == 0);
  std::string log = slurp(tool.path("log.csv"));
  REQUIRE(log.substr(0, log.find('\n')) == "step,epoch,loss,far");
  auto rows = csvRows(log);
  REQUIRE(rows.size() == 14); // six batches of eight and one of two, twice
  HostTensor x = numbers(itemCount, 1), noise = numbers(2 * itemCount, 9);
  double w[] = {0.25, 0.5, 0.75, 1}, m[4] = {};
  for (int64_t step = 0, consumed = 0; step < 14; ++step) {
    int64_t first = step % 7 * 8, count = std::min<int64_t>(8, itemCount - first);
    double loss = 0, gradient[4] = {};
    for (int64_t r = 0; r < count; ++r, ++consumed)
      for (int64_t i = 0; i < 4; ++i) {
        double d = w[i] - (static_cast<double>(x.as<float>()[static_cast<size_t>((first + r) * 4 + i)]) +
                           static_cast<double>(noise.as<float>()[static_cast<size_t>(consumed * 4 + i)]) / 8);
        loss += d * d / static_cast<double>(count);
        gradient[i] += 2 * d / static_cast<double>(count);
      }
    REQUIRE(rows[static_cast<size_t>(step)][0] == step + 1);
    REQUIRE(rows[static_cast<size_t>(step)][1] == step / 7);
    REQUIRE(rows[static_cast<size_t>(step)][2] == Approx(loss).epsilon(1e-5));
    for (int64_t i = 0; i < 4; ++i) {
      m[i] = 0.5 * m[i] + gradient[i];
      w[i] -= 0.1 / static_cast<double>(1 + step) * m[i];
    }
  }
  SafetensorsFile saved = SafetensorsFile::open(tool.path("out.safetensors")).take();
  HostTensor weights = saved.read(*saved.find("w")).take();
  for (size_t i = 0; i < 4; ++i)
    REQUIRE(static_cast<double>(weights.as<float>()[i]) == Approx(w[i]).epsilon(1e-5));
  REQUIRE(saved.metadata().at("step") == "14");
}

TEST_CASE("shuffled epochs visit every item once, in another order each", "[vae-run]") {
  TrainingFolder tool;
  // With a batch of one and no learning to speak of, the loss names the item.
  REQUIRE(tool("train line.vaep --data=x.npy --epochs=2 --batch=1 --seed=3 --log=log.csv").code == 0);
  auto rows = csvRows(slurp(tool.path("log.csv")));
  REQUIRE(rows.size() == 2 * itemCount);
  REQUIRE(tool("train line.vaep --data=x.npy --epochs=2 --batch=1 --seed=3 --log=again.csv --threads=1").code == 0);
  REQUIRE(slurp(tool.path("log.csv")) == slurp(tool.path("again.csv")));
  REQUIRE(tool("train line.vaep --data=x.npy --epochs=2 --batch=1 --seed=4 --log=other.csv").code == 0);
  REQUIRE(slurp(tool.path("log.csv")) != slurp(tool.path("other.csv")));
}

TEST_CASE("a resume at any step gives the bytes of an unbroken run, log included", "[vae-run]") {
  TrainingFolder tool;
  std::string common = "train line.vaep --data=x.npy --epochs=3 --batch=8 ";
  REQUIRE(tool(common + "--seed=7 --save=whole.safetensors --log=whole.csv").code == 0);
  for (int steps : {1, 6, 7, 8, 20}) {
    INFO("stopped after " << steps);
    std::filesystem::remove(tool.path("part.csv"));
    std::string stop = " --steps=" + std::to_string(steps);
    REQUIRE(tool(common + "--seed=7 --save=part.safetensors --log=part.csv" + stop).code == 0);
    REQUIRE(slurp(tool.path("part.safetensors")) != slurp(tool.path("whole.safetensors")));
    ToolResult result = tool(common + "--resume=part.safetensors --save=part.safetensors --log=part.csv");
    INFO(result.errors);
    REQUIRE(result.code == 0);
    REQUIRE(slurp(tool.path("part.safetensors")) == slurp(tool.path("whole.safetensors")));
    REQUIRE(slurp(tool.path("part.csv")) == slurp(tool.path("whole.csv")));
  }
}

TEST_CASE("a terminal shows that a checkpoint is being written", "[vae-run]") {
  TrainingFolder tool;
  ToolResult shown = tool.shell("script -qec \"$TOOL train line.vaep --data=x.npy --epochs=1 --batch=8 --seed=7 "
                                "--save=w.safetensors\" /dev/null < /dev/null");
  INFO(shown.output);
  REQUIRE(shown.code == 0);
  REQUIRE(shown.output.find("\r\033[Kwriting w.safetensors") != std::string::npos);
}

TEST_CASE("a signal stops with a checkpoint that resumes to the same bytes", "[vae-run]") {
  TrainingFolder tool;
  for (auto [signal, code] : {std::pair("INT", 130), {"TERM", 143}}) {
    // Long enough to be hit in the middle, then cut down to where it was hit.
    ToolResult stopped = tool.shell("$TOOL train line.vaep --data=x.npy --epochs=10000000 --batch=3 --seed=7 "
                                    "--save=part.safetensors --log=log.csv & "
                                    "until [ -s log.csv ]; do sleep 0.05; done; sleep 0.1; kill -" +
                                    std::string(signal) + " $!; wait $!");
    INFO(stopped.errors);
    REQUIRE(stopped.code == code);
    REQUIRE(stopped.errors.starts_with("vae-run: stopped by SIG" + std::string(signal) + " after step "));
    REQUIRE(stopped.errors.find("part.safetensors keeps step ") != std::string::npos);
    std::string step = SafetensorsFile::open(tool.path("part.safetensors"))->metadata().at("step");
    std::string goal = " --epochs=10000000 --steps=" + std::to_string(std::stoul(step) + 20);
    REQUIRE(
        tool("train line.vaep --data=x.npy --batch=3 --resume=part.safetensors --save=part.safetensors" + goal).code ==
        0);
    REQUIRE(tool("train line.vaep --data=x.npy --batch=3 --seed=7 --save=whole.safetensors" + goal).code == 0);
    REQUIRE(slurp(tool.path("part.safetensors")) == slurp(tool.path("whole.safetensors")));
    std::filesystem::remove(tool.path("part.safetensors"));
    std::filesystem::remove(tool.path("log.csv"));
  }
}

TEST_CASE("kill -9 leaves the last checkpoint whole", "[vae-run]") {
  TrainingFolder tool;
  tool.shell(
      "$TOOL train line.vaep --data=x.npy --epochs=10000000 --batch=3 --seed=7 --save=part.safetensors "
      "--checkpoint-every=1 & until [ -s part.safetensors ]; do sleep 0.05; done; sleep 0.1; kill -KILL $!; wait $!");
  auto file = SafetensorsFile::open(tool.path("part.safetensors"));
  REQUIRE(file.ok());
  std::string goal = " --epochs=10000000 --steps=" + std::to_string(std::stoul(file->metadata().at("step")) + 5);
  REQUIRE(
      tool("train line.vaep --data=x.npy --batch=3 --resume=part.safetensors --save=part.safetensors" + goal).code ==
      0);
  REQUIRE(tool("train line.vaep --data=x.npy --batch=3 --seed=7 --save=whole.safetensors" + goal).code == 0);
  REQUIRE(slurp(tool.path("part.safetensors")) == slurp(tool.path("whole.safetensors")));
}

TEST_CASE("a resume that does not fit is refused", "[vae-run]") {
  TrainingFolder tool;
  REQUIRE(tool("train line.vaep --data=x.npy --epochs=2 --batch=8 --seed=7 --save=a.safetensors").code == 0);
  std::string resume = "train line.vaep --data=x.npy --epochs=3 --resume=a.safetensors ";
  REQUIRE(tool(resume + "--batch=8 --seed=8").errors.find("was trained with --seed=7, not 8") != std::string::npos);
  REQUIRE(tool(resume + "--batch=16").errors.find("was trained with --batch=8, not 16") != std::string::npos);
  REQUIRE(writeNpy(tool.path("few.npy"), numbers(49, 1)).ok());
  REQUIRE(writeNpy(tool.path("other.npy"), numbers(itemCount, 2)).ok());
  std::string other = "train line.vaep --epochs=3 --batch=8 --resume=a.safetensors --data=";
  REQUIRE(tool(other + "few.npy").errors.find("was trained on 50 items, not 49") != std::string::npos);
  REQUIRE(tool(other + "other.npy").errors.find("was trained on other data than other.npy") != std::string::npos);
  REQUIRE(tool(resume + "--weights=w.safetensors").errors.find("--resume brings its own weights") != std::string::npos);
  REQUIRE(tool("train line.vaep --data=x.npy --resume=w.safetensors").errors.find("no training state") !=
          std::string::npos);
}

TEST_CASE("training writes samples after every epoch and tells machines how it goes", "[vae-run]") {
  TrainingFolder tool;
  ToolResult result = tool("train line.vaep --data=x.npy --epochs=2 --samples=pictures --json");
  INFO(result.errors);
  REQUIRE(result.code == 0);
  REQUIRE(std::filesystem::exists(tool.path("pictures/epoch-0001.png")));
  REQUIRE(std::filesystem::exists(tool.path("pictures/epoch-0002.png")));
  REQUIRE(result.output.find("{\"epoch\":1,\"step\":1,\"loss\":") == 0);
  REQUIRE(std::count(result.output.begin(), result.output.end(), '\n') == 2);
}

TEST_CASE("bytes of idx files train as numbers of the declared range", "[vae-run]") {
  TrainingFolder tool;
  HostTensor bytes = HostTensor::create(ElementType::u8, {6, 2, 2}).take();
  HostTensor floats = HostTensor::create(ElementType::f32, {6, 4}).take();
  for (size_t i = 0; i < 24; ++i) {
    bytes.as<uint8_t>()[i] = static_cast<uint8_t>(i * 10);
    floats.as<float>()[i] = static_cast<float>(i * 10) / 255.0f;
  }
  REQUIRE(writeIdx(tool.path("d.idx.gz"), bytes).ok());
  REQUIRE(writeNpy(tool.path("d.npy"), floats).ok());
  REQUIRE(tool("train line.vaep --data=d.idx.gz --epochs=2 --save=a.safetensors").code == 0);
  REQUIRE(tool("train line.vaep --data=x=d.npy --epochs=2 --save=b.safetensors").code == 0);
  REQUIRE(slurp(tool.path("a.safetensors")) == slurp(tool.path("b.safetensors")));
}

TEST_CASE("NaN in the data stops at its step and keeps what was trained before", "[vae-run]") {
  TrainingFolder tool;
  HostTensor x = numbers(itemCount, 1);
  x.as<float>()[20 * 4 + 1] = NAN;
  REQUIRE(writeNpy(tool.path("bad.npy"), x).ok());
  std::string common = " --epochs=3 --batch=8 --no-shuffle --seed=7 --save=";
  ToolResult result = tool("train line.vaep --data=bad.npy" + common + "bad.safetensors");
  REQUIRE(result.code == 1);
  REQUIRE(result.errors == "vae-run: error: step 3: bad.npy: item 20 holds NaN or infinity at element 1; "
                           "bad.safetensors keeps step 2\n");
  REQUIRE(tool("train line.vaep --data=x.npy --steps=2" + common + "good.safetensors").code == 0);
  // The checkpoints differ in what they note of the data.
  auto weights = [&](const char *name) {
    SafetensorsFile file = SafetensorsFile::open(tool.path(name)).take();
    std::span<const std::byte> bytes = file.bytes(*file.find("w"));
    return std::vector<std::byte>(bytes.begin(), bytes.end());
  };
  REQUIRE(weights("bad.safetensors") == weights("good.safetensors"));
}

TEST_CASE("a loss that is not finite stops at its step and keeps the last checkpoint", "[vae-run]") {
  TrainingFolder tool;
  HostTensor noise = numbers(3 * itemCount, 9);
  noise.as<float>()[60 * 4] = 3e38f; // the second epoch, ninth row from its start: its square overflows
  REQUIRE(writeNpy(tool.path("eps.npy"), noise).ok());
  std::string common = "train line.vaep --data=x.npy --epochs=3 --no-shuffle --noise=eps.npy --seed=7 --save=";
  ToolResult result = tool(common + "a.safetensors --batch=8");
  REQUIRE(result.code == 1);
  INFO(result.errors);
  REQUIRE(result.errors.find("error: step 9: ") != std::string::npos);
  REQUIRE(result.errors.find("a.safetensors keeps step 7\n") != std::string::npos);
  REQUIRE(SafetensorsFile::open(tool.path("a.safetensors"))->metadata().at("step") == "7");
  ToolResult first = tool(common + "b.safetensors --batch=50");
  INFO(first.errors);
  REQUIRE(first.code == 1);
  REQUIRE(first.errors.find("b.safetensors keeps step 1") != std::string::npos);
}
