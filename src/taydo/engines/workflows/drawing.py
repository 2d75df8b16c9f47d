"""A workflow as a picture: the way to the result from left to right, below it where a case may turn aside to (waiting, other ends).

SVG without styles or scripts (the house's pages forbid inline ones); the table beside it says the same in words, and every way aside.
"""

from __future__ import annotations

from html import escape

from taydo.engines.cases.casetype import CaseType

WIDTH, HEIGHT, STEP_X, STEP_Y, EDGE, ARC = 132, 60, 172, 84, 20, 34
LINE, LINES = 16, 3
Place = tuple[int, int]


def order(spec: CaseType) -> list[str]:
    """Every step in the order people read it: by its distance from the start on the way to the result, then where one turns aside."""
    columns = _columns(spec)
    return sorted(
        spec.states, key=lambda name: (name not in columns, columns.get(name, 0), spec.states[name].phase == "done")
    )


def aside(spec: CaseType) -> set[str]:
    """Steps that are not on the way: where a case waits, and ends that need a reason or can come from nearly everywhere."""
    working = [name for name, state in spec.states.items() if state.phase == "open"]
    found = {name for name, state in spec.states.items() if state.phase == "waiting"}
    for name, state in spec.states.items():
        into = [move for move in spec.moves.values() if move.to == name]
        if state.phase == "done" and all(
            move.note == "required" or len(move.from_) > len(working) / 2 for move in into
        ):
            found.add(name)
    return found - {spec.start}


def _columns(spec: CaseType) -> dict[str, int]:
    """The longest distance from the start of each step on the way, ways back left out."""
    off, back = aside(spec), _ways_back(spec)
    columns = {spec.start: 0}
    for _ in spec.states:
        for move in spec.moves.values():
            for origin in move.from_:
                if origin in columns and move.to not in off and (origin, move.to) not in back and origin != move.to:
                    columns[move.to] = max(columns.get(move.to, 0), columns[origin] + 1)
    return columns


def _ways_back(spec: CaseType) -> set[tuple[str, str]]:
    """Pairs that lead to a step one has come through: found by walking depth first, the usual ways first."""
    back: set[tuple[str, str]] = set()
    done: set[str] = set()

    def walk(state: str, path: tuple[str, ...]) -> None:
        for move in spec.moves_from(state).values():
            if move.to in path:
                back.add((state, move.to))
            elif move.to not in done:
                walk(move.to, (*path, move.to))
        done.add(state)

    walk(spec.start, (spec.start,))
    return back


def picture(spec: CaseType, language: str) -> str:
    """The SVG text."""
    places, columns = _places(spec), _columns(spec)
    right = max(x for x, _ in places.values()) + WIDTH + EDGE
    bottom = max(y for _, y in places.values()) + HEIGHT + EDGE
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {right} {bottom}" width="{right}" height="{bottom}" role="img"'
        f' font-family="inherit" font-size="12.5" aria-label="{escape(spec.title[language])}">',
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse"'
        ' orient="auto"><path d="M0 0L8 4L0 8z" fill="currentColor"/></marker></defs>',
    ]
    drawn: set[tuple[str, str]] = set()
    for move in spec.moves.values():
        for origin in move.from_:
            pair = (origin, move.to)
            if pair not in drawn and origin in columns and move.to in columns and origin != move.to:
                drawn.add(pair)
                ahead = columns[move.to] - columns[origin]
                parts.append(_edge(places[origin], places[move.to], ahead, move.title[language]))
    parts += [_box(places[name], spec, name, language) for name in spec.states]
    return "".join((*parts, "</svg>"))


def _places(spec: CaseType) -> dict[str, Place]:
    columns, rows = _columns(spec), dict[int, int]()
    places: dict[str, Place] = {}
    for name in sorted(columns, key=lambda name: columns[name]):
        row = rows[columns[name]] = rows.get(columns[name], -1) + 1
        places[name] = (EDGE + columns[name] * STEP_X, EDGE + ARC + row * STEP_Y)
    below = EDGE + 2 * ARC + (max(rows.values()) + 1) * STEP_Y + 12
    wide = max(columns.values()) + 1
    for number, name in enumerate(name for name in order(spec) if name not in columns):
        places[name] = (EDGE + (number % wide) * STEP_X, below + (number // wide) * STEP_Y)
    return places


def _edge(source: Place, target: Place, ahead: int, title: str) -> str:
    (x1, y1), (x2, y2) = source, target
    strength = 'stroke-width="2"' if ahead == 1 else 'stroke-width="1.1" stroke-dasharray="5 4" opacity=".7"'
    if ahead == 1:
        middle = (x1 + WIDTH + x2) // 2
        path = f"M{x1 + WIDTH} {y1 + HEIGHT // 2}C{middle} {y1 + HEIGHT // 2} {middle} {y2 + HEIGHT // 2} {x2} {y2 + HEIGHT // 2}"
    else:
        over = ahead > 0
        top1, top2 = (y1, y2) if over else (y1 + HEIGHT, y2 + HEIGHT)
        high = (min(y1, y2) - ARC) if over else (max(y1, y2) + HEIGHT + ARC)
        a, b = (x1 + WIDTH - 24, x2 + 20) if over else (x1 + 24, x2 + WIDTH - 24)
        path = f"M{a} {top1}C{a} {high} {b} {high} {b} {top2}"
    return f'<path d="{path}" fill="none" stroke="currentColor" {strength} marker-end="url(#tip)"><title>{escape(title)}</title></path>'


def _box(place: Place, spec: CaseType, name: str, language: str) -> str:
    (x, y), state = place, spec.states[name]
    round_ = HEIGHT // 2 if state.phase == "done" else 8
    words = _wrapped(state.title[language])
    top = y + HEIGHT // 2 - (len(words) - 1) * 8 + 4
    lines = "".join(
        f'<text x="{x + WIDTH // 2}" y="{top + 16 * number}" text-anchor="middle" fill="currentColor">{escape(text)}</text>'
        for number, text in enumerate(words)
    )
    frame = ' stroke-dasharray="6 3"' if state.phase == "waiting" or state.pauses else ""
    return (
        f'<g><title>{escape(state.title[language])}</title><rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="{round_}"'
        f' fill="none" stroke="currentColor" stroke-width="{2 if name == spec.start else 1.2}"{frame}/>{lines}</g>'
    )


def _wrapped(text: str) -> list[str]:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + len(word) + 1 > LINE:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    if len(lines) > LINES:
        lines = [*lines[: LINES - 1], f"{lines[LINES - 1][: LINE - 1]}…"]
    return lines
