"""Short notes of follow-up sessions, put together from what therapists write day after day."""

from __future__ import annotations

import random
from typing import NamedTuple


class Complaint(NamedTuple):
    """What one kind of trouble gives to write about; `{pain}` and `{angle}` get better with the visits."""

    subjective: tuple[str, ...]
    objective: tuple[str, ...]
    assessment: tuple[str, ...]
    plan: tuple[str, ...]


NECK = Complaint(
    (
        "Neck is {pain}/10 today, stiff in the mornings. Slept on two pillows again.",
        "Felt lighter for three days after the last session, then a long week at the desk. Neck {pain}/10.",
        "Fewer headaches, one since last time. Turning to the right while driving still pulls.",
    ),
    (
        "Rotation right {angle}°, left 75°. Upper trapezius and levator tender, right more than left.",
        "Suboccipitals hard, less so after release. Rotation right {angle}°. No symptoms below the shoulder.",
        "Shoulders forward, first rib on the right barely moves. Rotation right {angle}° after treatment.",
    ),
    (
        "Tension from desk work, improving. No sign of nerve involvement.",
        "Responds well to treatment; posture at work keeps it going.",
    ),
    (
        "Chin tucks ten times a day, screen two hands higher. Again in a week.",
        "Heat in the evening, break from the desk every 45 minutes. Continue.",
    ),
)
BACK = Complaint(
    (
        "Low back {pain}/10, worst after sitting. No pain in the leg this week.",
        "Gardened for two hours and paid for it: {pain}/10 for a day, then back to normal.",
        "Bending is easier, putting on socks no longer hurts. {pain}/10 at the end of the day.",
    ),
    (
        "Flexion to mid-shin, straight leg raise {angle}° both sides. Quadratus lumborum tight on the left.",
        "Erector spinae guarded on the left, softer after 20 minutes. Straight leg raise {angle}°.",
        "Gluteus medius tender with two trigger points, no referral. Straight leg raise {angle}°.",
    ),
    (
        "Mechanical low back pain, steadily better. No red flags.",
        "Overloaded rather than injured; confidence in moving is coming back.",
    ),
    (
        "Walk half an hour daily, bridges three times twelve. Two weeks.",
        "Hip hinge practised together; carry on with it at home. Next session as booked.",
    ),
)
SHOULDER = Complaint(
    (
        "Shoulder {pain}/10 when reaching up, nights are fine now.",
        "Could hang up the washing without pain. Lying on that side still wakes once a night. {pain}/10.",
        "Swam twice, carefully: {pain}/10 afterwards, gone the next morning.",
    ),
    (
        "Elevation {angle}°, painful arc smaller than last time. Infraspinatus tender.",
        "Scapula late on elevation, better with a cue. Elevation {angle}°, external rotation 50°.",
        "Pectoralis minor short, posterior capsule stiff. Elevation {angle}° after treatment.",
    ),
    (
        "Rotator cuff overload, range returning.",
        "Good progress; strength is what is missing now.",
    ),
    (
        "Band exercises every other day, pain up to 3/10 is fine. Ten days.",
        "Wall slides, sleeper stretch gently. Continue weekly.",
    ),
)
COMPLAINTS = ((NECK, 55), (BACK, 60), (SHOULDER, 120))


def invent_follow_up(chance: random.Random, visit: int) -> dict[str, str]:
    """Return the four sections of a client's n-th visit: one complaint for a while, and slowly less of it."""
    complaint, angle = COMPLAINTS[visit // 9 % len(COMPLAINTS)]
    progress = visit % 9
    facts = {"pain": max(1, 7 - progress + chance.randrange(-1, 2)), "angle": angle + 2 * progress}
    return {
        section: chance.choice(phrases).format(**facts) for section, phrases in complaint._asdict().items()
    }
