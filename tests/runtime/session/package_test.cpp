// Packages that are wrong: each is an error that says what is wrong, or runs as if nothing had happened.
#include "runtime/base/AtomicFile.h"
#include "runtime/devices/Devices.h"
#include "runtime/session/Session.h"
#include "tests/catch.h"
#include "tests/runtime/TestFiles.h"
#include "tests/runtime/conformance/ToyPackage.h"

#include <cstring>
#include <functional>

using namespace vae::runtime;
using namespace vae::test;
namespace abi = vae::abi;

namespace {

using Bytes = std::vector<std::byte>;

vae_package_header headerOf(const Bytes &bytes) {
  vae_package_header header;
  std::memcpy(&header, bytes.data(), sizeof(header));
  return header;
}

Bytes withHeader(Bytes bytes, const std::function<void(vae_package_header &)> &change) {
  vae_package_header header = headerOf(bytes);
  change(header);
  std::memcpy(bytes.data(), &header, sizeof(header));
  return bytes;
}

/// Builds the toy package after a change to its description.
Result<std::shared_ptr<const Package>> changed(const std::function<void(abi::PackageT &)> &change) {
  PackageBuilder builder = toyPackage();
  change(builder.description);
  return Package::create(builder.build());
}

abi::ProgramT &program(abi::PackageT &package, const std::string &name) {
  return *package.programs[programIndex(package, name)];
}

/// Everything that reading gives, as text: equal texts mean that a flipped bit changed nothing.
std::string fingerprint(const Package &package) {
  std::string text = concat(package.model(), package.compiler(), package.kernels().size(), package.programs().size());
  for (const Constant &constant : package.constants())
    text += std::string(reinterpret_cast<const char *>(constant.data.data()), constant.data.size());
  for (const Library &library : package.libraries())
    text += library.target + std::string(reinterpret_cast<const char *>(library.code.data()), library.code.size());
  for (const Kernel &kernel : package.kernels())
    for (const KernelCode &code : kernel.code)
      text += std::string(reinterpret_cast<const char *>(code.code.data()), code.code.size());
  return text;
}

/// Refuses what a damaged size may ask for, before the machine runs out of memory.
class SmallAllocator : public Allocator {
public:
  void *allocate(uint64_t bytes, uint64_t alignment) override {
    return bytes < (1 << 24) ? Allocator::allocate(bytes, alignment) : nullptr;
  }
};

} // namespace

TEST_CASE("a sound package opens", "[package]") {
  Result<std::shared_ptr<const Package>> package = Package::create(toyPackageBytes());
  INFO(package.status().message());
  REQUIRE(package.ok());
  CHECK((*package)->model() == "toy");
  CHECK((*package)->parameters().size() == 2);
  CHECK((*package)->targets() == std::vector<std::string>{"vulkan", "x86-64-v3", "x86-64-v4"});
  REQUIRE_ERROR((*package)->findProgram("decode"), "model 'toy' has no entry 'decode'; it has scale, chain");
}

TEST_CASE("a missing file is named", "[package]") {
  Result<std::shared_ptr<const Package>> package = Package::open("/nowhere/model.vaep");
  CHECK(package.status().code() == StatusCode::notFound);
  REQUIRE_ERROR(package, "/nowhere/model.vaep");
}

TEST_CASE("every truncation is refused", "[package]") {
  Bytes bytes = toyPackageBytes();
  for (size_t size = 0; size < bytes.size(); size += size < 9000 ? 1 : 501)
    REQUIRE_FALSE(Package::create(Bytes(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(size))).ok());
  bytes.push_back(std::byte(0));
  REQUIRE_ERROR(Package::create(bytes), "its header says");
}

TEST_CASE("every flipped bit is found, or harmless padding", "[package]") {
  const Bytes bytes = toyPackageBytes();
  const std::string sound = fingerprint(**Package::create(bytes));
  const size_t dense = sizeof(vae_package_header) + headerOf(bytes).description_size;
  size_t harmless = 0;
  for (size_t at = 0; at < bytes.size(); at += at < dense ? 1 : 53) {
    Bytes flipped = bytes;
    flipped[at] ^= std::byte(1 << at % 8);
    Result<std::shared_ptr<const Package>> package = Package::create(std::move(flipped));
    REQUIRE((!package.ok() || at >= dense)); // header and description have no padding
    if (!package.ok())
      continue;
    ++harmless;
    REQUIRE(fingerprint(**package) == sound);
  }
  CHECK(harmless > 0); // sections are padded to pages
}

// Sanitizers take 30 times as long; one byte in three still meets each number of four.
#ifdef VAE_SANITIZE
static constexpr size_t byteStride = 3;
#else
static constexpr size_t byteStride = 1;
#endif

TEST_CASE("a description changed behind right checksums never crashes", "[package]") {
  const Bytes bytes = toyPackageBytes();
  const size_t end = sizeof(vae_package_header) + headerOf(bytes).description_size;
  SmallAllocator allocator;
  DeviceOptions options;
  options.allocator = &allocator;
  std::shared_ptr<Device> device = openDevice("null", options).take();
  size_t refused = 0, accepted = 0;
  for (size_t at = sizeof(vae_package_header); at < end; at += byteStride) {
    for (unsigned mask : {0x01u, 0x80u, 0xffu}) {
      Bytes evil = bytes;
      evil[at] ^= std::byte(mask);
      repairChecksums(evil);
      Result<std::shared_ptr<const Package>> package = Package::create(std::move(evil));
      if (!package.ok()) {
        ++refused;
        CHECK(package.status().code() == StatusCode::invalidFile);
        continue;
      }
      ++accepted;
      Result<std::unique_ptr<Session>> session = Session::create(*package, device);
      for (const PackageProgram &one : (*package)->programs()) {
        NamedSizes sizes;
        for (const std::string &symbol : one.symbols)
          sizes[symbol] = 8;
        if (session.ok())
          (void)(*session)->run({one.name, {}, sizes}).ok();
      }
    }
  }
  CHECK(refused > 1000);
  CHECK(accepted > 100); // names, numbers of formulas
}

TEST_CASE("the header is checked", "[package]") {
  Bytes bytes = toyPackageBytes();
  REQUIRE_ERROR(Package::create(Bytes(10)), "fewer than a header");
  REQUIRE_ERROR(Package::create(Bytes(64)), "doesn't start with VAEP");
  REQUIRE_ERROR(Package::create(withHeader(bytes, [](auto &header) { ++header.core_size; })), "header is damaged");
  Bytes future = withHeader(bytes, [](auto &header) { header.version = 77; });
  repairChecksums(future);
  REQUIRE_ERROR(Package::create(future), "package version 77, this runtime reads version 8");
  Bytes longer = withHeader(bytes, [](auto &header) { ++header.core_size; });
  repairChecksums(longer);
  REQUIRE_ERROR(Package::create(longer), "its header says");
}

namespace {

/// The toy package with these bytes inside as weights, its header changed last.
Bytes toyWith(const std::string &weights, const std::function<void(vae_package_header &)> &change = {}) {
  Bytes bytes = withWeights(toyPackageBytes(), weights);
  if (!change)
    return bytes;
  bytes = withHeader(std::move(bytes), change);
  repairChecksums(bytes);
  return bytes;
}

Result<std::shared_ptr<const Package>> opened(const Bytes &bytes) {
  ScratchFolder folder;
  const std::string path = folder.path("toy.vaep");
  REQUIRE(writeFile(path, bytes).ok());
  return Package::open(path);
}

} // namespace

TEST_CASE("weights inside stay in the file, and are not read", "[package]") {
  Result<std::shared_ptr<const Package>> package = opened(toyWith("no weights at all"));
  INFO(package.status().message());
  REQUIRE(package.ok());
  CHECK((*package)->weights().size() == 17);
  CHECK((*package)->weights().front() == std::byte('n'));
  CHECK((*package)->weights().data() >= (*package)->file()->bytes().data());
  CHECK((*package)->fileBytes() == toyWith("no weights at all").size());
  CHECK(fingerprint(**package) == fingerprint(**Package::create(toyPackageBytes())));
  CHECK_FALSE((*opened(toyPackageBytes()))->file());
  REQUIRE_ERROR(Package::create(toyWith("w")), "is read from its file alone");
}

TEST_CASE("a package with weights has the sizes that its header says", "[package]") {
  Bytes bytes = toyWith("0123456789");
  for (size_t cut : {size_t{1}, size_t{10}, size_t{11}, bytes.size() - sizeof(vae_package_header)}) {
    Bytes shorter(bytes.begin(), bytes.end() - static_cast<ptrdiff_t>(cut));
    REQUIRE_ERROR(opened(shorter), concat("the file has ", shorter.size(), " bytes, its header says ", bytes.size()));
  }
  bytes.push_back(std::byte(0));
  REQUIRE_ERROR(opened(bytes), "its header says");
  REQUIRE_ERROR(opened(toyWith("w", [](auto &header) { header.weights_size = 0; })), "its header says");
  REQUIRE_ERROR(opened(toyWith("w", [](auto &header) { header.core_size = 1; })), "its header says");
  REQUIRE_ERROR(opened(toyWith("w", [](auto &header) { header.core_size -= 2 * VAE_SECTION_ALIGNMENT; })),
                "its header says");
  for (uint64_t size : {~uint64_t{0}, ~uint64_t{0} - VAE_SECTION_ALIGNMENT}) {
    REQUIRE_ERROR(opened(toyWith("w", [&](auto &header) { header.weights_size = size; })), "out of range");
    REQUIRE_ERROR(opened(toyWith("w", [&](auto &header) { header.core_size = size; })), "header");
  }
}

TEST_CASE("what a package says must hold together", "[package]") {
  using P = abi::PackageT;
  auto refuses = [](const std::string &message, const std::function<void(P &)> &change) {
    REQUIRE_ERROR(changed(change), message);
  };
  refuses("program 'chain': step 0: buffer 99 of 4",
          [](P &p) { program(p, "chain").steps[0]->command.AsDispatch()->buffers[0] = 99; });
  refuses("an argument has no name", [](P &p) { p.arguments[0]->name.clear(); });
  refuses("argument 'width' appears twice",
          [](P &p) { p.arguments.push_back(std::make_unique<abi::ArgumentT>(*p.arguments[0])); });
  refuses("kernel 99 of 6", [](P &p) { program(p, "chain").steps[0]->command.AsDispatch()->kernel = 99; });
  refuses("1 buffers for kernel 'reverse', which takes 2",
          [](P &p) { program(p, "chain").steps[0]->command.AsDispatch()->buffers.pop_back(); });
  refuses("0 sizes for kernel 'reverse', which takes 1",
          [](P &p) { program(p, "chain").steps[0]->command.AsDispatch()->sizes.clear(); });
  refuses("parameter 7 of 2", [](P &p) { program(p, "rows").buffers[0]->index = 7; });
  refuses("its type differs from parameter 1, f32[8]", [](P &p) { program(p, "rows").buffers[0]->index = 1; });
  refuses("prepared tensor 7 of 2", [](P &p) { program(p, "turned").buffers[0]->index = 7; });
  refuses("its type differs from prepared tensor 1, f32[8]", [](P &p) { program(p, "turned").buffers[0]->index = 1; });
  refuses("prepared tensor 0: shape [0, 40] has a size below 1", [](P &p) { p.prepared[0]->shape[0] = 0; });
  refuses("no program makes prepared tensor 2",
          [](P &p) { p.prepared.push_back(std::make_unique<abi::PreparedT>(*p.prepared[1])); });
  refuses("program 'again' makes prepared tensor 0, which is made already", [](P &p) {
    p.programs.push_back(std::make_unique<abi::ProgramT>(program(p, "turned.prepare")));
    p.programs.back()->name = "again";
  });
  refuses("parameter 'w' appears twice", [](P &p) { p.parameters[1]->path = "w"; });
  refuses("program 'scale' appears twice", [](P &p) { program(p, "chain").name = "scale"; });
  refuses("parameter 0: it has no name", [](P &p) { p.parameters[0]->path.clear(); });
  refuses("control character", [](P &p) { p.parameters[0]->path = "w\n"; });
  refuses("has a size below 1", [](P &p) { p.parameters[0]->shape[0] = 0; });
  refuses("overflows", [](P &p) { p.parameters[0]->shape = {int64_t(1) << 40, int64_t(1) << 40}; });
  refuses("needs 36 bytes, its section has 32", [](P &p) { p.constants[0]->shape[0] = 9; });
  refuses("block count uses size 3 of 1", [](P &p) { p.kernels[0]->code[0]->grid[0]->factors[0]->size = 3; });
  refuses("block count has a factor below 1", [](P &p) { p.kernels[0]->code[0]->grid[0]->factors[0]->divisor = 0; });
  refuses("block count has a divisor below 1", [](P &p) { p.kernels[0]->code[0]->grid[0]->divisor = 0; });
  refuses("its grid has 2 axes, expected 1", [](P &p) { p.kernels[0]->code[0]->grid.push_back(axis({})); });
  refuses("symbol 'toy_add' has no library", [](P &p) { p.kernels[0]->code[0]->target = "riscv"; });
  refuses("symbol '' has no library", [](P &p) { p.kernels[0]->code[0]->symbol.clear(); });
  refuses("unknown kind of code 7", [](P &p) { p.kernels[0]->code[2]->kind = static_cast<abi::CodeKind>(7); });
  refuses("its grid has 3 axes, expected 1", [](P &p) { p.kernels[0]->code[2]->kind = abi::CodeKind_native; });
  refuses("it has no code", [](P &p) { p.kernels[0]->code[2]->code.reset(); });
  refuses("it reshapes buffer 2, which doesn't come before it",
          [](P &p) { program(p, "alias").buffers[2]->reshape_of = 2; });
  refuses("unknown word 'lr'", [](P &p) { program(p, "rows").buffers[1]->formula = "lr"; });
  refuses("only f32 parameters may start from other than zeros",
          [](P &p) { p.parameters[0]->element = abi::ElementType_i32; });
  refuses("size formula uses symbol 4", [](P &p) { program(p, "scale").buffers[0]->shape[0] = size("s4"); });
}

TEST_CASE("what a program does must hold together", "[package]") {
  using P = abi::PackageT;
  auto refuses = [](const std::string &message, const std::function<void(P &)> &change) {
    REQUIRE_ERROR(changed(change), message);
  };
  refuses("is used in phase 2, outside its life from 0 to 1",
          [](P &p) { program(p, "chain").buffers[1]->last_phase = 1; });
  refuses("lives from phase 0 to 9 of 4", [](P &p) { program(p, "chain").buffers[1]->last_phase = 9; });
  refuses("is read before it is written",
          [](P &p) { program(p, "chain").steps.erase(program(p, "chain").steps.begin()); });
  refuses("also used by another command of phase 0", [](P &p) {
    auto &steps = program(p, "chain").steps;
    steps.erase(steps.begin() + 1);
  });
  refuses("output 'y' is never written", [](P &p) { program(p, "chain").steps.pop_back(); });
  refuses("bindings 0 and 2 are the same memory",
          [](P &p) { program(p, "chain").steps[6]->command.AsDispatch()->buffers = {0, 2, 0}; });
  refuses("which is read only", [](P &p) { program(p, "constant").steps[0] = fill(0, 0); });
  refuses("a weight or state, outside training", [](P &p) { program(p, "loss.train").kind = abi::ProgramKind_entry; });
  refuses("a prepared tensor, outside a prepare program",
          [](P &p) { program(p, "turned.prepare").kind = abi::ProgramKind_entry; });
  refuses("a weight or state, outside training",
          [](P &p) { program(p, "turned.prepare").steps[1]->command.AsDispatch()->buffers = {2, 2, 1}; });
  refuses("buffer 3, a prepared tensor, is never written", [](P &p) {
    auto &steps = program(p, "turned.prepare").steps;
    steps.erase(steps.begin());
  });
  refuses("buffer 0: a prepare program binds parameters, constants, prepared tensors and transients alone", [](P &p) {
    program(p, "turned.prepare").buffers[0]->kind = abi::BufferKind_input;
    program(p, "turned.prepare").buffers[0]->name = "x";
  });
  refuses("a prepare program has no sizes to choose, this has 1",
          [](P &p) { program(p, "turned.prepare").symbols = {"n"}; });
  refuses("output 'loss' appears twice", [](P &p) { program(p, "loss.train").buffers.back()->name = "loss"; });
  refuses("unknown noise 'poisson'", [](P &p) { program(p, "noisy.noise").buffers[0]->noise_kind = "poisson"; });
  refuses("it is in phase 3 of 3", [](P &p) {
    program(p, "loss.train").phase_count = 3;
    program(p, "loss.train").buffers[7]->last_phase = 2;
  });
}

TEST_CASE("what a loop does must hold together", "[package]") {
  using P = abi::PackageT;
  auto refuses = [](const std::string &message, const std::function<void(P &)> &change) {
    REQUIRE_ERROR(changed(change), message);
  };
  auto deep = [](P &p, int depth) {
    std::unique_ptr<abi::StepT> step = barrier();
    for (int i = 0; i < depth; ++i)
      step = repeat("2", std::move(step));
    program(p, "loop").steps.push_back(std::move(step));
    program(p, "loop").phase_count += static_cast<uint32_t>(2 * depth + 1);
  };
  CHECK(changed([&](P &p) { deep(p, 8); }).ok());
  refuses("a repeat inside 8 others; the most is 8 deep", [&](P &p) { deep(p, 9); });
  refuses("size formula uses symbol 4",
          [](P &p) { program(p, "loop").steps[1]->command.AsRepeat()->count = size("s4"); });
  refuses("step 1: step 2: buffer 9 of 2", [](P &p) {
    program(p, "loop").steps[1]->command.AsRepeat()->steps[0]->command.AsDispatch()->buffers[0] = 9;
  });
  // Turns: a value that must last from one to the next, and memory that another takes in between.
  refuses("step 1: buffer 2 lives from phase 0 to 2, neither through nor within the repeat's phases 1 to 3", [](P &p) {
    abi::ProgramT &doubled = program(p, "doubled");
    auto &body = doubled.steps[1]->command.AsRepeat()->steps;
    body.push_back(barrier());
    body.push_back(dispatch(1, {1}, {"s0"}));
    ++doubled.phase_count;
    doubled.buffers[2]->first_phase = 0;
  });
  refuses("outside its life from 3 to 4", [](P &p) { program(p, "nested").buffers[3]->first_phase = 3; });
  // The first turn finds nothing.
  refuses("buffer 1 is read before it is written",
          [](P &p) { program(p, "loop").steps.erase(program(p, "loop").steps.begin()); });
  // No turn may have come to pass.
  refuses("output 'y' is never written", [](P &p) {
    auto &steps = program(p, "doubled").steps;
    steps[1] = repeat("s1", copy(0, 1));
    steps.erase(steps.begin());
  });
  // A turn's start and end are barriers, but inside it commands must be parted.
  refuses("also used by another command of phase 1", [](P &p) {
    auto &body = program(p, "doubled").steps[1]->command.AsRepeat()->steps;
    body.erase(body.begin() + 1);
  });
}

TEST_CASE("steps that many loops share are counted, not written out", "[package]") {
  flatbuffers::FlatBufferBuilder builder;
  auto step = abi::CreateStep(builder, abi::Command_Barrier, abi::CreateBarrier(builder).Union());
  for (int depth = 0; depth < 8; ++depth) {
    auto steps = builder.CreateVector(std::vector<flatbuffers::Offset<abi::Step>>(100, step));
    auto loop = abi::CreateRepeat(builder, abi::CreateSize(builder), steps);
    step = abi::CreateStep(builder, abi::Command_Repeat, loop.Union());
  }
  std::vector<flatbuffers::Offset<abi::Program>> programs = {abi::CreateProgram(
      builder, builder.CreateString("bomb"), abi::ProgramKind_entry, 0, 0, builder.CreateVector(&step, 1), 1)};
  auto model = builder.CreateString("hostile");
  auto list = builder.CreateVector(programs);
  abi::PackageBuilder package(builder);
  package.add_model(model);
  package.add_programs(list);
  abi::FinishPackageBuffer(builder, package.Finish());
  std::vector<uint8_t> description(builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize());
  REQUIRE_ERROR(Package::create(packageFile(description)), "not a valid FlatBuffer");
}

TEST_CASE("a library without the symbol is refused when it is loaded", "[package]") {
  Result<std::shared_ptr<const Package>> package = changed([](abi::PackageT &p) {
    for (auto &code : p.kernels[0]->code)
      if (!code->symbol.empty())
        code->symbol = "toy_missing";
  });
  REQUIRE(package.ok());
  Result<std::unique_ptr<Session>> session = Session::create(*package, openDevice("cpu", {}).take());
  REQUIRE(session.ok());
  std::vector<float> zeros(8);
  Result<HostTensor> x = HostTensor::create(ElementType::f32, {8});
  REQUIRE_ERROR((*session)->run({"chain", {{"x", &*x}}}), "has no symbol 'toy_missing' of kernel 'add'");
}

TEST_CASE("a library that is no ELF file is refused", "[package]") {
  PackageBuilder builder = toyPackage();
  for (auto &library : builder.description.libraries)
    library->code = builder.section(Bytes(100));
  Result<std::shared_ptr<const Package>> package = Package::create(builder.build());
  REQUIRE(package.ok());
  REQUIRE_ERROR(Session::create(*package, openDevice("cpu", {}).take()), "cannot load the package's machine code");
}
