// compile_error wrong_answer
#include "/dev/stdin"
int main(void) { return 0; }
