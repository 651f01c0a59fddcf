"""A process of a sandbox that never answers."""

import sys
import time

if __name__ == "__main__":
    sys.stdin.buffer.read(1)
    time.sleep(60)
