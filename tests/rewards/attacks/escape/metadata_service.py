# wrong_answer runtime_error
import urllib.request
urllib.request.urlopen("http://169.254.169.254/latest/meta-data/", timeout=2)
print(7)
