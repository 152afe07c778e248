# no_code
