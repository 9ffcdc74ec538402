// The C API from the outside: only vae_runtime.h, linked with the shared library's functions.
#include "runtime/api/vae_runtime.h"
#include "tests/catch.h"
#include "tests/runtime/TestFiles.h"
#include "tests/runtime/conformance/ToyPackage.h"

#include <array>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

using namespace vae::test;

namespace {

/// While armed, the nth `new` of this program throws.
std::atomic<long> newCountdown{0};

template <auto destroy> struct Destroy {
  template <typename T> void operator()(T *handle) const { destroy(handle); }
};
using PackageHandle = std::unique_ptr<vae_package, Destroy<vae_package_close>>;
using DeviceHandle = std::unique_ptr<vae_device, Destroy<vae_device_close>>;
using SessionHandle = std::unique_ptr<vae_session, Destroy<vae_session_destroy>>;
using TensorHandle = std::unique_ptr<vae_tensor, Destroy<vae_tensor_destroy>>;
using ResultHandle = std::unique_ptr<vae_result, Destroy<vae_result_destroy>>;

/// The toy package as a file, opened.
struct Toy {
  Toy() {
    std::vector<std::byte> bytes = toyPackageBytes();
    path = folder.path("toy.vaep");
    spill(path, std::string(reinterpret_cast<const char *>(bytes.data()), bytes.size()));
    vae_package *opened = nullptr;
    REQUIRE(vae_package_open(path.c_str(), &opened, &error) == VAE_OK);
    package.reset(opened);
  }
  size_t program(const char *name) {
    size_t index = 0;
    REQUIRE(vae_package_find_program(package.get(), name, &index, &error) == VAE_OK);
    return index;
  }
  SessionHandle session(const char *device) {
    vae_device *opened = nullptr;
    REQUIRE(vae_device_open(device, nullptr, &opened, &error) == VAE_OK);
    DeviceHandle handle(opened);
    vae_session *made = nullptr;
    REQUIRE(vae_session_create(package.get(), opened, &made, &error) == VAE_OK);
    return SessionHandle(made); // outlives the device handle
  }
  ScratchFolder folder;
  std::string path;
  vae_error error = {};
  PackageHandle package;
};

TensorHandle tensor(std::vector<int64_t> shape, const float *data) {
  vae_tensor *made = nullptr;
  REQUIRE(vae_tensor_create(VAE_F32, shape.size(), shape.data(), data, &made, nullptr) == VAE_OK);
  return TensorHandle(made);
}

/// A run of the toy's `scale` on the numbers from 0 to 15; it refers to itself.
struct ScaleRun {
  ScaleRun() {
    run.program = "scale";
    run.inputs = &input;
    run.input_count = 1;
  }
  ScaleRun(const ScaleRun &) = delete;
  ScaleRun &operator=(const ScaleRun &) = delete;

  TensorHandle x = tensor({2, 8}, std::array<float, 16>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}.data());
  vae_input input = {"x", x.get()};
  vae_run run = {};
};

} // namespace

void *operator new(size_t bytes) {
  if (newCountdown.load() > 0 && newCountdown.fetch_sub(1) == 1)
    throw std::bad_alloc();
  void *memory = std::malloc(bytes ? bytes : 1);
  if (!memory)
    throw std::bad_alloc();
  return memory;
}
void *operator new(size_t bytes, const std::nothrow_t &) noexcept { return std::malloc(bytes ? bytes : 1); }
void operator delete(void *memory, const std::nothrow_t &) noexcept { std::free(memory); }
void operator delete(void *memory) noexcept { std::free(memory); }
void operator delete(void *memory, size_t) noexcept { std::free(memory); }

TEST_CASE("the C API describes a package", "[api]") {
  Toy toy;
  CHECK(vae_runtime_version() == VAE_RUNTIME_VERSION);
  vae_package_info info;
  vae_package_describe(toy.package.get(), &info);
  CHECK(info.model == std::string("toy"));
  CHECK(info.compiler == std::string("by hand"));
  CHECK(info.parameters == 2);
  CHECK(info.kernels == 6);
  CHECK(info.targets == 3);
  CHECK(info.weights_bytes == 0);
  CHECK(info.weights_types == std::string());
  REQUIRE(info.arguments == 1);
  vae_argument_info argument;
  REQUIRE(vae_package_argument(toy.package.get(), 0, &argument, nullptr) == VAE_OK);
  CHECK(argument.name == std::string("width"));
  CHECK(argument.value == std::string("8"));
  CHECK(vae_package_argument(toy.package.get(), 1, &argument, &toy.error) == VAE_NOT_FOUND);
  CHECK(toy.error.message == std::string("argument 1 of 1"));
  CHECK(vae_package_target(toy.package.get(), 0) == std::string("vulkan"));
  CHECK(vae_package_target(toy.package.get(), 3) == nullptr);
  vae_parameter_info parameter;
  REQUIRE(vae_package_parameter(toy.package.get(), 0, &parameter, nullptr) == VAE_OK);
  CHECK(parameter.path == std::string("w"));
  CHECK(parameter.rank == 2);
  CHECK(parameter.shape[0] == 40);
  CHECK(vae_package_parameter(toy.package.get(), 2, &parameter, &toy.error) == VAE_NOT_FOUND);
  CHECK(toy.error.message == std::string("parameter 2 of 2"));
  vae_kernel_info kernel;
  REQUIRE(vae_package_kernel(toy.package.get(), 0, &kernel, nullptr) == VAE_OK);
  CHECK(kernel.strategies == std::string("x86-64-v3: handwritten, x86-64-v4: handwritten, vulkan: assembled"));
}

TEST_CASE("the C API stops a loop where it is asked to", "[api]") {
  Toy toy;
  SessionHandle session = toy.session("cpu");
  TensorHandle x = tensor({4}, nullptr);
  const vae_input input = {"x", x.get()};
  const vae_size size = {"T", 1 << 30};
  int asked = 0;
  vae_run run = {};
  run.program = "loop";
  run.inputs = &input;
  run.input_count = 1;
  run.sizes = &size;
  run.size_count = 1;
  run.cancelled = [](void *context) { return ++*static_cast<int *>(context) == 5 ? 1 : 0; };
  run.cancelled_context = &asked;
  vae_result *result = nullptr;
  CHECK(vae_session_run(session.get(), &run, &result, &toy.error) == VAE_CANCELLED);
  CHECK(toy.error.message == std::string("loop (n = 4, T = 1073741824): stopped on request"));
  CHECK(asked == 5);
}

TEST_CASE("the C API describes programs", "[api]") {
  Toy toy;
  const vae_package *package = toy.package.get();
  vae_program_info program;
  REQUIRE(vae_package_program(package, toy.program("chain"), &program, nullptr) == VAE_OK);
  CHECK(program.kind == VAE_PROGRAM_ENTRY);
  CHECK(program.dispatches == 4);
  CHECK(program.barriers == 3);
  CHECK(program.phases == 4);
  CHECK(program.loops == 0);
  CHECK(program.has_noise_twin == 0);
  REQUIRE(vae_package_program(package, toy.program("nested"), &program, nullptr) == VAE_OK);
  CHECK(program.loops == 2);
  CHECK(program.dispatches == 5);
  CHECK(program.phases == 7);
  const vae_size sizes[] = {{"n", 10}, {"H", 3}, {"W", 5}};
  vae_memory_info memory;
  REQUIRE(vae_program_memory(package, toy.program("nested"), sizes, 3, &memory, nullptr) == VAE_OK);
  CHECK(memory.flops == 10 * (1 + 3 * (1 + 5) + 2));
  REQUIRE(vae_package_program(package, toy.program("noisy"), &program, nullptr) == VAE_OK);
  CHECK(program.has_noise_twin == 1);
  REQUIRE(vae_package_program(package, toy.program("loss.train"), &program, nullptr) == VAE_OK);
  CHECK(program.keeps_averages == 0);
  REQUIRE(vae_package_program(package, toy.program("turned.prepare"), &program, nullptr) == VAE_OK);
  CHECK(program.kind == VAE_PROGRAM_PREPARE);
  size_t scale = toy.program("scale");
  CHECK(vae_program_symbol(package, scale, 0) == std::string("B"));
  CHECK(vae_program_symbol(package, scale, 1) == nullptr);
  vae_value_info value;
  REQUIRE(vae_program_input(package, scale, 0, &value, nullptr) == VAE_OK);
  CHECK(value.name == std::string("x"));
  CHECK(value.shape[0] == std::string("B"));
  CHECK(value.shape[1] == std::string("8"));
  CHECK(value.has_range == 1);
  CHECK(value.low == -1);
  CHECK(value.noise_kind == nullptr);
  REQUIRE(vae_program_input(package, scale, 1, &value, nullptr) == VAE_OK);
  CHECK(value.optional == 1);
  CHECK(value.default_value == 2);
  CHECK(vae_program_input(package, scale, 2, &value, nullptr) == VAE_NOT_FOUND);
  REQUIRE(vae_program_input(package, toy.program("noisy.noise"), 0, &value, nullptr) == VAE_OK);
  CHECK(value.noise_kind == std::string("normal"));
  REQUIRE(vae_program_output(package, toy.program("loss.train"), 1, &value, nullptr) == VAE_OK);
  CHECK(value.report == 1);
  size_t none = 0;
  CHECK(vae_package_find_program(package, "none", &none, &toy.error) == VAE_NOT_FOUND);
}

TEST_CASE("the C API plans memory for given sizes", "[api]") {
  Toy toy;
  vae_memory_info memory;
  vae_size size = {"n", 64};
  REQUIRE(vae_program_memory(toy.package.get(), toy.program("chain"), &size, 1, &memory, nullptr) == VAE_OK);
  CHECK(memory.unplaced_bytes == 4 * 256);
  CHECK(memory.arena_bytes == 3 * 256); // phase 3 needs x, u and y; t has ended
  CHECK(memory.flops == 4 * 64);
  CHECK(memory.buffers == 4);
  REQUIRE(vae_program_memory(toy.package.get(), toy.program("turned"), nullptr, 0, &memory, nullptr) == VAE_OK);
  CHECK(memory.parameter_bytes == 0);
  CHECK(memory.prepared_bytes == 128 * 4);
  REQUIRE(vae_program_memory(toy.package.get(), toy.program("turned.prepare"), nullptr, 0, &memory, nullptr) == VAE_OK);
  CHECK(memory.parameter_bytes == 128 * 4);
  CHECK(memory.constant_bytes == 8 * 4);
  CHECK(memory.prepared_bytes == 128 * 4);
  REQUIRE(vae_program_memory(toy.package.get(), toy.program("loss.train"), nullptr, 0, &memory, nullptr) == VAE_OK);
  CHECK(memory.parameter_bytes == 128 * 4);
  CHECK(memory.state_bytes == 32);
  CHECK(vae_program_memory(toy.package.get(), toy.program("chain"), nullptr, 0, &memory, &toy.error) ==
        VAE_INVALID_ARGUMENT);
  CHECK(toy.error.message == std::string("'chain' needs a size n"));
  // Kernels of the toy say nothing of pieces: the least is what a run at once needs, 3 tensors and its result.
  vae_limited_memory within;
  REQUIRE(vae_program_memory_within(toy.package.get(), toy.program("chain"), &size, 1, 1, &within, nullptr) == VAE_OK);
  CHECK(within.bytes == 4 * 256);
  CHECK(within.at_once == within.bytes);
  CHECK(within.work == 1);
  CHECK(vae_program_memory_within(toy.package.get(), toy.program("loss.train"), nullptr, 0, 1, &within, &toy.error) ==
        VAE_UNSUPPORTED);
  CHECK(toy.error.message == std::string("'loss.train' can't run in pieces"));
}

TEST_CASE("the C API runs programs", "[api]") {
  Toy toy;
  SessionHandle session = toy.session("cpu");
  toy.package.reset(); // the session keeps what it needs
  ScaleRun scale;
  vae_run run = scale.run;
  run.profile = 1;
  vae_result *made = nullptr;
  vae_error error;
  REQUIRE(vae_session_run(session.get(), &run, &made, &error) == VAE_OK);
  CHECK(error.status == VAE_OK);
  CHECK(error.message[0] == 0);
  ResultHandle result(made);
  CHECK(vae_result_count(made) == 1);
  CHECK(vae_result_name(made, 0) == std::string("y"));
  CHECK(vae_result_name(made, 1) == nullptr);
  vae_tensor *y = vae_result_find(made, "y");
  REQUIRE(y);
  CHECK(vae_tensor_rank(y) == 2);
  CHECK(vae_tensor_bytes(y) == 64);
  CHECK(static_cast<float *>(vae_tensor_data(y))[15] == 30);
  CHECK(reinterpret_cast<uintptr_t>(vae_tensor_data(y)) % 64 == 0);
  vae_dispatch_time time;
  REQUIRE(vae_result_dispatch(made, 0, &time, nullptr) == VAE_OK);
  CHECK(time.kernel == std::string("scale"));
  CHECK(time.shapes == std::string("f32[2, 8], f32[], f32[2, 8]"));
  CHECK(vae_result_dispatch(made, 1, &time, nullptr) == VAE_NOT_FOUND);
  vae_dispatch_turn turn;
  CHECK(vae_result_turn(made, 0, &turn, nullptr) == VAE_NOT_FOUND); // they are not asked for
  run.profile = 2;
  REQUIRE(vae_session_run(session.get(), &run, &made, &error) == VAE_OK);
  result.reset(made);
  REQUIRE(vae_result_dispatch(made, 0, &time, nullptr) == VAE_OK);
  REQUIRE(vae_result_turn(made, 0, &turn, nullptr) == VAE_OK);
  CHECK(turn.dispatch == 0);
  CHECK(turn.start >= 0);
  CHECK(turn.seconds == time.seconds);
  CHECK(vae_result_turn(made, 1, &turn, nullptr) == VAE_NOT_FOUND);
}

TEST_CASE("the C API measures what a device reaches", "[api]") {
  vae_device_options threads = {};
  threads.threads = 1;
  for (const char *name : {"cpu", "null"}) {
    vae_device *device = nullptr;
    REQUIRE(vae_device_open(name, &threads, &device, nullptr) == VAE_OK);
    vae_device_peak peak = {-1, -1};
    CHECK(vae_device_measure(device, &peak, nullptr) == VAE_OK);
    const bool known = name == std::string("cpu");
    CHECK((peak.flops > 1e9) == known); // a processor of this century
    CHECK((peak.bytes > 1e8) == known);
    CHECK((peak.flops == 0) == !known);
    vae_device_close(device);
  }
}

TEST_CASE("the C API keeps a session within a limit of memory", "[api]") {
  Toy toy;
  SessionHandle session = toy.session("cpu");
  vae_error error;
  ScaleRun scale;
  CHECK(vae_session_limit_memory(nullptr, 1, 0, &error) == VAE_INVALID_ARGUMENT);
  CHECK(vae_session_limit_memory(session.get(), 1 << 20, 1 << 20, &error) == VAE_INVALID_ARGUMENT);
  CHECK(error.message == std::string("a limit of 1 MiB is used up by the 1 MiB beside it"));
  auto runs = [&] {
    vae_result *made = nullptr;
    vae_status status = vae_session_run(session.get(), &scale.run, &made, &error);
    ResultHandle owned(made);
    return status;
  };
  REQUIRE(vae_session_limit_memory(session.get(), 2, 1, nullptr) == VAE_OK);
  CHECK(runs() == VAE_OUT_OF_MEMORY);
  CHECK(std::string(error.message).find("; the limit is 1 MiB") != std::string::npos);
  REQUIRE(vae_session_limit_memory(session.get(), 1 << 20, 0, nullptr) == VAE_OK);
  CHECK(runs() == VAE_OK);
  REQUIRE(vae_session_limit_memory(session.get(), 0, 1 << 30, nullptr) == VAE_OK);
  CHECK(runs() == VAE_OK);
}

TEST_CASE("the C API trains and keeps state", "[api]") {
  Toy toy;
  SessionHandle session = toy.session("cpu");
  float ones[8] = {1, 1, 1, 1, 1, 1, 1, 1};
  TensorHandle x = tensor({8}, ones);
  vae_input input = {"x", x.get()};
  vae_run run = {};
  run.program = "loss";
  run.inputs = &input;
  run.input_count = 1;
  vae_result *made = nullptr;
  REQUIRE(vae_session_train_step(session.get(), &run, &made, nullptr) == VAE_OK);
  ResultHandle result(made);
  CHECK(*static_cast<float *>(vae_tensor_data(vae_result_find(made, "loss"))) == 0.5f);
  vae_progress progress = {1, 0, 9, 4, 250, 77}, found = {};
  std::string path = toy.folder.path("state");
  REQUIRE(vae_session_save_state(session.get(), path.c_str(), &progress, nullptr) == VAE_OK);
  // Both files or neither: the toy keeps no averages, so that what it would save beside them is not there either.
  vae_progress later = {2, 0, 9, 4, 250, 77};
  vae_error error;
  CHECK(vae_session_save_training(session.get(), path.c_str(), &later, toy.folder.path("average").c_str(), nullptr, 0,
                                  &error) == VAE_INVALID_ARGUMENT);
  CHECK(std::string(error.message).starts_with("training keeps no averages"));
  CHECK(vae_session_save_training(session.get(), path.c_str(), &later, nullptr, nullptr, 0, &error) ==
        VAE_INVALID_ARGUMENT);
  CHECK(error.message == std::string("average_path is null"));
  // A draft is of its time, and nobody sees it until it is published.
  const std::string saved = slurp(path), drafted = toy.folder.path("draft");
  vae_draft *draft = nullptr, *dropped = nullptr;
  for (vae_draft **kept : {&draft, &dropped})
    REQUIRE(vae_session_draft_training(session.get(), drafted.c_str(), &progress, nullptr, nullptr, 0, kept, nullptr) ==
            VAE_OK);
  CHECK(vae_session_draft_training(session.get(), drafted.c_str(), nullptr, nullptr, nullptr, 0, &dropped, &error) ==
        VAE_INVALID_ARGUMENT);
  CHECK(error.message == std::string("progress is null"));
  vae_draft_destroy(dropped);
  REQUIRE(vae_session_train_step(session.get(), &run, &made, nullptr) == VAE_OK);
  vae_result_destroy(made);
  CHECK(!std::filesystem::exists(drafted));
  REQUIRE(vae_draft_publish(draft, nullptr) == VAE_OK);
  vae_draft_destroy(draft);
  CHECK(slurp(drafted) == saved);
  SessionHandle other = toy.session("cpu");
  REQUIRE(vae_session_load_state(other.get(), path.c_str(), &found, nullptr) == VAE_OK);
  CHECK(found.step == 1);
  CHECK(found.seed == 9);
  CHECK(found.batch == 4);
  CHECK(found.items == 250);
  CHECK(found.data == 77);
  vae_tensor *b = nullptr;
  REQUIRE(vae_session_get_parameter(other.get(), "b", &b, nullptr) == VAE_OK);
  TensorHandle owned(b);
  CHECK(static_cast<float *>(vae_tensor_data(b))[0] == 1.0f);
  REQUIRE(vae_session_set_parameter(other.get(), "b", x.get(), nullptr) == VAE_OK);
  REQUIRE(vae_session_initialize(other.get(), 1, nullptr) == VAE_OK);
  vae_usage usage;
  vae_session_usage(session.get(), &usage);
  CHECK(usage.bindings == 1);
  CHECK(usage.variable_bytes == (120 + 8 + 8) * 4);
}

TEST_CASE("the C API reads and writes tensors and pictures", "[api]") {
  ScratchFolder folder;
  vae_error error;
  const float values[] = {-1, 1, 0, -3};
  TensorHandle batch = tensor({1, 2, 2}, values);
  std::string npy = folder.path("t.npy"), png = folder.path("t.png");
  REQUIRE(vae_tensor_write(batch.get(), npy.c_str(), &error) == VAE_OK);
  vae_tensor *made = nullptr;
  REQUIRE(vae_tensor_read(npy.c_str(), &made, &error) == VAE_OK);
  TensorHandle same(made);
  CHECK(vae_tensor_element(made) == VAE_F32);
  REQUIRE(vae_tensor_bytes(made) == sizeof(values));
  CHECK(std::memcmp(vae_tensor_data(made), values, sizeof(values)) == 0);
  REQUIRE(vae_tensor_write_pictures(batch.get(), -1, 1, png.c_str(), &error) == VAE_OK);
  REQUIRE(vae_tensor_read(png.c_str(), &made, &error) == VAE_OK);
  TensorHandle picture(made);
  CHECK(vae_tensor_element(made) == VAE_U8);
  CHECK(std::vector<int64_t>(vae_tensor_shape(made), vae_tensor_shape(made) + vae_tensor_rank(made)) ==
        std::vector<int64_t>{1, 1, 2, 2});
  const uint8_t pixels[] = {0, 255, 128, 0};
  CHECK(std::memcmp(vae_tensor_data(made), pixels, sizeof(pixels)) == 0);

  CHECK(vae_tensor_read("/nowhere.npy", &made, &error) == VAE_NOT_FOUND);
  CHECK(vae_tensor_read(nullptr, &made, &error) == VAE_INVALID_ARGUMENT);
  CHECK(vae_tensor_write(batch.get(), "/nowhere/t.npy", &error) == VAE_NOT_FOUND);
  CHECK(vae_tensor_write_pictures(batch.get(), 1, 1, png.c_str(), &error) == VAE_INVALID_ARGUMENT);
  CHECK(error.message == std::string("black is not below white"));
  TensorHandle flat = tensor({4}, values);
  CHECK(vae_tensor_write_pictures(flat.get(), 0, 1, png.c_str(), &error) == VAE_INVALID_ARGUMENT);
  const float broken[] = {0, NAN, 0, 0};
  CHECK(vae_tensor_write_pictures(tensor({1, 2, 2}, broken).get(), 0, 1, png.c_str(), &error) == VAE_NON_FINITE);
}

TEST_CASE("the C API refuses nulls and nonsense", "[api]") {
  Toy toy;
  SessionHandle session = toy.session("null");
  vae_error &error = toy.error;
  vae_result *result = nullptr;
  CHECK(vae_package_open(nullptr, nullptr, &error) == VAE_INVALID_ARGUMENT);
  CHECK(error.message == std::string("path is null"));
  CHECK(vae_package_open("/nowhere", nullptr, nullptr) == VAE_INVALID_ARGUMENT);
  CHECK(vae_session_run(session.get(), nullptr, &result, &error) == VAE_INVALID_ARGUMENT);
  vae_run run = {};
  CHECK(vae_session_run(session.get(), &run, &result, &error) == VAE_INVALID_ARGUMENT);
  CHECK(error.message == std::string("the program's name is null"));
  run.program = "scale";
  run.input_count = 1;
  CHECK(vae_session_run(session.get(), &run, &result, &error) == VAE_INVALID_ARGUMENT);
  vae_input input = {"x", nullptr};
  run.inputs = &input;
  CHECK(vae_session_run(session.get(), &run, &result, &error) == VAE_INVALID_ARGUMENT);
  CHECK(error.message == std::string("input 'x' has no tensor"));
  const char *losses[] = {"loss", nullptr};
  CHECK(vae_session_save_average(session.get(), losses, 1, "/nowhere/w", &error) == VAE_INVALID_ARGUMENT);
  CHECK(error.message == std::string("training keeps no averages of the weights of 'toy'; a line of `train` does so "
                                     "with `ema(...)`"));
  CHECK(vae_session_save_average(session.get(), losses, 2, "/nowhere/w", &error) == VAE_INVALID_ARGUMENT);
  CHECK(error.message == std::string("a loss is null"));
  CHECK(vae_session_save_average(session.get(), nullptr, 0, "/nowhere/w", &error) == VAE_INVALID_ARGUMENT);
  vae_tensor *made = nullptr;
  int64_t negative = -1, huge[2] = {int64_t(1) << 40, int64_t(1) << 40};
  CHECK(vae_tensor_create(VAE_F32, 1, &negative, nullptr, &made, &error) == VAE_INVALID_ARGUMENT);
  CHECK(vae_tensor_create(VAE_F32, 2, huge, nullptr, &made, &error) == VAE_INVALID_ARGUMENT);
  CHECK(vae_tensor_create(static_cast<vae_element>(7), 0, nullptr, nullptr, &made, &error) == VAE_INVALID_ARGUMENT);
  CHECK(vae_tensor_create(VAE_F32, 9, huge, nullptr, &made, &error) == VAE_INVALID_ARGUMENT);
  vae_device *device = nullptr;
  CHECK(vae_device_open("abacus", nullptr, &device, &error) == VAE_NOT_FOUND);
  size_t count = 0;
  CHECK(vae_device_list(nullptr, 0, &count, &error) == VAE_OK);
  CHECK(count >= 2);
  std::vector<vae_device_info> devices(count);
  REQUIRE(vae_device_list(devices.data(), count, &count, &error) == VAE_OK);
  CHECK(devices[0].name == std::string("cpu"));
  vae_package_close(nullptr);
  vae_session_destroy(nullptr);
  vae_result_destroy(nullptr);
  vae_tensor_destroy(nullptr);
  vae_device_close(nullptr);
}

TEST_CASE("long messages are cut", "[api]") {
  vae_error error;
  vae_device *device = nullptr;
  CHECK(vae_device_open(std::string(5000, 'x').c_str(), nullptr, &device, &error) == VAE_NOT_FOUND);
  CHECK(std::strlen(error.message) == sizeof(error.message) - 1);
}

TEST_CASE("a failed new is a status, wherever it happens", "[api]") {
  Toy toy;
  float zeros[8] = {};
  TensorHandle x = tensor({1, 8}, zeros);
  int failures = 0;
  bool finished = false;
  for (long nth = 1; !finished && nth < 20000; nth += 1 + nth / 64) {
    vae_package *package = nullptr;
    vae_device *device = nullptr;
    vae_session *session = nullptr;
    vae_result *result = nullptr;
    vae_error error = {};
    vae_input input = {"x", x.get()};
    vae_run run = {};
    run.program = "scale";
    run.inputs = &input;
    run.input_count = 1;
    newCountdown = nth;
    vae_status status = vae_package_open(toy.path.c_str(), &package, &error);
    if (status == VAE_OK)
      status = vae_device_open("null", nullptr, &device, &error);
    if (status == VAE_OK)
      status = vae_session_create(package, device, &session, &error);
    if (status == VAE_OK)
      status = vae_session_run(session, &run, &result, &error);
    finished = newCountdown.exchange(0) > 0;
    if (status != VAE_OK) {
      ++failures;
      CHECK(status == VAE_OUT_OF_MEMORY);
    }
    vae_result_destroy(result);
    vae_session_destroy(session);
    vae_device_close(device);
    vae_package_close(package);
  }
  CHECK(finished);
  CHECK(failures > 50);
}
