// A text that is read once and written anew where it changes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace cohort::rewards::math {

/// Derived classes move `at_` over what stays and write() what takes the place of the rest. Only a text that changes is
/// copied: most stay as they are.
class Rewriter {
 protected:
  explicit Rewriter(std::string_view text) : text_(text) {}

  std::string_view rest() const { return text_.substr(at_); }

  /// Writes the three for the next `size` bytes.
  bool write(size_t size, std::string_view before, std::string_view spelling = {}, std::string_view behind = {}) {
    ((written() += before) += spelling) += behind;
    copied_ = at_ += size;
    return has_changed_ = true;
  }

  /// What is written so far, with all that was read.
  std::string& written() {
    result_ += text_.substr(copied_, at_ - copied_);
    copied_ = at_;
    return result_;
  }
  /// Its last character; 0 at the beginning.
  char last() const { return at_ > copied_ ? text_[at_ - 1] : result_.empty() ? '\0' : result_.back(); }

  /// Nothing where the text stays as it is.
  std::optional<std::string> result() { return has_changed_ ? std::optional(std::move(written())) : std::nullopt; }

  std::string_view text_;
  size_t at_ = 0;

 private:
  size_t copied_ = 0;  // of the text, to the result
  std::string result_;
  bool has_changed_ = false;
};

}  // namespace cohort::rewards::math
