// What a session says to wrong inputs, sizes, weights; what it keeps. On the CPU; tests/runtime/conformance is about
// devices.
#include "runtime/base/AtomicFile.h"
#include "runtime/devices/Devices.h"
#include "runtime/devices/cpu/Target.h"
#include "runtime/formats/Safetensors.h"
#include "runtime/session/Session.h"
#include "runtime/session/TensorChecks.h"
#include "runtime/session/sizes/TensorLimits.h"
#include "tests/catch.h"
#include "tests/runtime/TestFiles.h"
#include "tests/runtime/conformance/ToyPackage.h"

#include <cmath>
#include <cstdlib>
#include <limits>
#include <set>

using namespace vae::runtime;
using namespace vae::test;

namespace {

std::shared_ptr<const Package> toy() {
  Result<std::shared_ptr<const Package>> package = Package::create(toyPackageBytes());
  REQUIRE(package.ok());
  return *package;
}

std::unique_ptr<Session> session(const std::string &device = "cpu", DeviceOptions options = {}) {
  Result<std::shared_ptr<Device>> opened = openDevice(device, options);
  REQUIRE(opened.ok());
  Result<std::unique_ptr<Session>> made = Session::create(toy(), *opened);
  INFO(made.status().message());
  REQUIRE(made.ok());
  return made.take();
}

HostTensor tensor(std::vector<int64_t> shape, ElementType element = ElementType::f32) {
  Result<HostTensor> made = HostTensor::create(element, std::move(shape));
  REQUIRE(made.ok());
  return made.take();
}

std::vector<float> parameterOf(Session &from, const std::string &path) {
  Result<HostTensor> value = from.parameter(path);
  REQUIRE(value.ok());
  return {value->as<float>().begin(), value->as<float>().end()};
}

/// Writes a checkpoint for the toy model, with changes.
void writeWeights(const std::string &path, std::vector<SafetensorsItem> extra, std::set<std::string> leaveOut = {}) {
  static const std::vector<float> zeros(1000);
  auto bytes = [](size_t count) { return std::as_bytes(std::span(zeros)).first(count * sizeof(float)); };
  std::vector<SafetensorsItem> items = {{"w", ElementType::f32, {40, 3}, bytes(120)},
                                        {"b", ElementType::f32, {8}, bytes(8)}};
  std::erase_if(items, [&](const SafetensorsItem &item) { return leaveOut.contains(item.name); });
  for (SafetensorsItem &item : extra) {
    item.bytes =
        bytes(static_cast<size_t>(item.shape[0]) * (item.shape.size() > 1 ? static_cast<size_t>(item.shape[1]) : 1));
    items.push_back(item);
  }
  REQUIRE(writeSafetensors(path, std::move(items)).ok());
}

} // namespace

TEST_CASE("wrong inputs are named", "[session]") {
  auto s = session();
  HostTensor x = tensor({2, 8}), wide = tensor({2, 9}), flat = tensor({8}), whole = tensor({2, 8}, ElementType::i32);
  REQUIRE_ERROR(s->run({"decode", {}}), "model 'toy' has no entry 'decode'");
  REQUIRE_ERROR(s->run({"scale", {}}), "'scale' needs input 'x': f32[B, 8]");
  REQUIRE_ERROR(s->run({"scale", {{"z", &x}}}), "'scale' has no input 'z'; it takes x: f32[B, 8], factor: f32[]");
  REQUIRE_ERROR(s->run({"scale", {{"x", &x}, {"x", &x}}}), "input 'x' is given twice");
  REQUIRE_ERROR(s->run({"scale", {{"x", &wide}}}),
                "input 'x' has shape [2, 9], expected f32[B, 8]: axis 1 is 9, not 8");
  REQUIRE_ERROR(s->run({"scale", {{"x", &flat}}}), "input 'x' has shape [8], expected f32[B, 8]");
  REQUIRE_ERROR(s->run({"scale", {{"x", &whole}}}), "input 'x' is i32[2, 8], expected f32[B, 8]");
  REQUIRE_ERROR(s->run({"constant", {{"x", &x}}}), "it takes nothing");
}

TEST_CASE("sizes are bound, checked and named with both places", "[session]") {
  auto s = session();
  HostTensor x = tensor({2, 8});
  RunRequest filled{"filled", {}};
  REQUIRE_ERROR(s->run(filled), "'filled' needs a size n");
  filled.sizes = {{"B", 2}};
  REQUIRE_ERROR(s->run(filled), "'filled' has no size 'B'");
  filled.sizes = {{"n", 0}};
  REQUIRE_ERROR(s->run(filled), "size n is 0, it must be positive");
  filled.sizes = {{"n", 1}};
  REQUIRE_ERROR(s->run(filled), "filled (n = 1) at toy.vae:3:9: one value is too few");
  filled.sizes = {{"n", 2}};
  REQUIRE(s->run(filled).ok());
  filled.sizes = {{"n", int64_t(1) << 62}};
  REQUIRE_ERROR(s->run(filled), "overflows");
  RunRequest scale{"scale", {{"x", &x}}};
  scale.sizes = {{"B", 3}};
  REQUIRE_ERROR(s->run(scale), "axis 0 is 2, not B = 3; B = 3 as given");
  HostTensor empty = tensor({0, 8});
  REQUIRE_ERROR(s->run({"scale", {{"x", &empty}}}), "size 0 along axis 0 gives no whole positive size for B");
}

TEST_CASE("a tensor beyond the device's range is named, with sizes that fit", "[session]") {
  std::shared_ptr<const Package> package = toy();
  DeviceLimits limits;
  limits.maxStorageRange = 1000;
  auto check = [&](const std::string &name, std::vector<int64_t> symbols) {
    const PackageProgram &program = package->programs()[*package->findProgram(name)];
    Result<SizedProgram> sized = sizeProgram(*package, program, std::move(symbols), limits.alignment);
    REQUIRE(sized.ok());
    return checkTensors(*package, program, *sized, limits, "tiny");
  };
  CHECK(check("scale", {31}).ok()); // 31 rows of 8 floats: 992 bytes
  REQUIRE_ERROR(check("scale", {64}), "scale (B = 64): 'x' of ");
  REQUIRE_ERROR(check("scale", {64}), " has 2048 bytes; tiny allows 1000 for one tensor. What fits: B = 31");
  REQUIRE_ERROR(check("transpose", {32, 32}), "What fits: m = 7, or n = 7, or m = 15, n = 15");
}

TEST_CASE("an impossible amount of memory is an error", "[session]") {
  for (const char *device : {"cpu", "null"}) {
    auto s = session(device);
    RunRequest filled{"filled", {}};
    filled.sizes = {{"n", int64_t(1) << 58}};
    Result<RunResult> result = s->run(filled);
    INFO(result.status().message());
    CHECK(result.status().code() == StatusCode::outOfMemory);
    filled.sizes = {{"n", 4}};
    CHECK(s->run(filled).ok());
  }
}

TEST_CASE("integers outside their range are refused, with their place", "[session]") {
  std::unique_ptr<Session> s = session();
  auto integers = [](std::vector<int64_t> shape, std::vector<int32_t> values) {
    return HostTensor::copyOf(ElementType::i32, std::move(shape), std::as_bytes(std::span(values))).take();
  };
  HostTensor good = integers({2, 2}, {0, 9, 5, 0}), two = integers({}, {2}), three = integers({}, {3});
  HostTensor high = integers({2, 2}, {0, 9, 5, 12}), low = integers({1, 2}, {-1, 0});
  auto run = [&](const HostTensor &k, const HostTensor &l) { return s->run({"labels", {{"k", &k}, {"l", &l}}}); };
  Result<RunResult> result = run(good, two);
  REQUIRE(result.ok());
  CHECK(result->find("y")->as<int32_t>()[1] == 9);
  CHECK(result->find("z")->as<int32_t>()[0] == 2);
  REQUIRE_ERROR(run(high, two), "input 'k': 12 at [1, 1] is outside [0, 9]");
  REQUIRE_ERROR(run(low, two), "input 'k': -1 at [0, 0] is outside [0, 9]");
  REQUIRE_ERROR(run(good, three), "input 'l': 3 is outside [-2, 2]");
}

TEST_CASE("NaN is found where asked", "[session]") {
  auto s = session();
  HostTensor x = tensor({1, 8});
  x.as<float>()[5] = std::numeric_limits<float>::quiet_NaN();
  RunRequest request{"scale", {{"x", &x}}};
  CHECK(s->run(request).ok());
  request.checkInputs = true;
  REQUIRE_ERROR(s->run(request), "input 'x' holds NaN or infinity, first at element 5 of 8");
  request.checkInputs = false;
  request.checkOutputs = true;
  REQUIRE_ERROR(s->run(request), "'y' of scale holds NaN or infinity, first at element 5 of 8");
  x.as<float>()[5] = std::numeric_limits<float>::max(); // twice as much overflows
  CHECK(s->run(request).status().code() == StatusCode::nonFinite);
  x.as<float>()[5] = 1;
  CHECK(s->run(request).ok());
}

TEST_CASE("finite checks know every floating-point type", "[session]") {
  HostTensor half = tensor({2}, ElementType::f16), brain = tensor({2}, ElementType::bf16),
             wide = tensor({2}, ElementType::f64);
  for (HostTensor *one : {&half, &brain, &wide})
    CHECK(checkFinite(*one, "x").ok());
  half.bytes()[3] = std::byte(0x7c);
  brain.bytes()[2] = std::byte(0x80);
  brain.bytes()[3] = std::byte(0x7f);
  wide.as<double>()[1] = std::numeric_limits<double>::infinity();
  for (HostTensor *one : {&half, &brain, &wide})
    REQUIRE_ERROR(checkFinite(*one, "x"), "x holds NaN or infinity, first at element 1 of 2");
  HostTensor integers = tensor({2}, ElementType::i32);
  integers.as<int32_t>()[0] = -1;
  CHECK(checkFinite(integers, "x").ok());
}

TEST_CASE("initial weights are a function of the seed", "[session]") {
  auto a = session(), b = session("null");
  CHECK(parameterOf(*a, "w") == parameterOf(*b, "w"));
  a->initialize(7);
  std::vector<float> seven = parameterOf(*a, "w");
  CHECK(seven != parameterOf(*b, "w"));
  b->initialize(7);
  CHECK(seven == parameterOf(*b, "w"));
  for (float value : seven)
    CHECK((value >= -1 && value < 1));
  CHECK(std::set<float>(seven.begin(), seven.end()).size() > 110);
  CHECK(parameterOf(*a, "b") == std::vector<float>(8, 0.5f));
}

TEST_CASE("parameters are read and written by path", "[session]") {
  auto s = session();
  HostTensor b = tensor({8}), wrong = tensor({9});
  b.as<float>()[3] = 4;
  REQUIRE(s->setParameter("b", b).ok());
  CHECK(parameterOf(*s, "b")[3] == 4);
  REQUIRE_ERROR(s->setParameter("b", wrong), "parameter 'b' is f32[8], not f32[9]");
  REQUIRE_ERROR(s->setParameter("c", b), "model 'toy' has no parameter 'c'");
  REQUIRE_ERROR(s->parameter("c"), "model 'toy' has no parameter 'c'");
}

TEST_CASE("weights files must match the model", "[session]") {
  auto s = session();
  ScratchFolder folder;
  std::string path = folder.path("w.safetensors");
  std::vector<float> before = parameterOf(*s, "w");
  writeWeights(path, {}, {"b", "w"});
  REQUIRE_ERROR(s->loadWeights(path), path + ": no tensors; missing w and 1 more");
  writeWeights(path, {{"c", ElementType::f32, {2}, {}}});
  REQUIRE_ERROR(s->loadWeights(path), "extra c");
  writeWeights(path, {{"b", ElementType::f32, {9}, {}}}, {"b"});
  REQUIRE_ERROR(s->loadWeights(path), "b is F32[9], expected f32[8]");
  writeWeights(path, {{"b", ElementType::i32, {8}, {}}}, {"b"});
  REQUIRE_ERROR(s->loadWeights(path), "b is I32[8], expected f32[8]");
  std::vector<SafetensorsItem> many;
  for (int i = 0; i < 9; ++i)
    many.push_back({concat("extra", i), ElementType::f32, {1}, {}});
  writeWeights(path, many);
  REQUIRE_ERROR(s->loadWeights(path), "extra extra0 and 8 more");
  REQUIRE_ERROR(s->loadWeights(folder.path("none")), "none");
  CHECK(parameterOf(*s, "w") == before);
  writeWeights(path, {});
  REQUIRE(s->loadWeights(path).ok());
  CHECK(parameterOf(*s, "w") == std::vector<float>(120));
}

TEST_CASE("saved weights load again, also from a checkpoint", "[session]") {
  auto a = session(), b = session();
  ScratchFolder folder;
  a->initialize(3);
  REQUIRE(a->saveWeights(folder.path("w")).ok());
  REQUIRE(a->saveState(folder.path("s"), {1, 2, 3}).ok());
  for (const char *name : {"w", "s"}) {
    b->initialize(0);
    REQUIRE(b->loadWeights(folder.path(name)).ok());
    CHECK(parameterOf(*b, "w") == parameterOf(*a, "w"));
  }
  REQUIRE_ERROR(b->loadState(folder.path("w")), "no training state: 'step' is missing");
  REQUIRE(a->saveWeights(folder.path("w")).ok());
  CHECK(slurp(folder.path("w")).find("state/m") == std::string::npos);
  CHECK(slurp(folder.path("s")).find("state/m") != std::string::npos);
  REQUIRE_ERROR(a->saveWeights("/nowhere/w"), "/nowhere");
}

TEST_CASE("weights come from their file when a program needs them, as it was", "[session]") {
  auto s = session();
  ScratchFolder folder;
  std::string path = folder.path("w");
  auto rows = [&] { return s->run({"rows", {}}); };
  REQUIRE(s->saveWeights(path).ok());
  std::vector<float> before = parameterOf(*s, "w");
  REQUIRE(s->loadWeights(path).ok());
  REQUIRE(writeFile(path, "another file of this name").ok());
  CHECK(rows()->find("y")->as<float>()[7] == before[7]);
  REQUIRE(s->saveWeights(path).ok());
  REQUIRE(s->loadWeights(path).ok());
  spill(path, std::string(slurp(path).size(), '\0')); // in place
  std::filesystem::last_write_time(path, std::filesystem::file_time_type::clock::now() + std::chrono::seconds(9));
  REQUIRE_ERROR(rows(), "it was written to since it was opened");
  REQUIRE_ERROR(s->saveWeights(folder.path("v")), "it was written to since it was opened");
}

namespace {

/// A session on the toy package with this checkpoint inside, in a file of the folder.
Result<std::unique_ptr<Session>> sessionWith(const ScratchFolder &folder, const std::string &weights) {
  const std::string path = folder.path("toy.vaep");
  REQUIRE(writeFile(path, withWeights(toyPackageBytes(), weights)).ok());
  Result<std::shared_ptr<const Package>> package = Package::open(path);
  REQUIRE(package.ok());
  return Session::create(*package, *openDevice("cpu", {}));
}

/// A checkpoint of halves: w all -0.5, b all 2.
std::string halfWeights(const ScratchFolder &folder) {
  const std::vector<uint16_t> w(120, 0xb800), b(8, 0x4000);
  REQUIRE(writeSafetensors(folder.path("halves"), {{"w", ElementType::f16, {40, 3}, std::as_bytes(std::span(w))},
                                                   {"b", ElementType::f16, {8}, std::as_bytes(std::span(b))}})
              .ok());
  return slurp(folder.path("halves"));
}

} // namespace

TEST_CASE("a session begins with the weights inside its package", "[session]") {
  ScratchFolder folder;
  std::unique_ptr<Session> s = sessionWith(folder, halfWeights(folder)).take();
  CHECK(s->run({"rows", {}})->find("y")->as<float>()[119] == -0.5f);
  CHECK(s->run({"turned", {}})->find("z")->as<float>()[7] == 2 + 7);
  CHECK(parameterOf(*s, "w") == std::vector<float>(120, -0.5f));
  CHECK(parameterOf(*s, "b") == std::vector<float>(8, 2));
  auto other = session();
  other->initialize(3);
  s->initialize(3);
  CHECK(parameterOf(*s, "w") == parameterOf(*other, "w"));
  writeWeights(folder.path("zeros"), {});
  REQUIRE(s->loadWeights(folder.path("zeros")).ok());
  CHECK(parameterOf(*s, "b") == std::vector<float>(8));
}

TEST_CASE("weights inside are training's start", "[session]") {
  ScratchFolder folder;
  std::unique_ptr<Session> s = sessionWith(folder, halfWeights(folder)).take();
  HostTensor x = tensor({8});
  REQUIRE(s->run({"loss.train", {{"x", &x}}}).ok());
  CHECK(parameterOf(*s, "w") == std::vector<float>(120, 0.5f));
  CHECK(parameterOf(*s, "b") == std::vector<float>(8, 2));
}

TEST_CASE("weights inside are the model's alone, and whole", "[session]") {
  ScratchFolder folder;
  std::string path = folder.path("w"), halves = halfWeights(folder);
  auto refused = [&](std::vector<SafetensorsItem> extra, std::set<std::string> leaveOut, const std::string &message) {
    writeWeights(path, std::move(extra), std::move(leaveOut));
    REQUIRE_ERROR(sessionWith(folder, slurp(path)), concat("toy.vaep: its weights: ", message));
  };
  refused({{"c", ElementType::f32, {2}, {}}}, {}, "2 of the 2 tensors that the model needs fit; extra c");
  refused({{"norm.num_batches_tracked", ElementType::f32, {2}, {}}}, {},
          "2 of the 2 tensors that the model needs fit; extra norm");
  refused({{"b", ElementType::f32, {9}, {}}}, {"b"}, "1 of the 2 tensors that the model needs fits; b is F32[9]");
  refused({{"b", ElementType::i32, {8}, {}}}, {"b"}, "1 of the 2 tensors that the model needs fits; b is I32[8]");
  refused({{"m.w", ElementType::f32, {40, 3}, {}}, {"m.b", ElementType::f32, {8}, {}}}, {"w", "b"},
          "0 of the 0 tensors that the model needs fit; extra m.b and 1 more");
  writeWeights(path, {}, {"b"});
  Result<std::unique_ptr<Session>> part = sessionWith(folder, slurp(path));
  REQUIRE(part.ok());
  CHECK(parameterOf(**part, "w") == std::vector<float>(120));
  CHECK(parameterOf(**part, "b") == std::vector<float>(8, 0.5f)); // as it is declared
  CHECK((*part)->requireWeights(std::vector<std::string>{"rows"}, false).ok());
  REQUIRE_ERROR((*part)->requireWeights(std::vector<std::string>{"turned"}, false), "which no file gives: b");
  for (size_t size : {size_t{1}, size_t{8}, size_t{100}, halves.size() - 1})
    REQUIRE_ERROR(sessionWith(folder, halves.substr(0, size)), "toy.vaep: its weights: ");
  REQUIRE_ERROR(sessionWith(folder, halves + "x"), "at the end belong to no tensor");
}

TEST_CASE("weights inside come from the package's file as it was opened", "[session]") {
  ScratchFolder folder;
  std::string path = folder.path("toy.vaep"), halves = halfWeights(folder);
  std::unique_ptr<Session> s = sessionWith(folder, halves).take();
  REQUIRE(writeFile(path, "another file of this name").ok());
  CHECK(parameterOf(*s, "b") == std::vector<float>(8, 2));
  s = sessionWith(folder, halves).take();
  spill(path, std::string(slurp(path).size(), '\0')); // in place
  std::filesystem::last_write_time(path, std::filesystem::file_time_type::clock::now() + std::chrono::seconds(9));
  REQUIRE_ERROR(s->run({"rows", {}}), "it was written to since it was opened");
}

TEST_CASE("many sizes in turn stay right, and old recordings are forgotten", "[session]") {
  auto s = session();
  for (int round = 0; round < 3; ++round)
    for (int64_t n = 1; n <= 40; ++n) {
      HostTensor x = tensor({n});
      x.as<float>()[0] = 3;
      Result<RunResult> result = s->run({"chain", {{"x", &x}}});
      REQUIRE(result.ok());
      CHECK(result->find("y")->as<float>()[0] == 7);
      CHECK(result->find("y")->as<float>().size() == static_cast<size_t>(n));
    }
  CHECK(s->usage().bindings >= 100);
  CHECK(s->usage().arenaBytes ==
        3 * 256); // four buffers of up to 40 floats; the output takes the first transient's place
}

TEST_CASE("steps beyond 32 bits are refused", "[session]") {
  auto s = session();
  RunRequest request{"random", {}};
  request.step = uint64_t(1) << 32;
  REQUIRE_ERROR(s->run(request), "step 4294967296 exceeds 4294967295");
}

TEST_CASE("devices by name", "[devices]") {
  REQUIRE_ERROR(openDevice("cuda", {}), "unknown device 'cuda'; devices are cpu, vulkan, null");
  REQUIRE_ERROR(openDevice("cpu:x", {}), "unknown device 'cpu:x'");
  REQUIRE_ERROR(openDevice("cpu:1", {}), "only one device of this kind");
  CHECK(openDevice("cpu:0", {}).ok());
  DeviceOptions many;
  many.threads = 100000;
  REQUIRE_ERROR(openDevice("cpu", many), "100000 threads exceed 1024");
}

TEST_CASE("the best target that the processor runs is chosen", "[devices]") {
  using Names = std::vector<std::string>;
  const Names both = {"x86-64-v4", "x86-64-v3"}, old = {"x86-64-v3"};
  auto choice = [](const Names &supported, const Names &available, const char *forced) {
    Result<std::string> target = cpu::chooseTarget(supported, available, forced);
    return target.ok() ? *target : target.status().message();
  };
  CHECK(choice(both, both, "") == "x86-64-v4");
  CHECK(choice(old, both, "") == "x86-64-v3");
  CHECK(choice(both, old, "") == "x86-64-v3");
  CHECK(choice(both, both, "x86-64-v3") == "x86-64-v3");
  CHECK(choice(old, {"x86-64-v4"}, "") ==
        "the package has no code for this processor: it has x86-64-v4, the processor runs x86-64-v3");
  CHECK(choice(old, both, "x86-64-v4") == "this processor doesn't run the target 'x86-64-v4'; it runs x86-64-v3");
  CHECK(choice(both, old, "x86-64-v4") == "the package has no code for the target 'x86-64-v4'; it has x86-64-v3");
  CHECK(choice({}, both, "") ==
        "the package has no code for this processor: it has x86-64-v4, x86-64-v3, the processor runs none");
}

TEST_CASE("a forced target runs", "[devices]") {
  for (const std::string &target : cpu::supportedTargets()) {
    DeviceOptions options;
    options.cpuTarget = target;
    auto s = session("cpu", options);
    CHECK(s->targetName() == target);
    Result<RunResult> result = s->run({"target", {}});
    REQUIRE(result.ok());
    CHECK(result->find("y")->as<float>()[0] == static_cast<float>(target.back() - '0'));
  }
  ::setenv("VAE_CPU_TARGET", "x86-64-v3", 1);
  CHECK(session()->targetName() == std::string("x86-64-v3"));
  ::setenv("VAE_CPU_TARGET", "z80", 1);
  REQUIRE_ERROR(openDevice("cpu", {}), "this processor doesn't run the target 'z80'");
  ::unsetenv("VAE_CPU_TARGET");
}

TEST_CASE("programs are cut between phases, by what is prepared for them", "[session]") {
  auto package = toy();
  auto cut = [&](const char *name, std::vector<int64_t> symbols, uint64_t bytes) {
    const PackageProgram &program = package->programs()[*package->programIndex(name)];
    Result<SizedProgram> sized = sizeProgram(*package, program, std::move(symbols), 256);
    REQUIRE(sized.ok());
    std::vector<Stage> stages = cutStages(program, *sized, bytes);
    REQUIRE(!stages.empty());
    CHECK(stages.front().begin == 0);
    CHECK(stages.back().end == program.commands.size());
    return std::pair(stages, bytesOfKind(program, *sized, BufferKind::prepared));
  };
  // Two commands of one phase: no room is too small for it.
  auto [turned, bytes] = cut("turned", {}, 1);
  CHECK(bytes == 128 * sizeof(float));
  REQUIRE(turned.size() == 1);
  CHECK(turned[0].prepared.size() == 2);
  CHECK(turned[0].released.size() == 2);
  auto [chain, none] = cut("chain", {64}, 1);
  CHECK(none == 0);
  CHECK(chain.size() == 1); // of several phases, with nothing to prepare
}
