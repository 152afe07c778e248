# FindFlint: FLINT with Calcium, as FLINT 3 has it, or the libraries calcium, antic and arb beside FLINT 2 (Debian 12).
# Only shared libraries count: FLINT is under the LGPL.
#
# Target: Flint::calcium. Variables: Flint_FOUND, Flint_HEADER (what to include, in its brackets).
set(Flint_suffixes ${CMAKE_FIND_LIBRARY_SUFFIXES})
set(CMAKE_FIND_LIBRARY_SUFFIXES ${CMAKE_SHARED_LIBRARY_SUFFIX})
find_library(Flint_LIBRARY flint)
find_library(Flint_GMP_LIBRARY gmp)
find_path(Flint_INCLUDE_DIR flint/flint.h)
set(Flint_libraries Flint_LIBRARY Flint_GMP_LIBRARY)
set(Flint_HEADER "<flint/ca.h>")
if(NOT EXISTS "${Flint_INCLUDE_DIR}/flint/ca.h")
  find_path(Flint_CALCIUM_INCLUDE_DIR calcium/ca.h)
  find_library(Flint_CALCIUM_LIBRARY calcium)
  find_library(Flint_ANTIC_LIBRARY antic)
  find_library(Flint_ARB_LIBRARY NAMES flint-arb arb)
  list(PREPEND Flint_libraries Flint_CALCIUM_LIBRARY Flint_ANTIC_LIBRARY Flint_ARB_LIBRARY Flint_CALCIUM_INCLUDE_DIR)
  set(Flint_HEADER "<calcium/ca.h>")
endif()
set(CMAKE_FIND_LIBRARY_SUFFIXES ${Flint_suffixes})

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Flint REQUIRED_VARS ${Flint_libraries} Flint_INCLUDE_DIR)
if(Flint_FOUND AND NOT TARGET Flint::calcium)
  add_library(Flint::calcium INTERFACE IMPORTED)
  set(Flint_paths "")
  list(FILTER Flint_libraries INCLUDE REGEX LIBRARY)
  foreach(Flint_variable IN LISTS Flint_libraries)
    list(APPEND Flint_paths "${${Flint_variable}}")
  endforeach()
  set_target_properties(Flint::calcium PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${Flint_INCLUDE_DIR}"
    INTERFACE_LINK_LIBRARIES "${Flint_paths}")
endif()
