"""IMAP with real semantics: Dovecot on loopback, with TLS by a certificate of its own and mailboxes in a folder."""

import datetime as dt
import ipaddress
import os
import pwd
import secrets
import ssl
import string
import subprocess
from imaplib import IMAP4, IMAP4_SSL
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from habeas.testing.processes import Process
from habeas.testing.servers.packages import find_program, install
from habeas.testing.servers.server import LOOPBACK, Server, ServerMissing, drop_folder, free_port, new_folder
from habeas.testing.waiting import wait_until

PACKAGES = ("dovecot-imapd",)
#: The user that Debian's package makes for Dovecot's own processes; here the mailboxes are also theirs.
OWNER = "dovecot"
DAY = dt.timedelta(days=1)

CONFIGURATION = string.Template("""\
base_dir = $folder/run
state_dir = $folder/state
log_path = $folder/dovecot.log
protocols = imap
listen = $host
default_login_user = dovenull
default_internal_user = $owner
ssl = yes
ssl_cert = <$folder/server.pem
ssl_key = <$folder/server.key
disable_plaintext_auth = yes
auth_mechanisms = plain
mail_home = $folder/mail/%u
mail_location = maildir:~/Maildir
mail_fsync = never
imap_capability = $capability
first_valid_uid = 1
auth_failure_delay = 0
passdb {
  driver = static
  args = password=$password
}
userdb {
  driver = static
  args = uid=$uid gid=$gid home=$folder/mail/%u
}
service imap-login {
  inet_listener imap {
    port = $plain_port
  }
  inet_listener imaps {
    port = $port
    ssl = yes
  }
}
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
""")


class Dovecot(Server):
    """One server, on which every name is a user with a mailbox, and all have one password.

    capability: what it says that it can, all if left out.
    """

    name = "dovecot"

    def __init__(self, capability: str = "") -> None:
        self.port, self.plain_port = free_port(), free_port()
        self.password = secrets.token_hex(16)
        self.version = ""
        self._capability = capability
        self._folder: Path | None = None
        self._daemon: Process | None = None

    @property
    def url(self) -> str:
        """Where it answers with TLS from the first byte; `plain_port` wants STARTTLS from anybody not on loopback."""
        return f"imaps://{LOOPBACK}:{self.port}"

    @property
    def ca_file(self) -> Path:
        """The certificate to trust."""
        return self._owned() / "server.pem"

    def connect(self, user: str) -> IMAP4_SSL:
        """Sign in as somebody, to put messages there and to look at what became of them."""
        line = IMAP4_SSL(LOOPBACK, self.port, ssl_context=ssl.create_default_context(cafile=str(self.ca_file)))
        line.login(user, self.password)
        return line

    def _start(self) -> None:
        how = "found installed"
        if find_program("dovecot") is None or not Path("/usr/lib/dovecot/imap").exists():
            how = install(PACKAGES, "Dovecot")
        program = find_program("dovecot")
        if program is None:
            raise ServerMissing("Dovecot was installed, but there is no program of that name")
        self._folder = new_folder("dovecot")
        self._configure(self._folder)
        # Dovecot waits for the end of what it inherits as its output, so it gets a file and nothing of ours.
        argv = [str(program), "-F", "-c", str(self._folder / "dovecot.conf")]
        self._daemon = Process(argv, log=self._folder / "out.log").start()
        wait_until(self._answers, 30, "Dovecot answers")
        said = subprocess.run([str(program), "--version"], capture_output=True, text=True, timeout=10, check=True)
        self.version = said.stdout.split()[0]
        self.story = f"{how}; private server {self.version} started, IMAP with TLS on port {self.port}"

    def _configure(self, folder: Path) -> None:
        folder.chmod(0o755)
        owner = pwd.getpwnam(OWNER)
        for room in ("run", "state", "mail"):
            (folder / room).mkdir()
        (folder / "mail").chmod(0o700)
        _give(folder / "mail", owner)
        _write_certificate(folder)
        (folder / "dovecot.conf").write_text(
            CONFIGURATION.substitute(
                folder=folder,
                host=LOOPBACK,
                owner=OWNER,
                uid=owner.pw_uid,
                gid=owner.pw_gid,
                port=self.port,
                plain_port=self.plain_port,
                capability=self._capability,
                password=self.password,
            )
        )

    def _answers(self) -> bool:
        daemon = self._daemon
        if daemon is None or not daemon.running:
            raise ServerMissing(f"Dovecot does not start:\n{self._tail()}")
        try:
            IMAP4(LOOPBACK, self.plain_port, timeout=5).logout()
        except (OSError, IMAP4.error):
            return False
        return True

    def _tail(self) -> str:
        logs = [self._owned() / name for name in ("out.log", "dovecot.log")]
        return "\n".join(log.read_text(errors="replace")[-2000:] for log in logs if log.exists())

    def _owned(self) -> Path:
        if self._folder is None:
            raise RuntimeError("Dovecot was not started")
        return self._folder

    def stop(self) -> None:
        """Kill it with all its processes, and drop its folder with every mailbox."""
        if self._daemon is not None:
            self._daemon.kill9()
            self._daemon.stop()
        self._daemon = None
        drop_folder(self._folder)
        self._folder = None


def _give(path: Path, owner: pwd.struct_passwd) -> None:
    os.chown(path, owner.pw_uid, owner.pw_gid)


def _write_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "dovecot of a test")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - DAY)
        .not_valid_after(now + DAY)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(LOOPBACK))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "server.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "server.key").touch(mode=0o600)
    (folder / "server.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
