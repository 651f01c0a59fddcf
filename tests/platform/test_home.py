"""What the running platform keeps is its owner's alone, whatever it has written."""

import stat

import pytest

from tests.platform.people import People
from tests.platform.test_evidence import PHOTO, sent

pytestmark = [pytest.mark.platform, pytest.mark.xdist_group("platform")]


async def test_every_file_in_the_home_is_0600_and_every_folder_0700(people: People) -> None:
    assert (await sent((await people.with_brand("Private")).brand, PHOTO))[0] == 201
    home = people.platform.home
    found = {}
    for path in (home, *home.rglob("*")):
        try:
            mode = path.lstat().st_mode
        except FileNotFoundError:
            continue
        if stat.S_IMODE(mode) != (0o700 if stat.S_ISDIR(mode) else 0o600) and not stat.S_ISLNK(mode):
            found[str(path.relative_to(home))] = oct(stat.S_IMODE(mode))
    assert found == {}
    assert any((home / "evidence").rglob("*")), "no evidence was written"
    assert any((home / "nats" / "jetstream").rglob("*.blk")), "no event was written"
