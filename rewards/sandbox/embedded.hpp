// Files that are part of a program: a launcher needs no folder of its own on the disk.
#pragma once

#include <string_view>

namespace cohort::sandbox::embedded {

extern const std::string_view interpreter_library;  // interpreter.cpp, built
extern const std::string_view interpreter_script;   // interpreter.py
extern const std::string_view call_script;          // call.py
extern const std::string_view launcher;             // launcher.cpp, built

}  // namespace cohort::sandbox::embedded

/// Defines `name` as the bytes of the file at `path`, a literal.
#define COHORT_EMBED(name, path)                                                                      \
  __asm__(".section .rodata,\"a\",@progbits\n.balign 16\ncohort_embedded_" #name ":\n.incbin \"" path \
          "\"\ncohort_embedded_" #name "_end:\n.byte 0\n.previous\n");                                \
  extern "C" __attribute__((visibility("hidden"))) const char cohort_embedded_##name[];               \
  extern "C" __attribute__((visibility("hidden"))) const char cohort_embedded_##name##_end[];         \
  const std::string_view cohort::sandbox::embedded::name(                                             \
      cohort_embedded_##name, static_cast<size_t>(cohort_embedded_##name##_end - cohort_embedded_##name))
