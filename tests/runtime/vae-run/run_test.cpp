// info, devices, run, roundtrip, sample, bench.
#include "runtime/base/AtomicFile.h"
#include "runtime/formats/Idx.h"
#include "runtime/formats/Npy.h"
#include "runtime/formats/Safetensors.h"
#include "runtime/formats/pictures/Png.h"
#include "tests/catch.h"
#include "tests/runtime/conformance/PackageBuilder.h"
#include "tests/runtime/vae-run/LinePackage.h"
#include "tests/runtime/vae-run/Tool.h"

#include <cmath>
#include <nlohmann/json.hpp>

using namespace vae::runtime;
using namespace vae::test;
using nlohmann::json;

namespace {

/// Rows of four: 0, 1/16, 2/16, ...
HostTensor rows(int64_t count) {
  HostTensor tensor = HostTensor::create(ElementType::f32, {count, 4}).take();
  for (size_t i = 0; i < tensor.count(); ++i)
    tensor.as<float>()[i] = static_cast<float>(i % 16) / 16;
  return tensor;
}

json parsed(const std::string &text) { return json::parse(text, nullptr, false); }

} // namespace

TEST_CASE("info lists programs, parameters, kernels, and plans memory for sizes", "[vae-run]") {
  Tool tool;
  ToolResult text = tool("info line.vaep B=3");
  REQUIRE(text.code == 0);
  for (const char *part : {"model line", "x: f32[B, 4] in [0, 1]", "w                        f32[4]", "(line.vae:1:1)"})
    REQUIRE(text.output.find(part) != std::string::npos);
  json info = parsed(tool("info line.vaep B=3 --json").output);
  REQUIRE(info["model"] == "line");
  REQUIRE(info["programs"][0]["name"] == "apply");
  REQUIRE(info["programs"][0]["memory"]["arena_bytes"] >= 2 * 3 * 4 * 4);
  REQUIRE(!info["programs"][2].contains("memory")); // its size n is not given
  REQUIRE(info["parameters"][0]["shape"] == json({4}));
  REQUIRE(tool("info line.vaep Q=3").errors == "vae-run: error: no program has a size 'Q'\n");
}

TEST_CASE("a roundtrip goes through encode and decode, and writes what comes back", "[vae-run]") {
  Tool tool;
  HostTensor x = rows(3);
  REQUIRE(writeNpy(tool.path("x.npy"), x).ok());
  ToolResult result = tool("roundtrip line.vaep x.npy --weights=w.safetensors --out=back --json");
  INFO(result.errors);
  REQUIRE(result.code == 0);
  json report = parsed(result.output);
  REQUIRE(report["programs"] == json({"encode", "decode"}));
  REQUIRE(report["pictures"].size() == 3);
  const double w[] = {0.25, 0.5, 0.75, 1};
  for (size_t item = 0; item < 3; ++item) {
    const json &picture = report["pictures"][item];
    REQUIRE(picture["picture"] == "x.npy:" + std::to_string(item));
    Picture back = readPng(tool.path(picture["output"].get<std::string>())).take();
    REQUIRE(back.width == 2);
    double squares = 0;
    for (size_t i = 0; i < 4; ++i) {
      const double given = static_cast<double>(x.as<float>()[4 * item + i]), pixel = back.pixels.at(i) / 255.0;
      REQUIRE(std::abs(pixel - (given * w[i] * w[i] + 3) / 6) <= 0.51 / 255);
      squares += (pixel - given) * (pixel - given) / 4;
    }
    REQUIRE(std::abs(picture["psnr"].get<double>() - 10 * std::log10(1 / squares)) < 1e-4);
    REQUIRE(picture["ssim"].is_null()); // it has no 11 x 11 pixels
  }
}

TEST_CASE("weights inside a package are what it runs with, unless others are asked for", "[vae-run]") {
  Tool tool;
  const std::string weights = slurp(tool.path("w.safetensors"));
  REQUIRE(writeFile(tool.path("whole.vaep"), withWeights(linePackageBytes(), weights)).ok());
  REQUIRE(writeNpy(tool.path("x.npy"), rows(5)).ok());
  const float others[] = {4, 3, 2, 1};
  REQUIRE(writeSafetensors(tool.path("v.safetensors"), {{"w", ElementType::f32, {4}, std::as_bytes(std::span(others))}})
              .ok());
  auto made = [&](const std::string &arguments, const std::string &file) {
    ToolResult result = tool(arguments);
    INFO(arguments << "\n" << result.errors);
    REQUIRE(result.code == 0);
    REQUIRE(result.errors.empty());
    return slurp(tool.path(file));
  };
  auto both = [&](const std::string &verb, const std::string &rest, const std::string &inside,
                  const std::string &beside) {
    CHECK(made(verb + " whole.vaep " + rest + inside, "out.npy") ==
          made(verb + " line.vaep " + rest + beside, "out.npy"));
  };
  const std::string run = "mirror x=x.npy -o out.npy ", train = "--data=x.npy --steps=2 --batch=2 --save=out.npy ";
  both("run", run, "", "--weights=w.safetensors");
  both("run", run, "--weights=v.safetensors", "--weights=v.safetensors");
  both("run", run, "--initial-weights --seed=3", "--initial-weights --seed=3");
  both("sample", "--grid=2x2 -o out.npy ", "", "--weights=w.safetensors");
  both("train", train, "", "--weights=w.safetensors");
  both("train", train, "--weights=v.safetensors", "--weights=v.safetensors");
  both("train", train, "--initial-weights", "");
  REQUIRE(tool("bench whole.vaep mirror B=2 --repeat=1").code == 0);
  REQUIRE(tool("train whole.vaep --data=x.npy --resume=out.npy --initial-weights")
              .errors.find("--resume brings its own weights, so --initial-weights has no place beside it") !=
          std::string::npos);
  REQUIRE(tool("info whole.vaep").output.find("\nweights: inside, 0.000 MB, F32\n") != std::string::npos);
  REQUIRE(tool("info line.vaep").output.find("weights: ") == std::string::npos);
  json info = parsed(tool("info whole.vaep --json").output);
  REQUIRE(info["weights"] == json({{"bytes", weights.size()}, {"types", "F32"}}));
  REQUIRE(info["file_bytes"] == slurp(tool.path("whole.vaep")).size());
  REQUIRE(writeFile(tool.path("short.vaep"), slurp(tool.path("whole.vaep")).substr(0, 5000)).ok());
  REQUIRE(tool("info short.vaep").errors.find("its header says") != std::string::npos);
}

TEST_CASE("devices lists the cpu", "[vae-run]") {
  Tool tool;
  json devices = parsed(tool("devices --json").output);
  REQUIRE(devices[0]["name"] == "cpu");
  REQUIRE(tool("devices").output.find("cpu") == 0);
}

TEST_CASE("run reads arrays and writes results", "[vae-run]") {
  Tool tool;
  REQUIRE(writeNpy(tool.path("x.npy"), rows(5)).ok());
  ToolResult result = tool("run line.vaep apply x=x.npy --weights=w.safetensors -o y=y.npy -o w=w.npy -o y=y.png");
  INFO(result.errors);
  REQUIRE(result.code == 0);
  HostTensor y = readNpy(tool.path("y.npy")).take();
  REQUIRE(y.shape() == std::vector<int64_t>{5, 4});
  for (size_t i = 0; i < y.count(); ++i)
    REQUIRE(y.as<float>()[i] == rows(5).as<float>()[i] * 0.25f * static_cast<float>(i % 4 + 1));
  REQUIRE(readNpy(tool.path("w.npy"))->as<float>()[2] == 0.75f);
  Picture picture = readPng(tool.path("y.png")).take(); // five 2x2 pictures in a grid of 2 rows and 3 columns
  REQUIRE(picture.width == 3 * 2 + 2 * 2);
  REQUIRE(picture.height == 2 * 2 + 2);
  REQUIRE(picture.pixels[1] == 8); // 1/16 * 0.5 * 255 rounded
}

TEST_CASE("a comparison shows inputs above results, sixteen a row", "[vae-run]") {
  Tool tool;
  REQUIRE(writeNpy(tool.path("x.npy"), rows(20)).ok());
  REQUIRE(tool("run line.vaep mirror x=x.npy --weights=w.safetensors -o strip.png --compare").code == 0);
  Picture strip = readPng(tool.path("strip.png")).take();
  REQUIRE(strip.width == 16 * 2 + 15 * 2);
  REQUIRE(strip.height == 4 * 2 + 3 * 2);
  auto pixel = [&](int64_t x, int64_t y) { return strip.pixels[static_cast<size_t>(y * strip.width + x)]; };
  REQUIRE(pixel(1, 0) == 16); // 1/16, the input
  REQUIRE(pixel(1, 4) == 8);  // halved, the result
}

TEST_CASE("bytes are scaled to the declared range, files of every kind are read", "[vae-run]") {
  Tool tool;
  HostTensor bytes = HostTensor::create(ElementType::u8, {2, 2, 2}).take();
  for (size_t i = 0; i < 8; ++i)
    bytes.as<uint8_t>()[i] = static_cast<uint8_t>(i * 36);
  REQUIRE(writeIdx(tool.path("x.idx"), bytes).ok());
  REQUIRE(writeIdx(tool.path("x.idx.gz"), bytes).ok());
  REQUIRE(writeNpy(tool.path("x.npy"), bytes).ok());
  Picture picture{2, 2, 1, {0, 36, 72, 108}};
  REQUIRE(writePng(tool.path("x.png"), picture).ok());
  for (const char *file : {"x.idx", "x.idx.gz", "x.npy", "x.png"}) {
    INFO(file);
    ToolResult result = tool(std::string("run line.vaep mirror -o y.npy --weights=w.safetensors x=") + file);
    INFO(result.errors);
    REQUIRE(result.code == 0);
    REQUIRE(readNpy(tool.path("y.npy"))->as<float>()[3] == 108 / 255.0f);
  }
}

TEST_CASE("run prints what it made, for people and for machines", "[vae-run]") {
  Tool tool;
  REQUIRE(writeNpy(tool.path("x.npy"), rows(1)).ok());
  ToolResult text = tool("run line.vaep mirror x=x.npy --weights=w.safetensors");
  REQUIRE(text.output == "y: f32[1, 4], min 0, mean 0.078125, max 0.1875\n");
  json result = parsed(tool("run line.vaep mirror x=x.npy --weights=w.safetensors --json").output);
  REQUIRE(result["results"][0]["shape"] == json({1, 4}));
  REQUIRE(result["results"][0]["max"] == 0.1875);
  REQUIRE(result["target"] == "x86-64-v3");
}

TEST_CASE("samples depend on the seed alone", "[vae-run]") {
  Tool tool;
  ToolResult result = tool("sample line.vaep --weights=w.safetensors --grid=3x5 --seed=4 -o a.png");
  INFO(result.errors);
  REQUIRE(result.code == 0);
  REQUIRE(tool("sample line.vaep --weights=w.safetensors --grid=3x5 --seed=4 --threads=1 -o b.png").code == 0);
  REQUIRE(tool("sample line.vaep --weights=w.safetensors --grid=3x5 --seed=5 -o c.png").code == 0);
  REQUIRE(slurp(tool.path("a.png")) == slurp(tool.path("b.png")));
  REQUIRE(slurp(tool.path("a.png")) != slurp(tool.path("c.png")));
  REQUIRE(readPng(tool.path("a.png"))->width == 5 * 2 + 4 * 2);
  REQUIRE(tool("run line.vaep sample n=6 --seed=4 --weights=w.safetensors -o s.npy").code == 0);
  REQUIRE(readNpy(tool.path("s.npy"))->shape() == std::vector<int64_t>{6, 4});
}

TEST_CASE("samples of an entry with further inputs: a number for all, a file in turn", "[vae-run]") {
  Tool tool;
  const std::string weights = " --weights=w.safetensors ";
  auto codes = [&](const std::string &arguments) {
    ToolResult result = tool("sample line.vaep --entry=codes -o c.npy" + weights + arguments);
    INFO(result.errors);
    REQUIRE(result.code == 0);
    HostTensor made = readNpy(tool.path("c.npy")).take();
    REQUIRE(made.element() == ElementType::i32);
    return std::vector<int32_t>(made.as<int32_t>().begin(), made.as<int32_t>().end());
  };
  REQUIRE(codes("--grid=2x2 label=3 level=0.9") == std::vector<int32_t>{3, 3, 3, 3});
  HostTensor labels = HostTensor::create(ElementType::i64, {3}).take();
  for (int i = 0; i < 3; ++i)
    labels.as<int64_t>()[i] = i + 1;
  REQUIRE(writeNpy(tool.path("labels.npy"), labels).ok());
  REQUIRE(codes("--grid=2x4 label=labels.npy") == std::vector<int32_t>{1, 2, 3, 1, 2, 3, 1, 2});
  REQUIRE(codes("--grid=1x2 label=labels.npy") == std::vector<int32_t>{1, 2});
  auto refused = [&](const std::string &arguments, const std::string &message) {
    ToolResult result = tool("sample line.vaep --entry=codes" + weights + arguments);
    INFO(result.errors);
    REQUIRE(result.code == 1);
    REQUIRE(result.errors.find(message) != std::string::npos);
  };
  refused("-o c.png label=3", "entry 'codes' draws code: i32[n], which is not a picture; a .npy file takes it");
  refused("-o d.npy label=4", "4, outside [0, 3] of input 'label'");
  refused("-o d.npy label=0.5", "0.5");
  refused("-o d.npy", "label");
  // In `run`, sizes come from words or from the other inputs.
  REQUIRE(tool("run line.vaep codes label=2 n=5 -o code=r.npy" + weights).code == 0);
  REQUIRE(readNpy(tool.path("r.npy"))->shape() == std::vector<int64_t>{5});
  ToolResult open = tool("run line.vaep codes label=2" + weights);
  REQUIRE(open.errors.find("input 'label', 2 throughout") != std::string::npos);
}

TEST_CASE("a run in batches gives what one run gives, and noise of its own to each batch", "[vae-run]") {
  Tool tool;
  REQUIRE(writeNpy(tool.path("x.npy"), rows(7)).ok());
  REQUIRE(writeNpy(tool.path("three.npy"), rows(3)).ok());
  const std::string common = " --weights=w.safetensors --seed=3 ";
  auto run = [&](const std::string &arguments) {
    ToolResult result = tool("run line.vaep " + arguments + common);
    INFO(result.errors);
    REQUIRE(result.code == 0);
  };
  auto read = [&](const std::string &name) {
    HostTensor made = readNpy(tool.path(name)).take();
    return std::vector<float>(made.as<float>().begin(), made.as<float>().end());
  };
  run("mirror x=x.npy -o whole.npy");
  for (const char *batch : {"1", "3", "7", "100"}) {
    run(std::string("mirror x=x.npy -o parts.npy --batch=") + batch);
    REQUIRE(slurp(tool.path("parts.npy")) == slurp(tool.path("whole.npy")));
  }
  run("jitter x=x.npy -o d=noise.npy --batch=3");
  run("jitter x=three.npy -o d=first.npy");
  std::vector<float> noise = read("noise.npy"), first = read("first.npy");
  REQUIRE(noise.size() == 28);
  REQUIRE(std::vector<float>(noise.begin(), noise.begin() + 12) == first);
  REQUIRE(std::vector<float>(noise.begin() + 12, noise.begin() + 24) != first);
  run("codes label=3 level=2 n=4 -o code=c.npy");
  auto refused = [&](const std::string &arguments, const std::string &message) {
    ToolResult result = tool("run line.vaep " + arguments + common + "--batch=3");
    INFO(result.errors);
    REQUIRE(result.code == 1);
    REQUIRE(result.errors.find(message) != std::string::npos);
  };
  refused("codes label=3", "--batch: no input is a file; there is nothing to cut");
  refused("apply x=x.npy", "--batch: result w: f32[4]");
  refused("mirror x=x.npy --compare -o a.png", "--compare wants all inputs at once");
}

TEST_CASE("bench times programs and their kernels, inputs made up where left out", "[vae-run]") {
  Tool tool;
  ToolResult result = tool("bench line.vaep fit.train B=8 --repeat=5 --profile --json");
  INFO(result.errors);
  json bench = parsed(result.output);
  REQUIRE(bench["median_ms"] > 0);
  REQUIRE(bench["min_ms"] <= bench["median_ms"]);
  REQUIRE(bench["median_ms"] <= bench["max_ms"]);
  REQUIRE(bench["kernels"].size() == 2);
  REQUIRE(bench["peak"]["gflops"] > 0);
  REQUIRE(bench["peak"]["gbs"] > 0);
  double share = 0;
  for (const json &kernel : bench["kernels"]) {
    REQUIRE(kernel["calls"] == 1);
    share += kernel["share"].get<double>();
  }
  REQUIRE(share == Approx(1));
  REQUIRE(bench["strategies"].size() == 1);
  const json &all = bench["strategies"][0];
  REQUIRE(all["name"] == "handwritten");
  REQUIRE(all["kernels"] == 2);
  REQUIRE(all["bytes"] == bench["kernels"][0]["bytes"].get<double>() + bench["kernels"][1]["bytes"].get<double>());
  REQUIRE_FALSE(tool("bench line.vaep mirror").code == 0);
}

TEST_CASE("bench compares kernels with what the device does at best, where that is known", "[vae-run]") {
  Tool tool;
  json kernel = parsed(tool("bench line.vaep mirror B=8 --repeat=2 --profile --json").output)["kernels"][0];
  REQUIRE(kernel["shapes"] == "f32[8, 4], f32[4], f32[8, 4]");
  REQUIRE(kernel["bytes"] == 4 * (32 + 4 + 32));
  std::string table = tool("bench line.vaep mirror B=8 --repeat=2 --profile").output;
  for (const char *part : {"at best: ", " GFLOP/s of multiply-adds, ", "of peak", "handwritten"})
    REQUIRE(table.find(part) != std::string::npos);
  std::string summary = tool("bench line.vaep mirror B=8 --repeat=2 --profile=summary").output;
  REQUIRE(summary.find("memory, at ") != std::string::npos);
  std::string unknown = tool("bench line.vaep mirror B=8 --repeat=2 --profile --device=null").output;
  REQUIRE(unknown.find("of peak") == std::string::npos);
  REQUIRE(tool("bench line.vaep mirror B=8 --profile=summary --device=null").output.find("unknown") !=
          std::string::npos);
  ToolResult refused = tool("bench line.vaep mirror B=8 --profile=all");
  REQUIRE(refused.code == 1);
  REQUIRE(refused.errors.find("--profile: all not in {kernels,summary}") != std::string::npos);
}
