// What users get wrong, and what machines refuse: one clear line, exit code 1, nothing left behind.
#include "runtime/base/File.h"
#include "runtime/formats/Idx.h"
#include "runtime/formats/Npy.h"
#include "runtime/formats/Safetensors.h"
#include "tests/catch.h"
#include "tests/runtime/vae-run/Tool.h"

#include <cmath>

using namespace vae::runtime;
using namespace vae::test;

namespace {

HostTensor ones(std::vector<int64_t> shape) {
  HostTensor tensor = HostTensor::create(ElementType::f32, std::move(shape)).take();
  for (float &value : tensor.as<float>())
    value = 1;
  return tensor;
}

/// Requires one line of error that holds `text`, exit code 1, and no file beside those that were there.
void requireRefused(const Tool &tool, const std::string &arguments, const std::string &text) {
  std::vector<std::string> before = tool.made();
  ToolResult result = tool(arguments);
  INFO(arguments << "\n" << result.errors);
  REQUIRE(result.code == 1);
  REQUIRE(result.errors.find("error: ") != std::string::npos);
  REQUIRE(result.errors.find(text) != std::string::npos);
  REQUIRE(std::count(result.errors.begin(), result.errors.end(), '\n') == 1);
  REQUIRE(tool.made() == before);
}

} // namespace

TEST_CASE("names that do not exist are named, with those that do", "[vae-run]") {
  Tool tool;
  REQUIRE(writeNpy(tool.path("x.npy"), ones({2, 4})).ok());
  std::string weights = " --weights=w.safetensors -o out.npy";
  requireRefused(tool, "run line.vaep paint x=x.npy" + weights, "has no entry 'paint'; it has apply, mirror");
  requireRefused(tool, "run line.vaep mirror q=x.npy" + weights, "takes no 'q'; inputs: x; sizes: B");
  requireRefused(tool, "run line.vaep mirror" + weights, "'mirror' needs input 'x': f32[B, 4]");
  requireRefused(tool, "run line.vaep mirror x" + weights, "'x' is not name=value");
  requireRefused(tool, "run line.vaep mirror x=x.npy x=x.npy" + weights, "input 'x' is given twice");
  requireRefused(tool, "run line.vaep mirror x=none.npy" + weights, "cannot open 'none.npy': No such file");
  requireRefused(tool, "run none.vaep mirror x=x.npy" + weights, "none.vaep");
  requireRefused(tool, "run line.vaep mirror x=x.npy --device=abacus" + weights,
                 "unknown device 'abacus'; devices are cpu");
  requireRefused(tool, "run line.vaep mirror x=x.npy --cpu-target=z80" + weights, "the target 'z80'; it runs x86-64-v");
  requireRefused(tool, "run line.vaep apply x=x.npy" + weights, "gives y, w; say which: -o NAME=out.npy");
  requireRefused(tool, "run line.vaep apply x=x.npy -o q=out.npy --weights=w.safetensors",
                 "gives no 'q'; results: y, w");
  requireRefused(tool, "run line.vaep mirror x=x.npy -o out.jpg --weights=w.safetensors", "format of 'out.jpg'");
  requireRefused(tool, "run line.vaep mirror x=x.npy --noise=x.npy" + weights, "draws random numbers at 0 sites");
  requireRefused(tool, "run line.vaep sample n=-3" + weights, "size 'n': '-3' is not a size");
  requireRefused(tool, "run line.vaep sample n=3 n=4" + weights, "size 'n' is given twice");
  requireRefused(tool, "bench line.vaep mirror --weights=w.safetensors",
                 "input 'x' is not given: its size B is unknown, such as B=64");
  requireRefused(tool, "sample line.vaep --grid=0x4 --weights=w.safetensors -o out.png",
                 "--grid=0x4 is not ROWSxCOLUMNS");
  requireRefused(tool, "sample line.vaep --grid=4 --weights=w.safetensors -o out.png", "--grid=4 is not ROWSxCOLUMNS");
  requireRefused(tool, "sample line.vaep --entry=mirror --weights=w.safetensors -o out.png",
                 "'mirror' needs input 'x': f32[B, 4]");
}

TEST_CASE("command lines that cannot be read exit with 1", "[vae-run]") {
  Tool tool;
  for (const char *arguments :
       {"", "fly", "run", "run line.vaep", "train line.vaep", "run line.vaep mirror --threads=many",
        "train line.vaep --data=x.npy --batch=0", "bench line.vaep mirror --repeat=0"})
    REQUIRE(tool(arguments).code == 1);
  REQUIRE(tool("--help").code == 0);
  REQUIRE(tool("train --help").code == 0);
}

TEST_CASE("weights that are missing, extra, or of another shape or type are named", "[vae-run]") {
  Tool tool;
  REQUIRE(writeNpy(tool.path("x.npy"), ones({2, 4})).ok());
  auto write = [&](std::vector<SafetensorsItem> items) {
    REQUIRE(writeSafetensors(tool.path("bad.safetensors"), std::move(items)).ok());
  };
  std::string data(16, '\0'), longer(20, '\0');
  std::string command = "run line.vaep mirror x=x.npy --weights=bad.safetensors -o out.npy";
  requireRefused(tool, "run line.vaep mirror x=x.npy -o out.npy", "give --weights=FILE");
  write({});
  requireRefused(tool, command, "missing w");
  write({{"w", ElementType::f32, {4}, bytesOf(data)}, {"v", ElementType::f32, {4}, bytesOf(data)}});
  requireRefused(tool, command, "extra v");
  write({{"w", ElementType::f32, {5}, bytesOf(longer)}});
  requireRefused(tool, command, "w is F32[5], expected f32[4]");
  write({{"w", ElementType::i32, {4}, bytesOf(data)}});
  requireRefused(tool, command, "w is I32[4]");
  spill(tool.path("bad.safetensors"), "rubbish");
  requireRefused(tool, command, "bad.safetensors: only 7 bytes");
}

TEST_CASE("inputs of the wrong shape, type or value are named", "[vae-run]") {
  Tool tool;
  std::string command = "run line.vaep mirror x=x.npy --weights=w.safetensors -o out.npy";
  REQUIRE(writeNpy(tool.path("x.npy"), ones({2, 5})).ok());
  requireRefused(tool, command, "input 'x' has shape [2, 5], expected f32[B, 4]: axis 1 is 5, not 4");
  HostTensor whole = HostTensor::create(ElementType::i32, {2, 4}).take();
  whole.as<int32_t>()[5] = (1 << 24) + 1;
  REQUIRE(writeNpy(tool.path("x.npy"), whole).ok());
  requireRefused(tool, command,
                 "x.npy: item 1 holds 16777217 at element 1, which f32 cannot hold; "
                 "x.astype(numpy.float32) converts it");
  HostTensor beyond = ones({2, 4});
  beyond.as<float>()[2] = 1.5f;
  REQUIRE(writeNpy(tool.path("x.npy"), beyond).ok());
  requireRefused(tool, command, "x.npy: item 0 holds 1.5 at element 2, outside [0, 1] of input 'x'");
  HostTensor nan = ones({2, 4});
  nan.as<float>()[3] = NAN;
  REQUIRE(writeNpy(tool.path("x.npy"), nan).ok());
  requireRefused(tool, command, "input 'x' holds NaN or infinity, first at element 3 of 8");
  REQUIRE(tool(command + " --allow-non-finite").code == 0);
  std::filesystem::remove(tool.path("out.npy"));
  REQUIRE(writeNpy(tool.path("x.npy"), ones({2, 4})).ok());
  requireRefused(tool, command + " B=3", "input 'x' has shape [2, 4], expected f32[B, 4]: axis 0 is 2, not B = 3");
  spill(tool.path("x.npy"), "text");
  requireRefused(tool, command, "neither npy, npz, idx, gzipped idx nor a picture");
  std::string cut = slurp(tool.path("line.vaep"));
  spill(tool.path("x.npy"), "");
  spill(tool.path("line.vaep"), cut.substr(0, cut.size() / 2));
  requireRefused(tool, command, "line.vaep: the file has");
}

TEST_CASE("data that is no data for the loss is refused before the first step", "[vae-run]") {
  Tool tool;
  REQUIRE(writeNpy(tool.path("x.npy"), ones({9, 4})).ok());
  REQUIRE(writeNpy(tool.path("wide.npy"), ones({9, 5})).ok());
  REQUIRE(writeNpy(tool.path("none.npy"), ones({0, 4})).ok());
  REQUIRE(writeIdx(tool.path("labels.idx"), *HostTensor::create(ElementType::u8, {9})).ok());
  std::string save = " --save=out.safetensors --log=log.csv";
  requireRefused(tool, "train line.vaep --data=wide.npy" + save, "[9, 5] does not fit input x: f32[B, 4]");
  requireRefused(tool, "train line.vaep --data=none.npy" + save, "[0, 4] does not fit input x: f32[B, 4]");
  requireRefused(tool, "train line.vaep --data=labels.idx" + save, "[9] does not fit input x: f32[B, 4]");
  requireRefused(tool, "train line.vaep --data=x.npy --loss=win" + save, "no trained loss 'win'; there are: fit");
  requireRefused(tool, "train line.vaep --data=x.npy --data=x.npy" + save, "takes no more data");
  requireRefused(tool, "train line.vaep --data=x.npy --noise=x.npy --epochs=2" + save,
                 "has 9 rows, but 2 steps consume 18");
  requireRefused(tool, "train line.vaep --data=x.npy gamma=2" + save, "takes no 'gamma'");
  requireRefused(tool, "train line.vaep --data=x.npy --weights=none.safetensors" + save, "none.safetensors");
}

TEST_CASE("a full disk leaves neither half files nor fewer than there were", "[vae-run]") {
  Tool tool;
  REQUIRE(writeNpy(tool.path("x.npy"), ones({5000, 4})).ok());
  std::filesystem::create_symlink("/dev/full", tool.path("full.npy"));
  requireRefused(tool, "run line.vaep mirror x=x.npy --weights=w.safetensors -o y=y.npy -o y=full.npy",
                 "cannot write 'full.npy': No space left");
  // 40 blocks of 512 bytes: room for the package's code and the small result, not for 80,000 bytes
  std::vector<std::string> before = tool.made();
  ToolResult limited = tool.shell(
      "ulimit -f 40; exec $TOOL run line.vaep apply x=x.npy --weights=w.safetensors -o w=small.npy -o y=y.npy");
  INFO(limited.errors);
  REQUIRE(limited.code == 1);
  REQUIRE(limited.errors.find("cannot write 'y.npy': File too large") != std::string::npos);
  REQUIRE(tool.made() == before);
}

TEST_CASE("a checkpoint or a log that cannot be written is an error", "[vae-run]") {
  Tool tool;
  REQUIRE(writeNpy(tool.path("x.npy"), ones({50, 4})).ok());
  std::filesystem::create_symlink("/dev/full", tool.path("full.safetensors"));
  std::string train = "train line.vaep --data=x.npy --epochs=2 ";
  ToolResult full = tool(train + "--save=full.safetensors");
  REQUIRE(full.code == 1);
  REQUIRE(full.errors.find("cannot write 'full.safetensors': No space left") != std::string::npos);
  ToolResult log = tool(train + "--log=/dev/full");
  REQUIRE(log.code == 1);
  REQUIRE(log.errors.find("cannot write '/dev/full': No space left") != std::string::npos);
  // Found out before the first step, not after the first epoch.
  ToolResult folder = tool(train + "--save=none/a.safetensors");
  REQUIRE(folder.code == 1);
  REQUIRE(folder.output.empty());
  REQUIRE(folder.errors.find("cannot write 'none/a.safetensors': No such file") != std::string::npos);
}

// AddressSanitizer needs terabytes of address space for itself.
#ifndef VAE_SANITIZE
TEST_CASE("memory that runs out is an error", "[vae-run]") {
  Tool tool;
  // Half a gigabyte of zeros in 500 kB of gzip, in 300 MB of address space.
  ToolResult made = tool.shell("{ printf '\\000\\000\\010\\002\\010\\000\\000\\000\\000\\000\\000\\004'; "
                               "head -c 536870912 /dev/zero; } | gzip -1 >x.idx.gz");
  REQUIRE(made.code == 0);
  ToolResult result =
      tool.shell("ulimit -v 300000; exec $TOOL run line.vaep mirror x=x.idx.gz --weights=w.safetensors -o y.npy");
  INFO(result.errors);
  REQUIRE(result.code == 1);
  REQUIRE(result.errors.find("memory") != std::string::npos);
  REQUIRE(!std::filesystem::exists(tool.path("y.npy")));
}
#endif

TEST_CASE("a trace that cannot be written is refused before work begins", "[vae-run]") {
  Tool tool;
  REQUIRE(writeNpy(tool.path("x.npy"), ones({2, 4})).ok());
  const std::string weights = " --weights=w.safetensors", run = "run line.vaep mirror x=x.npy" + weights;
  const std::string bench = "bench line.vaep mirror x=x.npy" + weights;
  const std::string train = "train line.vaep --data=x.npy --batch=1 --epochs=1" + weights;
  for (const std::string &verb : {run, bench, train}) {
    requireRefused(tool, verb + " --trace=none/t.json", "cannot write 'none/t.json': No such file or directory");
    requireRefused(tool, verb + " --trace=x.npy", "'x.npy' would be written, but is an input");
    requireRefused(tool, verb + " --trace=line.vaep", "'line.vaep' would be written, but is an input");
  }
  requireRefused(tool, run + " -o y.npy --trace=y.npy", "y.npy");
  requireRefused(tool, run + " --trace=t.json --check", "--check excludes --trace");
  requireRefused(tool, train + " --trace=t.json --check", "--check excludes --trace");
  REQUIRE(tool(run + " --batch=1 --trace=t.json").code == 0);
  REQUIRE(tool.made() == std::vector<std::string>{"t.json", "x.npy"});
}

TEST_CASE("words that are not understood are one line, with what was meant", "[vae-run]") {
  Tool tool;
  const std::pair<const char *, const char *> cases[] = {
      {"trian line.vaep", "no verb is called 'trian'; did you mean 'train'?; there are info, devices, run, train"},
      {"", "a verb is missing: info, devices, run"},
      {"xylophone", "no verb is called 'xylophone'; there are"},
      {"info line.vaep --jsn", "no option is called '--jsn'; did you mean '--json'?; vae-run info --help lists all"},
      {"train line.vaep --data=x.npy --epoch=3", "no option is called '--epoch'; did you mean '--epochs'?"},
      {"run line.vaep", "program is required; vae-run run --help lists all"},
      {"train line.vaep --data=x.npy --epochs=1 --save= --log=l.csv", "--save: a value is missing after '='"},
      {"train line.vaep --data=x.npy --epochs=1 --save ''",
       "an argument is empty; is a variable of the shell not set?"},
      {"train line.vaep --data=x.npy --seed=-1", "'-1' is not a whole number from 0 to 18446744073709551615"},
      {"train line.vaep --data=x.npy --seed=18446744073709551616", "'18446744073709551616' is not a whole number"},
      {"train line.vaep --data=x.npy --seed=0x10", "'0x10' is not a whole number"},
      {"train line.vaep --data=x.npy --epochs=-1", "'-1' is not a whole number"},
      {"train line.vaep --data=x.npy --steps=-18446744073709551615", "is not a whole number"},
      {"train line.vaep --data=x.npy --batch=0", "'0' is not a whole number from 1 to 16777216"},
  };
  for (auto [words, text] : cases) {
    requireRefused(tool, words, text);
    REQUIRE(tool(words).errors.starts_with("vae-run: error: "));
  }
}

TEST_CASE("the version and the help are printed", "[vae-run]") {
  Tool tool;
  ToolResult version = tool("--version");
  REQUIRE((version.code == 0 && version.output == "vae-run (vaec) 0.1.0\n"));
  for (const char *words : {"--help", "train --help"}) {
    ToolResult help = tool(words);
    REQUIRE((help.code == 0 && help.errors.empty() && help.output.find("OPTIONS") != std::string::npos));
  }
}

TEST_CASE("standard output that cannot be written is an error", "[vae-run]") {
  Tool tool;
  REQUIRE(writeNpy(tool.path("x.npy"), ones({9, 4})).ok());
  for (const char *words :
       {"info line.vaep", "info line.vaep --json", "devices", "--help", "--version",
        "train line.vaep --data=x.npy --epochs=1", "run line.vaep mirror x=x.npy --weights=w.safetensors --json"}) {
    ToolResult result = tool.shell(std::string("exec $TOOL ") + words + " >/dev/full");
    INFO(words << ": " << result.errors);
    REQUIRE(result.code == 1);
    REQUIRE(result.errors.starts_with("vae-run: error: cannot write standard output"));
  }
}

TEST_CASE("an output that is an input, or another output, is refused and nothing is lost", "[vae-run]") {
  Tool tool;
  REQUIRE(writeNpy(tool.path("x.npy"), ones({9, 4})).ok());
  std::filesystem::create_symlink("x.npy", tool.path("y.npy"));
  const std::string before = slurp(tool.path("x.npy")), run = "run line.vaep mirror --weights=w.safetensors x=x.npy ";
  for (const char *words : {"-o x.npy", "-o ./x.npy", "-o y.npy"})
    requireRefused(tool, run + words, "would be written, but is an input");
  requireRefused(tool, run + "-o z.npy -o y=./z.npy", "'./z.npy' would be written twice: it is 'z.npy'");
  requireRefused(tool, run + "-o -", "cannot tell the format of '-'");
  const std::string train = "train line.vaep --data=x.npy ";
  for (const char *words :
       {"--save=x.npy", "--log=x.npy", "--save=line.vaep", "--weights=w.safetensors --save=w.safetensors"})
    requireRefused(tool, train + words, "would be written, but is an input");
  requireRefused(tool, train + "--save=a --log=a", "would be written twice");
  requireRefused(tool, train + "--save=-", "'-' is not a file");
  REQUIRE(slurp(tool.path("x.npy")) == before);
}

TEST_CASE("a checkpoint has one training at a time", "[vae-run]") {
  Tool tool;
  REQUIRE(writeNpy(tool.path("x.npy"), ones({50, 4})).ok());
  ToolResult second =
      tool.shell("$TOOL train line.vaep --data=x.npy --epochs=10000000 --save=a --log=log.csv & first=$!;"
                 "until [ -s log.csv ]; do sleep 0.05; done;"
                 "$TOOL train line.vaep --data=x.npy --epochs=1 --save=./a; code=$?;"
                 "echo $first; kill -INT $first; wait $first; exit $code");
  INFO(second.errors);
  REQUIRE(second.code == 1);
  const std::string first = second.output.substr(second.output.rfind('\n', second.output.size() - 2) + 1);
  REQUIRE(second.errors.find("'./a' is being written by process " + first.substr(0, first.size() - 1)) !=
          std::string::npos);
  REQUIRE(tool.made() == std::vector<std::string>{"a", "log.csv", "x.npy"});
}

TEST_CASE("a signal during a run leaves no file", "[vae-run]") {
  Tool tool;
  // The signal comes once the process is the tool, no longer the shell that becomes it, and listens: bit 1 of the
  // signals that it catches.
  ToolResult result = tool.shell("$TOOL bench line.vaep fit.train B=64 --repeat=10000000 & "
                                 "until grep -qx vae-run /proc/$!/comm && "
                                 "grep -q 'SigCgt:.*[2367abef]$' /proc/$!/status; do sleep 0.05; done; "
                                 "kill -INT $!; wait $!");
  REQUIRE(result.code == 130);
  REQUIRE(result.errors == "vae-run: stopped by a signal\n");
}
