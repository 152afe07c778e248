// What was asked. A Problem is a pure value: a task makes it from an index, a reward reads it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace cohort {

/// One turn of a conversation, before the chat template.
struct Message {
  std::string role;  // "system", "user" or "assistant"
  std::string content;
};

/// One task instance: what to ask the policy, and what a reward needs to grade the answer.
struct Problem {
  int64_t index = 0;                          // its index in the task: sampling is a function of it, not of batch order
  std::string prompt;                         // raw text the policy continues; unused where `messages` is given
  std::vector<Message> messages;              // chat form, rendered by the tokenizer's template
  std::string answer;                         // gold answer as text, or compact JSON where it is structured
  std::map<std::string, std::string> fields;  // other columns of the data row
};

}  // namespace cohort
