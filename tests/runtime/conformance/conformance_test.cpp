// What every device must do.
#include "tests/runtime/TestFiles.h"
#include "tests/runtime/conformance/Toy.h"

#include <cmath>
#include <thread>

using namespace vae::runtime;
using namespace vae::test;

TEST_CASE("a dispatch computes, for many sizes", "[conformance]") {
  Toy toy(GENERATE(from_range(configurations())));
  CAPTURE(toy.configuration.label);
  for (int64_t batch : {1, 2, 7, 64, 130, 2}) {
    HostTensor x = tensor({batch, 8}, ramp(batch * 8));
    std::vector<float> twice = ramp(batch * 8);
    for (float &value : twice)
      value *= 2;
    RunResult result = toy.run({"scale", {{"x", &x}}});
    REQUIRE(result.find("y")->shape() == std::vector<int64_t>{batch, 8});
    CHECK(output(result, "y") == toy.expected(twice));
  }
  CHECK(toy.session->usage().bindings >= 5);
}

TEST_CASE("a given input replaces its default", "[conformance]") {
  Toy toy(GENERATE(from_range(configurations())));
  CAPTURE(toy.configuration.label);
  HostTensor x = tensor({1, 8}, ramp(8)), factor = tensor({}, {-1});
  RunResult result = toy.run({"scale", {{"factor", &factor}, {"x", &x}}});
  CHECK(output(result, "y") == toy.expected<float>({-1, -2, -3, -4, -5, -6, -7, -8}));
}

TEST_CASE("barriers order the phases, and transients share memory", "[conformance]") {
  Toy toy(GENERATE(from_range(configurations())));
  CAPTURE(toy.configuration.label);
  for (int64_t n : {1, 63, 4096, 1000000}) {
    HostTensor x = tensor({n}, ramp(n));
    std::vector<float> wanted = ramp(n);
    for (float &value : wanted)
      value = 2 * value + 1;
    for (int repeat = 0; repeat < 3; ++repeat)
      CHECK(output(toy.run({"chain", {{"x", &x}}}), "y") == toy.expected(wanted));
  }
}

TEST_CASE("grids of two axes and two sizes", "[conformance]") {
  Toy toy(GENERATE(from_range(configurations())));
  CAPTURE(toy.configuration.label);
  HostTensor x = tensor({3, 70}, ramp(210));
  std::vector<float> wanted(210);
  for (size_t r = 0; r < 3; ++r)
    for (size_t c = 0; c < 70; ++c)
      wanted[c * 3 + r] = static_cast<float>(r * 70 + c + 1);
  RunResult result = toy.run({"transpose", {{"x", &x}}});
  CHECK(result.find("y")->shape() == std::vector<int64_t>{70, 3});
  CHECK(output(result, "y") == toy.expected(wanted));
}

TEST_CASE("a reshaped view is the same memory", "[conformance]") {
  Toy toy(GENERATE(from_range(configurations())));
  CAPTURE(toy.configuration.label);
  HostTensor x = tensor({8}, ramp(8));
  CHECK(output(toy.run({"alias", {{"x", &x}}}), "y") == toy.expected<float>({8, 4, 7, 3, 6, 2, 5, 1}));
  HostTensor odd = tensor({6}, ramp(6));
  REQUIRE_ERROR(toy.session->run({"alias", {{"x", &odd}}}), "6 / 4 leaves a remainder");
}

TEST_CASE("random state, fills and constants arrive", "[conformance]") {
  Toy toy(GENERATE(from_range(configurations())));
  CAPTURE(toy.configuration.label);
  RunRequest random{"random", {}};
  random.seed = 0x123456789abcdef0;
  random.step = 7;
  CHECK(output<int32_t>(toy.run(random), "r") ==
        toy.expected<int32_t>({static_cast<int32_t>(0x9abcdef0), 0x12345678, 7, 0}));
  RunRequest filled{"filled", {}};
  filled.sizes["n"] = 33;
  CHECK(output(toy.run(filled), "y") == toy.expected(std::vector<float>(33, 1)));
  CHECK(output(toy.run({"constant", {}}), "y") == toy.expected<float>({0, 1, 2, 3, 4, 5, 6, 7}));
}

TEST_CASE("noise given as an input selects the twin", "[conformance]") {
  Toy toy(GENERATE(from_range(configurations())));
  CAPTURE(toy.configuration.label);
  HostTensor noise = tensor({8}, ramp(8));
  CHECK(output(toy.run({"noisy", {}}), "y") == toy.expected<float>({0, 1, 2, 3, 4, 5, 6, 7}));
  CHECK(output(toy.run({"noisy", {{"noise0", &noise}}}), "y") == toy.expected(ramp(8)));
}

TEST_CASE("prepared tensors follow the weights, however these change", "[conformance]") {
  Toy toy(GENERATE(from_range(configurations())));
  CAPTURE(toy.configuration.label);
  std::vector<float> rows = ramp(120), b(8, 0.5f);
  REQUIRE(toy.session->setParameter("w", tensor({40, 3}, rows)).ok());
  auto check = [&] {
    std::vector<float> columns(120), sum(8);
    for (size_t n = 0; n < 40; ++n)
      for (size_t k = 0; k < 3; ++k)
        columns[k * 40 + n] = rows[n * 3 + k];
    for (size_t i = 0; i < 8; ++i)
      sum[i] = b[i] + static_cast<float>(i);
    RunResult result = toy.run({"turned", {}});
    CHECK(output(result, "y") == toy.expected(columns));
    CHECK(output(result, "z") == toy.expected(sum));
    CHECK(output(toy.run({"rows", {}}), "y") == toy.expected(rows));
  };
  check();
  uint64_t bindings = toy.session->usage().bindings;
  check();
  CHECK(toy.session->usage().bindings == bindings);
  CHECK(toy.session->usage().preparedBytes == 128 * sizeof(float));

  b.assign(8, 2.0f); // the other parameter of the same preparation
  REQUIRE(toy.session->setParameter("b", tensor({8}, b)).ok());
  check();

  ScratchFolder folder;
  std::string path = folder.path("prepared.safetensors");
  REQUIRE(toy.session->saveWeights(path).ok());
  REQUIRE(toy.session->setParameter("w", tensor({40, 3}, std::vector<float>(120))).ok());
  toy.run({"turned", {}});
  REQUIRE(toy.session->loadWeights(path).ok());
  check();
  if (!toy.configuration.computes)
    return;
  HostTensor x = tensor({8}, ramp(8));
  toy.run({"loss.train", {{"x", &x}}}); // w += 1, b += x / 2
  for (float &value : rows)
    value += 1;
  for (size_t i = 0; i < 8; ++i)
    b[i] += 0.5f * static_cast<float>(i + 1);
  check();
}

TEST_CASE("what prepares is not run by name", "[conformance]") {
  Toy toy(configurations().front());
  REQUIRE_ERROR(toy.session->run({"turned.prepare", {}}), "'turned.prepare' runs by itself");
  Status unknown = toy.session->run({"none", {}}).status();
  CHECK(unknown.message().find("turned") != std::string::npos);
  CHECK(unknown.message().find("prepare") == std::string::npos);
}

TEST_CASE("training updates weights and states in place", "[conformance]") {
  Toy toy(GENERATE(from_range(configurations())));
  CAPTURE(toy.configuration.label);
  HostTensor x = tensor({8}, ramp(8));
  std::vector<float> m(8, 0), b(8, 0.5f);
  for (uint64_t step = 0; step < 4; ++step) {
    RunRequest request{"loss.train", {{"x", &x}}};
    request.step = step;
    RunResult result = toy.run(request);
    float rate = 0.5f * static_cast<float>(step + 1);
    CHECK(output(result, "loss") == toy.expected<float>({rate}));
    CHECK(result.outputs[1].report);
    for (size_t i = 0; i < 8; ++i)
      b[i] += m[i] += rate * static_cast<float>(i + 1);
  }
  Result<HostTensor> found = toy.session->parameter("b");
  REQUIRE(found.ok());
  CHECK(values(*found) == (toy.configuration.computes ? b : std::vector<float>(8, 0.5f)));
}

TEST_CASE("training state survives a file, to the byte", "[conformance]") {
  Toy toy(GENERATE(from_range(configurations()))), other(toy.configuration);
  CAPTURE(toy.configuration.label);
  ScratchFolder folder;
  HostTensor x = tensor({8}, ramp(8));
  auto train = [&](Toy &which, uint64_t begin, uint64_t end) {
    for (uint64_t step = begin; step < end; ++step) {
      RunRequest request{"loss.train", {{"x", &x}}};
      request.step = step;
      which.run(request);
    }
  };
  train(toy, 0, 2);
  REQUIRE(toy.session->saveState(folder.path("half"), {2, 0, 5}).ok());
  train(toy, 2, 4);
  REQUIRE(toy.session->saveState(folder.path("whole"), {4, 0, 5}).ok());
  Result<TrainingProgress> progress = other.session->loadState(folder.path("half"));
  INFO(progress.status().message());
  REQUIRE(progress.ok());
  CHECK(progress->step == 2);
  CHECK(progress->seed == 5);
  train(other, 2, 4);
  REQUIRE(other.session->saveState(folder.path("resumed"), {4, 0, 5}).ok());
  CHECK(slurp(folder.path("whole")) == slurp(folder.path("resumed")));
  CHECK(slurp(folder.path("whole")).size() > 500);
}

TEST_CASE("a training step is stopped until weights change, or anywhere", "[conformance]") {
  Toy toy(GENERATE(from_range(configurations())));
  CAPTURE(toy.configuration.label);
  HostTensor x = tensor({8}, ramp(8));
  int asked = 0;
  auto train = [&](bool anywhere, int stopAt) {
    RunRequest request{"loss.train", {{"x", &x}}};
    request.checkKernels = true; // asks before every kernel
    request.cancelAnywhere = anywhere;
    request.cancelled = [&asked, stopAt] { return ++asked == stopAt; };
    asked = 0;
    return toy.session->run(request).status();
  };
  if (!toy.configuration.computes)
    return;
  REQUIRE(train(false, 0).ok());
  const int before = asked;
  REQUIRE(train(true, 0).ok());
  const int all = asked;
  CHECK(before < all);
  CHECK(train(false, all).ok());
  CHECK(train(false, before).code() == StatusCode::cancelled);
  CHECK(train(true, all).code() == StatusCode::cancelled);
  REQUIRE(train(false, 0).ok());
}

TEST_CASE("a profile names every dispatch", "[conformance]") {
  Toy toy(GENERATE(from_range(configurations())));
  CAPTURE(toy.configuration.label);
  HostTensor x = tensor({100}, ramp(100));
  RunRequest request{"chain", {{"x", &x}}};
  request.profile = true;
  RunResult result = toy.run(request);
  REQUIRE(result.dispatches.size() == 4);
  CHECK(result.dispatches[1].kernel == "increment");
  CHECK(result.dispatches[3].kernel == "add");
  CHECK(result.dispatches[3].flops == 100);
  CHECK(result.dispatches[3].bytes == 1200);
  CHECK(result.dispatches[3].location == "toy.vae:1:1");
  for (const DispatchProfile &dispatch : result.dispatches)
    CHECK(dispatch.seconds >= 0);
  CHECK(result.turns.empty());
}

TEST_CASE("two threads may share a session", "[conformance]") {
  Toy toy(GENERATE(from_range(configurations())));
  CAPTURE(toy.configuration.label);
  std::atomic<int> wrong = 0;
  auto work = [&](int64_t n) {
    std::vector<float> input = ramp(n), wanted = input;
    for (float &value : wanted)
      value = 2 * value + 1;
    Result<HostTensor> x = HostTensor::copyOf(ElementType::f32, {n}, std::as_bytes(std::span(input)));
    for (int i = 0; i < 20; ++i) {
      Result<RunResult> result = toy.session->run({"chain", {{"x", &*x}}});
      wrong += !result.ok() || values(*result->find("y")) != toy.expected(wanted);
    }
  };
  std::thread first(work, 1000), second(work, 200000);
  first.join();
  second.join();
  CHECK(wrong == 0);
}

TEST_CASE("every failed allocation is an error, and the session recovers", "[conformance]") {
  Configuration configuration = GENERATE(from_range(configurations()));
  CAPTURE(configuration.label);
  if (configuration.device == "vulkan")
    return; // exempt: opening a device per failure takes seconds; tests/runtime/vulkan/faults_test.cpp does this
  Result<std::shared_ptr<const Package>> package = Package::create(toyPackageBytes());
  REQUIRE(package.ok());
  HostTensor x = tensor({8}, ramp(8));
  bool finished = false;
  int failures = 0;
  for (uint64_t nth = 1; !finished && nth < 1000; ++nth) {
    FailingAllocator allocator(nth);
    configuration.options.allocator = &allocator;
    Result<std::shared_ptr<Device>> device = openDevice(configuration.device, configuration.options);
    REQUIRE(device.ok());
    Result<std::unique_ptr<Session>> session = Session::create(*package, *device);
    Status status = session.status();
    for (int attempt = 0; attempt < 2 && session.ok(); ++attempt) {
      // The second attempt runs with memory back: whatever failed must not have left anything half done.
      status = {};
      for (const char *program : {"turned", "rows", "constant"})
        if (status.ok())
          status = (*session)->run({program, {}}).status();
      if (status.ok())
        status = (*session)->run({"loss.train", {{"x", &x}}}).status();
      if (status.ok())
        status = (*session)->parameter("w").status();
      if (status.ok())
        break;
      CHECK(status.code() == StatusCode::outOfMemory);
      ++failures;
    }
    CHECK((!session.ok() || status.ok()));
    finished = allocator.requests() < nth;
  }
  CHECK(finished);
  CHECK(failures > 10);
}

TEST_CASE("results don't depend on the number of threads", "[conformance]") {
  std::vector<std::vector<float>> results;
  for (uint32_t threads : {1, 2, 3}) {
    DeviceOptions options;
    options.threads = threads;
    Toy toy({concat("cpu, ", threads, " threads"), "cpu", options, true});
    HostTensor x = tensor({999999}, ramp(999999));
    results.push_back(output(toy.run({"chain", {{"x", &x}}}), "y"));
    std::vector<float> loop = output(runLoop(toy, "nested", 300000, {{"H", 5}, {"W", 4}}), "z");
    results.back().insert(results.back().end(), loop.begin(), loop.end());
  }
  CHECK(results[0] == results[1]);
  CHECK(results[0] == results[2]);
}

TEST_CASE("a program without code for the device is unsupported", "[conformance]") {
  Toy toy(configurations().back());
  CHECK(toy.session->targetName() == std::string("vulkan"));
  CHECK(toy.session->run({"target", {}}).status().code() == StatusCode::unsupported);
  CHECK(toy.session->run({"constant", {}}).ok());
}

TEST_CASE("every device that is listed opens", "[conformance]") {
  std::vector<DeviceEntry> all = listDevices();
  REQUIRE(all.size() >= 2);
  CHECK(all.front().name == "cpu");
  CHECK(all.back().name == "null");
  for (const DeviceEntry &entry : all) {
    Result<std::shared_ptr<Device>> device = openDevice(entry.name, {});
    INFO(entry.name << ": " << device.status().message());
    REQUIRE(device.ok());
    CHECK_FALSE((*device)->description().empty());
  }
}
