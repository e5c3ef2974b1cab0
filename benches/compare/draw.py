"""A picture of times as bars, in SVG."""

from html import escape

ROW, GAP, LEFT, WIDTH = 15, 26, 300, 460
WALL, CPU = "#33658a", "#f6ae2d"


def picture(groups):
    """Groups of a title and bars of a name, seconds of the wall and of processors."""
    parts, y = [], 30
    parts.append(text(LEFT, 18, "seconds of the wall", WALL))
    parts.append(text(LEFT + 170, 18, "and of all processors", CPU))
    for title, bars in groups:
        parts.append(text(8, y + 12, title, "#111", weight="bold"))
        y += GAP
        longest = max((max(wall, cpu) for _, wall, cpu in bars), default=0) or 1
        for name, wall, cpu in bars:
            parts.append(text(LEFT - 8, y + 12, name, "#333", anchor="end"))
            for seconds, colour, offset in ((wall, WALL, 0), (cpu, CPU, 8)):
                width = max(seconds / longest * WIDTH, 1)
                parts.append(f'<rect x="{LEFT}" y="{y + offset}" width="{width:.1f}" '
                             f'height="7" fill="{colour}"/>')
            label = f"{wall:.2f} / {cpu:.2f}"
            end = LEFT + max(wall, cpu) / longest * WIDTH + 6
            parts.append(text(end, y + 12, label, "#333"))
            y += ROW + 6
        y += 10
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 110}" '
            f'height="{y}" font-family="sans-serif" font-size="11">')
    ground = '<rect width="100%" height="100%" fill="#fff"/>'
    return "\n".join([head, ground, *parts, "</svg>"]) + "\n"


def text(x, y, words, colour, anchor="start", weight="normal"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}" '
            f'font-weight="{weight}">{escape(words)}</text>')
