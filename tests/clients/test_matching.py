"""The ranking of a directory: people in, people out, no database."""

import random
from typing import NamedTuple
from uuid import NAMESPACE_DNS, UUID, uuid5

import pytest
from faker import Faker
from hypothesis import given
from hypothesis import strategies as st

from clients.matching.names import near_equal
from clients.matching.ranking import rank
from pazpaz.text import normalise


class Entry(NamedTuple):
    id: UUID
    first: str
    last: str
    email: str | None = None
    phone: str | None = None


def entry(first: str, last: str, email: str | None = None, phone: str | None = None) -> Entry:
    return Entry(uuid5(NAMESPACE_DNS, f"{first} {last}"), first, last, email, phone)


PRACTICE = [
    entry("Yonatan", "Levi", "yoni.levi@example.org", "+972501234567"),
    entry("Noa", "Levi", "noa@example.org", "052-765-4321"),
    entry("Anna", "Cohen", "anna.c@example.com", "+972 54 111 2222"),
    entry("Annabel", "Roth"),
    entry("Hanna", "Katz", "hk@gmail.com"),
    entry("Johanna", "Vogt"),
    entry("Anne-Marie", "Dubois", None, "+33 (0)6 12 34 56 78"),
    entry("Siobhán", "O'Brien", "siobhan@example.ie", "+353 87 123 4567"),
    entry("Ingrid", "Løvdal"),
    entry("Jürgen", "Groß"),
    entry("Ruth", "Ben David"),
    entry("Dan", "Peretz", "dan@gmail.com", ""),
    entry("Ran", "Peretz"),
    entry("דָּנָה", "כהן"),
    entry("יונתן", "בן־דוד"),
    entry("מאיה", "שטרן"),
    entry("美咲", "鈴木"),
    entry("Client", "042"),
]


def found(query: str, people: list[Entry] = PRACTICE, region: str = "ZZ") -> list[str]:
    return [f"{match.person.first} {match.person.last}" for match in rank(query, people, region)]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("Jonatan Lvi", ["Yonatan Levi"]),
        ("levi yonatan", ["Yonatan Levi"]),
        ("Levi, Yonatan", ["Yonatan Levi"]),
        ("yon", ["Yonatan Levi"]),
        ("Yontaan", ["Yonatan Levi"]),
        ("Jonat", ["Yonatan Levi"]),
        ("levi", ["Noa Levi", "Yonatan Levi"]),
        ("obrien", ["Siobhán O'Brien"]),
        ("o'brien", ["Siobhán O'Brien"]),
        ("O’BRIEN", ["Siobhán O'Brien"]),
        ("o brien", ["Siobhán O'Brien"]),
        ("Siobhan", ["Siobhán O'Brien"]),
        ("lovdal", ["Ingrid Løvdal"]),
        ("LØVDAL", ["Ingrid Løvdal"]),
        ("gross", ["Jürgen Groß"]),
        ("jurgen groß", ["Jürgen Groß"]),
        ("annemarie", ["Anne-Marie Dubois"]),
        ("anne-marie", ["Anne-Marie Dubois"]),
        ("marie", ["Anne-Marie Dubois"]),
        ("ben david", ["Ruth Ben David"]),
        ("bendavid", ["Ruth Ben David"]),
        ("ben-david", ["Ruth Ben David"]),
        ("דנה", ["דָּנָה כהן"]),
        ("דָּנָה כֹּהֵן", ["דָּנָה כהן"]),
        ("כהנ", ["דָּנָה כהן"]),
        ("בן דוד", ["יונתן בן־דוד"]),
        ("בן־דוד", ["יונתן בן־דוד"]),
        ("בנדוד", ["יונתן בן־דוד"]),
        ("דוד", ["יונתן בן־דוד"]),
        ("יהונתן", ["יונתן בן־דוד"]),
        ("鈴", ["美咲 鈴木"]),
        ("咲", []),
        ("042", ["Client 042"]),
        ("yonatan katz", []),
        ("xyzzy", []),
        ("", []),
        ("  ", []),
        ("- ' @ &", []),
        ("anna & cohen", ["Anna Cohen"]),
    ],
)
def test_a_name_is_found_by_what_is_remembered_of_it(query: str, names: list[str]) -> None:
    assert found(query) == names


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("050", ["Yonatan Levi"]),
        ("050 123 4567", ["Yonatan Levi"]),
        ("050-1234567", ["Yonatan Levi"]),
        ("(050) 123-4567", ["Yonatan Levi"]),
        ("+972 50 123 4567", ["Yonatan Levi"]),
        ("+972 (0)50 123 4567", ["Yonatan Levi"]),
        ("00972501234567", ["Yonatan Levi"]),
        ("972501", ["Yonatan Levi"]),
        ("٠٥٠ ١٢٣", ["Yonatan Levi"]),
        ("4321", ["Noa Levi"]),
        ("+972 52 765", ["Noa Levi"]),
        ("06 12 34", ["Anne-Marie Dubois"]),
        ("1234567", ["Anne-Marie Dubois", "Yonatan Levi", "Siobhán O'Brien"]),
        ("levi 050 123 4567", ["Yonatan Levi"]),
        ("+972 50 123 4567 levi", ["Yonatan Levi"]),
        ("katz 050 123 4567", []),
        ("05", []),
        ("0509", []),
    ],
)
def test_a_number_is_found_by_its_digits(query: str, names: list[str]) -> None:
    assert found(query) == names


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("yoni", ["Yonatan Levi"]),
        ("YONI.LEVI@example.org", ["Yonatan Levi"]),
        ("yoni.levi@", ["Yonatan Levi"]),
        ("noa@example.org", ["Noa Levi"]),
        ("levi (noa@example.org)", ["Noa Levi"]),
        ("n\u200boa＠example。org", ["Noa Levi"]),
        ("@gmail.com", ["Hanna Katz", "Dan Peretz"]),
        ("example.org", ["Noa Levi", "Yonatan Levi"]),
        ("@example.org levi noa", ["Noa Levi"]),
        ("gmail", []),
        ("com", []),
        ("hk", []),
        ("levi@nowhere", []),
        ("katz@", []),
    ],
)
def test_an_address_is_found_by_its_mailbox_or_whole(query: str, names: list[str]) -> None:
    assert found(query) == names


@pytest.mark.parametrize(
    ("first", "last", "query"),
    [
        ("伟", "王", "王伟"),
        ("伟", "王", "伟王"),
        ("太郎", "山田", "山田太郎"),
        ("太郎", "山田", "山田太"),
        ("", "山田太郎", "山田 太郎"),
        ("王伟", "", "王 伟"),
        ("민준", "김", "김민준"),
        ("민준", "김", "김민"),
        ("たろう", "やまだ", "やまだたろう"),
        ("タロウ", "ヤマダ", "やまだたろう"),
        ("ﾀﾛｳ", "ﾔﾏﾀﾞ", "ヤマダタロウ"),
        ("Maria", "van der Berg", "vanderberg"),
        ("Maria Van", "der Berg", "vanderberg"),
        ("Maria", "van der Berg", "vanderb"),
        ("Sean", "OBrien", "o brien"),
        ("Sean", "O Brien", "obrien"),
        ("Dana", "Levi", "danalevi"),
        ("Dana", "Levi", "LeviDana"),
        ("דנה", "לוי", "דנהלוי"),
        ("דנה", "לוי", "לוידנה"),
        ("דנה", "Levi", "דנהlevi"),
    ],
)
def test_names_written_without_a_space_are_found_first(first: str, last: str, query: str) -> None:
    others = [
        entry("山", "田"),
        entry("太", "王"),
        entry("Vander", "Katz"),
        entry("Dan", "Alevich"),
        entry("Obi", "Brien"),
    ]
    people = [*others, *PRACTICE, entry(first, last)]
    assert found(query, people)[0] == f"{first} {last}"


def test_letters_that_only_happen_to_meet_find_nobody() -> None:
    assert found("nale", [entry("Dana", "Levi")]) == []
    assert found("伟李", [entry("伟", "王"), entry("李", "伟")]) == ["李 伟"]


@pytest.mark.parametrize(
    ("region", "stored", "query"),
    [
        ("US", "(212) 555-0187", "+12125550187"),
        ("US", "(212) 555-0187", "1 212 555 0187"),
        ("US", "(212) 555-0187", "+1 212 555"),
        ("US", "+1 212 555 0187", "(212) 555-0187"),
        ("US", "+1 212 555 0187", "212 555"),
        ("US", "(212) 555-0187 ext. 42", "+12125550187"),
        ("US", "+12125550187", "(212) 555-0187 ext. 42"),
        ("US", "+12125550187", "212-555-0187 x9"),
        ("DK", "12 34 56 78", "+4512345678"),
        ("DK", "+4512345678", "12 34 56 78"),
        ("DK", "0045 12345678", "12345678"),
        ("DE", "030 7654321 / 0179 1112223", "+49 179 1112223"),
        ("DE", "030 7654321 / 0179 1112223", "0049 30 7654321"),
        ("DE", "030 7654321", "tel:+49-30-7654321"),
        ("IL", "050-1234567", "972 50 123 4567"),
        ("IL", "٠٥٠١٢٣٤٥٦٧", "+972501234567"),
        ("IL", "*2700", "*2700"),
        ("GB", "+44 (0)20 7946 0018", "020 7946 0018"),
        ("IT", "06 6982 1234", "+39 06 69821234"),
        ("FR", "06 12 34 56 78", "+33612345678"),
        ("RU", "8 (495) 123-45-67", "+7 495 1234567"),
        ("RU", "+7 495 1234567", "8 495 123"),
    ],
)
def test_a_number_is_found_as_its_country_writes_it(region: str, stored: str, query: str) -> None:
    others = [
        entry("Other", f"{n}", None, phone)
        for n, phone in enumerate(("030 55501", "+1 646 555 0133", "none"))
    ]
    assert found(query, [*others, entry("Some", "Body", None, stored)], region) == ["Some Body"]


def test_addresses_that_begin_so_come_before_those_that_hold_it() -> None:
    people = [entry("Adam", "Adler", "bogdana@example.org"), entry("Zoe", "Zur", "dana@example.org")]
    assert found("dana@", people) == ["Zoe Zur", "Adam Adler"]


def test_a_whole_word_comes_before_a_longer_one() -> None:
    people = [entry("Annabel", "Adler"), entry("Anna", "Zur")]
    assert found("anna", people) == ["Anna Zur", "Annabel Adler"]


def test_one_slip_comes_before_two() -> None:
    people = [entry("Yonathan", "Adler"), entry("Yonatan", "Zur")]
    assert found("Jonatan", people) == ["Yonatan Zur", "Yonathan Adler"]


def test_a_second_slip_is_forgiven_from_seven_letters_on() -> None:
    assert found("martin", [entry("Karin", "Vogt")]) == []
    assert found("jonatan", [entry("Yonathan", "Vogt")]) == ["Yonathan Vogt"]


def test_initials_are_words() -> None:
    people = [entry("J.R.", "Ewing")]
    assert found("r ewing", people) == found("jr", people) == found("J.R.", people) == ["J.R. Ewing"]


def test_what_is_typed_beyond_a_hundred_characters_is_not_read() -> None:
    assert found(f"{'yonatan':<100}xyzzy") == ["Yonatan Levi"]


def test_beginnings_come_before_slips_and_slips_before_what_is_inside_a_word() -> None:
    assert found("anna") == ["Anna Cohen", "Annabel Roth", "Anne-Marie Dubois", "Hanna Katz", "Johanna Vogt"]


def test_a_name_without_a_letter_is_found_by_what_it_is_made_of() -> None:
    people = [entry("😀", ""), entry("Noa", "Levi")]
    assert [match.person for match in rank("😀", people)] == people[:1]
    assert rank("&", people) == []


@pytest.mark.parametrize("name", ["-", "—", "...", "/", "'", '"', "@", "׳", "- -"])
def test_a_name_of_marks_alone_is_found_by_them(name: str) -> None:
    people = [entry("Noa", "Levi"), entry("Anne-Marie", "O'Neill/Roth"), entry("", name)]
    assert [match.person for match in rank(name, people)] == people[2:]
    assert [match.person for match in rank("noa", people)] == people[:1]


def test_a_mark_in_the_place_of_a_name_makes_nobody_alike_or_different() -> None:
    assert near_equal("-", "-")
    assert not near_equal("Ruth -", "Dan -")
    assert near_equal("Anna - Cohen", "Anna Cohen")


@pytest.mark.parametrize(
    "query", ["ruth@müller.example", "ruth@xn--mller-kva.example", "@müller", "Ruth@MÜLLER"]
)
@pytest.mark.parametrize("stored", ["ruth@müller.example", "Ruth@xn--mller-kva.example"])
def test_a_domain_is_found_in_its_letters_and_in_ascii(stored: str, query: str) -> None:
    assert rank(query, [entry("Noa", "Levi", stored)])


def test_equals_are_ordered_by_name() -> None:
    people = [entry("Dana", last) for last in ("Zur", "Ågren", "Levi", "Adler", "כהן")]
    for seed in range(5):
        shuffled = random.Random(seed).sample(people, len(people))
        assert found("dana", shuffled) == ["Dana Adler", "Dana Ågren", "Dana Levi", "Dana Zur", "Dana כהן"]


def test_the_best_way_to_be_found_counts() -> None:
    people = [
        entry("Adam", "Adler", "room050@example.org", "+972521110500"),
        entry("Zoe", "Zur", "room050@example.org", "+972501234567"),
    ]
    assert found("+972 50", people) == ["Zoe Zur"]
    assert found("050", people) == ["Zoe Zur", "Adam Adler"]


def test_people_of_one_name_stay_in_their_order() -> None:
    people = [Entry(UUID(int=number), "Dana", "Levi") for number in range(40)]
    assert [match.person for match in rank("dana levi", people)] == people

    people = [
        Entry(UUID(int=0), "Dana", "Levi", None, "0501"),
        Entry(UUID(int=1), "Dana", "Levi", None, "972501"),
    ]
    assert [match.person for match in rank("+972 501", people)] == people


def test_one_letter_finds_beginnings_only() -> None:
    assert found("a") == ["Anna Cohen", "Anne-Marie Dubois", "Annabel Roth"]


def test_in_a_short_word_another_letter_is_another_name() -> None:
    assert found("dan") == ["Dan Peretz"]
    assert found("rn") == []


def test_a_slip_is_forgiven_in_the_beginning_of_the_last_word_only() -> None:
    people = [entry("Yonatan", "Levi")]
    assert found("Jonat", people) == ["Yonatan Levi"]
    assert found("Levi Jonat", people) == ["Yonatan Levi"]
    assert found("Jonat Levi", people) == []
    assert found("Jona", people) == []


def test_nobody_is_found_in_an_empty_directory() -> None:
    assert rank("anna", []) == []


def test_a_line_break_in_a_name_moves_nobody() -> None:
    people = [entry("Da\nna", "Levi\n"), entry("Noa", "Katz")]
    assert [match.person for match in rank("katz", people)] == [people[1]]
    assert [match.person for match in rank("levi", people)] == [people[0]]


def test_people_of_any_class_are_handed_back_themselves() -> None:
    class Client:
        first, last, email, phone = "Yonatan", "Levi", None, None

    client = Client()
    assert [match.person for match in rank("yonatan", [client])] == [client]


@given(st.text(max_size=60))
def test_whatever_is_typed_there_is_an_answer(query: str) -> None:
    assert {match.person for match in rank(query, PRACTICE)} <= set(PRACTICE)


@given(st.sampled_from([person for person in PRACTICE if person.first.isalpha()]), st.data())
def test_everybody_is_found_by_any_beginning_of_the_own_name(person: Entry, data: st.DataObject) -> None:
    first = person.first[: data.draw(st.integers(1, len(person.first)))]
    assert person in [match.person for match in rank(f"{person.last} {first}", PRACTICE)]


# -- A town -------------------------------------------------------------------------------------------------

LOCALES = ["en_US", "en_IE", "de_DE", "fr_FR", "es_ES", "pl_PL", "da_DK", "it_IT", "he_IL"]


def town(size: int) -> list[Entry]:
    fakers = [Faker(locale) for locale in LOCALES]
    people = []
    for number in range(size):
        fake = fakers[number % len(fakers)]
        fake.seed_instance(number)
        name = fake.first_name(), fake.last_name()
        people.append(Entry(UUID(int=number), *name, fake.ascii_safe_email(), fake.phone_number()))
    return people


@pytest.fixture(scope="module")
def five_hundred() -> list[Entry]:
    return [*town(499), entry("Yonatan", "Levi", "yoni@example.org", "+972501234567")]


@pytest.mark.parametrize(
    "query", ["Jonatan Lvi", "yonatan levi", "Yonathan Levy", "levi jonatan", "yonaton lev"]
)
def test_one_of_five_hundred_comes_first_in_spite_of_slips(query: str, five_hundred: list[Entry]) -> None:
    assert rank(query, five_hundred)[0].person == five_hundred[-1]


@pytest.mark.parametrize(
    "query", ["Anna", "Dana", "Martin", "Sarah", "Levi", "Peter", "Johannes", "יעל", "כהן"]
)
def test_a_common_name_does_not_list_the_town(query: str, five_hundred: list[Entry]) -> None:
    named = [
        person for person in five_hundred if normalise(query) in normalise(f"{person.first} {person.last}")
    ]
    others = [match for match in rank(query, five_hundred) if match.person not in named]
    assert len(others) <= 10


def test_everybody_in_town_is_found_first_by_the_full_name(five_hundred: list[Entry]) -> None:
    for person in five_hundred[::5]:
        best = rank(f"{person.first} {person.last}", five_hundred)[0].person
        assert (best.first, best.last) == (person.first, person.last)
