// memory_limit time_limit runtime_error
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>
// What lies in sockets is in no process.
int main() {
  static char bytes[1 << 16];
  for (int child = 0; child < 50; ++child) {
    if (fork() != 0) continue;
    for (int pair[2]; socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0;)
      for (int i = 0; i < 2; ++i) {
        fcntl(pair[i], F_SETFL, O_NONBLOCK);
        while (write(pair[i], bytes, sizeof bytes) > 0) {
        }
      }
    while (1) pause();
  }
  while (1) pause();
}
