"""An S3 server in memory that carries out one request after the other, at a port that it says.

By itself it looks whether a condition holds and acts on it in two steps, between which another
request may come.
"""

import threading

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

inner = DomainDispatcherApplication(create_backend_app)
one = threading.Lock()


def application(environ, start_response):
    with one:
        return list(inner(environ, start_response))


server = make_server("127.0.0.1", 0, application, threaded=True)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
