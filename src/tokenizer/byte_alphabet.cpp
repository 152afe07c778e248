#include <array>

#include "src/tokenizer/pre_tokenizer.hpp"
#include "src/tokenizer/utf8.hpp"

namespace cohort::tokenizer {
namespace {

constexpr char32_t kAlphabetEnd = 0x144;

struct Alphabet {
  std::array<char32_t, 256> characters{};
  std::array<int, kAlphabetEnd> bytes{};  // -1 outside the alphabet
};

// Printable Latin-1 stands for itself, the other 68 bytes for U+0100 and on, in order.
constexpr Alphabet kAlphabet = [] {
  Alphabet alphabet;
  for (int& byte : alphabet.bytes) byte = -1;
  char32_t next = 0x100;
  for (int byte = 0; byte < 256; ++byte) {
    const bool printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    const char32_t character = printable ? static_cast<char32_t>(byte) : next++;
    alphabet.characters[byte] = character;
    alphabet.bytes[character] = byte;
  }
  return alphabet;
}();

}  // namespace

std::string to_byte_alphabet(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char byte : bytes) append_code_point(kAlphabet.characters[static_cast<unsigned char>(byte)], text);
  return text;
}

void append_from_byte_alphabet(std::string_view token, std::string& bytes) {
  const size_t before = bytes.size();
  for (size_t position = 0; position < token.size();) {
    const char32_t character = next_code_point(token, position);
    if (character >= kAlphabetEnd || kAlphabet.bytes[character] < 0) {
      bytes.replace(before, std::string::npos, token);
      return;
    }
    bytes += static_cast<char>(kAlphabet.bytes[character]);
  }
}

}  // namespace cohort::tokenizer
