"""Hosts in network namespaces of their own, and between them a network of this process: each namespace has a TUN device,
whose packets go to the one they are for after a delay, all but a few that are lost. Needs root and /dev/net/tun."""

import collections
import ctypes
import fcntl
import os
import random
import select
import struct
import subprocess
import threading
import time

CLONE_NEWNET = 0x40000000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
PACKET = 65536
libc = ctypes.CDLL(None, use_errno=True)


def possible():
    """Can namespaces and devices be made here? A container may forbid either."""
    try:
        with Network(1, 0):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


def _ip(*arguments):
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)


class Network:
    """count namespaces; host k has the address 10.77.0.(k+1). delay in seconds, one way; loss as a fraction."""

    def __init__(self, count, delay, loss=0.0, seed=1):
        self.delay, self.loss, self.random = delay, loss, random.Random(seed)
        self.names = [f"moot-{os.getpid()}-{k}" for k in range(count)]
        self.cut, self.tun, self.passed = set(), [], 0
        self._stop = threading.Event()

    def __enter__(self):
        try:
            for k, name in enumerate(self.names):
                _ip("netns", "add", name)
                self.tun.append(self._open_tun(name))
                _ip("-n", name, "addr", "add", f"{self.address(k)}/24", "dev", "tun0")
                _ip("-n", name, "link", "set", "tun0", "up")
                _ip("-n", name, "link", "set", "lo", "up")
        except BaseException:
            self._close()
            raise
        self._thread = threading.Thread(target=self._relay)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()
        self._close()

    def _close(self):
        for fd in self.tun:
            os.close(fd)
        for name in self.names:
            subprocess.run(["ip", "netns", "del", name], capture_output=True)

    @staticmethod
    def address(k):
        return f"10.77.0.{k + 1}"

    def command(self, k, line):
        """A command line that runs at host k."""
        return ["ip", "netns", "exec", self.names[k], *line]

    def cut_off(self, k):
        """From now on nothing comes from host k or reaches it."""
        self.cut.add(k)

    @staticmethod
    def _open_tun(name):
        """A device is made in the namespace of the thread that makes it, and its descriptor works from everywhere."""
        made = []

        def make():
            with open(f"/run/netns/{name}") as there:
                if libc.setns(there.fileno(), CLONE_NEWNET):
                    return
            fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH", b"tun0", IFF_TUN | IFF_NO_PI))
            made.append(fd)

        thread = threading.Thread(target=make)
        thread.start()
        thread.join()
        if not made:
            raise OSError(ctypes.get_errno(), f"no device in {name}")
        return made[0]

    def _relay(self):
        waiting = collections.deque()  # (when, to, packet): all are delayed alike, so they leave as they came
        while not self._stop.is_set():
            left = max(0.0, waiting[0][0] - time.monotonic()) if waiting else 0.1
            ready, _, _ = select.select(self.tun, [], [], left)
            for fd in ready:
                self._take(fd, waiting)
            while waiting and waiting[0][0] <= time.monotonic():
                self._pass_on(*waiting.popleft()[1:])

    def _take(self, fd, waiting):
        source = self.tun.index(fd)
        for _ in range(64):
            try:
                packet = os.read(fd, PACKET)
            except BlockingIOError:
                return
            to = packet[19] - 1 if packet[0] >> 4 == 4 and packet[16:19] == b"\x0a\x4d\x00" else -1
            if 0 <= to < len(self.tun) and not {source, to} & self.cut and self.random.random() >= self.loss:
                waiting.append((time.monotonic() + self.delay, to, packet))

    def _pass_on(self, to, packet):
        self.passed += len(packet)
        try:
            os.write(self.tun[to], packet)
        except OSError:
            pass  # the device is full or gone: lost, as on a wire
