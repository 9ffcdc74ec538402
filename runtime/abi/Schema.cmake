# Target vae_abi: `#include "runtime/abi/package_generated.h"`, made by flatc from package.fbs into the build tree.
include_guard(GLOBAL)
find_program(VAE_FLATC flatc REQUIRED)
set(_abi ${CMAKE_CURRENT_LIST_DIR})
set(_generated ${CMAKE_BINARY_DIR}/runtime/abi/package_generated.h)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/runtime/abi)
add_custom_command(OUTPUT ${_generated}
  COMMAND ${VAE_FLATC} --cpp --gen-object-api -o ${CMAKE_BINARY_DIR}/runtime/abi ${_abi}/package.fbs
  DEPENDS ${_abi}/package.fbs VERBATIM)
add_custom_target(vae_abi_header DEPENDS ${_generated})
add_library(vae_abi INTERFACE)
add_dependencies(vae_abi vae_abi_header)
target_include_directories(vae_abi SYSTEM INTERFACE ${CMAKE_BINARY_DIR})
