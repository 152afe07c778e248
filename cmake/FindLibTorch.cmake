# FindLibTorch: LibTorch as the libraries of the PyPI wheel, or of the libtorch archive, lie on disk.
#
# LibTorch's own config file stops on a machine without a CUDA toolkit if the wheel was built with CUDA. A program that
# trains on the CPU needs three of its libraries and two folders, so those are named here.
#
# Looks at, in this order: Torch_DIR, CMAKE_PREFIX_PATH, LibTorch_HINTS, the python on PATH, and LibTorch_VENV.
# Targets: LibTorch::cpu, and after find_package(CUDAToolkit), where it has CUDA: LibTorch::cuda.
# Variables: LibTorch_FOUND, LibTorch_VERSION, LibTorch_ROOT_DIR, LibTorch_CUDA_VERSION (empty without CUDA).

set(LibTorch_rejected "")

# libtorch_version(ROOT OUT): the version of the LibTorch in ROOT, or nothing.
function(libtorch_version root out)
  set(PACKAGE_VERSION "")
  if(EXISTS "${root}/lib/libtorch_cpu.so" AND EXISTS "${root}/share/cmake/Torch/TorchConfigVersion.cmake")
    include("${root}/share/cmake/Torch/TorchConfigVersion.cmake")
  endif()
  set(${out} "${PACKAGE_VERSION}" PARENT_SCOPE)
endfunction()

# Takes ROOT if nothing was taken before and its version is the one asked for; `told` roots must be right.
macro(libtorch_consider root told)
  if(NOT LibTorch_ROOT_DIR AND NOT "${root}" STREQUAL "")
    get_filename_component(LibTorch_candidate "${root}" REALPATH)
    libtorch_version("${LibTorch_candidate}" LibTorch_candidate_version)
    if(LibTorch_candidate_version VERSION_GREATER_EQUAL "${LibTorch_FIND_VERSION}")
      set(LibTorch_ROOT_DIR "${LibTorch_candidate}")
      set(LibTorch_VERSION "${LibTorch_candidate_version}")
    elseif(LibTorch_candidate_version)
      list(APPEND LibTorch_rejected "${LibTorch_candidate} has ${LibTorch_candidate_version}")
      if(${told} AND NOT LibTorch_FIND_QUIETLY)
        message(WARNING "LibTorch ${LibTorch_FIND_VERSION} or newer was asked for; ${LibTorch_candidate}, which Torch_DIR "
                        "or CMAKE_PREFIX_PATH names, has ${LibTorch_candidate_version}")
      endif()
    endif()
  endif()
endmacro()

# Asks a python where its torch lies, without importing it.
macro(libtorch_consider_python python)
  if(NOT LibTorch_ROOT_DIR AND EXISTS "${python}")
    execute_process(
      COMMAND "${python}" -c "import importlib.util as u; s = u.find_spec('torch'); print(list(s.submodule_search_locations)[0] if s and s.submodule_search_locations else '')"
      OUTPUT_VARIABLE LibTorch_of_python ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
    libtorch_consider("${LibTorch_of_python}" OFF)
  endif()
endmacro()

unset(LibTorch_ROOT_DIR)
foreach(LibTorch_config_dir IN ITEMS "${Torch_DIR}" "$ENV{Torch_DIR}")
  if(LibTorch_config_dir)
    libtorch_consider("${LibTorch_config_dir}/../../.." ON)
  endif()
endforeach()
string(REPLACE ":" ";" LibTorch_prefixes "$ENV{CMAKE_PREFIX_PATH}")
foreach(LibTorch_prefix IN LISTS CMAKE_PREFIX_PATH LibTorch_prefixes)
  # torch.utils.cmake_prefix_path is ROOT/share/cmake; an unpacked archive is ROOT itself.
  foreach(LibTorch_up IN ITEMS "" "/../..")
    libtorch_consider("${LibTorch_prefix}${LibTorch_up}" ON)
  endforeach()
endforeach()
foreach(LibTorch_hint IN LISTS LibTorch_HINTS)
  libtorch_consider("${LibTorch_hint}" OFF)
endforeach()
find_program(LibTorch_PYTHON NAMES python3 python NO_CACHE)
libtorch_consider_python("${LibTorch_PYTHON}")
if(LibTorch_VENV)
  libtorch_consider_python("${LibTorch_VENV}/bin/python")
endif()

set(LibTorch_CUDA_VERSION "")
if(LibTorch_ROOT_DIR AND EXISTS "${LibTorch_ROOT_DIR}/lib/libtorch_cuda.so")
  set(LibTorch_CUDA_VERSION "unknown")
  if(EXISTS "${LibTorch_ROOT_DIR}/version.py")
    file(STRINGS "${LibTorch_ROOT_DIR}/version.py" LibTorch_line REGEX "^cuda.*'[0-9.]+'")
    string(REGEX REPLACE ".*'([0-9.]+)'.*" "\\1" LibTorch_CUDA_VERSION "${LibTorch_line}")
  elseif(EXISTS "${LibTorch_ROOT_DIR}/build-version")
    file(STRINGS "${LibTorch_ROOT_DIR}/build-version" LibTorch_line LIMIT_COUNT 1)
    string(REGEX REPLACE ".*cu([0-9]+)([0-9])$" "\\1.\\2" LibTorch_CUDA_VERSION "${LibTorch_line}")
  endif()
endif()

include(FindPackageHandleStandardArgs)
list(JOIN LibTorch_rejected ", " LibTorch_rejected)
find_package_handle_standard_args(LibTorch REQUIRED_VARS LibTorch_ROOT_DIR VERSION_VAR LibTorch_VERSION
  REASON_FAILURE_MESSAGE "looked at Torch_DIR, CMAKE_PREFIX_PATH, the python on PATH (${LibTorch_PYTHON}) and \
${LibTorch_VENV}. ${LibTorch_rejected}\nGet it with: python3 -m venv .venv && .venv/bin/pip install torch==2.11.0")

if(LibTorch_FOUND AND NOT TARGET LibTorch::cpu)
  add_library(LibTorch::c10 SHARED IMPORTED)
  set_target_properties(LibTorch::c10 PROPERTIES
    IMPORTED_LOCATION "${LibTorch_ROOT_DIR}/lib/libc10.so"
    INTERFACE_INCLUDE_DIRECTORIES "${LibTorch_ROOT_DIR}/include")
  # libtorch.so is left out: it is empty and pulls libtorch_cuda in (0.1 s and 350 MB more at each start).
  add_library(LibTorch::cpu SHARED IMPORTED)
  set_target_properties(LibTorch::cpu PROPERTIES
    IMPORTED_LOCATION "${LibTorch_ROOT_DIR}/lib/libtorch_cpu.so"
    INTERFACE_INCLUDE_DIRECTORIES "${LibTorch_ROOT_DIR}/include;${LibTorch_ROOT_DIR}/include/torch/csrc/api/include"
    INTERFACE_COMPILE_DEFINITIONS "USE_DISTRIBUTED;USE_C10D_GLOO;USE_RPC;USE_TENSORPIPE"  # as torch_cpu's own config
    INTERFACE_LINK_LIBRARIES LibTorch::c10)
endif()
if(LibTorch_FOUND AND LibTorch_CUDA_VERSION AND TARGET CUDA::toolkit AND NOT TARGET LibTorch::cuda)
  # The CUDA runtime that LibTorch itself loads, where it brings one: a process then has one runtime, and needs no toolkit.
  file(GLOB LibTorch_cudart "${LibTorch_ROOT_DIR}/../nvidia/cu${CUDAToolkit_VERSION_MAJOR}/lib/libcudart.so.*")
  if(LibTorch_cudart)
    list(GET LibTorch_cudart 0 LibTorch_cudart)
    get_filename_component(LibTorch_cudart "${LibTorch_cudart}" REALPATH)
    add_library(LibTorch::cudart SHARED IMPORTED)
    set_target_properties(LibTorch::cudart PROPERTIES IMPORTED_LOCATION "${LibTorch_cudart}"
                          INTERFACE_INCLUDE_DIRECTORIES "${CUDAToolkit_INCLUDE_DIRS}")
  else()
    add_library(LibTorch::cudart INTERFACE IMPORTED)
    set_target_properties(LibTorch::cudart PROPERTIES INTERFACE_LINK_LIBRARIES CUDA::cudart)
  endif()
  # Likewise its cuBLASLt.
  file(GLOB LibTorch_cublasLt "${LibTorch_ROOT_DIR}/../nvidia/cu${CUDAToolkit_VERSION_MAJOR}/lib/libcublasLt.so.*")
  if(LibTorch_cublasLt)
    list(GET LibTorch_cublasLt 0 LibTorch_cublasLt)
    get_filename_component(LibTorch_cublasLt "${LibTorch_cublasLt}" REALPATH)
    add_library(LibTorch::cublasLt SHARED IMPORTED)
    set_target_properties(LibTorch::cublasLt PROPERTIES IMPORTED_LOCATION "${LibTorch_cublasLt}")
  else()
    add_library(LibTorch::cublasLt INTERFACE IMPORTED)
    set_target_properties(LibTorch::cublasLt PROPERTIES INTERFACE_LINK_LIBRARIES CUDA::cublasLt)
  endif()
  add_library(LibTorch::c10_cuda SHARED IMPORTED)
  set_target_properties(LibTorch::c10_cuda PROPERTIES
    IMPORTED_LOCATION "${LibTorch_ROOT_DIR}/lib/libc10_cuda.so"
    INTERFACE_LINK_LIBRARIES "LibTorch::c10;LibTorch::cudart")
  # Registers LibTorch's CUDA operators when it is loaded; nothing calls it by name, so the linker is told to keep it.
  add_library(LibTorch::cuda INTERFACE IMPORTED)
  set_target_properties(LibTorch::cuda PROPERTIES
    INTERFACE_LINK_LIBRARIES
    "-Wl,--push-state,--no-as-needed,${LibTorch_ROOT_DIR}/lib/libtorch_cuda.so,--pop-state;LibTorch::cpu;LibTorch::c10_cuda")
endif()
