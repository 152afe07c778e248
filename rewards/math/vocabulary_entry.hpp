// How the tables of the vocabulary are written.
#pragma once

#include "rewards/math/vocabulary.hpp"

namespace cohort::rewards::math::vocabulary {

constexpr Entry letter(std::string_view name, std::string_view symbol) { return {name, Sign::letter, symbol}; }
constexpr Entry function(std::string_view name, std::string_view text) { return {name, Sign::function, text}; }
constexpr Entry constant(std::string_view name, std::string_view text) { return {name, Sign::constant, text}; }
constexpr Entry relation(std::string_view name, std::string_view text) { return {name, Sign::relation, text}; }
constexpr Entry sign(std::string_view name, Sign value, std::string_view text = {}) { return {name, value, text}; }
constexpr Entry open(std::string_view name, char shape) { return {name, Sign::open, {}, shape}; }
constexpr Entry close(std::string_view name, char shape) { return {name, Sign::close, {}, shape}; }
constexpr Entry wrapper(std::string_view name, Wrapper value) { return {name, Sign::garbage, {}, 0, value}; }

}  // namespace cohort::rewards::math::vocabulary
