// The one translation unit that carries volk's loader code; the Vulkan loader itself is opened at run time.
#if defined(__clang__) || defined(__GNUC__)
#pragma GCC diagnostic ignored "-Wunused-parameter"
#endif
#define VOLK_IMPLEMENTATION
#include <volk.h>
