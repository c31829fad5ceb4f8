"""Complaints of shoulders and arms, in English."""

from __future__ import annotations

from sessions.demo.cases import Case

CASES = {
    "shoulder": Case(
        service="physio",
        pain=(6, 1),
        angle=(105, 172),
        early=(
            "{side} shoulder {pain}/10 when reaching for the top shelf",
            "Lying on the {side} wakes twice a night, {pain}/10",
            "Putting on a jacket is the worst of the day at {pain}/10",
            "Overhead work was stopped after {min} minutes with {pain}/10",
        ),
        late=(
            "Reaching up is {pain}/10 at most",
            "Slept on the {side} for the first time in {weeks} weeks",
            "Swam {min} minutes of breaststroke, {pain}/10 the morning after",
            "Hung up a whole machine of washing without stopping",
        ),
        feels=(
            "painkillers on {days} days this week",
            "the hand never goes numb",
            "carries shopping on the other side out of habit",
            "band exercises done on {days} days",
            "desk work is no problem",
            "reaching behind the back lags by a vertebra or two",
            "ice for {min} minutes helps after work",
        ),
        finds=(
            "Elevation {angle}° with a painful arc at {pain}/10",
            "Active elevation {angle}°, passive ten degrees more",
            "External rotation strength four of five, elevation {angle}°",
            "Scapula on the {side} late from ninety degrees on, better with a hand on it",
            "Empty can {pain}/10 on the {side}, no weakness under load",
            "Posterior capsule stiff, elevation {angle}° after mobilising",
        ),
        beside=(
            "infraspinatus tender near its tendon",
            "drop arm negative",
            "pectoralis minor short on the {side}",
            "neck free and not the source",
            "biceps groove quiet",
            "lower trapezius wakes up with a cue",
        ),
        does=(
            "Glides of the {side} glenohumeral joint, grade three",
            "Scapular setting with hands-on help",
            "Isometrics into external rotation, {secs} s each",
            "Soft tissue work on the {side} pectoralis minor",
            "Sleeper stretch taught and corrected",
        ),
        judges_early=(
            "Rotator cuff overload on the {side}, irritable",
            "Cuff-related shoulder pain with a stiff capsule behind it",
            "Tendon does not yet tolerate work above the head",
        ),
        judges_late=(
            "Cuff copes with daily life, strength is catching up",
            "Range nearly full, load comes next",
            "Ready for sport in small doses on the {side}",
        ),
        plans=(
            "External rotation with the band {sets} × {reps}, up to 3/10 is allowed",
            "Wall slides {sets} × {reps}, thumbs up",
            "Isometric holds of {secs} s, {reps} a day",
            "Press with {kg} kg, {sets} × {reps}, below shoulder height",
            "Serratus punches {sets} × {reps} lying down",
            "Sleeper stretch {secs} s, {sets} times after work",
        ),
    ),
    "elbow": Case(
        service="physio",
        pain=(6, 1),
        angle=(14, 38),
        kg=(1, 4),
        early=(
            "{side} elbow {pain}/10 when pouring the kettle",
            "Shaking hands hurt for {min} minutes, {pain}/10",
            "Mouse work brings it to {pain}/10 by noon",
            "Could not open a jar, {pain}/10 on the outside of the {side} elbow",
        ),
        late=(
            "Played {min} minutes of doubles at {pain}/10",
            "The kettle is no longer a topic after {weeks} weeks",
            "Assembled two shelves with a pause every {min} minutes",
            "Elbow at {pain}/10 after a full day with the screwdriver",
        ),
        feels=(
            "the brace stays in the bag on {days} days",
            "nights are calm",
            "learned to use the mouse with the other hand",
            "the neck does not join in",
            "wrist exercises done on {days} days",
            "rubbing it for a moment helps",
        ),
        finds=(
            "Pain-free grip {angle} kg on the {side}",
            "Cozen test {pain}/10, grip {angle} kg",
            "Common extensor origin tender at {pain}/10 pressure",
            "Resisted middle finger {pain}/10, grip {angle} kg before it starts",
            "Radial head stiff backwards, grip {angle} kg after mobilising",
            "Lift of {kg} kg with a straight elbow tolerated",
        ),
        beside=(
            "elbow extension full",
            "nerve tension test symmetrical",
            "forearm dense over the extensor bellies",
            "shoulder strength a little down on the {side}",
            "no tingling in the fingers",
        ),
        does=(
            "Lateral glide at the {side} elbow with gripping",
            "Cross-fibre work on the extensors",
            "Isometric wrist extension, {secs} s each",
            "Eccentrics with {kg} kg over the edge of the table",
            "Tape over the extensor origin",
        ),
        judges_early=(
            "Lateral elbow tendinopathy on the {side}, provoked by gripping",
            "Tendon reacts to a month of unusual work",
            "Typical tennis elbow without a racket",
        ),
        judges_late=(
            "Tendon tolerates steady load",
            "Grip is close to the other hand's",
            "Work is possible all day with pauses",
        ),
        plans=(
            "Wrist extension with {kg} kg, {sets} × {reps}",
            "Isometric holds {secs} s, {sets} a day",
            "Twist of a towel {sets} × {reps}",
            "Lift with the palm up, rest the arm every {min} minutes",
            "Rubber bar {sets} × {reps} in the evening",
        ),
    ),
}
