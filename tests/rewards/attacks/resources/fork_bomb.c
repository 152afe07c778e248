// time_limit runtime_error memory_limit
#include <unistd.h>
int main(void) {
  for (;;) fork();
}
