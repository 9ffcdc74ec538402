// The toy model, buffer by buffer.
#include "tests/runtime/conformance/ToyPackage.h"

#include <algorithm>
#include <cstring>

namespace vae::test {
namespace {

enum KernelIndex : uint32_t { addKernel, incrementKernel, scaleKernel, reverseKernel, transposeKernel, targetKernel };
constexpr auto read = abi::Access_read, write = abi::Access_write, readWrite = abi::Access_read_write;

/// Axes of the grid on the CPU (blocks of 16) and on Vulkan (groups of 64 lanes).
struct Grids {
  std::unique_ptr<abi::GridAxisT> cpu, x, y;
};
Grids linearGrid() { return {axis({{0, 16}}), axis({{0, 64}}), axis({})}; }

std::unique_ptr<abi::KernelCodeT> cpuCode(const std::string &name, const std::string &target,
                                          const abi::GridAxisT &blocks) {
  auto code = std::make_unique<abi::KernelCodeT>();
  code->target = target;
  code->strategy = "handwritten";
  code->symbol = "toy_" + name;
  code->scratch_bytes = name == "reverse" ? 64 : 0;
  code->grid.push_back(std::make_unique<abi::GridAxisT>(blocks));
  return code;
}

std::unique_ptr<abi::KernelCodeT> vulkanCode(PackageBuilder &builder, const std::string &name, Grids grids) {
  auto code = std::make_unique<abi::KernelCodeT>();
  code->target = "vulkan";
  code->strategy = "assembled";
  code->kind = abi::CodeKind_spirv;
  code->code = builder.section(readBytes(std::string(VAE_BINARY_DIR) + "/tests/runtime/vulkan/" + name + ".spv"));
  code->grid.push_back(std::move(grids.x));
  code->grid.push_back(std::move(grids.y));
  code->grid.push_back(axis({}));
  return code;
}

void addKernelTo(PackageBuilder &builder, const std::string &name, std::vector<abi::Access> accesses, uint32_t sizes,
                 Grids grids) {
  auto kernel = std::make_unique<abi::KernelT>();
  kernel->name = name;
  kernel->location = "toy.vae:1:1";
  kernel->accesses = std::move(accesses);
  kernel->size_count = sizes;
  kernel->flops.push_back(axis({{sizes ? 0 : -1, 1}}));
  for (const char *target : {"x86-64-v3", "x86-64-v4"})
    kernel->code.push_back(cpuCode(name, target, *grids.cpu));
  if (name != "target")
    kernel->code.push_back(vulkanCode(builder, name, std::move(grids)));
  builder.description.kernels.push_back(std::move(kernel));
}

void addKernels(PackageBuilder &builder) {
  for (const char *target : {"x86-64-v3", "x86-64-v4"}) {
    auto library = std::make_unique<abi::LibraryT>();
    library->target = target;
    library->code =
        builder.section(readBytes(std::string(VAE_BINARY_DIR) + "/tests/runtime/conformance/toy-" + target + ".so"));
    builder.description.libraries.push_back(std::move(library));
  }
  addKernelTo(builder, "add", {read, read, write}, 1, linearGrid());
  addKernelTo(builder, "increment", {readWrite}, 1, linearGrid());
  addKernelTo(builder, "scale", {read, read, write}, 1, linearGrid());
  addKernelTo(builder, "reverse", {read, write}, 1, linearGrid());
  addKernelTo(builder, "transpose", {read, write}, 2, {axis({{0, 1}}), axis({{1, 64}}), axis({{0, 1}})});
  addKernelTo(builder, "target", {write}, 0, {axis({{-1, 1}}), nullptr, nullptr});
}

std::unique_ptr<abi::ParameterT> parameter(const std::string &path, std::vector<int64_t> shape, abi::InitKind kind,
                                           double a, double b) {
  auto result = std::make_unique<abi::ParameterT>();
  result->path = path;
  result->shape = std::move(shape);
  result->init = std::make_unique<abi::InitializerT>();
  result->init->kind = kind;
  result->init->a = a;
  result->init->b = b;
  return result;
}

void addTensors(PackageBuilder &builder) {
  builder.description.parameters.push_back(parameter("w", {40, 3}, abi::InitKind_uniform, -1, 1));
  builder.description.parameters.push_back(parameter("b", {8}, abi::InitKind_constant, 0.5, 0));
  auto state = std::make_unique<abi::StateT>();
  state->name = "m";
  state->shape = {8};
  builder.description.states.push_back(std::move(state));
  std::vector<std::byte> values(8 * sizeof(float));
  for (int i = 0; i < 8; ++i) {
    float value = static_cast<float>(i);
    std::memcpy(&values[static_cast<size_t>(i) * sizeof(float)], &value, sizeof(float));
  }
  auto constant = std::make_unique<abi::ConstantT>();
  constant->shape = {8};
  constant->data = builder.section(std::move(values));
  builder.description.constants.push_back(std::move(constant));
}

/// A program under construction.
class ProgramMaker {
public:
  ProgramMaker(PackageBuilder &builder, const std::string &name, std::vector<std::string> symbols)
      : builder(builder), program(std::make_unique<abi::ProgramT>()) {
    program->name = name;
    program->symbols = std::move(symbols);
    program->phase_count = 1;
  }
  ~ProgramMaker() { builder.description.programs.push_back(std::move(program)); }

  uint32_t input(const std::string &name, std::initializer_list<std::string> shape,
                 abi::ElementType element = abi::ElementType_f32) {
    return add(buffer(abi::BufferKind_input, name, shape, element));
  }
  uint32_t output(const std::string &name, std::initializer_list<std::string> shape,
                  abi::ElementType element = abi::ElementType_f32) {
    return add(buffer(abi::BufferKind_output, name, shape, element));
  }
  uint32_t bound(abi::BufferKind kind, uint32_t index, std::initializer_list<std::string> shape) {
    auto made = buffer(kind, "", shape);
    made->index = index;
    return add(std::move(made));
  }
  uint32_t transient(std::initializer_list<std::string> shape, uint32_t first, uint32_t last) {
    auto made = buffer(abi::BufferKind_transient, "", shape);
    made->first_phase = first;
    made->last_phase = last;
    return add(std::move(made));
  }
  uint32_t scalar(const std::string &formula) {
    auto made = buffer(abi::BufferKind_scalar, "rate", {});
    made->formula = formula;
    return add(std::move(made));
  }
  uint32_t random() { return add(buffer(abi::BufferKind_rng, "", {"4"}, abi::ElementType_i32)); }

  abi::BufferT &last() { return *program->buffers.back(); }
  abi::ProgramT &get() { return *program; }
  void require(const std::string &surplus, const std::string &what, const std::string &location) {
    auto made = std::make_unique<abi::RequirementT>();
    made->surplus = size(surplus);
    made->what = what;
    made->location = location;
    program->requirements.push_back(std::move(made));
  }
  void step(std::unique_ptr<abi::StepT> one) {
    program->phase_count += phasesIn(*one);
    program->steps.push_back(std::move(one));
  }

private:
  /// How many phases begin in a step.
  static uint32_t phasesIn(const abi::StepT &step) {
    const abi::RepeatT *loop = step.command.AsRepeat();
    uint32_t count = step.command.type == abi::Command_Barrier ? 1 : loop ? 2 : 0;
    for (size_t i = 0; loop && i < loop->steps.size(); ++i)
      count += phasesIn(*loop->steps[i]);
    return count;
  }
  uint32_t add(std::unique_ptr<abi::BufferT> made) {
    program->buffers.push_back(std::move(made));
    return static_cast<uint32_t>(program->buffers.size() - 1);
  }
  PackageBuilder &builder;
  std::unique_ptr<abi::ProgramT> program;
};

void addScale(PackageBuilder &builder) {
  ProgramMaker make(builder, "scale", {"B"});
  uint32_t x = make.input("x", {"s0", "8"});
  make.last().range = std::make_unique<abi::RangeT>();
  make.last().range->low = -1;
  make.last().range->high = 1;
  uint32_t factor = make.input("factor", {});
  make.last().optional = true;
  make.last().default_value = 2;
  uint32_t y = make.output("y", {"s0", "8"});
  make.step(dispatch(scaleKernel, {x, factor, y}, {"s0 8 *"}));
}

void addChain(PackageBuilder &builder) {
  ProgramMaker make(builder, "chain", {"n"});
  uint32_t x = make.input("x", {"s0"}), t = make.transient({"s0"}, 0, 2), u = make.transient({"s0"}, 2, 3);
  uint32_t y = make.output("y", {"s0"});
  make.step(dispatch(reverseKernel, {x, t}, {"s0"}));
  make.step(barrier());
  make.step(dispatch(incrementKernel, {t}, {"s0"}));
  make.step(barrier());
  make.step(dispatch(reverseKernel, {t, u}, {"s0"}));
  make.step(barrier());
  make.step(dispatch(addKernel, {x, u, y}, {"s0"}));
}

void addTranspose(PackageBuilder &builder) {
  ProgramMaker make(builder, "transpose", {"m", "n"});
  uint32_t x = make.input("x", {"s0", "s1"}), y = make.output("y", {"s1", "s0"});
  make.step(dispatch(transposeKernel, {x, y}, {"s0", "s1"}));
}

void addWeights(PackageBuilder &builder) {
  ProgramMaker make(builder, "rows", {});
  uint32_t w = make.bound(abi::BufferKind_parameter, 0, {"40", "3"});
  uint32_t one = make.scalar("1"), y = make.output("y", {"120"});
  make.step(dispatch(scaleKernel, {w, one, y}, {"120"}));
}

void addPrepared(PackageBuilder &builder) {
  for (const std::vector<int64_t> &shape : {std::vector<int64_t>{3, 40}, {8}}) {
    auto prepared = std::make_unique<abi::PreparedT>();
    prepared->shape = shape;
    builder.description.prepared.push_back(std::move(prepared));
  }
  {
    ProgramMaker make(builder, "turned.prepare", {});
    make.get().kind = abi::ProgramKind_prepare;
    uint32_t w = make.bound(abi::BufferKind_parameter, 0, {"40", "3"});
    uint32_t b = make.bound(abi::BufferKind_parameter, 1, {"8"}), c = make.bound(abi::BufferKind_constant, 0, {"8"});
    uint32_t turned = make.bound(abi::BufferKind_prepared, 0, {"3", "40"});
    uint32_t sum = make.bound(abi::BufferKind_prepared, 1, {"8"});
    make.step(dispatch(transposeKernel, {w, turned}, {"40", "3"}));
    make.step(dispatch(addKernel, {b, c, sum}, {"8"}));
  }
  ProgramMaker make(builder, "turned", {});
  uint32_t turned = make.bound(abi::BufferKind_prepared, 0, {"3", "40"});
  uint32_t sum = make.bound(abi::BufferKind_prepared, 1, {"8"});
  uint32_t one = make.scalar("1"), y = make.output("y", {"120"}), z = make.output("z", {"8"});
  make.step(dispatch(scaleKernel, {turned, one, y}, {"120"}));
  make.step(dispatch(scaleKernel, {sum, one, z}, {"8"}));
}

void addCopies(PackageBuilder &builder) {
  {
    ProgramMaker make(builder, "random", {});
    uint32_t state = make.random(), r = make.output("r", {"4"}, abi::ElementType_i32);
    make.step(copy(state, r));
  }
  {
    ProgramMaker make(builder, "filled", {"n"});
    uint32_t t = make.transient({"s0"}, 0, 1), y = make.output("y", {"s0"});
    make.step(fill(t, 0x3f800000));
    make.step(barrier());
    make.step(copy(t, y));
    make.require("s0 -2 +", "one value is too few", "toy.vae:3:9");
  }
  {
    ProgramMaker make(builder, "constant", {});
    uint32_t c = make.bound(abi::BufferKind_constant, 0, {"8"}), y = make.output("y", {"8"});
    make.step(copy(c, y));
  }
}

void addAlias(PackageBuilder &builder) {
  ProgramMaker make(builder, "alias", {"n"});
  uint32_t x = make.input("x", {"s0"}), t = make.transient({"s0"}, 0, 1);
  uint32_t view = make.transient({"s0 4 /", "4"}, 0, 1);
  make.last().reshape_of = static_cast<int32_t>(t);
  uint32_t y = make.output("y", {"4", "s0 4 /"});
  make.step(dispatch(reverseKernel, {x, t}, {"s0"}));
  make.step(barrier());
  make.step(dispatch(transposeKernel, {view, y}, {"s0 4 /", "4"}));
}

void addNoisy(PackageBuilder &builder) {
  {
    ProgramMaker make(builder, "noisy", {});
    uint32_t c = make.bound(abi::BufferKind_constant, 0, {"8"}), y = make.output("y", {"8"});
    make.step(copy(c, y));
  }
  ProgramMaker make(builder, "noisy.noise", {});
  uint32_t noise = make.input("noise0", {"8"});
  make.last().noise = true;
  make.last().noise_kind = "normal";
  uint32_t y = make.output("y", {"8"});
  make.step(copy(noise, y));
}

void addTraining(PackageBuilder &builder) {
  ProgramMaker make(builder, "loss.train", {});
  make.get().kind = abi::ProgramKind_train;
  uint32_t x = make.input("x", {"8"}), rate = make.scalar("0.5 step 1 + *");
  uint32_t b = make.bound(abi::BufferKind_parameter, 1, {"8"}), m = make.bound(abi::BufferKind_state, 0, {"8"});
  uint32_t w = make.bound(abi::BufferKind_parameter, 0, {"40", "3"});
  uint32_t t = make.transient({"8"}, 0, 1), u = make.transient({"8"}, 1, 2), v = make.transient({"8"}, 2, 3);
  uint32_t loss = make.output("loss", {}), term = make.output("term", {});
  make.last().report = true;
  make.step(dispatch(scaleKernel, {x, rate, t}, {"8"}));
  make.step(dispatch(incrementKernel, {w}, {"120"}));
  make.step(copy(rate, loss));
  make.step(barrier());
  make.step(dispatch(addKernel, {m, t, u}, {"8"}));
  make.step(barrier());
  make.step(copy(u, m));
  make.step(dispatch(addKernel, {b, u, v}, {"8"}));
  make.step(barrier());
  make.step(copy(v, b));
  make.step(copy(rate, term));
}

/// Loops: in place, through a copy, nested, with a count that may be negative.
void addLoops(PackageBuilder &builder) {
  for (const char *count : {"s1", "s1 -4 +"}) {
    ProgramMaker make(builder, count == std::string("s1") ? "loop" : "shorter", {"n", "T"});
    uint32_t x = make.input("x", {"s0"}), y = make.output("y", {"s0"});
    make.step(copy(x, y));
    make.step(repeat(count, dispatch(incrementKernel, {y}, {"s0"})));
  }
  {
    ProgramMaker make(builder, "doubled", {"n", "T"});
    uint32_t x = make.input("x", {"s0"}), y = make.output("y", {"s0"}), t = make.transient({"s0"}, 1, 2);
    make.step(copy(x, y));
    make.step(repeat("s1", dispatch(addKernel, {y, y, t}, {"s0"}), barrier(), copy(t, y)));
  }
  {
    // Beside it, transients that fill the gaps of the arena before and after the loop.
    ProgramMaker make(builder, "nested", {"n", "H", "W"});
    uint32_t x = make.input("x", {"s0"}), y = make.output("y", {"s0"}), z = make.output("z", {"s0"});
    uint32_t r = make.transient({"s0"}, 2, 4), before = make.transient({"s0"}, 0, 1);
    uint32_t after = make.transient({"s0"}, 5, 6), c = make.transient({"s0"}, 1, 6);
    make.step(dispatch(reverseKernel, {x, before}, {"s0"}));
    make.step(copy(x, y));
    make.step(barrier());
    make.step(copy(before, c));
    make.step(repeat("s1", dispatch(reverseKernel, {y, r}, {"s0"}),
                     repeat("s2", dispatch(incrementKernel, {r}, {"s0"})), copy(r, y)));
    make.step(dispatch(reverseKernel, {y, after}, {"s0"}));
    make.step(barrier());
    make.step(dispatch(addKernel, {after, c, z}, {"s0"}));
  }
}

void addLabels(PackageBuilder &builder) {
  ProgramMaker make(builder, "labels", {"n"});
  uint32_t k = make.input("k", {"s0", "2"}, abi::ElementType_i32);
  make.last().range = std::make_unique<abi::RangeT>();
  make.last().range->high = 9;
  uint32_t l = make.input("l", {}, abi::ElementType_i32);
  make.last().range = std::make_unique<abi::RangeT>();
  make.last().range->low = -2;
  make.last().range->high = 2;
  uint32_t y = make.output("y", {"s0", "2"}, abi::ElementType_i32), z = make.output("z", {}, abi::ElementType_i32);
  make.step(copy(k, y));
  make.step(copy(l, z));
}

void addTarget(PackageBuilder &builder) {
  ProgramMaker make(builder, "target", {});
  uint32_t y = make.output("y", {"1"});
  make.step(dispatch(targetKernel, {y}, {}));
}

} // namespace

PackageBuilder toyPackage() {
  PackageBuilder builder;
  builder.description.model = "toy";
  builder.description.compiler = "by hand";
  auto argument = std::make_unique<abi::ArgumentT>();
  argument->name = "width";
  argument->value = "8";
  builder.description.arguments.push_back(std::move(argument));
  addKernels(builder);
  addTensors(builder);
  addScale(builder);
  addChain(builder);
  addTranspose(builder);
  addWeights(builder);
  addPrepared(builder);
  addCopies(builder);
  addAlias(builder);
  addNoisy(builder);
  addTraining(builder);
  addLoops(builder);
  addLabels(builder);
  addTarget(builder);
  return builder;
}

std::vector<std::byte> toyPackageBytes() { return toyPackage().build(); }

size_t programIndex(const abi::PackageT &package, const std::string &name) {
  auto found = std::find_if(package.programs.begin(), package.programs.end(),
                            [&](const auto &program) { return program->name == name; });
  return static_cast<size_t>(found - package.programs.begin());
}

} // namespace vae::test
