#include "rewards/math/unicode.hpp"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <string>

namespace cohort::rewards::math {

namespace {

struct Spelling {
  char32_t code;
  std::string_view text;
};

// Sorted by code. Blanks around commands keep them apart from letters behind them.
constexpr Spelling spellings[] = {
    {0xA0, " "},
    {0xA2, " cents "},
    {0xAC, "\\neg "},
    {0xB0, "\\degree "},
    {0xB1, "\\pm "},
    {0xB4, "'"},
    {0xB5, "\\mu "},
    {0xB7, "\\cdot "},
    {0xBA, "\\degree "},
    {0xBC, "\\vulgar14 "},
    {0xBD, "\\vulgar12 "},
    {0xBE, "\\vulgar34 "},
    {0xD7, "\\times "},
    {0xF7, "\\div "},
    {0x131, "\\imath "},
    {0x391, "A"},
    {0x392, "B"},
    {0x393, "\\Gamma "},
    {0x394, "\\Delta "},
    {0x395, "E"},
    {0x396, "Z"},
    {0x397, "H"},
    {0x398, "\\Theta "},
    {0x399, "I"},
    {0x39A, "K"},
    {0x39B, "\\Lambda "},
    {0x39C, "M"},
    {0x39D, "N"},
    {0x39E, "\\Xi "},
    {0x39F, "O"},
    {0x3A0, "\\Pi "},
    {0x3A1, "P"},
    {0x3A3, "\\Sigma "},
    {0x3A4, "T"},
    {0x3A5, "Y"},
    {0x3A6, "\\Phi "},
    {0x3A7, "X"},
    {0x3A8, "\\Psi "},
    {0x3A9, "\\Omega "},
    {0x3B1, "\\alpha "},
    {0x3B2, "\\beta "},
    {0x3B3, "\\gamma "},
    {0x3B4, "\\delta "},
    {0x3B5, "\\epsilon "},
    {0x3B6, "\\zeta "},
    {0x3B7, "\\eta "},
    {0x3B8, "\\theta "},
    {0x3B9, "\\iota "},
    {0x3BA, "\\kappa "},
    {0x3BB, "\\lambda "},
    {0x3BC, "\\mu "},
    {0x3BD, "\\nu "},
    {0x3BE, "\\xi "},
    {0x3BF, "o"},
    {0x3C0, "\\pi "},
    {0x3C1, "\\rho "},
    {0x3C2, "\\sigma "},
    {0x3C3, "\\sigma "},
    {0x3C4, "\\tau "},
    {0x3C5, "\\upsilon "},
    {0x3C6, "\\phi "},
    {0x3C7, "\\chi "},
    {0x3C8, "\\psi "},
    {0x3C9, "\\omega "},
    {0x3D1, "\\theta "},
    {0x3D5, "\\phi "},
    {0x3F5, "\\epsilon "},
    {0x2002, " "},
    {0x2003, "\\quad "},
    {0x2009, " "},
    {0x200A, " "},
    {0x200B, " "},
    {0x2010, "-"},
    {0x2011, "-"},
    {0x2012, "-"},
    {0x2013, "-"},
    {0x2014, "-"},
    {0x2015, "-"},
    {0x2016, "\\|"},
    {0x2018, "'"},
    {0x2019, "'"},
    {0x201C, "\""},
    {0x201D, "\""},
    {0x2022, "\\cdot "},
    {0x2026, "\\ldots "},
    {0x202F, " "},
    {0x2032, "'"},
    {0x2033, "''"},
    {0x2044, "/"},
    {0x2060, " "},
    {0x20AC, "\\EUR "},
    {0x2102, "\\Complexes "},
    {0x210E, "h"},
    {0x2113, "\\ell "},
    {0x2115, "\\Naturals "},
    {0x211A, "\\Rationals "},
    {0x211D, "\\Reals "},
    {0x2124, "\\Integers "},
    {0x2126, "\\Omega "},
    {0x212F, "e"},
    {0x2147, "e"},
    {0x2148, "i"},
    {0x2150, "\\vulgar17 "},
    {0x2151, "\\vulgar19 "},
    {0x2153, "\\vulgar13 "},
    {0x2154, "\\vulgar23 "},
    {0x2155, "\\vulgar15 "},
    {0x2156, "\\vulgar25 "},
    {0x2157, "\\vulgar35 "},
    {0x2158, "\\vulgar45 "},
    {0x2159, "\\vulgar16 "},
    {0x215A, "\\vulgar56 "},
    {0x215B, "\\vulgar18 "},
    {0x215C, "\\vulgar38 "},
    {0x215D, "\\vulgar58 "},
    {0x215E, "\\vulgar78 "},
    {0x2190, "\\gets "},
    {0x2192, "\\to "},
    {0x2194, "\\iff "},
    {0x21A6, "\\mapsto "},
    {0x21D2, "\\implies "},
    {0x21D4, "\\iff "},
    {0x2200, "\\forall "},
    {0x2202, "\\partial "},
    {0x2203, "\\exists "},
    {0x2205, "\\emptyset "},
    {0x2206, "\\Delta "},
    {0x2207, "\\nabla "},
    {0x2208, "\\in "},
    {0x2209, "\\notin "},
    {0x220A, "\\in "},
    {0x220F, "\\prod "},
    {0x2211, "\\sum "},
    {0x2212, "-"},
    {0x2213, "\\mp "},
    {0x2215, "/"},
    {0x2216, "\\setminus "},
    {0x2217, "*"},
    {0x2218, "\\circ "},
    {0x2219, "\\cdot "},
    {0x221A, "\\sqrt "},
    {0x221B, "\\cbrt "},
    {0x221C, "\\fourthroot "},
    {0x221D, "\\propto "},
    {0x221E, "\\infty "},
    {0x2220, "\\angle "},
    {0x2223, "\\mid "},
    {0x2224, "\\nmid "},
    {0x2225, "\\parallel "},
    {0x2226, "\\not\\parallel "},
    {0x2227, "\\land "},
    {0x2228, "\\lor "},
    {0x2229, "\\cap "},
    {0x222A, "\\cup "},
    {0x222B, "\\int "},
    {0x2236, ":"},
    {0x223C, "\\sim "},
    {0x2243, "\\approx "},
    {0x2245, "\\cong "},
    {0x2248, "\\approx "},
    {0x2260, "\\ne "},
    {0x2261, "\\equiv "},
    {0x2262, "\\not\\equiv "},
    {0x2264, "\\le "},
    {0x2265, "\\ge "},
    {0x2266, "\\le "},
    {0x2267, "\\ge "},
    {0x226E, "\\not<"},
    {0x226F, "\\not>"},
    {0x2270, "\\not\\le "},
    {0x2271, "\\not\\ge "},
    {0x2282, "\\subset "},
    {0x2283, "\\supset "},
    {0x2284, "\\not\\subset "},
    {0x2286, "\\subseteq "},
    {0x2287, "\\supseteq "},
    {0x2297, "\\otimes "},
    {0x22A5, "\\perp "},
    {0x22C3, "\\cup "},
    {0x22C5, "\\cdot "},
    {0x22EF, "\\cdots "},
    {0x2308, "\\lceil "},
    {0x2309, "\\rceil "},
    {0x230A, "\\lfloor "},
    {0x230B, "\\rfloor "},
    {0x2329, "\\langle "},
    {0x232A, "\\rangle "},
    {0x25B3, "\\triangle "},
    {0x2713, " "},
    {0x2715, "\\times "},
    {0x2716, "\\times "},
    {0x27E8, "\\langle "},
    {0x27E9, "\\rangle "},
    {0x27F6, "\\to "},
    {0x2A09, "\\times "},
    {0x2A2F, "\\times "},
    {0x2A7D, "\\le "},
    {0x2A7E, "\\ge "},
    {0x3001, ","},
    {0x3002, "."},
    {0x3008, "\\langle "},
    {0x3009, "\\rangle "},
    {0xFE62, "+"},
    {0xFE63, "-"},
    {0xFEFF, " "},
    {0xFFE1, "\\pounds "},
    {0xFFE5, "\\yen "},
};

static_assert(std::is_sorted(std::begin(spellings), std::end(spellings),
                             [](const Spelling& a, const Spelling& b) { return a.code < b.code; }));

struct Decoded {
  char32_t code;
  size_t length;  // 0: not UTF-8
};

Decoded decode(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  const size_t length = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 0;
  if (length == 0 || length > text.size()) return {0, 0};
  char32_t code = length == 1 ? first : first & (0xFFu >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {0, 0};
    code = code << 6 | (byte(i) & 0x3F);
  }
  return {code, length};
}

// Superscripts and subscripts as the sign they raise or lower, 0 where it is none.
char raised(char32_t code) {
  switch (code) {
    case 0xB9:
      return '1';
    case 0xB2:
      return '2';
    case 0xB3:
      return '3';
    case 0x2070:
      return '0';
    case 0x2071:
      return 'i';
    case 0x207A:
      return '+';
    case 0x207B:
      return '-';
    case 0x207D:
      return '(';
    case 0x207E:
      return ')';
    case 0x207F:
      return 'n';
    case 0x02E3:
      return 'x';
    default:
      return code >= 0x2074 && code <= 0x2079 ? static_cast<char>('0' + (code - 0x2070)) : '\0';
  }
}

char lowered(char32_t code) {
  if (code >= 0x2080 && code <= 0x2089) return static_cast<char>('0' + (code - 0x2080));
  switch (code) {
    case 0x208A:
      return '+';
    case 0x208B:
      return '-';
    case 0x2090:
      return 'a';
    case 0x2093:
      return 'x';
    case 0x2099:
      return 'n';
    case 0x2096:
      return 'k';
    default:
      return '\0';
  }
}

// Letters and digits of the mathematical alphabets, and the full-width forms.
char plain(char32_t code) {
  if (code >= 0xFF01 && code <= 0xFF5E) return static_cast<char>('!' + (code - 0xFF01));
  for (const char32_t zero : {0x660, 0x6F0, 0x966, 0x9E6})  // Arabic, Persian, Devanagari, Bengali
    if (code >= zero && code <= zero + 9) return static_cast<char>('0' + (code - zero));
  if (code == 0x66B) return '.';
  if (code == 0x66C) return ',';
  if (code >= 0x1D7CE && code <= 0x1D7FF) return static_cast<char>('0' + (code - 0x1D7CE) % 10);
  if (code < 0x1D400 || code > 0x1D6A3) return '\0';
  const char32_t letter = (code - 0x1D400) % 52;
  return static_cast<char>(letter < 26 ? 'A' + letter : 'a' + (letter - 26));
}

// √2 takes all of the digits behind it, \sqrt 2 of LaTeX too.
std::string_view spelled(char32_t code) {
  if (code >= 0x1D6A8 && code <= 0x1D7C9) {  // 𝜋: five alphabets of capitals, ∇, and small letters
    const char32_t letter = (code - 0x1D6A8) % 58;
    if (letter < 25) code = 0x391 + letter;
    if (letter > 25 && letter < 51) code = 0x3B1 + (letter - 26);
  }
  if (code == 0xA3) return "\\pounds ";
  if (code == 0xA5) return "\\yen ";
  if (code == 0x20B9) return "\\rupee ";
  const auto* found = std::lower_bound(std::begin(spellings), std::end(spellings), code,
                                       [](const Spelling& spelling, char32_t value) { return spelling.code < value; });
  return found != std::end(spellings) && found->code == code ? found->text : std::string_view();
}

/// 和, 或, 比 and 度 behind a value, where they are no part of a word; empty of anything else.
std::string_view chinese_joint(char32_t code, std::string_view before, std::string_view behind) {
  if (code != 0x548C && code != 0x4E0E && code != 0x6216 && code != 0x6BD4 && code != 0x5EA6) return {};
  const auto is_value = [](char c) { return (c >= '0' && c <= '9') || c == ')' || c == ']' || c == '}'; };
  const size_t last = before.find_last_not_of(' ');
  if (last == before.npos || !is_value(before[last])) return {};
  const char next = behind.empty() ? '\0' : behind[std::min(behind.find_first_not_of(' '), behind.size() - 1)];
  if (code == 0x5EA6) return static_cast<signed char>(next) >= 0 ? "\\degree " : "";
  const bool is_ascii = static_cast<signed char>(next) > 0 && next != ' ';
  const bool is_wide = behind.starts_with("（") || behind.starts_with("－") || behind.starts_with("√");
  if (!is_ascii && !is_wide) return {};
  return code == 0x6216 ? " or " : code == 0x6BD4 ? ":" : " and ";
}

/// Takes the sign away that parts ① from what follows: ①、③ is ①③.
void join_circled(std::string& result) {
  size_t end = result.find_last_not_of(", ");
  if (end == std::string::npos) return;
  for (const std::string_view word : {" and", "和"})
    if (std::string_view(result).substr(0, end + 1).ends_with(word)) end -= word.size();
  if (end >= 2 && end + 1 < result.size() && result.compare(end - 2, 2, "\xE2\x91") == 0) result.resize(end + 1);
}

/// Puts the digit at the end of `result`, over which a line was drawn, into an \overline of its own or of the digits
/// before it.
void overline(std::string& result) {
  constexpr std::string_view command = "\\overline{";
  const char digit = result.back();
  result.pop_back();
  const size_t last = result.ends_with('}') ? result.rfind('{') : std::string::npos;
  const bool goes_on = last != std::string::npos && last + 1 >= command.size() &&
                       std::string_view(result).substr(last + 1 - command.size(), command.size()) == command;
  if (goes_on)
    result.pop_back();
  else
    result += command;
  (result += digit) += '}';
}

}  // namespace

std::string_view spell_unicode(std::string_view text, Arena& arena) {
  const bool is_ascii = std::all_of(text.begin(), text.end(), [](char c) { return static_cast<signed char>(c) >= 0; });
  if (is_ascii) return text;
  std::string result;
  result.reserve(text.size() * 2);
  char script = 0;  // the group that is open: ^ or _
  while (!text.empty()) {
    // ³√8 where there is nothing that could be raised
    const bool has_base = !result.empty() && (std::isalnum(static_cast<unsigned char>(result.back())) ||
                                              result.back() == ')' || result.back() == ']' || result.back() == '}');
    if (const bool is_fourth = text.starts_with("⁴√"); !has_base && (is_fourth || text.starts_with("³√"))) {
      result += is_fourth ? "\\fourthroot " : "\\cbrt ";
      text.remove_prefix(text.find("√") + std::string_view("√").size());
      continue;
    }
    const auto [code, length] = decode(text);
    if (const std::string_view joint = chinese_joint(code, result, text.substr(std::max<size_t>(length, 1)));
        !joint.empty()) {
      if (script) result += '}';
      script = 0;
      result += joint;
      text.remove_prefix(length);
      continue;
    }
    if (code >= 0x2460 && code <= 0x2473) join_circled(result);
    if (code == 0x305 && length > 0 && !result.empty() && result.back() >= '0' && result.back() <= '9') {
      overline(result);
      text.remove_prefix(length);
      continue;
    }
    const char up = length > 1 ? raised(code) : '\0', down = length > 1 ? lowered(code) : '\0';
    const char wanted = up ? '^' : down ? '_' : '\0';
    if (script != wanted) {
      if (script) result += '}';
      if (wanted) (result += wanted) += '{';
      script = wanted;
    }
    if (wanted)
      result += up ? up : down;
    else if (const char ascii = length > 1 ? plain(code) : '\0')
      result += ascii;
    else if (const std::string_view known = length > 1 ? spelled(code) : std::string_view(); !known.empty())
      result += known;
    else
      result += text.substr(0, std::max<size_t>(length, 1));
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  if (script) result += '}';
  return arena.copy(result);
}

}  // namespace cohort::rewards::math
