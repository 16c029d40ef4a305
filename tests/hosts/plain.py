#!/usr/bin/env python3
"""One of the hosts in relay.py that do nothing but send and wait over plain TCP: what a network takes for rounds of so many bytes.

usage: plain.py HOST ROUNDS BYTES…      BYTES: what each host sends in all, to all others alike; prints the seconds
"""

import socket
import sys
import threading
import time

import relay

PORT = 7002


def _meet(host, hosts):
    """A connection to each other host: to those before it, from those after it."""
    met, door = {}, socket.create_server((relay.Network.address(host), PORT))
    for other in range(host):
        while other not in met:
            try:
                met[other] = socket.create_connection((relay.Network.address(other), PORT))
            except OSError:
                time.sleep(0.01)
        met[other].sendall(bytes([host]))
    while len(met) < hosts - 1:
        connection = door.accept()[0]
        met[connection.recv(1)[0]] = connection
    for connection in met.values():
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return met


def _read(connection, count):
    while count:
        got = len(connection.recv(min(count, 1 << 20)))
        if not got:
            sys.exit("a host is gone")
        count -= got


def _round(met, size, host):
    sending = [threading.Thread(target=c.sendall, args=(bytes(size[host]),)) for c in met.values()]
    for thread in sending:
        thread.start()
    for other, connection in met.items():
        _read(connection, size[other])
    for thread in sending:
        thread.join()


def main(host, rounds, *sent):
    size = [max(1, total // (len(sent) - 1) // rounds) for total in sent]
    met = _meet(host, len(sent))
    began = time.monotonic()
    for _ in range(rounds):
        _round(met, size, host)
    print(time.monotonic() - began)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
