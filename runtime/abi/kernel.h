// The contract between compiled CPU kernels and the runtime. C only, no includes but the standard ones.
#ifndef VAE_ABI_KERNEL_H
#define VAE_ABI_KERNEL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Raised whenever the meaning of a package, a kernel or a program changes; a runtime reads exactly this version.
#define VAE_ABI_VERSION 8

// What one dispatch binds. The arrays live as long as the call; a kernel writes only through `buffers`.
//   buffers  the kernel's inputs in order, then those results that are not tied to an input; each starts 64-byte aligned
//   sizes    the kernel's run-time sizes in order (all positive)
typedef struct vae_kernel_args {
  void *const *buffers;
  const int64_t *sizes;
} vae_kernel_args;

// Computes blocks [begin, end) of the dispatch's block space. Blocks are independent and may run in any order on any
// thread. `scratch` is private to the calling thread, 64-byte aligned, of the size that the package states for the
// kernel (may be null for 0).
typedef void (*vae_kernel_fn)(const vae_kernel_args *args, int64_t begin, int64_t end, void *scratch);

// Every buffer of a program starts at a multiple of this many bytes within its arena, and each section of a package
// within its file at a multiple of VAE_SECTION_ALIGNMENT.
#define VAE_BUFFER_ALIGNMENT 256
#define VAE_SECTION_ALIGNMENT 4096

// How deep the repeats of a program may nest, and how many turns nested ones may make together in one run: positions in
// loops are 32-bit numbers.
#define VAE_MAX_REPEAT_DEPTH 8
#define VAE_MAX_TURNS 0x7fffffff

// The largest number of a kernel's reach (package.fbs), so that its products with sizes of tensors do not overflow.
#define VAE_MAX_REACH 0x100000

// A package starts with its core: this header (little endian), then the FlatBuffer, then the page-aligned sections. With
// weights inside, a complete safetensors file follows at the next multiple of VAE_SECTION_ALIGNMENT and ends the
// package: names are the parameters' paths, shapes theirs, types theirs or F16, BF16, F64.
typedef struct vae_package_header {
  char magic[4];              // "VAEP"
  uint32_t version;           // VAE_ABI_VERSION
  uint64_t core_size;         // bytes
  uint64_t weights_size;      // of the safetensors file, bytes; 0 without one
  uint64_t description_size;  // of the FlatBuffer that follows this header, bytes
  uint32_t description_crc32; // of the FlatBuffer (zlib's polynomial)
  uint32_t header_crc32;      // of the 36 bytes before this field
} vae_package_header;

#ifdef __cplusplus
}
static_assert(sizeof(vae_package_header) == 40, "the header is part of the file format");
static_assert(sizeof(vae_kernel_args) == 2 * sizeof(void *), "generated code reads this struct by offset");
#endif

#endif // VAE_ABI_KERNEL_H
