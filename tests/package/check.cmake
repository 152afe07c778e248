# One case of tests/package: builds a project that uses cohort, in a temporary folder outside the tree, and runs it.
#   installed          find_package(cohort), the loop of the README on a new tiny model
#   installed_rewards  find_package(cohort COMPONENTS rewards), on a machine where no LibTorch is to be found
#   subdirectory       add_subdirectory(cohort), the same loop; the library is built again, not optimised
cmake_minimum_required(VERSION 3.25)

set(temporary "$ENV{TMPDIR}")
if(NOT temporary)
  set(temporary /tmp)
endif()
string(RANDOM LENGTH 8 suffix)
set(root ${temporary}/cohort-package-${suffix})
file(MAKE_DIRECTORY ${root})
set(ENV{CMAKE_PREFIX_PATH} "")
set(ENV{DESTDIR} "")

# Runs a command; on failure shows all it said, removes the folder and ends the test.
function(run)
  cmake_parse_arguments(PARSE_ARGV 0 run "" "IN;OUTPUT" "COMMAND")
  if(NOT run_IN)
    set(run_IN ${root})
  endif()
  execute_process(COMMAND ${run_COMMAND} WORKING_DIRECTORY ${run_IN} RESULT_VARIABLE code
                  OUTPUT_VARIABLE output ERROR_VARIABLE output ECHO_OUTPUT_VARIABLE)
  if(NOT code EQUAL 0)
    list(JOIN run_COMMAND " " command)
    fail("${command}\nended with ${code}")
  endif()
  set(${run_OUTPUT} "${output}" PARENT_SCOPE)
endfunction()

function(fail why)
  file(REMOVE_RECURSE ${root})
  message(FATAL_ERROR "${why}")
endfunction()

set(configure ${CMAKE_COMMAND} -G ${generator} -D CMAKE_CXX_COMPILER=${compiler} -D CMAKE_CXX_FLAGS=${flags}
              -D CMAKE_EXPORT_COMPILE_COMMANDS=ON)
if(ccache)
  # Paths below `root`, whose name is random, are stored relative.
  list(APPEND configure "-DCMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_COMMAND}\\;-E\\;env\\;CCACHE_BASEDIR=${root}\\;\
CCACHE_NOHASHDIR=1\\;CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime\\;${ccache}")
endif()
file(COPY ${CMAKE_CURRENT_LIST_DIR}/policy ${CMAKE_CURRENT_LIST_DIR}/rewards DESTINATION ${root})
file(COPY ${source}/examples/loop.cpp DESTINATION ${root}/policy)

if(case STREQUAL "subdirectory")
  run(COMMAND ${configure} -S policy -B build -D COHORT_SUBDIRECTORY=${source} -D COHORT_CUDA=OFF
              -D CMAKE_BUILD_TYPE=None -D CMAKE_PREFIX_PATH=${torch}/share/cmake)
else()
  run(COMMAND ${CMAKE_COMMAND} --install ${build} --prefix ${root}/prefix OUTPUT installed)
  if(installed MATCHES "/prefix/include/[^\n]*(doctest|catch)")
    fail("headers that are not cohort's were installed")
  endif()
  list(APPEND configure -D CMAKE_BUILD_TYPE=${config} -D CMAKE_PREFIX_PATH=${root}/prefix)
endif()
if(case STREQUAL "installed")
  run(COMMAND ${configure} -S policy -B build)
elseif(case STREQUAL "installed_rewards")
  set(ENV{PATH} /usr/bin:/bin)  # no python that knows torch
  run(COMMAND ${configure} -S rewards -B build)
endif()
run(COMMAND ${CMAKE_COMMAND} --build build)

if(case STREQUAL "installed_rewards")
  run(COMMAND build/app)
  file(READ ${root}/build/compile_commands.json commands)
  run(COMMAND ldd build/app OUTPUT libraries)
  if(commands MATCHES "site-packages|libtorch" OR libraries MATCHES "libtorch|libc10")
    fail("cohort::rewards brings LibTorch along:\n${commands}\n${libraries}")
  endif()
else()
  run(COMMAND build/make_model model)
  run(COMMAND build/loop model 2 OUTPUT text)
  if(NOT text MATCHES "step +0 .*step +1 ")
    fail("the loop did not print its two steps")
  endif()
endif()
file(REMOVE_RECURSE ${root})
