# What can be chosen. Whoever adds cohort to a project of their own gets the libraries and nothing else.
option(COHORT_BUILD_CLI      "Build the command line tool" ${PROJECT_IS_TOP_LEVEL})
option(COHORT_BUILD_TESTS    "Build the tests"             ${PROJECT_IS_TOP_LEVEL})
option(COHORT_BUILD_EXAMPLES "Build the examples"          ${PROJECT_IS_TOP_LEVEL})
option(COHORT_BUILD_BENCHMARKS "Build the benchmarks (needs Google Benchmark)" OFF)
option(COHORT_INSTALL        "Generate install rules"      ${PROJECT_IS_TOP_LEVEL})
option(BUILD_SHARED_LIBS     "Shared libraries"            ON)
set(COHORT_CUDA AUTO CACHE STRING "Compile and link the CUDA kernels: ON, OFF, or AUTO (where nvcc and LibTorch agree)")
set(COHORT_HTTP AUTO CACHE STRING "Rewards over HTTP, by cpp-httplib: ON, OFF, or AUTO (where it is installed)")
set(COHORT_FLINT AUTO CACHE STRING "Exact algebra of constants by FLINT: ON, OFF, or AUTO (where it is installed)")
set_property(CACHE COHORT_FLINT PROPERTY STRINGS AUTO ON OFF)
set_property(CACHE COHORT_HTTP PROPERTY STRINGS AUTO ON OFF)
set_property(CACHE COHORT_CUDA PROPERTY STRINGS AUTO ON OFF)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release)
endif()
# LibTorch lies in a Python folder: an installed libcohort must remember where.
set(CMAKE_INSTALL_RPATH_USE_LINK_PATH ON)

# An error names the source it comes from as src/rollout.cpp, wherever the project lies.
file(RELATIVE_PATH up ${CMAKE_BINARY_DIR} ${PROJECT_SOURCE_DIR})
add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:-fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=;-fmacro-prefix-map=${up}=>")

if(PROJECT_IS_TOP_LEVEL)
  # One place for programs and libraries: build/release/cohort is the tool.
  set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
  set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
  # g++ 12 warns of designated initialisers that leave fields to their defaults, and of "(" + text (its bug 105329).
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-Wall> $<$<COMPILE_LANGUAGE:CXX>:-Wextra>
                      $<$<COMPILE_LANGUAGE:CXX>:-Wno-missing-field-initializers>)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict>)
  endif()
  find_program(COHORT_CCACHE ccache)
  if(COHORT_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    # ccache refuses a precompiled header unless it may trust the macros that were defined before it; paths below the
    # project are stored relative, so that a second clone finds what the first one compiled.
    set(launcher ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
                 CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${COHORT_CCACHE})
    set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
    set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
    set(CMAKE_CUDA_COMPILER_LAUNCHER ${launcher})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>)
    endif()
  endif()
endif()
