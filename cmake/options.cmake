# What can be chosen, and the choices that follow from what the machine has.
include(CheckLanguage)
check_language(CUDA)
if(CMAKE_CUDA_COMPILER)
  set(have_nvcc ON)
else()
  set(have_nvcc OFF)
endif()

option(COHORT_CUDA           "Compile and link the CUDA kernels (needs nvcc)" ${have_nvcc})
option(COHORT_BUILD_CLI      "Build the command line tool"                     ${PROJECT_IS_TOP_LEVEL})
option(COHORT_BUILD_TESTS    "Build the tests"                                 ${PROJECT_IS_TOP_LEVEL})
option(COHORT_BUILD_EXAMPLES "Build the examples"                              ${PROJECT_IS_TOP_LEVEL})
option(COHORT_INSTALL        "Generate install rules"                          ${PROJECT_IS_TOP_LEVEL})
option(BUILD_SHARED_LIBS     "Shared libraries"                                ON)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release)
endif()
if(PROJECT_IS_TOP_LEVEL)
  # One place for programs and libraries: build/release/cohort is the tool.
  set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
  set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
  find_program(ccache ccache)
  if(ccache)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${ccache})
    set(CMAKE_CUDA_COMPILER_LAUNCHER ${ccache})
  endif()
endif()

# g++ 12 warns of designated initialisers that leave fields to their defaults.
add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-Wall> $<$<COMPILE_LANGUAGE:CXX>:-Wextra>
                    $<$<COMPILE_LANGUAGE:CXX>:-Wno-missing-field-initializers>)
# LibTorch lies in a Python folder: an installed libcohort must remember where.
set(CMAKE_INSTALL_RPATH_USE_LINK_PATH ON)
