// The line model, buffer by buffer.
#include "tests/runtime/vae-run/LinePackage.h"
#include "tests/runtime/conformance/PackageBuilder.h"

namespace vae::test {
namespace {

enum Kernel : uint32_t { applyKernel, drawKernel, trainKernel, matchKernel };

void addKernel(PackageBuilder &builder, const std::string &name, std::vector<abi::Access> accesses) {
  auto kernel = std::make_unique<abi::KernelT>();
  kernel->name = name;
  kernel->location = "line.vae:1:1";
  kernel->accesses = std::move(accesses);
  kernel->size_count = 1;
  kernel->flops.push_back(axis({{0, 1}, {-1, 8}}));
  auto code = std::make_unique<abi::KernelCodeT>();
  code->target = "x86-64-v3";
  code->strategy = "handwritten";
  code->symbol = "line_" + name;
  code->grid.push_back(axis({{-1, 1}}));
  kernel->code.push_back(std::move(code));
  builder.description.kernels.push_back(std::move(kernel));
}

/// A program whose buffers are numbered in the order in which they are added.
struct Maker {
  std::unique_ptr<abi::ProgramT> program = std::make_unique<abi::ProgramT>();

  explicit Maker(const std::string &name, const std::string &symbol, abi::ProgramKind kind = abi::ProgramKind_entry) {
    program->name = name;
    program->symbols = {symbol};
    program->kind = kind;
    program->phase_count = 1;
  }
  abi::BufferT &add(abi::BufferKind kind, const std::string &name, std::initializer_list<std::string> shape,
                    abi::ElementType element = abi::ElementType_f32) {
    program->buffers.push_back(buffer(kind, name, shape, element));
    return *program->buffers.back();
  }
  abi::BufferT &picture(abi::BufferKind kind, const std::string &name) {
    abi::BufferT &made = add(kind, name, {"s0", "4"});
    made.range = std::make_unique<abi::RangeT>();
    made.range->low = 0;
    made.range->high = 1;
    return made;
  }
};

std::unique_ptr<abi::ProgramT> apply(const std::string &name, bool withWeights) {
  Maker make(name, "B");
  make.picture(abi::BufferKind_input, "x");
  make.add(abi::BufferKind_parameter, "", {"4"});
  make.picture(abi::BufferKind_output, "y");
  make.program->steps.push_back(dispatch(applyKernel, {0, 1, 2}, {"s0"}));
  if (withWeights) {
    make.add(abi::BufferKind_output, "w", {"4"});
    make.program->steps.push_back(copy(1, 3));
  }
  return std::move(make.program);
}

std::unique_ptr<abi::ProgramT> sample() {
  Maker make("sample", "n");
  make.add(abi::BufferKind_rng, "", {"4"}, abi::ElementType_i32);
  make.add(abi::BufferKind_output, "y", {"s0", "4"});
  make.program->steps.push_back(dispatch(drawKernel, {0, 1}, {"s0"}));
  return std::move(make.program);
}

/// "encode" and "decode": x * w, named and ranged as the two halves of an autoencoder.
std::unique_ptr<abi::ProgramT> half(const std::string &name) {
  bool decodes = name == "decode";
  Maker make(name, "B");
  if (decodes)
    make.add(abi::BufferKind_input, "z", {"s0", "4"});
  else
    make.picture(abi::BufferKind_input, "x");
  make.add(abi::BufferKind_parameter, "", {"4"});
  abi::BufferT &result = make.add(abi::BufferKind_output, decodes ? "y" : "mu", {"s0", "4"});
  if (decodes) {
    result.range = std::make_unique<abi::RangeT>();
    result.range->low = -3;
    result.range->high = 3;
  }
  make.program->steps.push_back(dispatch(applyKernel, {0, 1, 2}, {"s0"}));
  return std::move(make.program);
}

/// Noise beside what is computed of an input.
std::unique_ptr<abi::ProgramT> jitter() {
  std::unique_ptr<abi::ProgramT> program = apply("jitter", false);
  program->buffers.push_back(buffer(abi::BufferKind_rng, "", {"4"}, abi::ElementType_i32));
  program->buffers.push_back(buffer(abi::BufferKind_output, "d", {"s0", "4"}));
  program->buffers.back()->range = std::make_unique<abi::RangeT>();
  program->buffers.back()->range->high = 1;
  program->steps.push_back(dispatch(drawKernel, {3, 4}, {"s0"}));
  return program;
}

std::unique_ptr<abi::ProgramT> codes() {
  Maker make("codes", "n");
  abi::BufferT &label = make.add(abi::BufferKind_input, "label", {"s0"}, abi::ElementType_i32);
  label.range = std::make_unique<abi::RangeT>();
  label.range->high = 3;
  abi::BufferT &level = make.add(abi::BufferKind_input, "level", {});
  level.optional = true;
  level.default_value = 1;
  make.add(abi::BufferKind_output, "code", {"s0"}, abi::ElementType_i32);
  make.add(abi::BufferKind_output, "at", {});
  make.program->steps.push_back(copy(0, 2));
  make.program->steps.push_back(copy(1, 3));
  return std::move(make.program);
}

std::unique_ptr<abi::ProgramT> train(bool noiseGiven) {
  Maker make(noiseGiven ? "fit.train.noise" : "fit.train", "B", abi::ProgramKind_train);
  make.picture(abi::BufferKind_input, "x");
  if (noiseGiven) {
    abi::BufferT &noise = make.add(abi::BufferKind_input, "noise0", {"s0", "4"});
    noise.noise = true;
    noise.noise_kind = "uniform";
  } else {
    make.add(abi::BufferKind_transient, "", {"s0", "4"}).last_phase = 1;
  }
  make.add(abi::BufferKind_scalar, "rate", {}).formula = "0.1 1 step + /";
  make.add(abi::BufferKind_parameter, "", {"4"});
  make.add(abi::BufferKind_state, "", {"4"});
  make.add(abi::BufferKind_output, "loss", {});
  make.add(abi::BufferKind_output, "far", {}).report = true;
  if (!noiseGiven) {
    make.add(abi::BufferKind_rng, "", {"4"}, abi::ElementType_i32);
    make.program->steps.push_back(dispatch(drawKernel, {7, 1}, {"s0"}));
    make.program->steps.push_back(barrier());
    make.program->phase_count = 2;
  }
  make.program->steps.push_back(dispatch(trainKernel, {0, 1, 2, 3, 4, 5, 6}, {"s0"}));
  return std::move(make.program);
}

/// Adds the input `label` and the term `match` to fit.train.
void addLabels(abi::ProgramT &program) {
  auto count = static_cast<uint32_t>(program.buffers.size());
  program.buffers.push_back(buffer(abi::BufferKind_input, "label", {"s0"}, abi::ElementType_i32));
  program.buffers.back()->range = std::make_unique<abi::RangeT>();
  program.buffers.back()->range->low = 0;
  program.buffers.back()->range->high = 3;
  program.buffers.push_back(buffer(abi::BufferKind_output, "match", {}, abi::ElementType_f32));
  program.buffers.back()->report = true;
  program.steps.push_back(dispatch(matchKernel, {0, count, count + 1}, {"s0"}));
}

/// The model without its programs.
PackageBuilder lineModel() {
  constexpr auto read = abi::Access_read, write = abi::Access_write, readWrite = abi::Access_read_write;
  PackageBuilder builder;
  builder.description.model = "line";
  builder.description.compiler = "by hand";
  auto library = std::make_unique<abi::LibraryT>();
  library->target = "x86-64-v3";
  library->code = builder.section(readBytes(LINE_LIBRARY));
  builder.description.libraries.push_back(std::move(library));
  addKernel(builder, "apply", {read, read, write});
  addKernel(builder, "draw", {read, write});
  addKernel(builder, "train", {read, read, read, readWrite, readWrite, write, write});
  addKernel(builder, "match", {read, read, write});
  auto parameter = std::make_unique<abi::ParameterT>();
  parameter->path = "w";
  parameter->shape = {4};
  parameter->init = std::make_unique<abi::InitializerT>();
  parameter->init->kind = abi::InitKind_uniform;
  parameter->init->b = 1;
  builder.description.parameters.push_back(std::move(parameter));
  auto state = std::make_unique<abi::StateT>();
  state->name = "momentum.w";
  state->shape = {4};
  builder.description.states.push_back(std::move(state));
  return builder;
}

} // namespace

std::vector<std::byte> labelledPackageBytes() {
  PackageBuilder builder = lineModel();
  builder.description.model = "labelled";
  builder.description.programs.push_back(train(false));
  addLabels(*builder.description.programs.back());
  return builder.build();
}

std::vector<std::byte> linePackageBytes() {
  PackageBuilder builder = lineModel();
  builder.description.programs.push_back(apply("apply", true));
  builder.description.programs.push_back(apply("mirror", false));
  builder.description.programs.push_back(sample());
  builder.description.programs.push_back(train(false));
  builder.description.programs.push_back(train(true));
  builder.description.programs.push_back(half("encode"));
  builder.description.programs.push_back(half("decode"));
  builder.description.programs.push_back(jitter());
  builder.description.programs.push_back(codes());
  return builder.build();
}

} // namespace vae::test
