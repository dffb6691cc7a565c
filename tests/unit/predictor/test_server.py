import socket

import pytest

from hack.server_process import free_ports
from model.contract.errors import Mistake
from predictor.grpc_server import address_of
from predictor.server import listen, ready_line, url_of

ADDRESSES = ["127.0.0.1", "::1"] if socket.has_dualstack_ipv6() else ["127.0.0.1"]


def is_open(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), timeout=5).close()
    except OSError:
        return False
    return True


def test_where_this_machine_finds_it() -> None:
    assert url_of("", 8080) == "http://127.0.0.1:8080"
    assert url_of("::1", 8080) == "http://[::1]:8080"
    assert ready_line("pets", has_page=True) == "pets answers on {url} (API, and a page for a browser); Ctrl-C ends it"


def test_all_addresses() -> None:
    (port,) = free_ports(1)
    with listen("", port, "--http_port"):
        assert all(is_open(address, port) for address in ADDRESSES)


@pytest.mark.parametrize("host", ADDRESSES)
def test_one_address(host: str) -> None:
    (port,) = free_ports(1)
    with listen(host, port, "--http_port"):
        assert [address for address in ADDRESSES if is_open(address, port)] == [host]


def test_a_port_that_is_taken() -> None:
    (port,) = free_ports(1)
    with listen("127.0.0.1", port, "--http_port"):
        for host in ("", "127.0.0.1"):
            with pytest.raises(Mistake, match=f"port {port}.* is taken or not allowed: choose another"):
                listen(host, port, "--http_port")


def test_an_address_of_another_machine() -> None:
    with pytest.raises(Mistake, match=r"port 8080 of 192\.0\.2\.1 is taken or not allowed"):
        listen("192.0.2.1", 8080, "--http_port")


def test_addresses_of_grpc() -> None:
    assert [address_of(host, 1) for host in ("", "::1", "127.0.0.1")] == ["[::]:1", "[::1]:1", "127.0.0.1:1"]
