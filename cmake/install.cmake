# What `cmake --install` lays down. cohort::rewards has an export set of its own: its users need no LibTorch.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/cohort)

# CMake leaves out link paths below the project, where .venv lies: LibTorch's is named here.
set_target_properties(cohort_rewards cohort_core PROPERTIES INSTALL_RPATH "$ORIGIN")
set_target_properties(cohort PROPERTIES INSTALL_RPATH "$ORIGIN;${LibTorch_ROOT_DIR}/lib")
install(TARGETS cohort_rewards EXPORT cohort-rewards-targets FILE_SET HEADERS)
install(TARGETS cohort_core EXPORT cohort-targets)
install(TARGETS cohort EXPORT cohort-targets FILE_SET HEADERS)
if(TARGET cohort_cuda)
  set(folders ${LibTorch_ROOT_DIR}/lib)
  foreach(library LibTorch::cudart LibTorch::cublasLt)
    get_target_property(file ${library} IMPORTED_LOCATION)
    if(file)
      get_filename_component(folder ${file} DIRECTORY)
      list(APPEND folders ${folder})
    endif()
  endforeach()
  set_target_properties(cohort_cuda PROPERTIES INSTALL_RPATH "${folders}")
  if(BUILD_SHARED_LIBS)
    install(TARGETS cohort_cuda LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})  # opened, never linked
  else()
    install(TARGETS cohort_cuda EXPORT cohort-targets)
  endif()
endif()
install(EXPORT cohort-rewards-targets NAMESPACE cohort:: DESTINATION ${package_dir})
install(EXPORT cohort-targets NAMESPACE cohort:: DESTINATION ${package_dir})
if(TARGET cohort_cli)
  file(RELATIVE_PATH bin_to_lib ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
  set_target_properties(cohort_cli PROPERTIES INSTALL_RPATH "$ORIGIN/${bin_to_lib}")
  set_target_properties(cohort_plugin_host PROPERTIES INSTALL_RPATH "$ORIGIN/${bin_to_lib}")
  install(TARGETS cohort_cli cohort_plugin_host)
endif()

configure_package_config_file(cmake/cohort-config.cmake.in cohort-config.cmake INSTALL_DESTINATION ${package_dir}
                              NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(cohort-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/cohort-config.cmake ${PROJECT_BINARY_DIR}/cohort-config-version.cmake
              cmake/FindLibTorch.cmake
        DESTINATION ${package_dir})
