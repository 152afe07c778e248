// compile_error
int other(void) { return 7; }
