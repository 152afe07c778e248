# forbidden
import os
os.chroot("/tmp")
