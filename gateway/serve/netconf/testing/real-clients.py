# The clients of operators, ncclient and PyEZ, unchanged, against a gateway. Usage: real-clients.py WAY CLIENT
# WAY is the path of a socket that leads to one session without SSH, or ssh:PORT:USER:PASSWORD. Each step prints one line
# of JSON: its name and what came of it, so that the test beside it reads as a table.

import json
import logging
import socket
import sys
import warnings

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

from ncclient import manager  # noqa: E402
from ncclient.operations import RPCError  # noqa: E402
from ncclient.transport.ssh import SSHSession  # noqa: E402


class Channel:
    """A socket with the methods of an SSH channel that a session uses."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)

    def fileno(self):
        return self.socket.fileno()

    def recv(self, size):
        return self.socket.recv(size)

    def send(self, data):
        return self.socket.send(data)

    def send_ready(self):
        return True

    def close(self):
        self.socket.close()

    def get_id(self):
        return 0


class Transport:
    def is_active(self):
        return True

    def close(self):
        pass


def without_ssh(path):
    def connect(self, *_, **__):
        self._host = "gateway"
        self._channel = Channel(path)
        self._channel_id = 0
        self._transport = Transport()
        self._connected = True
        self._post_connect()

    SSHSession.connect = connect
    return {"host": "gateway"}


def over_ssh(way):
    _, port, user, password = way.split(":")
    return {"host": "127.0.0.1", "port": int(port), "username": user, "password": password}


def step(name, work):
    try:
        result = work()
    except Exception as error:  # noqa: BLE001
        result = {"error": type(error).__name__, "message": str(getattr(error, "message", error)).strip()}
    print(json.dumps({"step": name, "result": result}), flush=True)
    return result


def fine(work):
    """The client raises when the answer holds an error."""
    work()
    return True


def words(text):
    return " ".join(str(text).split())


FILTER = ("subtree", "<configuration><system><host-name/></system></configuration>")
HOST = "<config><configuration><system><host-name>{}</host-name></system></configuration></config>"


def default_client(way):
    with manager.connect(**way, hostkey_verify=False, allow_agent=False, look_for_keys=False) as m:
        step("version", lambda: m._session._base)
        with m.locked("candidate"):
            step("edit-config", lambda: m.edit_config(target="candidate", config=HOST.format("one")).ok)
            step("validate", lambda: m.validate("candidate").ok)
            step("commit", lambda: m.commit().ok)
        step("get-config", lambda: words(m.get_config("running", filter=FILTER).data_xml))
        step("get", lambda: words(m.get(FILTER).data_xml))
        wrong = "<config><configuration><system><hostname>x</hostname></system></configuration></config>"
        step("wrong edit", lambda: m.edit_config(target="candidate", config=wrong).ok)
        step("edit running", lambda: m.edit_config(target="running", config=HOST.format("x")).ok)
        step("discard", lambda: m.discard_changes().ok)
        step("edit again", lambda: m.edit_config(target="candidate", config=HOST.format("two"), default_operation="merge").ok)
        step("commit confirmed", lambda: m.commit(confirmed=True, timeout="120").ok)
        step("confirm", lambda: m.commit().ok)
        step("copy-config", lambda: m.copy_config(source="running", target="candidate").ok)
        step("delete-config", lambda: m.delete_config("startup").ok)
        step("kill itself", lambda: m.kill_session(m.session_id).ok)


def junos_client(way):
    params = {"name": "junos"}
    with manager.connect(**way, device_params=params, hostkey_verify=False, allow_agent=False, look_for_keys=False) as m:
        step("set", lambda: fine(lambda: m.load_configuration(action="set", config=["set system host-name three"])))
        step("compare", lambda: words(m.compare_configuration().xpath("//configuration-output")[0].text))
        step("commit check", lambda: fine(lambda: m.commit(check=True)))
        step("commit", lambda: fine(lambda: m.commit(comment="by ncclient")))
        step("get text", lambda: words(m.get_configuration(format="text", filter=None).xpath("//configuration-text")[0].text)[:40])
        step("get set", lambda: words(m.get_configuration(format="set").xpath("//configuration-set")[0].text)[-30:])
        step("get json", lambda: sorted(json.loads(m.get_configuration(format="json")._NCElement__doc.text)["configuration"]))
        step("get xml", lambda: m.get_configuration(format="xml").xpath("//configuration/system/host-name")[0].text)
        step("merge text", lambda: fine(lambda: m.load_configuration(format="text", action="merge", config="system { domain-name example.net; }")))
        step("rollback", lambda: fine(lambda: m.rollback(rollback=1)))
        step("rolled back", lambda: words(m.compare_configuration().xpath("//configuration-output")[0].text))
        step("rollback 0", lambda: fine(lambda: m.rollback(rollback=0)))
        step("wrong set", lambda: fine(lambda: m.load_configuration(action="set", config=["set system hostname x"])))
        step("command text", lambda: words(m.command("show system commit", format="text").xpath("//output")[0].text)[:40])
        step("display set", lambda: words(m.command("show configuration system | display set", format="text").xpath("//configuration-output")[0].text))
        step("confirmed", lambda: fine(lambda: m.load_configuration(action="set", config=["set system host-name four"]) and m.commit(confirmed=True, timeout="61")))
        step("confirm", lambda: fine(lambda: m.commit()))
        step("unknown", lambda: fine(lambda: m.rpc("<get-nothing/>")))


def pyez(way):
    from jnpr.junos import Device
    from jnpr.junos.exception import ConfigLoadError, LockError, RpcError
    from jnpr.junos.utils.config import Config

    options = {"host": way["host"]}
    if "port" in way:
        options.update(port=way["port"], user=way["username"], passwd=way["password"])
    dev = Device(**options, user="ana") if "user" not in options else Device(**options)
    dev.open(auto_probe=0, gather_facts=False, normalize=True)
    step("facts", lambda: {name: dev.facts.get(name) for name in ("hostname", "version", "model", "personality", "RE0")} and "ok")
    cfg = Config(dev)
    step("lock", cfg.lock)
    step("set", lambda: cfg.load("set system host-name five", format="set").tag)
    step("diff", lambda: words(cfg.diff()))
    step("check", cfg.commit_check)
    step("commit", lambda: cfg.commit(comment="by PyEZ"))
    step("no diff", cfg.diff)
    step("text", lambda: cfg.load("system { domain-name example.net; }", format="text", merge=True).tag)
    step("xml", lambda: cfg.load("<configuration><system><host-name>six</host-name></system></configuration>", format="xml").tag)
    step("wrong", lambda: cfg.load("set system hostname x", format="set"))
    step("update", lambda: cfg.load("system { host-name seven; }", format="text", update=True).tag)
    step("rollback", lambda: cfg.rollback(0))
    step("rollback 1", lambda: cfg.rollback(1))
    step("rolled back", lambda: words(cfg.diff()))
    step("back", lambda: cfg.rollback(0))
    step("unlock", cfg.unlock)
    step("confirmed", lambda: cfg.load("set system host-name eight", format="set") is not None and cfg.commit(confirm=5))
    step("confirm", cfg.commit)
    for form in ("text", "set", "json", "xml"):
        def get(form=form):
            found = dev.rpc.get_config(options={"database": "committed", "format": form})
            if form == "json":
                return sorted(found["configuration"]) if isinstance(found, dict) else words(found.text)[:20]
            return found.tag
        step("get " + form, get)
    step("get filter", lambda: dev.rpc.get_config(filter_xml="<system><host-name/></system>", options={"inherit": "inherit"}).findtext(".//host-name"))
    step("cli", lambda: words(dev.cli("show system commit", warning=False))[:30])
    step("cli set", lambda: words(dev.cli("show configuration system | display set", warning=False)))
    step("unknown", lambda: dev.rpc.get_nothing())
    with Config(dev, mode="private") as private:
        step("private set", lambda: private.load("set system host-name nine", format="set").tag)
        step("private diff", lambda: words(private.diff()))
        step("private commit", private.commit)
    with Config(dev, mode="exclusive") as exclusive:
        step("exclusive set", lambda: exclusive.load("set system host-name ten", format="set").tag)
    step("after exclusive", cfg.diff)
    dev.close()
    step("closed", lambda: dev.connected)


way = over_ssh(sys.argv[1]) if sys.argv[1].startswith("ssh:") else without_ssh(sys.argv[1])
{"default": default_client, "junos": junos_client, "pyez": pyez}[sys.argv[2]](way)
