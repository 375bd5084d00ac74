"""What the package weighs: `python -m tests.footprint` prints it.

Sizes are of the tree beside this file; memory is the peak that Linux tells of a fresh process.
"""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path

from tfevents_lite.cli import vendor

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "tfevents_lite"

PROGRAMS = {
    "nothing": "",
    "one scalar": """
import tfevents_lite
with tfevents_lite.SummaryWriter("run") as writer:
    writer.add_scalar("loss", 0.5, 1)
""",
    "numpy": "import numpy",
    "one image": """
import numpy, tfevents_lite
with tfevents_lite.SummaryWriter("run") as writer:
    writer.add_image("image", numpy.zeros((3, 64, 64), numpy.uint8), 1)
""",
}
REPORT = """
import sys
print(len(sys.modules), sum(m.startswith("tfevents_lite") for m in sys.modules))
with open("/proc/self/status") as status:
    print(next(line.split()[1] for line in status if line.startswith("VmHWM")))
"""


# What the package was to weigh, in bytes, and does not, with all that it was to do.
AIM_INSTALLED, AIM_PACKED = 350_000, 80_000


def sizes(part: str = "all", *, stripped: bool = False) -> tuple[int, int]:
    """The bytes of a part's files, and those of a wheel of them, but for its metadata."""
    packed = io.BytesIO()
    size = 0
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in vendor.files_of(part):
            text = (PACKAGE / path).read_text("utf-8")
            data = (vendor.strip(text) if stripped else text).encode()
            archive.writestr(f"tfevents_lite/{path}", data)
            size += len(data)
    return size, len(packed.getvalue())


def after(program: str, folder: Path) -> tuple[int, int, int]:
    """After a program: modules that are loaded, ours among them, and peak memory in KiB."""
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{PROGRAMS[program]}{REPORT}"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True
    )
    modules, ours, peak = map(int, done.stdout.split())
    return modules, ours, peak


def main() -> None:
    """Print the table."""
    import tempfile

    print(f"aims: installed {AIM_INSTALLED // 1000} kB, wheel {AIM_PACKED // 1000} kB")
    for part in ("all", *vendor.PARTS):
        for stripped in (False, True):
            what = f"{part}, stripped" if stripped else part
            installed, packed = (size / 1000 for size in sizes(part, stripped=stripped))
            print(f"{what:18} installed {installed:4.0f} kB, wheel {packed:4.0f} kB")
    with tempfile.TemporaryDirectory() as folder:
        for program in PROGRAMS:
            modules, ours, peak = after(program, Path(folder))
            print(f"{program:11} {peak / 1024:6.1f} MiB, {modules} modules, {ours} of them ours")
    for path in sorted(PACKAGE.iterdir()):
        files = [path] if path.suffix == ".py" else [*path.rglob("*.py")]
        print(f"{sum(file.stat().st_size for file in files):8,} {path.name}")


if __name__ == "__main__":
    main()
