"""Test equipment: the Celery application that real workers run in the tests."""

import os
import sys
import time

from celery import Celery

app = Celery("denis", broker=os.environ["CELERY_BROKER_URL"])
app.conf.worker_prefetch_multiplier = 1
app.conf.broker_connection_retry_on_startup = True


@app.task(name="denis.nap", ignore_result=True)
def nap(seconds=0):
    time.sleep(seconds)


if __name__ == "__main__":
    jobs, seconds, queue = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
    priority = int(sys.argv[4])
    with app.producer_pool.acquire(block=True) as producer:
        for _ in range(jobs):
            nap.apply_async((seconds,), queue=queue, priority=priority, producer=producer)
