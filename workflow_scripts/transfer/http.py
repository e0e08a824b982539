"""One file over HTTP from one address: begun, or continued where it broke off."""

import logging
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from http.client import HTTPException

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError
from urllib3.util import Retry

from workflow_scripts.job.errors import InputError
from workflow_scripts.job.progress import progress
from workflow_scripts.job.reading import sent_instead
from workflow_scripts.transfer.part import MEBIBYTE, Part, Version, content_range
from workflow_scripts.transfer.sources import Claim, size_text

BLOCK = 1 << 16
BEGINNING = 1 << 9  # bytes that tell a page or a compressed body
TIMEOUT = (10, 60)  # seconds: until connected, and without a byte
ATTEMPTS = 3  # in a row that gain next to nothing, before an address is given up
BACKOFF = 0.5  # seconds, doubled with each attempt
LONGEST_WAIT = 60  # seconds that a server may ask to wait
PATIENCE = 60  # seconds, in which as many bytes have to arrive as
SLOWEST = 1024  # bytes a second give

_OTHER_VERSION = "the part that was there is of another version"
_BUSY = (429, 500, 502, 503, 504)
# How a body begins that is compressed for its transfer; Brotli's has no mark
_CODINGS = {
    "gzip": b"\x1f\x8b",
    "x-gzip": b"\x1f\x8b",
    "compress": b"\x1f\x9d",
    "deflate": b"\x78",
    "zstd": b"\x28\xb5\x2f\xfd",
    "br": b"",
}
# What comes of faulty addresses, redirects, headers, proxies and certificates
_FAULTS = (requests.RequestException, HTTPError, HTTPException, OSError, ValueError)
_CONNECTION = re.compile(r"^HTTPS?Connection(Pool)?\(.*?\): ")

log = logging.getLogger(__name__)


class AddressError(Exception):
    """An address does not serve the file as it should be, and the next one is tried."""


class _BrokeOffError(Exception):
    """The file has not arrived in full; another attempt may bring more."""


def transfer(url: str, part: Part, size: int | None, claims: Sequence[Claim]) -> None:
    """Bring an opened part to its end.

    Parameters
    ----------
    url: the address
    part: what has arrived already, opened
    size: bytes of the whole file; None if unknown
    claims: what is known of its digest; with a claim, another address's part may be continued

    Raises
    ------
    AddressError: the address does not serve the file, or not as it should be
    InputError: too little disk space
    """
    furthest, fruitless = 0, 0
    with _session() as session:
        while True:
            try:
                return _attempt(session, url, part, size, claims)
            except _BrokeOffError as error:
                gained = part.length - furthest
                fruitless = 0 if gained >= PATIENCE * SLOWEST else fruitless + 1
                furthest = max(furthest, part.length)
                if fruitless == ATTEMPTS:
                    place = size_text(part.length)
                    raise AddressError(f"does not get beyond {place}: {error}") from error
                log.info("%s: %s; trying again", url, error)
                time.sleep(BACKOFF * 2**fruitless)


def _session() -> requests.Session:
    """A session that tries again where that may help, and knows no scheme but HTTP's."""
    logging.getLogger("urllib3").setLevel(logging.ERROR)  # it warns of each retry, at length
    retries = Retry(
        total=4,
        status_forcelist=_BUSY,
        backoff_factor=BACKOFF,
        retry_after_max=LONGEST_WAIT,
        raise_on_status=False,
    )
    session = requests.Session()
    session.adapters.clear()
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(max_retries=retries))
    return session


def _attempt(
    session: requests.Session, url: str, part: Part, size: int | None, claims: Sequence[Claim]
) -> None:
    """Ask for what is missing and append it.

    Raises
    ------
    _BrokeOffError: the file has not arrived in full
    AddressError, InputError: as `transfer` does
    """
    _drop_unusable(part, url, claims)
    if _is_complete(part, size):
        return
    with _response(session, url, part) as response:
        offered = Version.offered(url, response)
        if response.status_code == requests.codes.requested_range_not_satisfiable:
            known = claims or (part.version and part.version.validator)
            if part.length and offered.size == part.length and known:
                return
            part.discard()
            raise _BrokeOffError(_OTHER_VERSION)
        _check_offer(response, offered, size, claims)
        _place(part, response, offered)
        whole = size or offered.size
        _check_space(part, whole)
        _receive(part, response, whole)
        _check_end(part, response, whole, recognisable=bool(claims or offered.linked))


def _drop_unusable(part: Part, url: str, claims: Sequence[Claim]) -> None:
    """Drop a part if damage or a mixture with another version could not be told.

    A digest tells both. At the same address, so do the part's own checksum and what the server
    states of a version.
    """
    version, usable = part.version, False
    if version is not None and version.url == url:
        usable = bool(claims or version.linked or (version.validator and part.is_as_left()))
    elif version is not None:
        usable = bool(claims and version.size)
    if not usable:
        if part.length:
            log.info("%s begins anew: its part may be damaged, or of another one", part.file.name)
        part.discard()


def _is_complete(part: Part, size: int | None) -> bool:
    """Whether all had been received by a job that ended before it was verified."""
    if part.version is None:
        return False
    whole = part.version.size or size
    return part.length == whole and size in (None, whole)


def _response(session: requests.Session, url: str, part: Part) -> requests.Response:
    """The response to a request for what is missing, its body not yet read."""
    # Offsets of a part count the bytes of the file, not those of a compressed transfer.
    headers = {"Accept-Encoding": "identity"}
    if part.length:
        headers["Range"] = f"bytes={part.length}-"
        if part.version and part.version.url == url and part.version.validator:
            headers["If-Range"] = part.version.validator
    try:
        return session.get(url, headers=headers, stream=True, timeout=TIMEOUT)
    except _FAULTS as error:
        raise AddressError(_plain(error)) from error


def _check_offer(
    response: requests.Response, offered: Version, size: int | None, claims: Sequence[Claim]
) -> None:
    """Give up an address before a byte is received if what it offers cannot be the file."""
    if response.status_code not in (requests.codes.ok, requests.codes.partial_content):
        raise AddressError(f"answered {response.status_code} {response.reason}")
    schemes = [each.url.partition(":")[0] for each in (*response.history, response)]
    if schemes != sorted(schemes):
        raise AddressError("redirects from https to http, where anyone could alter the file")
    kind = response.headers.get("Content-Type", "").strip().lower()
    if kind.startswith(("text/html", "application/xhtml")):
        raise AddressError("sends a web page instead of the file")
    if offered.size == 0 or (size and offered.size and size != offered.size):
        raise AddressError(f"offers {offered.size} bytes, expected {size or 'more'}")
    for claim in claims:
        if offered.linked and claim.algorithm == "sha256" and not claim.admits(offered.linked):
            raise AddressError(f"offers sha256 {offered.linked} (X-Linked-ETag), expected {claim}")


def _place(part: Part, response: requests.Response, offered: Version) -> None:
    """Make the part end where the response begins."""
    if response.status_code == requests.codes.ok:
        if part.length:
            log.info("%s begins anew: its server sends it from the start", part.file.name)
        part.begin(offered)
        return
    begins = content_range(response)[0]
    if begins != part.length or not (part.version and offered.continues(part.version)):
        part.discard()
        raise _BrokeOffError(_OTHER_VERSION)
    log.info("%s goes on after %s", part.file.name, size_text(part.length))
    part.follow(offered)


def _check_space(part: Part, whole: int | None) -> None:
    free, needed = shutil.disk_usage(part.path.parent).free, (whole or 0) - part.length
    if free < needed:
        raise InputError(
            f"{part.file}: found {size_text(free)} free on its disk, expected {size_text(needed)} "
            "for what is missing of it; make room, or choose another folder (key downloads in "
            "config.yaml). What has arrived is kept"
        )


def _receive(part: Part, response: requests.Response, whole: int | None) -> None:
    missing = whole - part.length if whole else None
    marks = part.write(_blocks(response, missing, part))
    total = -(-missing // MEBIBYTE) if missing else None
    for _ in progress(marks, total, f"downloading {part.file.name}, MiB"):
        pass


def _blocks(response: requests.Response, missing: int | None, part: Part) -> Iterator[bytes]:
    """The body as it was sent: a server may call an archive's own compression a transfer's."""

    def checked() -> bytes:
        if not part.length:
            _check_start(part.file.name, response, held)
        return held

    received, held, before, since = 0, b"", 0, time.monotonic()
    try:
        # What has arrived, since to wait for whole blocks would be to wait for a drip, too.
        while piece := response.raw.read1(BLOCK, decode_content=False):
            received, held = received + len(piece), held + piece
            if missing is not None and received > missing:
                raise AddressError("sends more bytes than the file has")
            if len(held) >= BEGINNING:
                yield checked()
                held = b""
            if (elapsed := time.monotonic() - since) > PATIENCE:
                if received - before < SLOWEST * elapsed:
                    raise _BrokeOffError(f"sent less than {SLOWEST} bytes a second")
                before, since = received, time.monotonic()
        if held:
            yield checked()
    except _FAULTS as error:
        raise _BrokeOffError(f"broke off ({_plain(error)})") from error


def _check_start(name: str, response: requests.Response, start: bytes) -> None:
    """Give up an address before a byte is kept if its body begins as no file does."""
    if instead := sent_instead(start):
        raise AddressError(f"sends {instead} instead of the file")
    coding = response.headers.get("Content-Encoding", "").strip().lower()
    own = "gzip" in coding and name.endswith((".gz", ".tgz"))
    if coding in _CODINGS and start.startswith(_CODINGS[coding]) and not own:
        raise AddressError(f"compresses the file for its transfer ({coding}), unasked")


def _check_end(
    part: Part, response: requests.Response, whole: int | None, recognisable: bool
) -> None:
    """A body that ended has to be the whole file; `recognisable` if a digest tells that later."""
    if whole is not None and part.length < whole:
        raise _BrokeOffError(f"ended {size_text(whole - part.length)} too early")
    ends = whole is not None or "chunked" in response.headers.get("Transfer-Encoding", "")
    if not ends and not recognisable:
        part.discard()
        raise AddressError(
            "tells no length, and no digest is published: its end cannot be recognised"
        )


def _plain(error: BaseException) -> str:
    """What went wrong on the network, without the layers of objects around it."""
    layers = [getattr(error, "reason", None), *error.args]
    inner = next((layer for layer in layers if isinstance(layer, Exception)), None)
    return _plain(inner) if inner else _CONNECTION.sub("", str(error)).strip()
