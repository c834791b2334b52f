"""A server of canned responses on a bare socket, with or without TLS."""

import ipaddress
import socket
import ssl
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


class Server:
    """Sends one canned response for each request that it has read, and remembers the requests."""

    def __init__(self, *responses: bytes, tls: ssl.SSLContext | None = None, closes: bool = False) -> None:
        self._tls, self._closes = tls, closes
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.requests: list[bytes] = []
        self.connections = 0
        self._responses = list(responses)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                peer, _ = self._listener.accept()
                self.connections += 1
                with peer, suppress(ssl.SSLError):
                    self._respond(self._tls.wrap_socket(peer, server_side=True) if self._tls else peer)

    def _respond(self, peer: socket.socket) -> None:
        while self._responses and (request := peer.recv(65536)):
            self.requests.append(request)
            peer.sendall(self._responses.pop(0))
            if self._closes:
                break
        peer.close()

    def close(self) -> None:
        self._listener.close()


def certificate(folder: Path, address: str) -> Path:
    """Return a file with a fresh key and its self-signed certificate for an IP address."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    encoded = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "certificate.pem"
    path.write_bytes(encoded + made.public_bytes(serialization.Encoding.PEM))
    return path


def server_tls(path: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
