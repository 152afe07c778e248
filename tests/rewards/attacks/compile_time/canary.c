// compile_error
__asm__(".incbin \"CANARY\"");
int main(void) { return 0; }
