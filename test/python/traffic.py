"""What else wants a line: `give ADDRESS PORT CONTROL` sends whoever connects all that the line
takes, under that TCP congestion control, and prints `ready`, or `none` where this kernel has not
got it; `take ADDRESS PORT COUNT` fetches over so many connections and prints every 200 ms how many
bytes came."""
import socket
import sys
import threading
import time

BLOCK = bytes(65536)
PRINT_S = 0.2


def give(address: str, port: int, control: str) -> None:
    listener = socket.socket()
    try:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, control.encode())
    except OSError:
        print("none", flush=True)
        return
    listener.bind((address, port))
    listener.listen()
    print("ready", flush=True)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=fill, args=(connection,), daemon=True).start()


def fill(connection: socket.socket) -> None:
    try:
        while True:
            connection.sendall(BLOCK)
    except OSError:
        connection.close()


def take(address: str, port: int, count: int) -> None:
    received = [0] * count

    def drain(at: int) -> None:
        with socket.create_connection((address, port)) as connection:
            while taken := len(connection.recv(65536)):
                received[at] += taken

    for at in range(count):
        threading.Thread(target=drain, args=(at,), daemon=True).start()
    told = 0
    while True:
        time.sleep(PRINT_S)
        now = sum(received)
        print(now - told, flush=True)
        told = now


if sys.argv[1] == "give":
    give(sys.argv[2], int(sys.argv[3]), sys.argv[4])
else:
    take(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
