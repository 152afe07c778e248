// forbidden
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
int main(void) {
  struct { struct file_handle handle; char bytes[64]; } name = {{8, 1}};
  printf("%d\n", open_by_handle_at(-100, &name.handle, 0));
}
