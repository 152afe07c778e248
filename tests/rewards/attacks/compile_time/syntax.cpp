// compile_error
int main( {
