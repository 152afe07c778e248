#include "rewards/sandbox/job.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "rewards/sandbox/message.hpp"

namespace cohort::sandbox {
namespace {

bool read_words(Job& job, size_t size) {
  const Request& request = job.request;
  char* at = job.packet + sizeof(Request);
  char* const end = job.packet + size;
  for (uint32_t i = 0; i < request.num_words + request.num_files; ++i) {
    char* stop = static_cast<char*>(std::memchr(at, 0, static_cast<size_t>(end - at)));
    if (!stop) return false;
    if (i < request.num_words)
      job.words[i] = at;
    else
      job.names[i - request.num_words] = at;
    at = stop + 1;
  }
  job.words[request.num_words] = nullptr;
  return at == end;
}

bool assign_fds(Job& job) {
  const Request& request = job.request;
  const uint32_t num_contents = request.num_files - (request.returns_file ? 1 : 0);
  if (job.num_fds != 1 + request.num_cgroups + 3 + (request.has_result ? 2 : 0) + num_contents) return false;
  const int* next = job.fds;
  job.report = *next++;
  job.cgroups = next;
  next += request.num_cgroups;
  job.standard = next;
  next += 3;
  job.arguments = request.has_result ? *next++ : -1;
  job.result = request.has_result ? *next++ : -1;
  job.files = next;
  return true;
}

}  // namespace

int receive_job(int socket, Job& job) {
  job.num_fds = 0;
  job.report = -1;
  const ptrdiff_t size = receive_packet(socket, job.packet, sizeof job.packet, job.fds, kMaxFds, &job.num_fds);
  if (size < 0) return errno == ECONNRESET ? 0 : -1;
  if (size == 0) return 0;
  if (size >= static_cast<ptrdiff_t>(sizeof(Request))) {
    std::memcpy(&job.request, job.packet, sizeof(Request));
    const Request& request = job.request;
    if (request.num_words <= kMaxWords && request.num_files <= kMaxFiles && request.num_cgroups <= kMaxCgroups &&
        request.returns_file <= request.num_files && read_words(job, static_cast<size_t>(size)) && assign_fds(job))
      return 1;
  }
  close_job(job);
  errno = EBADMSG;
  return -1;
}

void close_job(Job& job) {
  while (job.num_fds > 0) close(job.fds[--job.num_fds]);
}

}  // namespace cohort::sandbox
