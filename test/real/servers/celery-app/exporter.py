"""Test equipment in the place of celery-exporter: what the workers and the broker answer, with its metric names."""

import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

from redis import Redis
from tasks import app

QUEUES = sys.argv[2].split(",")
EVERY_SECONDS = 0.3

broker = Redis.from_url(os.environ["CELERY_BROKER_URL"], socket_timeout=2, socket_connect_timeout=2)
seen = set()
page = ""


def look():
    taken = app.control.inspect(timeout=0.7).active_queues() or {}
    seen.update(taken)
    lines = [f'celery_worker_up{{hostname="{name}"}} {int(name in taken)}' for name in sorted(seen)]
    for queue in QUEUES:
        takers = sum(any(each["name"] == queue for each in queues) for queues in taken.values())
        lines.append(f'celery_queue_length{{queue_name="{queue}"}} {broker.llen(queue)}')
        lines.append(f'celery_active_worker_count{{queue_name="{queue}"}} {takers}')
    return "\n".join(lines) + "\n"


def keep_looking():
    global page
    while True:
        try:
            page = look()
        except Exception as error:
            page = f"# {type(error).__name__}\n"
        time.sleep(EVERY_SECONDS)


class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("content-type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message(self, *_):
        pass


threading.Thread(target=keep_looking, daemon=True).start()
HTTPServer(("127.0.0.1", int(sys.argv[1])), Page).serve_forever()
