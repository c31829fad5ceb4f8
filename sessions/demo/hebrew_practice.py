"""The practice of Omer Katz in Tel Aviv, in Hebrew."""

from __future__ import annotations

from pazpaz.accounts.models import Workspace
from scheduling.models import LocationType
from sessions.demo import hebrew_cases
from sessions.demo.practices import Person, Plan

OTHER = Plan(
    name="Katz Physiotherapy",
    owner="omer@example.org",
    owner_name="Omer Katz",
    therapists={},
    assistants={},
    working_days=((6, 1, 3),),
    streets=("דיזנגוף {n}, תל אביב", "אבן גבירול {n}, תל אביב", "ביאליק {n}, רמת גן", "הרצל {n}, גבעתיים"),
    phone="+972 3 555",
    services={"massage": ("עיסוי רפואי", 60, 320, "clay"), "physio": ("פיזיותרפיה", 45, 280, "violet")},
    places=(("המרפאה", LocationType.CLINIC, "דיזנגוף 99, תל אביב"), ("ביקורי בית", LocationType.HOME, None)),
    booking_notes=("להביא את צילום ה־MRI.", "מבקש קבלה לקופה.", "מגיעה ישר מהעבודה, אולי באיחור."),
    corrections=(("הצדדים התחלפו בהקלדה", "תיקון: התרגילים הם לצד השני."),),
    cases=hebrew_cases.CASES,
    language_of_notes=hebrew_cases.LANGUAGE,
    time_zone="Asia/Jerusalem",
    language=Workspace.Language.HEBREW,
    seed=11,
    people=(
        Person(
            "תמר",
            "אברהמי",
            1988,
            ("neck", "back"),
            40,
            1,
            tags=("צוואר",),
            history="מיגרנות מאז גיל ההתבגרות.",
        ),
        Person(
            "יואב",
            "שלום",
            1979,
            ("back",),
            34,
            tags=("גב",),
            history="בלט דיסק L4/5 משנת 2018.",
            near="רונית שלום, אישה",
        ),
        Person("מיכל", "ברקוביץ׳", 1995, ("knee",), 22, 1, tags=("ריצה",)),
        Person(
            "אלון",
            "פרידמן",
            1966,
            ("shoulder", "neck"),
            30,
            tags=("כתף",),
            alert="מדלל דם",
            history="פרפור פרוזדורים, נוטל אפיקסבן.",
            near="דליה פרידמן, אישה",
        ),
        Person("שירה", "מזרחי", 1983, ("neck",), 18, tags=("צוואר", "מחשב"), note="מעדיפה שעות בוקר."),
        Person("איתי", "גולן", 1991, ("knee", "back"), 26, tags=("כדורגל",)),
        Person(
            "רחל",
            "דהן",
            1952,
            ("back", "shoulder"),
            44,
            at_home=True,
            tags=("ביקור בית",),
            alert="קוצב לב",
            history="קוצב לב משנת 2019.",
            note="קומה שלישית, האינטרקום מקולקל.",
            near="אורי דהן, בן",
        ),
        Person("נדב", "אוחנה", 1974, ("shoulder",), 16, 1, tags=("כתף", "שחייה")),
        Person("ליאת", "סגל", 1986, ("back",), 12, tags=("גב",), history="בהיריון, שוכבת על הצד."),
        Person("גיא", "רוזן", 1998, ("knee",), 9, tags=("רכיבה",)),
        Person("אסתר", "לוין", 1947, ("shoulder",), 28, tags=("כתף",), near="חנה לוין, בת"),
        Person("עומרי", "חדד", 1969, ("neck", "back"), 36, until=10, tags=("צוואר",), is_archived=True),
    ),
)
