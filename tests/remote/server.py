"""An S3 server in memory that carries out one request after the other: server.py PORT

By itself it looks whether a condition holds and acts on it in two steps, between which another
request may come.
"""

import sys
import threading

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple

inner = DomainDispatcherApplication(create_backend_app)
one = threading.Lock()


def application(environ, start_response):
    with one:
        return list(inner(environ, start_response))


run_simple("127.0.0.1", int(sys.argv[1]), application, threaded=True)
