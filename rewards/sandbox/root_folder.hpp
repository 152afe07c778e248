// The root folder that all boxes see, read-only: what programs need of the host, and nothing else of it.
#pragma once

#include <string_view>

namespace cohort::sandbox {

/// Enters a mount and a network namespace of its own, and a user namespace where the process is not root or may not
/// mount, and makes its root a small tree: the folders `shown` (those that exist) read-only, a minimal /dev and /etc,
/// an empty /tmp, and what this library brings, in /.cohort. Returns nullptr, or with errno what could not be done.
const char* enter_root_folder(const char* const* shown, bool* is_root);

/// Writes into a folder what this library brings along for Python. False with errno.
bool write_support_files(const char* folder);

}  // namespace cohort::sandbox
