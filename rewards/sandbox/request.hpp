// Writes a Request and sends it.
#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "cohort/error.hpp"
#include "rewards/sandbox/message.hpp"

namespace cohort::sandbox {

class RequestWriter {
 public:
  explicit RequestWriter(Task task) { fields.task = task; }

  /// A word of the command, all before the first file.
  void add_word(std::string_view word) {
    add_text(word);
    ++fields.num_words;
    check(fields.num_words <= kMaxWords, "sandbox: a command of more than {} words", kMaxWords);
  }
  void add_file_name(std::string_view name) {
    check(!name.empty() && name != "." && name != ".." && name.find('/') == name.npos,
          "sandbox: a file's name must be one without folders, got \"{}\"", name);
    add_text(name);
    ++fields.num_files;
    check(fields.num_files <= kMaxFiles, "sandbox: more than {} files", kMaxFiles);
  }
  void add_fd(int fd) { fds_.push_back(fd); }

  /// False with errno if the server is gone.
  bool send(int control) {
    std::string packet(sizeof fields, '\0');
    std::memcpy(packet.data(), &fields, sizeof fields);
    packet += text_;
    return send_packet(control, packet.data(), packet.size(), fds_.data(), fds_.size());
  }

  Request fields{};

 private:
  void add_text(std::string_view text) {
    check(text.find('\0') == text.npos, "sandbox: a word or a file's name with a NUL");
    text_ += text;
    text_ += '\0';
    check(text_.size() <= kMaxText, "sandbox: a command of more than {} bytes", kMaxText);
  }

  std::string text_;
  std::vector<int> fds_;
};

}  // namespace cohort::sandbox
