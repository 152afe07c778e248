#include "src/models/gguf.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <fstream>
#include <random>

#include "src/models/dequantize.hpp"
#include "tests/models/files.hpp"

namespace cohort::models {
namespace {

using test::bytes_of;
using test::contains;
using test::error_of;
using test::GgufBuilder;
using test::TemporaryDirectory;
using test::write_file;

GgufFile open_bytes(const std::string& bytes) {
  const TemporaryDirectory directory;
  write_file(directory / "x.gguf", bytes);
  return GgufFile::open(directory / "x.gguf");
}

std::string error_of_bytes(const std::string& bytes) {
  return error_of([&] { open_bytes(bytes); });
}

/// Metadata of every type and two tensors.
GgufBuilder sound_file() {
  GgufBuilder file;
  file.value("u8", 0, bytes_of<uint8_t>(200));
  file.value("i8", 1, bytes_of<int8_t>(-3));
  file.value("u16", 2, bytes_of<uint16_t>(60000));
  file.value("i16", 3, bytes_of<int16_t>(-300));
  file.u32("u32", 4'000'000'000u);
  file.value("i32", 5, bytes_of<int32_t>(-70000));
  file.f32("f32", 0.5f);
  file.value("bool", 7, bytes_of<uint8_t>(1));
  file.string("string", "words");
  file.value("strings", 9,
             bytes_of<uint32_t>(8) + bytes_of<uint64_t>(2) + GgufBuilder::text("a") + GgufBuilder::text(""));
  file.value("reals", 9, bytes_of<uint32_t>(6) + bytes_of<uint64_t>(2) + bytes_of(std::vector<float>{1.0f, 2.5f}));
  file.value("u64", 10, bytes_of<uint64_t>(1ull << 40));
  file.value("i64", 11, bytes_of<int64_t>(-5));
  file.value("f64", 12, bytes_of(0.1));
  file.floats("one", {3}, {1, 2, 3});
  file.floats("two", {2, 2}, {4, 5, 6, 7});
  return file;
}

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i < hex.size(); i += 2) bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

}  // namespace

TEST_CASE("metadata of every type is read") {
  const GgufFile file = open_bytes(sound_file().build());
  CHECK(file.integer("u8") == 200);
  CHECK(file.integer("i8") == -3);
  CHECK(file.integer("u16") == 60000);
  CHECK(file.integer("i16") == -300);
  CHECK(file.integer("u32") == 4'000'000'000);
  CHECK(file.integer("i32") == -70000);
  CHECK(file.integer("u64") == int64_t{1} << 40);
  CHECK(file.integer("i64") == -5);
  CHECK(file.integer("bool") == 1);
  CHECK(file.boolean("bool") == true);
  CHECK(file.real("f32") == 0.5);
  CHECK(file.real("f64") == 0.1);
  CHECK(file.real("u8") == 200.0);
  CHECK(file.string("string") == "words");
  CHECK(file.strings("strings") == std::vector<std::string>{"a", ""});
  CHECK(file.reals("reals") == std::vector<double>{1.0, 2.5});
  CHECK(!file.integer("none").has_value());
  CHECK(file.has("u8"));
  CHECK(!file.has("none"));
}

TEST_CASE("a value of another type is an error that names the key") {
  const GgufFile file = open_bytes(sound_file().build());
  CHECK(contains(error_of([&] { file.string("u8"); }), "u8: expected a string"));
  CHECK(contains(error_of([&] { file.integer("f32"); }), "f32: expected an integer"));
  CHECK(contains(error_of([&] { file.integer("strings"); }), "strings: expected one value"));
  CHECK(contains(error_of([&] { file.strings("string"); }), "string: expected an array"));
  CHECK(contains(error_of([&] { file.strings("reals"); }), "reals: expected strings"));
  CHECK(contains(error_of([&] { file.boolean("u8"); }), "u8: expected a bool"));
}

TEST_CASE("tensors are read from where the table says") {
  const GgufFile file = open_bytes(sound_file().build());
  REQUIRE(file.tensors().size() == 2);
  CHECK(file.tensors()[1].dims == std::vector<int64_t>{2, 2});
  float values[4];
  file.read(file.tensors()[1], values);
  CHECK(values[3] == 7.0f);
}

TEST_CASE("an alignment of 64 moves the tensors") {
  GgufBuilder file;
  file.alignment = 64;
  file.u32("general.alignment", 64);
  file.floats("one", {1}, {1});
  file.floats("two", {1}, {2});
  const GgufFile opened = open_bytes(file.build());
  float value = 0;
  opened.read(opened.tensors()[1], &value);
  CHECK(value == 2.0f);
}

TEST_CASE("another magic, version or byte order is refused") {
  GgufBuilder file = sound_file();
  file.magic = 0x67676d6c;
  CHECK(contains(error_of_bytes(file.build()), "letters GGUF"));
  file = sound_file();
  file.version = 1;
  CHECK(contains(error_of_bytes(file.build()), "version 2 or 3, got 1"));
  file.version = 4;
  CHECK(contains(error_of_bytes(file.build()), "version 2 or 3, got 4"));
  file.version = 0x03000000;
  CHECK(contains(error_of_bytes(file.build()), "little-endian"));
  file.version = 2;
  CHECK(error_of_bytes(file.build()).empty());
}

TEST_CASE("keys that are empty or appear twice are refused") {
  GgufBuilder file;
  file.u32("a", 1);
  file.u32("a", 1);
  CHECK(contains(error_of_bytes(file.build()), "appears twice"));
  file = {};
  file.u32("", 1);
  CHECK(contains(error_of_bytes(file.build()), "printable"));
}

TEST_CASE("values of unknown types, odd bools and nested arrays are refused") {
  GgufBuilder file;
  file.value("a", 13, bytes_of<uint32_t>(1));
  CHECK(contains(error_of_bytes(file.build()), "value type from 0 to 12, got 13"));
  file = {};
  file.value("a", 7, bytes_of<uint8_t>(2));
  CHECK(contains(error_of_bytes(file.build()), "0 or 1, got 2"));
  file = {};
  file.value("a", 9, bytes_of<uint32_t>(9) + bytes_of<uint64_t>(0));
  CHECK(contains(error_of_bytes(file.build()), "no array within an array"));
  file = {};
  file.value("a", 9, bytes_of<uint32_t>(7) + bytes_of<uint64_t>(2) + std::string("\x01\x02", 2));
  CHECK(contains(error_of_bytes(file.build()), "0 or 1, got 2"));
}

TEST_CASE("lengths and counts that do not fit in the file are refused before anything is allocated") {
  GgufBuilder file;
  file.value("a", 8, bytes_of<uint64_t>(1ull << 60));
  CHECK(contains(error_of_bytes(file.build()), "a string that fits"));
  file = {};
  file.value("a", 9, bytes_of<uint32_t>(8) + bytes_of<uint64_t>(1ull << 61));
  CHECK(contains(error_of_bytes(file.build()), "an array that fits"));
  file = {};
  file.value("a", 9, bytes_of<uint32_t>(12) + bytes_of<uint64_t>(1ull << 61));
  CHECK(contains(error_of_bytes(file.build()), "an array that fits"));
  const std::string start = bytes_of<uint32_t>(0x46554747) + bytes_of<uint32_t>(3);
  CHECK(contains(error_of_bytes(start + bytes_of<uint64_t>(~0ull) + bytes_of<uint64_t>(0)), "at most 65536 tensors"));
  CHECK(contains(error_of_bytes(start + bytes_of<uint64_t>(0) + bytes_of<uint64_t>(~0ull)), "at most 65536 keys"));
  CHECK(contains(error_of_bytes(start + bytes_of<uint64_t>(60000) + bytes_of<uint64_t>(0)), "but the file has"));
}

TEST_CASE("an alignment of another type, of zero or of no power of two is refused") {
  GgufBuilder file;
  file.value("general.alignment", 10, bytes_of<uint64_t>(32));
  CHECK(contains(error_of_bytes(file.build()), "expected a u32"));
  for (const uint32_t alignment : {0u, 48u}) {
    file = {};
    file.u32("general.alignment", alignment);
    CHECK(contains(error_of_bytes(file.build()), "power of two"));
  }
}

TEST_CASE("tensors of one name, a long name or an unknown type are refused") {
  GgufBuilder file;
  file.floats("a", {1}, {1});
  file.floats("a", {1}, {1});
  CHECK(contains(error_of_bytes(file.build()), "appears twice"));
  file = {};
  file.floats(std::string(64, 'x'), {1}, {1});
  CHECK(contains(error_of_bytes(file.build()), "at most 63 bytes"));
  file = {};
  file.tensor("a", {32}, 4, std::string(64, 'x'));  // Q4_2, which llama.cpp dropped
  CHECK(contains(error_of_bytes(file.build()), "got number 4"));
}

TEST_CASE("shapes that are empty, negative, too large or cut a block are refused") {
  const auto error_of_shape = [](const std::vector<int64_t>& dims, uint32_t type) {
    GgufBuilder file;
    file.tensor("a", dims, type, std::string(64, 'x'));
    return error_of_bytes(file.build());
  };
  CHECK(contains(error_of_shape({0}, 0), "above 0, got 0"));
  CHECK(contains(error_of_shape({4, -1}, 0), "above 0, got -1"));
  CHECK(contains(error_of_shape({}, 0), "1 to 4 dimensions, got 0"));
  CHECK(contains(error_of_shape({1, 1, 1, 1, 1}, 0), "1 to 4 dimensions, got 5"));
  CHECK(contains(error_of_shape({int64_t{1} << 40, int64_t{1} << 40}, 0), "does not fit"));
  CHECK(contains(error_of_shape({INT64_MAX, 2}, 0), "does not fit"));
  CHECK(contains(error_of_shape({16}, 8), "a multiple of 32 elements for Q8_0"));
  CHECK(contains(error_of_shape({32, 4}, 8), "bytes of data"));
}

TEST_CASE("data that is not one tensor after another is refused") {
  GgufBuilder file;
  file.info("a", {8}, 0, 32);
  file.data = std::string(64, 'x');
  CHECK(contains(error_of_bytes(file.build()), "data at 0, got 32"));
  file = {};
  file.info("a", {8}, 0, 0);
  file.info("b", {8}, 0, 0);
  file.data = std::string(64, 'x');
  CHECK(contains(error_of_bytes(file.build()), "data at 32, got 0"));
}

TEST_CASE("a file cut at any byte of its head or its data is refused") {
  const std::string whole = sound_file().build();
  const size_t last = whole.size() - 16;  // the padding of the last tensor may be absent
  for (size_t length = 0; length < last; ++length) CHECK(!error_of_bytes(whole.substr(0, length)).empty());
  CHECK(error_of_bytes(whole.substr(0, last)).empty());
}

TEST_CASE("random changes of bytes are refused or read, and nothing else") {
  const TemporaryDirectory directory;
  const std::string whole = sound_file().build();
  std::mt19937 random(1);
  for (int round = 0; round < 3000; ++round) {
    std::string bytes = whole;
    for (int change = 0; change < 1 + round % 3; ++change) bytes[random() % bytes.size()] = static_cast<char>(random());
    write_file(directory / "x.gguf", bytes);
    error_of([&] {
      const GgufFile file = GgufFile::open(directory / "x.gguf");
      std::vector<float> values(1024);
      for (const GgufTensor& tensor : file.tensors())
        if (tensor.bytes <= 256) file.read(tensor, values.data());
    });
    error_of([&] { GgufFile::open(directory / "x.gguf").strings("strings"); });
  }
}

TEST_CASE("every block format widens to the bits of the PyPI package gguf") {
  // blocks.txt: made by golden/make_blocks.py.
  std::ifstream golden(COHORT_SOURCE_DIR "/tests/models/golden/blocks.txt");
  uint32_t id = 0;
  std::string blocks_hex, values_hex;
  int num_types = 0;
  while (golden >> id >> blocks_hex >> values_hex) {
    CAPTURE(id);
    const std::optional<GgmlType> type = ggml_type(id);
    REQUIRE(type.has_value());
    const std::string blocks = from_hex(blocks_hex), expected = from_hex(values_hex);
    const uint64_t num_blocks = blocks.size() / type->bytes;
    std::vector<float> values(num_blocks * type->elements);
    dequantize(*type, reinterpret_cast<const uint8_t*>(blocks.data()), num_blocks, values.data());
    REQUIRE(expected.size() == values.size() * sizeof(float));
    for (size_t i = 0; i < values.size(); ++i)
      if (std::memcmp(&values[i], expected.data() + i * sizeof(float), sizeof(float)) != 0) {
        FAIL("element ", i, " differs, got ", values[i]);
      }
    ++num_types;
  }
  CHECK(num_types == 11);
}

TEST_CASE("a tensor of many chunks is widened in order") {
  GgufBuilder file;
  const int64_t rows = 40000;  // of 34 bytes each: more than the 1 MiB that is read at once
  std::string blocks;
  for (int64_t row = 0; row < rows; ++row)
    blocks += bytes_of<uint16_t>(0x3c00) + std::string(32, static_cast<char>(row % 100));
  file.tensor("a", {32, rows}, 8, blocks);
  const GgufFile opened = open_bytes(file.build());
  std::vector<float> values(rows * 32);
  opened.read(opened.tensors()[0], values.data());
  bool is_right = true;
  for (int64_t row = 0; row < rows; ++row) is_right &= values[row * 32 + 31] == static_cast<float>(row % 100);
  CHECK(is_right);
}

}  // namespace cohort::models
