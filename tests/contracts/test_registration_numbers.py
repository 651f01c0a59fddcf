import pytest

from shared.contracts.codes import RightType
from shared.contracts.registration_numbers import damage, normal_form

ONE_NUMBER = [
    ("EUIPO", "trademark", [
        "018012345", "18012345", "018 012 345", "No. 018012345", "Reg. No. 018012345", "EU018012345", "EUTM 018012345",
        "18,012,345", "18.012.345", "\uff10\uff11\uff18\uff10\uff11\uff12\uff13\uff14\uff15", "\u2116 018012345",
        "N\u00ba 018012345",
        "018/012/345", "018\u200b012345", "'018012345", "Registration number: 018012345", "eutm no 018012345",
        "018\u00a0012\u202f345", "CTM-018012345",
    ]),
    ("USPTO", "trademark", ["1234567", "US 1,234,567", "Reg. No. 1,234,567", "U.S. Reg. No. 1,234,567", "US1234567"]),
    ("USPTO", "patent", ["10123456", "US10123456B2", "US 10,123,456 B2", "U.S. Pat. No. 10,123,456"]),
    ("USPTO", "design", ["D812345", "USD812345S1", "USD0812345S1", "D812,345", "US D812,345 S"]),
    ("UKIPO", "trademark", ["UK00003123456", "3123456", "UK3123456", "UK 0000 3123456"]),
    ("WIPO", "trademark", ["1234567", "IR 1234567", "IR1234567", "International Registration No. 1 234 567"]),
    ("WIPO", "trademark", ["1234567A", "1234567 a", "IR No. 1234567A"]),
    ("WIPO", "design", ["DM/080123", "DM080123", "D080123", "80123"]),
    ("CNIPA", "patent", ["ZL201510123456.X", "201510123456.X", "201510123456", "ZL 2015 1 0123456.X"]),
    ("CNIPA", "trademark", ["\u7b2c12345678\u53f7", "12345678", "No.12345678"]),
    ("CNIPA", "trademark", ["G1234567", "g 1234567"]),
    ("EPO", "patent", ["EP1234567B1", "EP 1 234 567", "1234567", "EP 1 234 567 B1", "EP01234567"]),
    ("EUIPO", "design", ["008123456-0001", "8123456-1", "0081234560001", "RCD 008123456-0001"]),
    ("DPMA", "trademark", ["302020012345", "DE302020012345", "30 2020 012 345", "30 2020 012 345.6 / 25"]),
    ("KIPO", "trademark", ["4012345670000", "40-1234567-0000", "40-1234567"]),
    ("JPO", "trademark", ["\u767b\u9332\u7b2c5123456\u53f7", "5123456"]),
    ("CIPO", "trademark", ["TMA1,234,567", "TMA 1234567", "1234567"]),
    ("EUIPO", "geographical_indication", ["PDO-IT-02", "pdo/it/02"]),
    (None, "trade_dress", ["A 12", "A12", "a12"]),
    ("ARIPO", "trademark", ["AP/M/2020/001234", "ap-m-2020-001234"]),
]  # fmt: skip


@pytest.mark.parametrize(("office", "right_type", "written"), ONE_NUMBER)
def test_one_number_is_one_however_it_is_written(office: str | None, right_type: str, written: list[str]) -> None:
    forms = {number: normal_form(office, RightType(right_type), number) for number in written}
    assert len(set(forms.values())) == 1, forms


TWO_NUMBERS = [
    ("EUIPO", "trademark", "018012345", "018012346"),
    ("EUIPO", "trademark", "018012345", "18012345A"),
    ("EUIPO", "design", "008123456-0001", "008123456-0002"),
    ("EUIPO", "design", "008123456-0001", "000812345-60001"),
    ("WIPO", "trademark", "1234567", "1234567A"),
    ("CNIPA", "trademark", "G1234567", "1234567"),
    ("USPTO", "design", "D812345", "812345"),
    ("UKIPO", "trademark", "UK00918012345", "UK00818012345"),
    ("ARIPO", "trademark", "1-11", "11-1"),
    ("EUIPO", "geographical_indication", "PDO-IT-02", "PGI-IT-02"),
]


@pytest.mark.parametrize(("office", "right_type", "one", "other"), TWO_NUMBERS)
def test_two_numbers_stay_two(office: str, right_type: str, one: str, other: str) -> None:
    assert normal_form(office, RightType(right_type), one) != normal_form(office, RightType(right_type), other)


@pytest.mark.parametrize(
    "number",
    [
        "1.8E+07", "1,8E+07", "1.80123e7", "2E+11", '="018012345"', "=018012345", "#####", "##", "#N/A", "#VALUE!",
        "#REF!", "NaN", "null", "018012345.0", "18012345,00", "12-Jan", "Jan-18", "1-Mai-2020", "2020-01-02",
        "2020-01-02 00:00:00", "02.01.2020", "1/2/2020", "\ufeff1.8E+07",
    ],
)  # fmt: skip
def test_what_a_spreadsheet_makes_of_a_number_is_known(number: str) -> None:
    assert damage("EUIPO", number) is not None


@pytest.mark.parametrize(("office", "right_type", "written"), ONE_NUMBER)
def test_no_way_to_write_a_number_is_taken_for_damage(office: str | None, right_type: str, written: list[str]) -> None:
    assert [number for number in written if damage(office, number)] == []


@pytest.mark.parametrize(
    ("office", "number"), [("CNIPA", "ZL201510123456.0"), ("DPMA", "302020012345.0"), ("EPO", "EP1")]
)
def test_a_check_digit_of_nought_is_no_damage(office: str, number: str) -> None:
    assert damage(office, number) is None
