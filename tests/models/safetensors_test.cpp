#include "src/models/safetensors.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cmath>
#include <random>

#include "src/models/weight_source.hpp"
#include "tests/models/files.hpp"

namespace cohort::models {
namespace {

using test::bytes_of;
using test::contains;
using test::error_of;
using test::read_file;
using test::TemporaryDirectory;
using test::write_file;

std::string file_of(const std::string& header, const std::string& data) {
  return bytes_of<uint64_t>(header.size()) + header + data;
}

const std::string sound_header = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";

std::string error_of_bytes(const std::string& bytes) {
  const TemporaryDirectory directory;
  write_file(directory / "x.safetensors", bytes);
  return error_of([&] { SafetensorsFile::open(directory / "x.safetensors"); });
}

/// One tensor "a" of which the header says `body`, with four bytes of data.
std::string error_of_tensor(const std::string& body) {
  return error_of_bytes(file_of(R"({"a":{)" + body + "}}", "1234"));
}

}  // namespace

TEST_CASE("a sound file opens and gives names, shapes and bytes") {
  const TemporaryDirectory directory;
  write_file(directory / "x.safetensors", file_of(sound_header, bytes_of(std::vector<float>{1.5f, -2.0f})));
  const SafetensorsFile file = SafetensorsFile::open(directory / "x.safetensors");
  REQUIRE(file.tensors().size() == 1);
  CHECK(file.tensors()[0].dtype == "F32");
  CHECK(file.tensors()[0].shape == std::vector<int64_t>{2});
  float values[2];
  file.read(*file.find("a"), values);
  CHECK(values[0] == 1.5f);
  CHECK(values[1] == -2.0f);
  CHECK(file.find("b") == nullptr);
}

TEST_CASE("scalars and empty tensors are legal") {
  CHECK(error_of_bytes(file_of(R"({"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}})", "1234")).empty());
  CHECK(error_of_bytes(file_of(R"({"a":{"dtype":"F32","shape":[0,3],"data_offsets":[0,0]}})", "")).empty());
  CHECK(error_of_bytes(file_of("{}", "")).empty());
}

TEST_CASE("spaces after the header are legal and other white space is not") {
  CHECK(error_of_bytes(file_of(sound_header + "   ", "12345678")).empty());
  CHECK(contains(error_of_bytes(file_of(sound_header + "\n", "12345678")), "only spaces"));
}

TEST_CASE("a file whose length does not fit its header is refused") {
  CHECK(contains(error_of_bytes("1234567"), "at least 8 bytes"));
  CHECK(contains(error_of_bytes(bytes_of<uint64_t>(1'000'000'000)), "at most"));
  CHECK(contains(error_of_bytes(bytes_of<uint64_t>(~0ull)), "at most"));
  CHECK(contains(error_of_bytes(bytes_of<uint64_t>(100) + "{}"), "a header of 100 bytes"));
  CHECK(contains(error_of_bytes(file_of(sound_header, "1234567")), "8 bytes of data"));
  CHECK(contains(error_of_bytes(file_of(sound_header, "123456789")), "8 bytes of data"));
  CHECK(contains(error_of_bytes(file_of("{}", "x")), "0 bytes of data"));
}

TEST_CASE("a header that is no JSON object is refused") {
  CHECK(contains(error_of_bytes(file_of("", "")), "starts with {"));
  CHECK(contains(error_of_bytes(file_of(" {}", "")), "starts with {"));
  CHECK(contains(error_of_bytes(file_of("[]", "")), "starts with {"));
  CHECK(contains(error_of_bytes(file_of("{", "")), "only spaces"));
  CHECK(contains(error_of_bytes(file_of("{}}", "")), "JSON header"));
  CHECK(contains(error_of_bytes(file_of("{\"\xff\":{}}", "")), "JSON header"));
  CHECK(contains(error_of_bytes(file_of(R"({"a":1})", "")), "does not allow 1"));
  CHECK(contains(error_of_bytes(file_of("{\"a\":" + std::string(1 << 20, '[') + "}", "")), "does not allow an array"));
}

TEST_CASE("keys that appear twice are refused, also escaped ones") {
  const std::string empty = R"({"dtype":"F32","shape":[0],"data_offsets":[0,0]})";
  CHECK(contains(error_of_bytes(file_of(R"({"a":)" + empty + R"(,"a":)" + empty + "}", "")), "appears twice"));
  CHECK(contains(error_of_bytes(file_of(R"({"a":)" + empty + R"(,"\u0061":)" + empty + "}", "")), "appears twice"));
  CHECK(contains(error_of_bytes(file_of(R"({"__metadata__":{"a":"b","a":"c"}})", "")), "appears twice"));
  CHECK(contains(error_of_bytes(file_of(R"({"__metadata__":{},"__metadata__":{}})", "")), "appears twice"));
  CHECK(contains(error_of_tensor(R"("dtype":"F32","dtype":"I32","shape":[1],"data_offsets":[0,4])"), "appears twice"));
}

TEST_CASE("metadata of anything but strings is refused") {
  CHECK(contains(error_of_bytes(file_of(R"({"__metadata__":{"a":1}})", "")), "does not allow 1"));
  CHECK(contains(error_of_bytes(file_of(R"({"__metadata__":{"a":{}}})", "")), "does not allow an object"));
  CHECK(contains(error_of_bytes(file_of(R"({"__metadata__":"a"})", "")), "does not allow a string"));
}

TEST_CASE("a tensor that is not described in full is refused") {
  CHECK(contains(error_of_tensor(R"("dtype":"F32","shape":[1])"), "data_offsets"));
  CHECK(contains(error_of_tensor(R"("dtype":"F32","data_offsets":[0,4])"), "expected dtype, shape"));
  CHECK(contains(error_of_tensor(R"("shape":[1],"data_offsets":[0,4])"), "expected dtype, shape"));
  CHECK(contains(error_of_tensor(R"("dtype":"F32","shape":[1],"data_offsets":[0])"), "two data_offsets"));
  CHECK(contains(error_of_tensor(R"("dtype":"F32","shape":[1],"data_offsets":[0,4,4])"), "two numbers"));
  CHECK(
      contains(error_of_tensor(R"("dtype":"F32","shape":[1],"data_offsets":[0,4],"more":1)"), "got the key \"more\""));
  CHECK(contains(error_of_tensor(R"("dtype":"F99","shape":[1],"data_offsets":[0,4])"), "F99"));
  CHECK(contains(error_of_tensor(R"("dtype":1,"shape":[1],"data_offsets":[0,4])"), "does not allow 1"));
}

TEST_CASE("numbers that are negative, broken or too large are refused") {
  CHECK(contains(error_of_tensor(R"("dtype":"F32","shape":[-1],"data_offsets":[0,4])"), "does not allow -1"));
  CHECK(contains(error_of_tensor(R"("dtype":"F32","shape":[1.0],"data_offsets":[0,4])"), "does not allow 1.0"));
  CHECK(contains(error_of_tensor(R"("dtype":"F32","shape":[9007199254740993],"data_offsets":[0,4])"), "2^53"));
  CHECK(contains(error_of_tensor(R"("dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4])"),
                 "does not allow"));
  CHECK(contains(error_of_tensor(R"("dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4])"), "8 dimensions"));
  CHECK(contains(error_of_tensor(R"("dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4])"), "64 bits"));
  CHECK(contains(error_of_tensor(R"("dtype":"F4","shape":[1],"data_offsets":[0,4])"), "whole bytes"));
  CHECK(contains(error_of_tensor(R"("dtype":"F32","shape":[2],"data_offsets":[0,4])"), "8 bytes by its shape"));
}

TEST_CASE("data with holes, overlaps or a late start is refused") {
  const auto two = [](const std::string& first, const std::string& second) {
    return file_of(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":)" + first +
                       R"(},"b":{"dtype":"U8","shape":[4],"data_offsets":)" + second + "}}",
                   "12345678");
  };
  CHECK(error_of_bytes(two("[4,8]", "[0,4]")).empty());
  CHECK(contains(error_of_bytes(two("[0,4]", "[0,4]")), "data at 4, got 0"));
  CHECK(contains(error_of_bytes(two("[0,4]", "[2,6]")), "data at 4, got 2"));
  CHECK(contains(error_of_bytes(two("[0,4]", "[5,9]")), "data at 4, got 5"));
  CHECK(contains(error_of_bytes(two("[1,5]", "[5,9]")), "data at 0, got 1"));
  CHECK(contains(
      error_of_tensor(
          R"("dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[0],"data_offsets":[4,0])"),
      "an end after"));
}

TEST_CASE("names that are too long or hold NUL are refused") {
  const std::string body = R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})";
  CHECK(contains(error_of_bytes(file_of("{\"" + std::string(1025, 'x') + body, "")), "1024 bytes"));
  CHECK(contains(error_of_bytes(file_of(R"({"a\u0000)" + body, "")), "without NUL"));
}

TEST_CASE("F16, BF16 and F64 are widened or rounded to float32, and integers are refused") {
  const TemporaryDirectory directory;
  const std::string header =
      R"({"d":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},"h":{"dtype":"F16","shape":[4],"data_offsets":[8,16]},)"
      R"("b":{"dtype":"BF16","shape":[2],"data_offsets":[16,20]},"i":{"dtype":"I32","shape":[1],"data_offsets":[20,24]}})";
  write_file(directory / "x.safetensors",
             file_of(header, bytes_of(0.1) + bytes_of(std::vector<uint16_t>{0x3c00, 0x0001, 0xfc00, 0xc000}) +
                                 bytes_of(std::vector<uint16_t>{0x3fc0, 0x8000}) + bytes_of(7)));
  const SafetensorsFile file = SafetensorsFile::open(directory / "x.safetensors");
  float values[4];
  file.read(*file.find("d"), values);
  CHECK(values[0] == 0.1f);
  file.read(*file.find("h"), values);
  CHECK(values[0] == 1.0f);
  CHECK(values[1] == std::ldexp(1.0f, -24));  // the smallest subnormal
  CHECK(std::isinf(values[2]));
  CHECK(values[3] == -2.0f);
  file.read(*file.find("b"), values);
  CHECK(values[0] == 1.5f);
  CHECK(std::signbit(values[1]));
  CHECK(contains(error_of([&] { file.read(*file.find("i"), values); }), "got I32"));
}

TEST_CASE("what is written is read again, wide types first and then by name") {
  const TemporaryDirectory directory;
  const std::vector<float> a = {1, 2, 3};
  const std::vector<uint16_t> b = {0x3f80, 0x4000};
  const std::vector<int64_t> step = {-5};
  const std::vector<uint8_t> blob = {1, 2, 3};
  write_safetensors(directory / "x.safetensors", {{"blob", "U8", {3}, blob.data()},
                                                  {"z", "F32", {3}, a.data()},
                                                  {"b", "BF16", {1, 2}, b.data()},
                                                  {"a", "F32", {3}, a.data()},
                                                  {"step", "I64", {}, step.data()}});
  const SafetensorsFile file = SafetensorsFile::open(directory / "x.safetensors");
  std::vector<std::string> names;
  for (const SafetensorsTensor& tensor : file.tensors()) names.push_back(tensor.name);
  CHECK(names == std::vector<std::string>{"step", "a", "z", "b", "blob"});
  CHECK(file.tensors()[0].offset % 8 == 0);
  CHECK(file.metadata().at("format") == "pt");
  int64_t read_step = 0;
  file.read_raw(*file.find("step"), &read_step);
  CHECK(read_step == -5);
  uint8_t tail[2];
  file.read_raw(*file.find("blob"), 1, 2, tail);
  CHECK(tail[1] == 3);
  CHECK(contains(error_of([&] { file.read_raw(*file.find("blob"), 2, 2, tail); }), "within 3 bytes"));
  CHECK(!std::filesystem::exists(directory / "x.safetensors.tmp"));
}

TEST_CASE("two tensors of one name or of an unknown type are not written") {
  const TemporaryDirectory directory;
  const float value = 1;
  const int64_t number = 1;
  CHECK(contains(error_of([&] {
                   write_safetensors(directory / "x", {{"a", "F32", {}, &value}, {"a", "I64", {}, &number}});
                 }),
                 "given twice"));
  CHECK(contains(error_of([&] { write_safetensors(directory / "x", {{"a", "F99", {}, &value}}); }), "F99"));
  CHECK(std::filesystem::is_empty(directory.path()));
}

TEST_CASE("a file cut at any byte is refused") {
  const TemporaryDirectory directory;
  const std::string whole = file_of(sound_header, "12345678");
  for (size_t length = 0; length < whole.size(); ++length) CHECK(!error_of_bytes(whole.substr(0, length)).empty());
}

TEST_CASE("random changes of bytes are refused or read, and nothing else") {
  const TemporaryDirectory directory;
  const std::string header =
      R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"F16","shape":[2],"data_offsets":[16,20]}})";
  const std::string whole = file_of(header, std::string(20, 'x'));
  std::mt19937 random(1);
  for (int round = 0; round < 3000; ++round) {
    std::string bytes = whole;
    for (int change = 0; change < 1 + round % 3; ++change) bytes[random() % bytes.size()] = static_cast<char>(random());
    write_file(directory / "x", bytes);
    error_of([&] {
      const SafetensorsFile file = SafetensorsFile::open(directory / "x");
      std::vector<float> values(64);
      for (const SafetensorsTensor& tensor : file.tensors())
        if (tensor.bytes <= 64) file.read(tensor, values.data());
    });
  }
}

TEST_CASE("a directory, a missing file and a pipe without a writer are errors") {
  const TemporaryDirectory directory;
  CHECK(contains(error_of([&] { SafetensorsFile::open(directory.path()); }), "regular file"));
  CHECK(contains(error_of([&] { SafetensorsFile::open(directory / "none"); }), "cannot be opened"));
  REQUIRE(::mkfifo((directory / "pipe").c_str(), 0600) == 0);
  CHECK(contains(error_of([&] { SafetensorsFile::open(directory / "pipe"); }), "regular file"));
}

}  // namespace cohort::models
