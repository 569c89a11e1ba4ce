"""What goes wrong in the demo beside its traffic: a few times a second what fails, is refused, waits or is dropped.

errands.py client, errands.py server; each runs in the demo's namespace of that name until it is ended.
"""

import itertools
import socket
import sys
import time

SERVER, OUTSIDE = "198.18.0.2", "198.18.1.1"
FULL, SLOW = 7100, 7101  # ports where nobody takes connections: too many, and one that sends
NO_IP = 0x88B5  # an EtherType for experiments


def exchange(address, port, seconds=0.3):
    """A connection, if there is one, that says something and hears it again."""
    try:
        with socket.create_connection((address, port), timeout=seconds) as connection:
            connection.sendall(b"x" * 64)
            connection.recv(64)
    except OSError:
        pass


def tell(address, port, *datagrams):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plug:
        plug.connect((address, port))
        for datagram in datagrams:
            try:
                plug.send(datagram)
            except OSError:
                pass


def begin(address, port):
    plug = socket.socket()
    plug.setblocking(False)
    plug.connect_ex((address, port))
    return plug


def question(number):
    return number.to_bytes(2) + bytes.fromhex("0100 0001 0000 0000 0000 04 6c6f7374 04 74657374 00 0001 0001")


def run_client():
    waiting, unread = [], begin(SERVER, SLOW)
    frames = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    frames.bind(("eth0", 0))
    for number in itertools.count():
        exchange(SERVER, 6999)  # refused, of a service
        exchange(SERVER, 7002)  # of two services
        exchange(SERVER, 7003)  # loses packets
        exchange(OUTSIDE, 6443)  # the API server, by a translated address
        exchange(OUTSIDE, 6445)  # refused
        waiting = waiting[-20:] + [begin(OUTSIDE, 6444), begin(SERVER, FULL)]  # dropped, and full
        # Nobody answers; sent twice with one number.
        tell(OUTSIDE, 5353, question(number % 65536), question(number % 65536))
        for port in (9996, 9997, 9998):
            tell(SERVER if port == 9996 else OUTSIDE, port, b"dropped")
        tell(SERVER, 9, b"nobody's port")
        frames.send(b"\xff" * 6 + frames.getsockname()[4] + NO_IP.to_bytes(2) + bytes(46))
        try:
            unread.send(b"x" * 200_000)
        except BlockingIOError:
            pass
        except OSError:
            unread.close()
            unread = begin(SERVER, SLOW)
        time.sleep(0.2)


def run_server():
    # Open for as long as they have a name.
    listeners = [socket.create_server(("", port), backlog=0) for port in (FULL, SLOW)]
    while listeners:
        time.sleep(3600)


{"client": run_client, "server": run_server}[sys.argv[1]]()
