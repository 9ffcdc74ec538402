// A package bound to a device: its weights and states, and programs ready to run.
#ifndef VAE_RUNTIME_SESSION_SESSION_H
#define VAE_RUNTIME_SESSION_SESSION_H

#include "runtime/session/Checkpoint.h"
#include "runtime/session/Stages.h"
#include "runtime/session/Variables.h"
#include "runtime/session/sizes/SizedProgram.h"
#include "runtime/session/sizes/Symbols.h"

#include <mutex>

namespace vae::runtime {

/// An input of a run; the tensor stays the caller's.
struct NamedInput {
  std::string name;
  const HostTensor *tensor = nullptr;
};

/// One run of a program.
struct RunRequest {
  std::string program; ///< an entry, a loss, "<loss>.gradient", "<loss>.train"
  std::vector<NamedInput> inputs{};
  NamedSizes sizes{};        ///< symbols that no input's shape gives
  uint64_t seed = 0;         ///< of all random numbers
  uint64_t step = 0;         ///< from 0, below 2^32
  uint64_t epoch = 0;        ///< for schedules
  bool checkInputs = false;  ///< nonFinite where an input holds NaN or infinity
  bool checkOutputs = false; ///< the same for outputs, a loss's terms first
  /// Run kernel by kernel: nonFinite, naming the first value that is not finite, where an output or what a training
  /// program writes is not. Slow; weights are untouched where the loss itself is not finite. Not with `profile`.
  bool checkKernels = false;
  bool profile = false; ///< time every dispatch
  bool spans = false;   ///< with `profile`: and say when each turn of it ran
  /// Asked now and then until weights or states begin to change; the run ends early with `cancelled` once it is true.
  std::function<bool()> cancelled{};
  bool cancelAnywhere = false; ///< ask to the end: a run that is cancelled leaves weights and states undefined
};

struct NamedOutput {
  std::string name;
  HostTensor tensor;
  bool report = false; ///< a named term of a loss
};

/// Time and work of one dispatch, all its turns in loops together.
struct DispatchProfile {
  std::string kernel, strategy, location;
  std::string shapes; ///< of what it binds: "f32[2, 8], f32[8]"
  double seconds = 0;
  double flops = 0;
  uint64_t bytes = 0; ///< of all that it binds, what it binds twice counted once, each turn counted
  uint64_t runs = 0;  ///< turns, 1 outside loops
};

/// When a turn of a dispatch ran.
struct DispatchTurn {
  size_t dispatch = 0; ///< index into RunResult::dispatches
  double start = 0;    ///< seconds from the start of the run's first command
  double seconds = 0;
};

struct RunResult {
  std::vector<NamedOutput> outputs; ///< in the program's order
  std::vector<DispatchProfile> dispatches;
  std::vector<DispatchTurn> turns; ///< in the order of time; of a run of more than a million the first

  /// Null for an unknown name.
  const HostTensor *find(std::string_view name) const;
};

/// A checkpoint that is written and has no name yet; destroyed before `publish`, it was never there.
struct Draft {
  std::vector<AtomicFile> files;

  /// Puts all files in their places, once all are safe on the disk. Once only.
  Status publish();
};

struct SessionUsage {
  uint64_t variableBytes = 0, constantBytes = 0, preparedBytes = 0, arenaBytes = 0;
  uint64_t bindings = 0; ///< programs recorded so far
};

/// Safe to use from several threads; calls run one after the other. After an error the session stays usable, with the
/// weights it had (but see run).
class Session {
public:
  /// unsupported where the package has nothing for this device. Parameters start as initialize(0) makes them, then as
  /// the weights inside the package.
  static Result<std::unique_ptr<Session>> create(std::shared_ptr<const Package> package,
                                                 std::shared_ptr<Device> device);
  ~Session();

  const Package &package() const { return *sourcePackage; }
  const Device &device() const { return *target; }
  /// "x86-64-v3", "vulkan"
  const char *targetName() const { return targetKernels->target(); }

  /// Every parameter from its declared distribution, a function of (seed, path); states zero.
  void initialize(uint64_t seed);
  // Weights (SessionWeights.cpp)
  /// Parameters from a safetensors file, as readWeights says; those that it may lack and lacks stay as they are. The file
  /// is read when a program first needs a tensor: until then it must not be written to (another may take its name).
  /// Gives what was done to make the file fit, one line each.
  Result<std::vector<std::string>> loadWeights(const std::string &path, const WeightsRules &rules = {});
  /// The parameters that the package has weights of inside; the others stay as they are. invalidFile where what is
  /// inside is not of its parameters; without any nothing happens.
  Status loadWeightsInside();
  /// Without those of frozen parts that no file gave.
  Status saveWeights(const std::string &path);
  /// invalidArgument where one of the programs (all, without any) reads parameters (`frozenAlone`: of frozen parts) that
  /// no file or caller gave since the session was made or initialised.
  Status requireWeights(std::span<const std::string> programs, bool frozenAlone);
  /// Up to two files, where their paths are not empty, to be published together. State: weights, states ("state/<name>")
  /// and progress (metadata) in one safetensors file. Average: the weights as saveWeights writes them, but the moving
  /// averages of those that one of these training programs averages (`ema(...)` of the language); invalidArgument where
  /// none averages any.
  Result<Draft> draftTraining(const std::string &statePath, const TrainingProgress &progress,
                              const std::string &averagePath = {}, std::span<const std::string> programs = {});
  Status saveState(const std::string &path, const TrainingProgress &progress);
  Result<TrainingProgress> loadState(const std::string &path);

  /// notFound for an unknown path.
  Result<HostTensor> parameter(std::string_view path);
  Status setParameter(std::string_view path, const HostTensor &value);

  /// Runs a program. Inputs that only its ".noise" twin has select the twin. A train program that fails on the device
  /// leaves weights and states undefined; one that fails a finite check has updated them.
  Result<RunResult> run(const RunRequest &request);

  SessionUsage usage();

  /// Holds no more than `bytes` of results and on the device from now on, together with `beside`, what the caller counts
  /// as well; any number where `bytes` is 0. Entries that need more run in strips, and in stages where prepared tensors
  /// can be made anew. outOfMemory by `run` names the least that would do. Results differ from those of a run at once by
  /// rounding alone. invalidArgument where `beside` leaves nothing.
  Status limitMemory(uint64_t bytes, uint64_t beside);

private:
  struct Binding;                                               ///< a program recorded for given symbols
  struct Given;                                                 ///< the inputs of a run, matched and checked
  struct Manner;                                                ///< at once, in stages, in strips
  using BindingKey = std::pair<uint32_t, std::vector<int64_t>>; ///< program, symbols

  Session(std::shared_ptr<const Package> package, std::shared_ptr<Device> device);

  Result<uint32_t> chooseProgram(const RunRequest &request) const;
  Result<Given> matchInputs(const PackageProgram &program, const RunRequest &request) const;
  Result<Binding *> bind(uint32_t program, std::vector<int64_t> symbols, const Manner &manner);
  Result<std::unique_ptr<Binding>> makeBinding(uint32_t program, std::vector<int64_t> symbols, const Manner &manner);
  Status bindWhole(const PackageProgram &program, const Manner &manner, Binding &binding);
  Result<std::shared_ptr<DeviceKernels>> kernelsOf(uint32_t program);
  Status placeVariables(const PackageProgram &program, std::vector<BoundBuffer> &buffers, bool inStages);
  Status placeArena(const PackageProgram &program, const SizedProgram &sized, std::vector<BoundBuffer> &buffers);
  Status reserveArena(const PackageProgram &program, uint64_t bytes);
  Status prepare(const PackageProgram &program);
  Status runPreparation(uint32_t program);
  Status releaseParameters(const PackageProgram &program);
  Status refreshVariables(const PackageProgram &program);
  void markWritten(const PackageProgram &program);
  Result<RunResult> execute(const PackageProgram &program, Binding &binding, const Given &given,
                            const RunRequest &request);
  Executable &checkedOf(const PackageProgram &program, Binding &binding);
  Status runTimed(const PackageProgram &program, const Binding &binding, std::span<const Upload> uploads,
                  std::span<const Download> downloads, const RunRequest &request, RunResult &result);
  DispatchProfile profileOf(const PackageProgram &program, const Binding &binding, const DispatchTime &time,
                            uint64_t runs) const;
  // Stages (SessionStages.cpp)
  Result<Manner> chooseManner(uint32_t program, const std::vector<int64_t> &symbols, bool byKernel);
  bool mayRunInStages(const PackageProgram &program) const;
  bool mayPrepareAgain(const PackageProgram &preparation) const;
  bool savesByStages(const PackageProgram &program, const SizedProgram &sized) const;
  Status runBound(const PackageProgram &program, const Binding &binding, std::span<const Upload> uploads,
                  std::span<const Download> downloads, const RunControl &control);
  Status runStage(const PackageProgram &program, const Binding &binding, const Stage &stage,
                  std::span<const Upload> uploads, std::span<const Download> downloads, const RunControl &control);
  void release(const PackageProgram &program, const Stage &stage);
  // Strips (SessionStrips.cpp)
  Result<Manner> planWithinLimit(const PackageProgram &program, const SizedProgram &sized, bool byKernel) const;
  Status bindStrips(const PackageProgram &program, const Manner &manner, Binding &binding);
  Result<AtomicFile> draftAverage(const std::string &path, std::span<const std::string> programs);
  Result<AtomicFile> draftState(const std::string &path, const TrainingProgress &progress);
  Result<Checkpoint> collect(bool states, const std::map<size_t, size_t> &averages = {});
  void adopt(const StoredCheckpoint &values);

  std::mutex mutex;
  std::shared_ptr<const Package> sourcePackage;
  std::shared_ptr<Device> target; ///< before everything made from it
  std::shared_ptr<DeviceKernels> targetKernels;
  Variables variables;
  std::vector<bool> given; ///< by parameter: whether a file or a caller gave its value
  std::unique_ptr<DeviceMemory> arena;
  std::map<uint32_t, std::shared_ptr<DeviceKernels>> kernels; ///< by program
  std::map<BindingKey, std::unique_ptr<Binding>> bindings;
  std::map<uint32_t, uint64_t> preparedFrom; ///< by prepare program: changes of its parameters when it last ran
  uint64_t clock = 0;                        ///< counts runs, for forgetting the oldest binding
  uint64_t bindingCount = 0;
  uint64_t largestArena = 0;
  uint64_t memoryLimit = 0, memoryBeside = 0; ///< bytes, 0 without a limit
};

} // namespace vae::runtime

#endif // VAE_RUNTIME_SESSION_SESSION_H
