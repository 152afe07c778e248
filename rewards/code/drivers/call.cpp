// Calls the function COHORT_FUNCTION of main.cpp with the arguments of arguments.json and writes what it returned to
// the file result. The types of its parameters say how the arguments are read. Nothing here knows what is expected: a
// program that writes that file itself can only be right or wrong. The program comes last: its macros touch nothing.
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <iterator>
#include <limits>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace cohort_call {

struct Json {
  char kind = 'n';           // n null, b boolean, # number, s string, [ list, { object
  bool boolean = false;
  std::string text;          // of a string; of a number, as it is written
  std::vector<Json> items;   // of an object, key and value by turns
};

[[noreturn]] inline void fail(const std::string& what) { throw std::invalid_argument("arguments: " + what); }

class Reader {
 public:
  explicit Reader(std::string text) : text_(std::move(text)) {}

  Json read() {
    skip();
    Json json;
    switch (const char c = peek()) {
      case '[':
      case '{':
        json.kind = c;
        read_items(json, c == '[' ? ']' : '}');
        return json;
      case '"':
        json.kind = 's';
        json.text = read_string();
        return json;
      case 't':
      case 'f':
        json.kind = 'b';
        json.boolean = c == 't';
        at_ += c == 't' ? 4 : 5;
        return json;
      case 'n':
        at_ += 4;
        return json;
      default:
        json.kind = '#';
        while (at_ < text_.size() && std::string("+-.eE0123456789").find(text_[at_]) != std::string::npos)
          json.text += text_[at_++];
        return json;
    }
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r'))
      ++at_;
  }
  void read_items(Json& json, char end) {
    ++at_;
    for (skip(); peek() != end; skip()) {
      if (peek() == ',' || peek() == ':') ++at_;
      if (at_ >= text_.size()) fail("cut off");
      json.items.push_back(read());
    }
    ++at_;
  }
  unsigned read_hex() {
    const unsigned code = static_cast<unsigned>(std::strtoul(text_.substr(at_, 4).c_str(), nullptr, 16));
    at_ += 4;
    return code;
  }
  std::string read_string() {
    std::string out;
    for (++at_; peek() != '"';) {
      if (at_ >= text_.size()) fail("cut off");
      char c = text_[at_++];
      if (c != '\\') {
        out += c;
        continue;
      }
      c = text_[at_++];
      const std::string from = "bfnrt", to = "\b\f\n\r\t";
      if (c == 'u') {
        unsigned code = read_hex();
        if (code >= 0xD800 && code < 0xDC00 && text_.compare(at_, 2, "\\u") == 0) {
          at_ += 2;
          code = 0x10000 + ((code - 0xD800) << 10) + (read_hex() - 0xDC00);
        }
        add_utf8(out, code);
      } else {
        out += from.find(c) == std::string::npos ? c : to[from.find(c)];
      }
    }
    ++at_;
    return out;
  }
  static void add_utf8(std::string& out, unsigned code) {
    if (code < 0x80) {
      out += static_cast<char>(code);
      return;
    }
    const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    out += static_cast<char>((0xF00 >> more) | (code >> (6 * more)));
    for (int i = more - 1; i >= 0; --i) out += static_cast<char>(0x80 | ((code >> (6 * i)) & 0x3F));
  }

  std::string text_;
  size_t at_ = 0;
};

// --- arguments: JSON as the type of a parameter ---

template <class T>
struct As;

template <class T>
T as(const Json& json) {
  return As<T>::read(json);
}

inline void expect(bool is, const char* what, const Json& json) {
  if (!is) fail(std::string("the parameter is ") + what + ", the argument is not: " + json.text);
}

template <class T>
struct As {
  static_assert(std::is_arithmetic_v<T>, "a parameter of a type that has no form in JSON");

  static T read(const Json& json) {
    if constexpr (std::is_same_v<T, bool>) {
      expect(json.kind == 'b', "a boolean", json);
      return json.boolean;
    } else if constexpr (std::is_same_v<T, char>) {
      expect(json.kind == 's' && json.text.size() == 1, "a character", json);
      return json.text[0];
    } else if constexpr (std::is_floating_point_v<T>) {
      expect(json.kind == '#', "a number", json);
      return static_cast<T>(std::strtold(json.text.c_str(), nullptr));
    } else {
      expect(json.kind == '#' && json.text.find_first_of(".eE") == std::string::npos, "an integer", json);
      if constexpr (std::is_unsigned_v<T>) {
        const bool fits = json.text[0] != '-' && json.text.size() <= 20;
        const unsigned long long value = fits ? std::stoull(json.text) : 0;  // throws beyond 64 bits
        expect(fits && value <= std::numeric_limits<T>::max(), "an integer of fewer bits", json);
        return static_cast<T>(value);
      } else {
        const long long value = std::stoll(json.text);
        expect(value >= std::numeric_limits<T>::min() && value <= std::numeric_limits<T>::max(),
               "an integer of fewer bits", json);
        return static_cast<T>(value);
      }
    }
  }
};

template <>
struct As<std::string> {
  static std::string read(const Json& json) {
    expect(json.kind == 's', "a string", json);
    return json.text;
  }
};

template <class List>
struct AsList {
  static List read(const Json& json) {
    expect(json.kind == '[', "a list", json);
    List list;
    for (const Json& item : json.items) list.insert(list.end(), as<typename List::value_type>(item));
    return list;
  }
};
template <class T> struct As<std::vector<T>> : AsList<std::vector<T>> {};
template <class T> struct As<std::deque<T>> : AsList<std::deque<T>> {};
template <class T> struct As<std::list<T>> : AsList<std::list<T>> {};
template <class T> struct As<std::set<T>> : AsList<std::set<T>> {};
template <class T> struct As<std::unordered_set<T>> : AsList<std::unordered_set<T>> {};

template <class Map>
struct AsMap {
  static Map read(const Json& json) {
    expect(json.kind == '{', "an object", json);
    Map map;
    for (size_t i = 0; i + 1 < json.items.size(); i += 2) {
      Json key = json.items[i];
      if (std::is_arithmetic_v<typename Map::key_type> && !std::is_same_v<typename Map::key_type, char>) key.kind = '#';
      map.emplace(as<typename Map::key_type>(key), as<typename Map::mapped_type>(json.items[i + 1]));
    }
    return map;
  }
};
template <class K, class V> struct As<std::map<K, V>> : AsMap<std::map<K, V>> {};
template <class K, class V> struct As<std::unordered_map<K, V>> : AsMap<std::unordered_map<K, V>> {};

template <class T>
struct As<std::optional<T>> {
  static std::optional<T> read(const Json& json) {
    if (json.kind == 'n') return std::nullopt;
    return as<T>(json);
  }
};

template <class... T>
std::tuple<T...> as_tuple(const Json& json) {
  if (json.kind != '[' || json.items.size() != sizeof...(T))
    fail("expected " + std::to_string(sizeof...(T)) + ", got " + std::to_string(json.items.size()));
  size_t i = 0;
  return std::tuple<T...>{as<T>(json.items[i++])...};  // braces: from left to right
}
template <class... T> struct As<std::tuple<T...>> {
  static std::tuple<T...> read(const Json& json) { return as_tuple<T...>(json); }
};
template <class T, class U> struct As<std::pair<T, U>> {
  static std::pair<T, U> read(const Json& json) {
    auto [first, second] = as_tuple<T, U>(json);
    return {std::move(first), std::move(second)};
  }
};

// --- results: a letter, and a number or a size ---

inline void put(std::string& out, const std::string& text) { out += 's' + std::to_string(text.size()) + ':' + text; }
inline void put(std::string& out, const char* text) { put(out, std::string(text)); }
inline void put(std::string& out, char c) { put(out, std::string(1, c)); }
inline void put(std::string& out, bool value) { out += value ? 'T' : 'F'; }

template <class T>
std::enable_if_t<std::is_arithmetic_v<T>> put(std::string& out, T value) {
  if constexpr (std::is_floating_point_v<T>) {
    char digits[64];
    if (std::isfinite(value)) {
      std::snprintf(digits, sizeof digits, "%a", static_cast<double>(value));
      out += 'f' + std::string(digits) + ';';
    } else {
      out += std::isnan(value) ? "fnan;" : value < 0 ? "f-inf;" : "finf;";
    }
  } else {
    out += 'i' + std::to_string(value) + ';';
  }
}

template <class List>
std::void_t<typename List::value_type, decltype(std::declval<const List&>().begin())> put(std::string& out,
                                                                                          const List& list);
template <class K, class V>
void put(std::string& out, const std::map<K, V>& map);
template <class K, class V>
void put(std::string& out, const std::unordered_map<K, V>& map);
template <class T>
void put(std::string& out, const std::optional<T>& value);
template <class T, class U>
void put(std::string& out, const std::pair<T, U>& pair);
template <class... T>
void put(std::string& out, const std::tuple<T...>& tuple);

template <class Map>
void put_map(std::string& out, const Map& map) {
  out += 'd' + std::to_string(map.size()) + ':';
  for (const auto& [key, value] : map) {
    if constexpr (std::is_integral_v<typename Map::key_type> && !std::is_same_v<typename Map::key_type, char>)
      put(out, std::to_string(key));  // JSON's keys are texts
    else
      put(out, key);
    put(out, value);
  }
}
template <class K, class V>
void put(std::string& out, const std::map<K, V>& map) {
  put_map(out, map);
}
template <class K, class V>
void put(std::string& out, const std::unordered_map<K, V>& map) {
  put_map(out, map);
}

template <class List>
std::void_t<typename List::value_type, decltype(std::declval<const List&>().begin())> put(std::string& out,
                                                                                          const List& list) {
  out += 'l' + std::to_string(std::distance(list.begin(), list.end())) + ':';
  for (const auto& item : list) put(out, static_cast<const typename List::value_type&>(item));
}
template <class T>
void put(std::string& out, const std::optional<T>& value) {
  if (value)
    put(out, *value);
  else
    out += 'N';
}
template <class T, class U>
void put(std::string& out, const std::pair<T, U>& pair) {
  out += "t2:";
  put(out, pair.first);
  put(out, pair.second);
}
template <class... T>
void put(std::string& out, const std::tuple<T...>& tuple) {
  out += 't' + std::to_string(sizeof...(T)) + ':';
  std::apply([&out](const T&... item) { (put(out, item), ...); }, tuple);
}

// --- the call ---

template <class Result, class... Parameters, class Function>
void call_with(const Function& function) {
  std::ifstream file("arguments.json", std::ios::binary);
  const Json json = Reader(std::string(std::istreambuf_iterator<char>(file), {})).read();
  auto arguments = as_tuple<std::decay_t<Parameters>...>(json);
  std::string out;
  std::apply(
      [&](auto&... argument) {
        if constexpr (std::is_void_v<Result>) {
          function(std::forward<Parameters>(argument)...);
          out = "N";
        } else {
          put(out, static_cast<const std::decay_t<Result>&>(function(std::forward<Parameters>(argument)...)));
        }
      },
      arguments);
  std::ofstream("result", std::ios::binary) << out;
  std::fflush(stdout);
  std::_Exit(0);
}

template <class Result, class... Parameters>
void call(Result (*function)(Parameters...)) {
  call_with<Result, Parameters...>(function);
}
template <class Class, class Result, class... Parameters>
void call(Result (Class::*method)(Parameters...)) {
  Class object;
  call_with<Result, Parameters...>([&](Parameters... argument) -> Result {
    return (object.*method)(std::forward<Parameters>(argument)...);
  });
}
template <class Class, class Result, class... Parameters>
void call(Result (Class::*method)(Parameters...) const) {
  Class object;
  call_with<Result, Parameters...>([&](Parameters... argument) -> Result {
    return (object.*method)(std::forward<Parameters>(argument)...);
  });
}

}  // namespace cohort_call

#define main cohort_program_main
#include "main.cpp"
#undef main
#undef int  // programs define it as long long

int main() { cohort_call::call(&COHORT_FUNCTION); }
