"""The results of the mutation tests, as mutmut 3.8 writes them."""

from pathlib import Path

from tools.mutants import counted, forget

RESULTS = """\
    libraries.clocks.spans.x_due__mutmut_1: killed
    libraries.clocks.spans.x__walk__mutmut_12: survived
    libraries.clocks.spans.xǁSpanǁshare__mutmut_2: timeout
    libraries.extras.xml.x_read__mutmut_1: no tests
    shared.runtime.coalescing.xǁCoalescerǁ__init____mutmut_1: suspicious
    shared.runtime.coalescing.xǁCoalescerǁ_do__mutmut_1: caught by type check
    shared.runtime.coalescing.x__settle__mutmut_1: not checked
"""


def test_results_are_counted_by_module_and_what_was_not_killed_is_named() -> None:
    found, left = counted(RESULTS.splitlines(), all_of_them=True)
    assert found == {
        "libraries.clocks.spans": {True: 2, False: 1},
        "libraries.extras.xml": {False: 1},
        "shared.runtime.coalescing": {True: 1, False: 2},
    }
    assert left == [
        "libraries.clocks.spans.x__walk__mutmut_12: survived",
        "libraries.extras.xml.x_read__mutmut_1: no tests",
        "shared.runtime.coalescing.xǁCoalescerǁ__init____mutmut_1: suspicious",
        "shared.runtime.coalescing.x__settle__mutmut_1: not checked",
    ]


def test_what_a_narrowed_run_did_not_try_is_not_counted() -> None:
    found, left = counted(RESULTS.splitlines(), all_of_them=False)
    assert found["shared.runtime.coalescing"] == {True: 1, False: 1}
    assert not any("not checked" in line for line in left)


def test_a_run_finds_anew_which_tests_reach_what_and_a_whole_one_everything(tmp_path: Path) -> None:
    work = tmp_path / "mutants"
    forget(work, all_of_it=False)
    forget(work, all_of_it=True)
    work.mkdir()
    (work / "mutmut-stats.json").touch()
    (work / "spans.py.meta").touch()
    forget(work, all_of_it=False)
    assert [file.name for file in work.iterdir()] == ["spans.py.meta"]
    forget(work, all_of_it=True)
    assert not work.exists()
