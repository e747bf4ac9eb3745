"""How the demo speaks: numbered steps, figures, small tables."""

import sys
import time

BOLD, DIM, OFF = ("\033[1m", "\033[2m", "\033[0m") if sys.stdout.isatty() else ("", "", "")
_started = time.monotonic()


def step(number, title):
    print(f"\n{BOLD}{number:>2}  {title}{OFF}  {DIM}({time.monotonic() - _started:.1f} s){OFF}", flush=True)


def say(text):
    print(f"    {text}", flush=True)


def table(rows, headers):
    """Rows of texts under their headers, aligned."""
    rows = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(line[i]) for line in [headers, *rows]) for i in range(len(headers))]
    for line in [headers, *rows]:
        print("    " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())
    sys.stdout.flush()


def size(count):
    """Bytes for people: 31.0 MB."""
    for unit in ("B", "KB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000


def query_price(scanned):
    """What Athena asks for a query: 5 USD a TB, by the MB, 10 MB at least. Returns (raw, as billed)."""
    per_byte = 5 / 1_000_000_000_000
    billed = max(10_000_000, -(-scanned // 1_000_000) * 1_000_000)
    return scanned * per_byte, billed * per_byte


def money(scanned):
    raw, billed = query_price(scanned)
    _, large = query_price(scanned * 10_000)
    return f"raw ${raw:.7f}, as billed ${billed:.5f}, at 10,000 times the data ${large:.2f}"


class wait_for:
    """`wait_for("the crawl", seconds=60)(lambda: …)`: polls until the result is true; says what it waited for if not."""

    def __init__(self, what, seconds=120, every=0.2):
        self.what, self.seconds, self.every = what, seconds, every

    def __call__(self, condition):
        deadline = time.monotonic() + self.seconds
        while time.monotonic() < deadline:
            result = condition()
            if result:
                return result
            time.sleep(self.every)
        raise SystemExit(f"waited {self.seconds} s for {self.what}, in vain")
