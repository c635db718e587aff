import heavy
import time

from fsmpool import worker


@worker.command
def hang(args):
    time.sleep(1000)


if __name__ == "__main__":
    worker.run()
