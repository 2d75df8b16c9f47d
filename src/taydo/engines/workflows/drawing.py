"""A workflow as a picture: steps in columns by their distance from the start, the usual way drawn strong, all others thin.

SVG without styles or scripts (the house's pages forbid inline ones); the table beside it says the same in words.
"""

from __future__ import annotations

from html import escape

from taydo.engines.cases.casetype import CaseType

WIDTH, HEIGHT, STEP_X, STEP_Y, EDGE = 150, 64, 230, 104, 24
LINE, LINES = 19, 3


def picture(spec: CaseType, language: str) -> str:
    """The SVG text."""
    places = _places(spec)
    right = max(x for x, _ in places.values()) + WIDTH + EDGE
    bottom = max(y for _, y in places.values()) + HEIGHT + EDGE
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {right} {bottom}" width="{right}" height="{bottom}" role="img"'
        f' font-family="inherit" font-size="13" aria-label="{escape(spec.title[language])}">',
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0L8 4L0 8z" fill="currentColor"/></marker></defs>',
    ]
    drawn: set[tuple[str, str]] = set()
    for move in sorted(spec.moves.values(), key=lambda move: not move.primary):
        for origin in move.from_:
            if (origin, move.to) not in drawn and origin != move.to:
                drawn.add((origin, move.to))
                parts.append(_edge(places[origin], places[move.to], move.title[language], move.primary))
    parts += [_box(places[name], spec, name, language) for name in spec.states]
    return "".join((*parts, "</svg>"))


def _places(spec: CaseType) -> dict[str, tuple[int, int]]:
    """Left upper corner of each step: the column is the distance from the start, the usual way in the first row."""
    depth, queue = {spec.start: 0}, [spec.start]
    for state in queue:
        for move in spec.moves_from(state).values():
            if move.to not in depth:
                depth[move.to] = depth[state] + 1
                queue.append(move.to)
    for state in spec.states:
        depth.setdefault(state, max(depth.values()) + 1)
    main, state = {spec.start}, spec.start
    while following := [m.to for m in spec.moves_from(state).values() if m.primary and m.to not in main]:
        state = following[0]
        main.add(state)
    rows: dict[int, int] = {}
    places = {}
    for state in sorted(depth, key=lambda name: (name not in main, depth[name])):
        column = depth[state]
        row = 0 if state in main and column not in rows else max(rows.get(column, 0), 0 if state in main else 1)
        rows[column] = row + 1
        places[state] = (EDGE + column * STEP_X, EDGE + row * STEP_Y)
    return places


def _edge(source: tuple[int, int], target: tuple[int, int], title: str, primary: bool) -> str:
    (x1, y1), (x2, y2) = source, target
    if x2 > x1:
        start, end = (x1 + WIDTH, y1 + HEIGHT // 2), (x2, y2 + HEIGHT // 2)
        bend = (end[0] - start[0]) // 2
        path = f"M{start[0]} {start[1]}C{start[0] + bend} {start[1]} {end[0] - bend} {end[1]} {end[0]} {end[1]}"
    else:
        below = y2 >= y1
        start = (x1 + WIDTH // 2, y1 + HEIGHT if below else y1)
        end = (x2 + WIDTH // 2 + (12 if x1 != x2 else 0), y2 + HEIGHT if y2 == y1 else (y2 if below else y2 + HEIGHT))
        sag = 34 if y2 == y1 else 0
        path = f"M{start[0]} {start[1]}C{start[0]} {start[1] + sag} {end[0]} {end[1] + sag} {end[0]} {end[1]}"
    strength = 'stroke-width="2.2"' if primary else 'stroke-width="1" stroke-dasharray="5 4" opacity=".65"'
    return f'<path d="{path}" fill="none" stroke="currentColor" {strength} marker-end="url(#tip)"><title>{escape(title)}</title></path>'


def _box(place: tuple[int, int], spec: CaseType, name: str, language: str) -> str:
    (x, y), state = place, spec.states[name]
    round_ = 32 if state.phase == "done" else 8
    words = _wrapped(state.title[language])
    top = y + HEIGHT // 2 - (len(words) - 1) * 8 + 4
    lines = "".join(
        f'<text x="{x + WIDTH // 2}" y="{top + 16 * number}" text-anchor="middle" fill="currentColor">{escape(text)}</text>'
        for number, text in enumerate(words)
    )
    frame = ' stroke-dasharray="6 3"' if state.pauses else ""
    return (
        f'<g><title>{escape(state.title[language])}</title><rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="{round_}"'
        f' fill="Canvas" stroke="currentColor" stroke-width="{2 if name == spec.start else 1.2}"{frame}/>{lines}</g>'
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
