"""What the demo's therapists write, in English: ten complaints, and clauses that fit all of them.

Clauses are joined into sentences (`sessions/demo/cases.py`). All of it is written for the demo.
"""

from __future__ import annotations

from sessions.demo import english_arms, english_legs, english_massage
from sessions.demo.cases import Language

CASES = english_massage.CASES | english_arms.CASES | english_legs.CASES
LANGUAGE = Language(
    sides=("left", "right"),
    responses=(
        "tone clearly lower after {min} minutes",
        "pain eased to {after}/10 on the table",
        "well tolerated for {min} minutes",
        "movement freer by {gain} degrees afterwards",
        "tender at first, quiet after {min} minutes",
        "no reaction beyond slight redness in {min} minutes",
        "{after}/10 when retested",
        "good response within {min} minutes",
    ),
    arcs_early=(
        "{first}/10 at the first visit, {pain}/10 now",
        "visit {visit} of about {total}",
        "expect change by week {soon}",
        "pain {pain}/10 sets the pace on visit {visit}",
        "{first}/10 at the start, to compare with on visit {total}",
    ),
    arcs_late=(
        "from {first}/10 to {pain}/10 in {weeks} weeks",
        "visit {visit} of {total}, on course",
        "{pain}/10 leaves room for more from visit {visit} on",
        "halved the complaint since {first}/10, {weeks} weeks in",
        "ready to space visits out after number {visit}",
    ),
    follow_ups=(
        "review on visit {next}",
        "retest in {interval} days",
        "log pain before and after, bring it on visit {next}",
        "reduce by half if it climbs above {limit}/10",
        "same again until visit {next}, then heavier",
        "message if there is a flare-up within {interval} days",
        "skip a day when it stays above {limit}/10 overnight",
    ),
    asides=(
        "Flew to Lisbon for a conference, four hours in a middle seat.",
        "Daughter starts school on Monday and the whole house is awake at six.",
        "Moved flat last weekend, fourth floor without a lift.",
        "Started choir practice again after the summer.",
        "The neighbour's dog needs two walks a day now.",
        "Finished the thesis and slept for a whole weekend.",
        "New bicycle with a straight handlebar since Saturday.",
        "Back from a week of hiking in the Harz, blisters but happy.",
        "Painted the hallway ceiling in one go.",
        "Night shifts until the end of the month.",
        "The baby sleeps through, so does everybody else.",
        "Exams are over on Thursday.",
        "Has taken up swimming with a friend on Tuesdays.",
        "Carried a piano stool through half of Kreuzberg.",
        "The office moved and the new chairs are an improvement.",
        "Helped at the street festival until late.",
        "Allotment season has begun.",
        "Two funerals in one week, little rest.",
        "Bought a standing desk and overdid it on the first day.",
        "Played five-a-side with the colleagues for the first time.",
        "The car is in repair, everything happens on foot.",
        "Visited the parents in Gdańsk, long night on the coach.",
        "Orchestra tour in spring was confirmed.",
        "Gave up the second coffee and does not miss it.",
        "Slept badly because of the heat.",
        "Cooked for twenty at the weekend.",
        "The mother-in-law is in hospital, visits every evening.",
        "Signed up for the ten-kilometre run in May.",
        "Skipped the gym, renovated the bathroom instead.",
        "The twins have learned to climb and want to be caught.",
        "Held a talk standing, no trouble at all.",
        "Winter tyres changed by hand in the yard.",
        "Has a cold, so the session stayed gentle.",
        "Rode the night train from Vienna with a good pillow.",
        "The garden wall is finished, forty stones later.",
        "Knitting for a nephew, two hours every evening.",
        "Took the stairs to the television tower's viewing floor for a bet.",
        "Rehearsals for the amateur theatre are in full swing.",
        "The allotment flooded and had to be dug out by hand.",
        "Bought walking poles and uses them with pride.",
    ),
)
