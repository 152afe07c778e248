// runtime_error wrong_answer compile_error
const char loader[] __attribute__((section(".interp"))) = "/no/such/loader";
int main(void) { return 0; }
