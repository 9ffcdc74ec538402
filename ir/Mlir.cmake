# Finds MLIR and LLVM 22 and defines what every compiler library shares: flags, a precompiled header, the two shared libraries.
find_package(MLIR REQUIRED CONFIG HINTS /usr/lib/llvm-22)
list(APPEND CMAKE_MODULE_PATH "${MLIR_CMAKE_DIR}" "${LLVM_CMAKE_DIR}")
include(TableGen)
include(AddLLVM)
include(AddMLIR)
include_directories(SYSTEM ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
add_definitions(${LLVM_DEFINITIONS})

# Parsing MLIR's headers is most of the cost of a source file, so they are compiled once.
add_library(vae_pch STATIC ${CMAKE_SOURCE_DIR}/ir/Mlir.cpp)
target_precompile_headers(vae_pch PRIVATE ${CMAKE_SOURCE_DIR}/ir/Mlir.h)
target_compile_options(vae_pch PRIVATE -Xclang -fno-pch-timestamp)

# vae_use_mlir_headers(<target>): compiles it with the precompiled header.
function(vae_use_mlir_headers target)
  target_precompile_headers(${target} REUSE_FROM vae_pch)
  target_compile_options(${target} PRIVATE -Xclang -fno-pch-timestamp)
  # -fPIC as in the libraries: CMake's -fPIE for executables does not go with it.
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "EXECUTABLE")
    target_compile_options(${target} PRIVATE -fPIC)
  endif()
endfunction()

# vae_add_compiler_library(<name> <sources>... [LINK libs...] [DEPENDS targets...])
function(vae_add_compiler_library name)
  cmake_parse_arguments(arg "" "" "LINK;DEPENDS" ${ARGN})
  add_library(${name} STATIC ${arg_UNPARSED_ARGUMENTS})
  vae_use_mlir_headers(${name})
  target_link_libraries(${name} PUBLIC ${arg_LINK} MLIR LLVM)
  if(arg_DEPENDS)
    add_dependencies(${name} ${arg_DEPENDS})
  endif()
endfunction()

# vae_add_compiler_tool(<name> <sources>... [LINK libs...])
function(vae_add_compiler_tool name)
  cmake_parse_arguments(arg "" "" "LINK" ${ARGN})
  add_executable(${name} ${arg_UNPARSED_ARGUMENTS})
  vae_use_mlir_headers(${name})
  target_link_libraries(${name} PRIVATE ${arg_LINK} MLIR LLVM)
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE OFF RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
endfunction()
