// The C API of the vaec runtime: open a package, bind it to a device, run its programs.
//
// Conventions, for every function:
// - It returns a status and, where `error` is not null, fills *error (also on success: VAE_OK and an empty message).
//   Out-parameters are set only on success. Functions without a status cannot fail.
// - Strings are UTF-8, ended by 0. Strings and arrays that a function hands out belong to the handle it was asked on
//   and live as long.
// - Handles are freed with their own `_close` / `_destroy`, in any order (a session keeps its package and device alive
//   itself); null is allowed there.
// - Sizes are in elements where they are called shape, count or size, in bytes where they are called bytes. Time is in
//   seconds.
// - No global state, no exceptions. A session may be used from several threads: calls on it run one after the other.
//   Packages and devices may be shared by any number of sessions and threads. Tensors and results are plain data: don't
//   change one in two threads.
// - A package is trusted like a program: it holds machine code. Checksums find damage, not malice.
#ifndef VAE_RUNTIME_API_VAE_RUNTIME_H
#define VAE_RUNTIME_API_VAE_RUNTIME_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define VAE_API __attribute__((visibility("default")))
#else
#define VAE_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

// Version of this header: major * 65536 + minor. A minor step only adds.
#define VAE_RUNTIME_VERSION 0x00000005u

// Returns VAE_RUNTIME_VERSION of the library in use; its major part must equal the header's.
VAE_API uint32_t vae_runtime_version(void);

// ---- status ----

typedef enum vae_status {
  VAE_OK = 0,
  VAE_INVALID_ARGUMENT = 1, // a wrong shape, name, option, or a null where none may be
  VAE_NOT_FOUND = 2,        // no such program, device, tensor or file
  VAE_INVALID_FILE = 3,     // corrupt, truncated or of another version
  VAE_IO = 4,               // the operating system refused: full disk, missing permission
  VAE_OUT_OF_MEMORY = 5,    // on the host or the device; also where a device's limit is exceeded
  VAE_UNSUPPORTED = 6,      // sound, but not on this machine or device
  VAE_NON_FINITE = 7,       // NaN or infinity, where the caller asked for finite numbers
  VAE_DEVICE_FAILED = 8,    // the device reported a failure during work
  VAE_CANCELLED = 9,        // stopped on request
  VAE_INTERNAL = 10         // a bug in the runtime
} vae_status;

// Owned by the caller. The message is one line, lower case, without a full stop; cut where longer.
typedef struct vae_error {
  vae_status status;
  char message[1020];
} vae_error;

// ---- tensors ----

typedef enum vae_element {
  VAE_F32 = 0,
  VAE_I32 = 1,
  VAE_U8 = 2,
  VAE_I64 = 3,
  VAE_F16 = 4,
  VAE_BF16 = 5,
  VAE_F64 = 6
} vae_element;

// Dense host data, last axis fastest.
typedef struct vae_tensor vae_tensor;

// Makes a tensor of `rank` dimensions (0: one element; at most 8). Copies data where it is not null, else starts as
// zeros.
VAE_API vae_status vae_tensor_create(vae_element element, size_t rank, const int64_t *shape, const void *data,
                                     vae_tensor **tensor, vae_error *error);
VAE_API void vae_tensor_destroy(vae_tensor *tensor);
VAE_API vae_element vae_tensor_element(const vae_tensor *tensor);
VAE_API size_t vae_tensor_rank(const vae_tensor *tensor);
VAE_API const int64_t *vae_tensor_shape(const vae_tensor *tensor); // `rank` numbers
VAE_API size_t vae_tensor_bytes(const vae_tensor *tensor);
VAE_API void *vae_tensor_data(vae_tensor *tensor); // vae_tensor_bytes(tensor) bytes, 64-byte aligned

// Reads a tensor from a file whose format its first bytes tell: .npy, .npz ("a.npz:x" is its array x), IDX (gzipped
// too), or PNG and JPEG, which are u8 (16 bits: i32) of shape [1, channels, height, width]. A folder is the batch of its
// .png and .jpg files, in the order of their names. Whole numbers of other types become i32 or i64.
VAE_API vae_status vae_tensor_read(const char *path, vae_tensor **tensor, vae_error *error);
// Writes a .npy file, whole or not at all.
VAE_API vae_status vae_tensor_write(const vae_tensor *tensor, const char *path, vae_error *error);
// Writes a batch of pictures as one PNG file, as square as may be: [N, P] with P a square, [N, height, width], or
// [N, 1 or 3, height, width]; u8 as it is, f32 with `low` as black and `high` as white. VAE_NON_FINITE for NaN or
// infinity.
VAE_API vae_status vae_tensor_write_pictures(const vae_tensor *tensor, float low, float high, const char *path,
                                             vae_error *error);

// ---- devices ----

typedef struct vae_device vae_device;

typedef struct vae_device_info {
  char name[32];         // what vae_device_open takes: "cpu", "vulkan", "vulkan:1", "null"
  char description[224]; // for people
} vae_device_info;

typedef struct vae_device_options {
  uint32_t threads;       // cpu: 0 = as many as the machine has
  const char *cpu_target; // cpu: "x86-64-v3", "x86-64-v4"; null = the best (or the environment's VAE_CPU_TARGET)
  int debug;              // vulkan: 1 = validation layers, their messages are errors
  // May be null. Told what the user may want to know though nothing failed, a line a call, from any thread that uses the
  // device: that compiled kernels can't be kept in the cache folder ($XDG_CACHE_HOME/vaec, ~/.cache/vaec).
  void (*note)(void *context, const char *line);
  void *note_context;
} vae_device_options;

// Writes at most `capacity` devices and sets *count to how many there are. A missing Vulkan loader only makes the list
// shorter.
VAE_API vae_status vae_device_list(vae_device_info *devices, size_t capacity, size_t *count, vae_error *error);

// Opens a device by name; options may be null. VAE_NOT_FOUND for an unknown name, VAE_UNSUPPORTED where the machine
// lacks it.
VAE_API vae_status vae_device_open(const char *name, const vae_device_options *options, vae_device **device,
                                   vae_error *error);
VAE_API void vae_device_close(vae_device *device);
VAE_API const char *vae_device_name(const vae_device *device);
VAE_API const char *vae_device_description(const vae_device *device);

// The most that a device does in a second, to compare with; 0 where it is not known, as on Vulkan.
typedef struct vae_device_peak {
  double flops; // floating-point operations, of fused multiply-adds in registers
  double bytes; // read and written by a copy too large for the caches
} vae_device_peak;
// Measures both with all threads of the device, in some tenths of a second.
VAE_API vae_status vae_device_measure(vae_device *device, vae_device_peak *peak, vae_error *error);

// ---- packages ----

typedef struct vae_package vae_package;

// Opens and checks a package completely: header, checksums, every index and formula; of weights inside, which stay in
// the file, their names, types and shapes. The file must not be written to while weights are still read from it (another
// may take its name). VAE_INVALID_FILE says what is wrong and where.
VAE_API vae_status vae_package_open(const char *path, vae_package **package, vae_error *error);
VAE_API void vae_package_close(vae_package *package);

typedef struct vae_package_info {
  const char *model;         // its name in the source
  const char *compiler;      // what wrote the package
  uint64_t file_bytes;       // with the weights inside
  uint64_t weights_bytes;    // of the weights inside; 0 without any
  const char *weights_types; // of their tensors: "F16", "F16, F32"; "" without any
  // Counts for the functions below.
  size_t parameters, states, constants, kernels, programs, targets, arguments;
} vae_package_info;
VAE_API void vae_package_describe(const vae_package *package, vae_package_info *info);

// Name of target `index` of what the package was compiled for: "x86-64-v3", "x86-64-v4", "vulkan"; null past the end.
VAE_API const char *vae_package_target(const vae_package *package, size_t index);

// A parameter of the model as it was compiled.
typedef struct vae_argument_info {
  const char *name;  // "scaling_factor"
  const char *value; // as the language writes it: "4", "0.18215", "true", "\"sum\"", "[64, 128]"
} vae_argument_info;
// VAE_NOT_FOUND past the end.
VAE_API vae_status vae_package_argument(const vae_package *package, size_t index, vae_argument_info *info,
                                        vae_error *error);

typedef struct vae_parameter_info {
  const char *path; // "decoder.fc1.weight"
  vae_element element;
  size_t rank;
  const int64_t *shape;
  int trainable;    // 0: a buffer that travels with the weights, or of a frozen part
  const char *part; // label of the frozen part that it belongs to: "first_stage"; else ""
} vae_parameter_info;
// VAE_NOT_FOUND past the end.
VAE_API vae_status vae_package_parameter(const vae_package *package, size_t index, vae_parameter_info *info,
                                         vae_error *error);

typedef struct vae_kernel_info {
  const char *name;
  const char *location;   // "mnist.vae:5:13" or ""
  const char *strategies; // one "target: strategy" each, joined by ", "
} vae_kernel_info;
// VAE_NOT_FOUND past the end.
VAE_API vae_status vae_package_kernel(const vae_package *package, size_t index, vae_kernel_info *info,
                                      vae_error *error);

typedef enum vae_program_kind {
  VAE_PROGRAM_ENTRY = 0,
  VAE_PROGRAM_GRADIENT = 1,
  VAE_PROGRAM_TRAIN = 2,
  VAE_PROGRAM_PREPARE = 3 // makes what others read of weights in another order; sessions run it by themselves
} vae_program_kind;

typedef struct vae_program_info {
  const char *name; // "decode", "elbo.train"; with noise fed as inputs: "sample.noise"
  vae_program_kind kind;
  size_t symbols, inputs, outputs;            // counts
  size_t dispatches, barriers, phases, loops; // those in a loop counted once
  int is_noise_twin; // 1: same as the program without ".noise", but random numbers come as inputs
  int has_noise_twin;
  int keeps_averages; // 1: a training program that keeps moving averages of weights
} vae_program_info;
// VAE_NOT_FOUND past the end.
VAE_API vae_status vae_package_program(const vae_package *package, size_t program, vae_program_info *info,
                                       vae_error *error);

// Index of a program by name; VAE_NOT_FOUND names the programs there are.
VAE_API vae_status vae_package_find_program(const vae_package *package, const char *name, size_t *program,
                                            vae_error *error);

// Name of a symbolic size of a program ("B", "H", "n"); null past the end.
VAE_API const char *vae_program_symbol(const vae_package *package, size_t program, size_t index);

typedef struct vae_value_info {
  const char *name;
  vae_element element;
  size_t rank;
  const char *const *shape; // `rank` formulas over the program's symbols: "784", "B", "8*H"
  int optional;             // input: may be left out, then it is default_value (rank 0)
  float default_value;
  int has_range; // declared `in [low, high]`
  float low, high;
  int report;             // output: a named term of a loss, rank 0
  const char *noise_kind; // input of a noise twin: "normal" or "uniform"; else null
} vae_value_info;
// VAE_NOT_FOUND past the end.
VAE_API vae_status vae_program_input(const vae_package *package, size_t program, size_t index, vae_value_info *info,
                                     vae_error *error);
VAE_API vae_status vae_program_output(const vae_package *package, size_t program, size_t index, vae_value_info *info,
                                      vae_error *error);

// A symbol with its value.
typedef struct vae_size {
  const char *name;
  int64_t value;
} vae_size;

typedef struct vae_memory_info {
  uint64_t parameter_bytes; // of all parameters that the program binds
  uint64_t state_bytes;     // optimiser state
  uint64_t constant_bytes;
  uint64_t
      prepared_bytes; // what sessions compute of weights when these change, and keep; on the CPU, where arena_bytes
                      // are more, no longer than a run needs it
  uint64_t
      arena_bytes; // what inputs, outputs and intermediate results need together once placed: the peak beside the above
  uint64_t unplaced_bytes; // the same without any sharing, to compare
  double flops;            // floating-point operations of one run, as far as the kernels state them
  size_t buffers;
} vae_memory_info;
// Plans a program for given sizes without a device. VAE_INVALID_ARGUMENT where a symbol is missing, unknown or doesn't
// divide.
VAE_API vae_status vae_program_memory(const vae_package *package, size_t program, const vae_size *sizes,
                                      size_t size_count, vae_memory_info *info, vae_error *error);

typedef struct vae_limited_memory {
  uint64_t at_once; // bytes that a session holds while the entry runs undivided, weights and results included
  uint64_t bytes;   // the same within the limit; more than that where the entry can't be divided so far: its least
  double work;      // estimated, 1 for a run at once: what strips compute more than once, and read again
} vae_limited_memory;
// What vae_session_limit_memory would make of an entry for given sizes, where weights come from files and the device is
// the CPU. A limit of 1 finds the least that would do. VAE_UNSUPPORTED for programs that can't be divided.
VAE_API vae_status vae_program_memory_within(const vae_package *package, size_t program, const vae_size *sizes,
                                             size_t size_count, uint64_t limit, vae_limited_memory *info,
                                             vae_error *error);

// ---- sessions ----

typedef struct vae_session vae_session;

// Binds a package to a device. VAE_UNSUPPORTED where the package has no code for it. Weights start as
// vae_session_initialize(session, 0) would make them, then as those inside the package; a program's kernels are loaded,
// and its weights moved to the device, when it first runs.
VAE_API vae_status vae_session_create(vae_package *package, vae_device *device, vae_session **session,
                                      vae_error *error);
VAE_API void vae_session_destroy(vae_session *session);

// Target of the package that the device runs: "x86-64-v3", "vulkan".
VAE_API const char *vae_session_target(const vae_session *session);

// The most bytes that the session and the results of a run may take together with `beside`, what else the caller counts
// towards the limit (0 for nothing); no limit where `bytes` is 0. An entry that needs more at once runs in strips: tensors
// too large to keep are made anew for some rows of a picture, or some items of a batch, at a time, and prepared weights come
// and go. Results are those of a run at once but for rounding. A run with less than its least fails with
// VAE_OUT_OF_MEMORY and names that, as does one that can't be divided: training, a program with loops. VAE_INVALID_ARGUMENT
// where `beside` leaves nothing.
VAE_API vae_status vae_session_limit_memory(vae_session *session, uint64_t bytes, uint64_t beside, vae_error *error);

// Sets every parameter to its declared initial distribution, a function of the seed alone, and every optimiser state to
// zero. Weights inside the package are ignored then.
VAE_API vae_status vae_session_initialize(vae_session *session, uint64_t seed, vae_error *error);

// Sets the parameters that the package has weights of inside to these; the others stay as they are. A new session has
// them already.
VAE_API vae_status vae_session_load_weights_inside(vae_session *session, vae_error *error);

// Replaces all parameters by those of a safetensors file: vae_session_load_weights_with with null options.
VAE_API vae_status vae_session_load_weights(vae_session *session, const char *path, vae_error *error);

// How weights that are not the model's alone are taken. Set unused fields to zero.
typedef struct vae_weights_options {
  const char *const *programs; // tensors that none of these reads may be missing, and then keep their values
  size_t program_count;        // 0: every parameter must be there
  int allow_extra;             // 1: tensors that the model lacks are passed over
  // May be null. Told on success what was done to make the file fit, a line a call: a prefix of all names that was taken
  // off, types that were converted, tensors that were passed over.
  void (*note)(void *context, const char *line);
  void *note_context;
  // The file is one of the parameters under this label, whose names there lack it: "first_stage". Null: of the model.
  const char *part;
  const char *const *other_parts; // labels whose parameters come from files of their own: this one may lack them
  size_t other_part_count;
} vae_weights_options;

// Replaces parameters by those of a safetensors file with the same names and shapes. All names may have a prefix that
// the model's lack, or lack one that they have; F16, BF16 and F64 become f32; bookkeeping of PyTorch
// (num_batches_tracked), optimiser state of ours, and tensors under names that begin as no name of the model does are
// passed over; a file of the model may lack its frozen parts. VAE_INVALID_FILE says how much fits, and the first that is missing, extra or different, and how many;
// VAE_NON_FINITE names a tensor with a number beyond f32. Nothing changes then. options may be null.
// The file is read when a program first needs a tensor, and must not be written to until then; another file may take its
// name.
VAE_API vae_status vae_session_load_weights_with(vae_session *session, const char *path,
                                                 const vae_weights_options *options, vae_error *error);

// VAE_INVALID_ARGUMENT where one of these programs (all, if there are none) reads parameters that no file gave since the
// session was made or initialised; says which. frozen_alone 1: asks for those of frozen parts alone.
VAE_API vae_status vae_session_require_weights(vae_session *session, const char *const *programs, size_t program_count,
                                               int frozen_alone, vae_error *error);

// Writes all parameters as safetensors, but those of frozen parts that no file gave. Atomic: after an error the old file
// is untouched.
VAE_API vae_status vae_session_save_weights(vae_session *session, const char *path, vae_error *error);

// Writes the parameters as vae_session_save_weights does, but in place of each one the moving average that training one
// of these losses keeps of it (`ema(...)` of the language); loss_count 0: of all losses. VAE_INVALID_ARGUMENT where
// none keeps any.
VAE_API vae_status vae_session_save_average(vae_session *session, const char *const *losses, size_t loss_count,
                                            const char *path, vae_error *error);

// Where training stands; with weights and optimiser state all that a resume needs.
typedef struct vae_progress {
  uint64_t step;  // steps done
  uint64_t epoch; // of the next step, from 0
  uint64_t seed;
  uint64_t batch; // items a step, and of all data; a fingerprint of the data: 0 where it is not known
  uint64_t items;
  uint64_t data;
} vae_progress;

// Writes weights, optimiser state and progress into one safetensors file (atomic) / reads them back. Same bytes in,
// same bytes out.
VAE_API vae_status vae_session_save_state(vae_session *session, const char *path, const vae_progress *progress,
                                          vae_error *error);
// Writes what vae_session_save_state and vae_session_save_average write. Both or neither: after an error the old files are
// untouched, but where one could be put in its place and then the other could not.
VAE_API vae_status vae_session_save_training(vae_session *session, const char *path, const vae_progress *progress,
                                             const char *average_path, const char *const *losses, size_t loss_count,
                                             vae_error *error);
// The same files, written and not yet in their places: the old ones are there until the draft is published, and stay
// where it is destroyed before. A path may be null: without that file (then progress, or losses, are not looked at).
typedef struct vae_draft vae_draft;
VAE_API vae_status vae_session_draft_training(vae_session *session, const char *path, const vae_progress *progress,
                                              const char *average_path, const char *const *losses, size_t loss_count,
                                              vae_draft **draft, vae_error *error);
VAE_API vae_status vae_draft_publish(vae_draft *draft, vae_error *error); // once
VAE_API void vae_draft_destroy(vae_draft *draft);
VAE_API vae_status vae_session_load_state(vae_session *session, const char *path, vae_progress *progress,
                                          vae_error *error);

// Copies one parameter out / in. The caller destroys *tensor. VAE_NOT_FOUND for an unknown path.
VAE_API vae_status vae_session_get_parameter(vae_session *session, const char *path, vae_tensor **tensor,
                                             vae_error *error);
VAE_API vae_status vae_session_set_parameter(vae_session *session, const char *path, const vae_tensor *tensor,
                                             vae_error *error);

// A named input.
typedef struct vae_input {
  const char *name;
  const vae_tensor *tensor;
} vae_input;

// One run of a program. Set unused fields to zero: `vae_run run = {0}; run.program = "decode"; ...`
typedef struct vae_run {
  const char *program; // an entry, a loss, "<loss>.gradient" or "<loss>.train"
  const vae_input *inputs;
  size_t input_count;
  const vae_size *sizes; // symbols that no input's shape gives, as n of sample(n)
  size_t size_count;
  uint64_t seed;     // of all random numbers
  uint64_t step;     // training step from 0: random numbers and schedules are functions of (seed, step)
  uint64_t epoch;    // for schedules
  int check_inputs;  // 1: VAE_NON_FINITE where an input holds NaN or infinity (named)
  int check_outputs; // 1: the same for outputs, a loss's terms first; weights changed by a train program stay changed
  int profile;       // 1: time every dispatch; 2: and say when each of its turns ran
  // May be null. Asked now and then, by one thread at a time; once it returns other than 0 the run ends early with
  // VAE_CANCELLED. It is no longer asked where weights or states begin to change, so that a cancelled step leaves them.
  int (*cancelled)(void *context);
  void *cancelled_context;
  // 1: run kernel by kernel, slowly: where an output, or a weight that training changes, is not finite, VAE_NON_FINITE
  // names the first value that was not: a kernel with its place in the source, an input or a parameter. Not with
  // profile.
  int check_kernels;
  // 1: `cancelled` is asked to the end. A training step that it ends leaves weights and states undefined: whoever sets it
  // has them elsewhere, in a draft or a file.
  int cancel_anywhere;
} vae_run;

typedef struct vae_result vae_result;

// Runs a program. Inputs are matched by name and checked against the declared shapes; the same symbol must have one
// value everywhere. Inputs that a `.noise` twin has and the program itself lacks select the twin. On success the caller
// destroys *result.
VAE_API vae_status vae_session_run(vae_session *session, const vae_run *run, vae_result **result, vae_error *error);

// One training step: runs "<run->program>.train", which updates weights and optimiser state in place. The result holds
// `loss` and its reported terms. With run->check_outputs a loss that is not finite gives VAE_NON_FINITE (the update has
// happened: keep a checkpoint).
VAE_API vae_status vae_session_train_step(vae_session *session, const vae_run *run, vae_result **result,
                                          vae_error *error);

VAE_API void vae_result_destroy(vae_result *result);
VAE_API size_t vae_result_count(const vae_result *result);
VAE_API const char *vae_result_name(const vae_result *result, size_t index); // null past the end
// Belongs to the result; null past the end / for an unknown name.
VAE_API vae_tensor *vae_result_tensor(const vae_result *result, size_t index);
VAE_API vae_tensor *vae_result_find(const vae_result *result, const char *name);

typedef struct vae_dispatch_time {
  const char *kernel, *strategy, *location;
  double seconds;     // of all turns together, where it is in a loop; so are flops and bytes
  double flops;       // 0 where the kernel doesn't state them
  uint64_t bytes;     // of all that it binds, what it binds twice counted once
  uint64_t runs;      // turns, 1 outside loops
  const char *shapes; // of what it binds, in order: "f32[2, 8], f32[8]"
} vae_dispatch_time;
// The dispatches of a run with `profile`, in order. VAE_NOT_FOUND past the end.
VAE_API vae_status vae_result_dispatch(const vae_result *result, size_t index, vae_dispatch_time *time,
                                       vae_error *error);

typedef struct vae_dispatch_turn {
  size_t dispatch; // index for vae_result_dispatch
  double start;    // from the start of the run's first command
  double seconds;
} vae_dispatch_turn;
// The turns of a run with `profile` 2, in the order of time; of more than a million the first. VAE_NOT_FOUND past the
// end.
VAE_API vae_status vae_result_turn(const vae_result *result, size_t index, vae_dispatch_turn *turn, vae_error *error);

typedef struct vae_usage {
  uint64_t variable_bytes; // parameters and states on the device
  uint64_t constant_bytes;
  uint64_t prepared_bytes;
  uint64_t arena_bytes; // the largest so far
  uint64_t bindings;    // programs recorded so far
} vae_usage;
VAE_API void vae_session_usage(vae_session *session, vae_usage *usage);

#ifdef __cplusplus
}
#endif

#endif // VAE_RUNTIME_API_VAE_RUNTIME_H
