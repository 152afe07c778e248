// A folder that is gone after the test.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>

#include "cohort/error.hpp"

namespace cohort::testing {

struct TemporaryFolder {
  std::filesystem::path path;

  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "cohort-XXXXXX").string();
    check(::mkdtemp(name.data()) != nullptr, "{}: cannot be made", name);
    path = name;
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path); }
  TemporaryFolder(const TemporaryFolder&) = delete;
};

}  // namespace cohort::testing
