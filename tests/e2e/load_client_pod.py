"""Runs in a pod of the cluster: sends predictions to the service until it is stopped, and counts them.

Half of the threads open a connection for each request, half keep theirs open, as clients do. Prints its counters as
one line of JSON each second. Arguments: name and namespace of the service, number of threads, seconds between two
requests of a thread, and how often a connection is tried again, of which nobody hears within a second.
"""

import base64
import http.client
import json
import socket
import sys
import threading
import time
from collections import Counter

from model.contract.golden import golden_png

NAME, NAMESPACE, THREADS, PAUSE, RECONNECTS = (*sys.argv[1:3], int(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5]))
TIMEOUT = 10  # seconds that an answer may take
# The Service's address never changes. Asked for once: when kubelet restarts, the cluster's DNS gives no answer for
# seconds, which is no request that the predictor lost.
HOST = socket.gethostbyname(f"{NAME}-predictor.{NAMESPACE}")
PHOTO = base64.b64encode(golden_png(1, 180)).decode()
BODY = json.dumps({"instances": [{"image": {"b64": PHOTO}}]})
count: Counter[str] = Counter()
losses: list[str] = []


def connect(connection: http.client.HTTPConnection) -> None:
    """Again where nobody answers: no request has been sent, so none can be answered twice."""
    for _ in range(RECONNECTS):
        connection.timeout = 1
        try:
            connection.connect()
            connection.sock.settimeout(TIMEOUT)
            return
        except OSError:
            count["connected again"] += 1
    connection.timeout = TIMEOUT
    connection.connect()


def send(connection: http.client.HTTPConnection, keep: bool) -> None:
    if connection.sock is None:
        connect(connection)
    headers = {"Content-Type": "application/json"} | ({} if keep else {"Connection": "close"})
    connection.request("POST", f"/v1/models/{NAME}:predict", BODY, headers)
    response = connection.getresponse()
    body = response.read()
    if response.status != 200:
        raise ValueError(f"{response.status} {body[:80]!r}")
    prediction = json.loads(body)["predictions"][0]
    count[f"revision {response.getheader('x-model-revision')}"] += 1
    count[f"label {prediction['label']}"] += 1


def send_repeatedly(keep: bool) -> None:
    connection = http.client.HTTPConnection(HOST)
    while True:
        count["sent"] += 1
        try:
            send(connection, keep)
        except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
            count["lost"] += 1
            kind = "kept" if keep else "new"
            losses.append(f"{time.strftime('%H:%M:%S')} {kind} {type(error).__name__} {error}"[:160])
            connection.close()
        if not keep:
            connection.close()
        time.sleep(PAUSE)


for number in range(THREADS):
    threading.Thread(target=send_repeatedly, args=(number % 2 == 1,), daemon=True).start()
while True:
    time.sleep(1)
    print(json.dumps({**count, "losses": losses[-5:]}), flush=True)
