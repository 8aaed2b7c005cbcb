"""Files are old or new, never half; locks lie where nobody else can put a link."""

import os
from pathlib import Path

import pytest

from sku_align.errors import UserError
from sku_align.files import private_folder, write_text, written_whole


def test_a_failed_write_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "table.txt"
    write_text(path, "old")
    with pytest.raises(RuntimeError), written_whole(path) as beside:
        beside.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_planted_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    folder = tmp_path / "shared"
    folder.mkdir()
    (folder / f".GPU-1.json.{os.getpid()}").symlink_to(victim)
    (folder / "GPU-1.json").symlink_to(victim)
    write_text(folder / "GPU-1.json", "lock")
    assert victim.read_text() == "precious"
    assert not (folder / "GPU-1.json").is_symlink()


def test_locks_lie_in_the_users_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    folder = private_folder("gpu-locks")
    assert folder == tmp_path / "sku-align" / "gpu-locks"
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("trap", ["link", "open"])
def test_a_folder_that_others_can_change_is_refused(trap: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    place = tmp_path / "sku-align" / "gpu-locks"
    place.parent.mkdir()
    if trap == "link":
        (tmp_path / "elsewhere").mkdir()
        place.symlink_to(tmp_path / "elsewhere")
    else:
        place.mkdir()
        place.chmod(0o777)
    with pytest.raises(UserError, match="others can write to it"):
        private_folder("gpu-locks")
