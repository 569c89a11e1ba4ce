"""Draws dashboards from their JSON and Prometheus' answers, as HTML: their grid, and of each panel as much as Grafana shows."""

import html
import json
import math
import re
import urllib.parse
import urllib.request

from cluster import NODE
from world import PROMETHEUS, query

WIDTH, CELL, GAP = 1200, 29, 6
COLORS = ["#56a64b", "#e0a100", "#3274d9", "#e02f44", "#8f3bb8", "#ff780a", "#19a3a3", "#b877d9", "#7c8597", "#a16a3a",
          "#c4162a", "#1f60c4", "#37872d", "#fa6400", "#6f42c1"]
NAMED = {"green": "#37872d", "blue": "#1f60c4", "orange": "#fa6400", "red": "#c4162a"}
STYLE = """
body { margin: 0; background: #f4f5f5; font: 12px "DejaVu Sans", sans-serif; color: #24292e; }
h1 { position: absolute; margin: 0; left: 10px; top: 10px; font-size: 17px; font-weight: normal; }
h2 { position: absolute; margin: 0; font-size: 13px; line-height: 30px; font-weight: bold; }
.panel { position: absolute; box-sizing: border-box; background: white; border: 1px solid #dcdfe3; overflow: hidden; padding: 6px 8px; }
.title { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; font-weight: bold; }
.stat { font-size: 27px; text-align: center; padding-top: 5px; }
table { width: 100%; border-spacing: 0; font-size: 11px; table-layout: fixed; }
td, th { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; padding: 0 3px; line-height: 15px; }
th { color: #6a7280; font-weight: normal; text-align: left; }
td.number, th.number { text-align: right; width: 60px; }
.key { display: inline-block; width: 10px; height: 4px; margin: 0 5px 2px 0; }
.bar { display: flex; line-height: 21px; font-size: 11px; }
.bar .name { width: 38%; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.bar .track { flex: 1; background: #eef0f2; margin: 3px 6px; }
.bar .fill { height: 100%; background: #5794f2; }
.panel svg { display: block; }
.none { color: #6a7280; text-align: center; padding-top: 50px; }
text { font-size: 10px; fill: #6a7280; }
"""


def scaled(value, steps, ends):
    """With the ending of the largest step that it reaches."""
    place = max((n for n in range(len(ends)) if abs(value) >= steps ** n), default=0)
    return f"{value / steps ** place:.3g}{ends[place]}"


def written(value, unit):
    if not math.isfinite(value):
        return ""
    match unit:
        case "percentunit":
            return f"{value * 100:.3g}%"
        case "s" if value and abs(value) < 1:
            return f"{value * 1e3:.3g} ms" if abs(value) >= 1e-3 else f"{value * 1e6:.3g} µs"
        case "s":
            return f"{value:.3g} s"
        case "bytes":
            return scaled(value, 1024, [" B", " KiB", " MiB", " GiB"])
        case "Bps":
            return scaled(value, 1000, [" B/s", " kB/s", " MB/s", " GB/s"])
        case "pps" | "cps":
            return scaled(value, 1000, ["", " k", " M"]) + f" {unit[0]}/s"
    return scaled(value, 1000, ["", " k", " M", " G"])


def expression(target):
    """As Grafana asks for everything of one node."""
    text = target["expr"].replace("$__rate_interval", "15s").replace("$instance", NODE)
    return re.sub(r"\$\w+", ".*", text)


def legend(target, labels):
    text = re.sub(r"\{\{(\w+)\}\}", lambda match: labels.get(match[1], ""), target.get("legendFormat", ""))
    return " ".join(text.split())


def ranges(target, start, end, step):
    """Series by what the legend calls them: points of time and value."""
    parameters = urllib.parse.urlencode({"query": expression(target), "start": start, "end": end, "step": step})
    with urllib.request.urlopen(f"{PROMETHEUS}/api/v1/query_range?{parameters}", timeout=30) as answer:
        for series in json.load(answer)["data"]["result"]:
            points = [(time, float(value)) for time, value in series["values"]]
            points = [point for point in points if math.isfinite(point[1])]
            if points:
                yield legend(target, series["metric"]), points


def instants(target):
    return [(labels, value) for labels, value in query(expression(target)) if math.isfinite(value)]


def round_top(value):
    """A number for the top of an axis that divides in four."""
    size = 10 ** math.floor(math.log10(value))
    return next(step * size for step in (1, 2, 4, 6, 8, 10) if step * size >= value)


def chart(series, unit, width, height, start, end):
    left, bottom = 60, height - 16
    top = round_top(max((value for _, points in series for _, value in points), default=0) or 1)

    def at(time, value):
        return left + (time - start) / (end - start) * (width - left - 4), bottom - value / top * (bottom - 8)

    parts = []
    for part in range(5):
        _, y = at(start, top * part / 4)
        parts.append(f'<line x1="{left}" x2="{width}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e6e8eb"/>'
                     f'<text x="{left - 5}" y="{y + 3:.1f}" text-anchor="end">{written(top * part / 4, unit)}</text>')
    for part in range(4):
        x, _ = at(start + (end - start) * part / 4, 0)
        parts.append(f'<text x="{x:.1f}" y="{height - 2}">{(end - start) * (part - 4) / 4:.0f} s</text>')
    for number, (_, points) in enumerate(series):
        color = COLORS[number % len(COLORS)]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(*point) for point in points))
        base = " ".join(f"{at(points[place][0], 0)[0]:.1f},{bottom}" for place in (-1, 0))
        parts.append(f'<polygon points="{line} {base}" fill="{color}" fill-opacity="0.08"/>'
                     f'<polyline points="{line}" fill="none" stroke="{color}" stroke-width="1.4"/>')
    return f'<svg width="{width}" height="{height}">{"".join(parts)}</svg>'


def keys(series, unit, rows):
    """The legend, the largest first; what has no room is a number."""
    lines = ['<tr><th></th><th class="number">last</th><th class="number">max</th></tr>']
    shown = series if len(series) <= rows else series[:rows - 1]
    for number, (name, points) in enumerate(shown):
        lines.append(f'<tr><td><span class="key" style="background:{COLORS[number % len(COLORS)]}"></span>{html.escape(name)}</td>'
                     f'<td class="number">{written(points[-1][1], unit)}</td>'
                     f'<td class="number">{written(max(value for _, value in points), unit)}</td></tr>')
    if len(shown) < len(series):
        lines.append(f"<tr><th>and {len(series) - len(shown)} more</th></tr>")
    return f"<table>{''.join(lines)}</table>"


def timeseries(panel, unit, width, height, start, end):
    series = [one for target in panel["targets"] for one in ranges(target, start, end, 2)]
    if not series:
        return '<div class="none">No data</div>'
    series.sort(key=lambda one: -max(value for _, value in one[1]))
    rows = min(len(series), 4)
    return chart(series, unit, width, height - 15 * (rows + 1) - 2, start, end) + keys(series, unit, rows)


def stat(panel, unit, width, height, start, end):
    values = [value for target in panel["targets"] for _, value in instants(target)]
    if not values:
        return '<div class="none">No data</div>'
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    color = [step["color"] for step in steps if step["value"] is None or values[0] >= step["value"]][-1]
    (_, points), = ranges(panel["targets"][0], start, end, 2)
    top = max(value for _, value in points) or 1
    line = " ".join(f"{(time - start) / (end - start) * width:.1f},{30 - value / top * 26:.1f}" for time, value in points)
    return (f'<div class="stat" style="color:{NAMED[color]}">{written(values[0], unit)}</div><svg width="{width}" height="32">'
            f'<polyline points="{line}" fill="none" stroke="{NAMED[color]}" stroke-opacity="0.5"/></svg>')


def bargauge(panel, unit, width, height, start, end):
    bars = [(legend(target, labels), value) for target in panel["targets"] for labels, value in instants(target)]
    bars = sorted(bars, key=lambda bar: -bar[1])[:height // 21]
    top = max((value for _, value in bars), default=1) or 1
    return "".join(f'<div class="bar"><span class="name">{html.escape(name)}</span><span class="track"><div class="fill" '
                   f'style="width:{value / top * 100:.1f}%"></div></span>{written(value, unit)}</div>' for name, value in bars)


def table(panel, unit, width, height, start, end):
    rows = [labels for target in panel["targets"] for labels, _ in instants(target)]
    names = sorted({name for row in rows for name in row})
    lines = ["".join(f"<th>{name}</th>" for name in names)]
    lines += ["".join(f"<td>{html.escape(row.get(name, ''))}</td>" for name in names) for row in rows]
    return f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


KINDS = {"timeseries": timeseries, "stat": stat, "bargauge": bargauge, "table": table}


def page(dashboard, start, end, rows):
    """HTML and its height; of the dashboard those rows of the grid."""
    parts = []
    column = (WIDTH - GAP) / 24
    shown = [panel for panel in dashboard["panels"] if panel["gridPos"]["y"] in rows]
    for panel in shown:
        place = panel["gridPos"]
        left, top = GAP + place["x"] * column, 40 + (place["y"] - rows.start) * CELL
        title = html.escape(panel["title"])
        if panel["type"] == "row":
            parts.append(f'<h2 style="left:{left + 4}px;top:{top}px">{title}</h2>')
            continue
        width, height = int(place["w"] * column - GAP), place["h"] * CELL - GAP
        unit = panel["fieldConfig"]["defaults"].get("unit")
        inside = KINDS[panel["type"]](panel, unit, width - 18, height - 32, start, end)
        parts.append(f'<div class="panel" style="left:{left:.0f}px;top:{top}px;width:{width}px;height:{height}px">'
                     f'<div class="title">{title}</div>{inside}</div>')
    height = 40 + GAP + CELL * max(panel["gridPos"]["y"] + panel["gridPos"]["h"] - rows.start for panel in shown)
    return f'<!doctype html><meta charset="utf-8"><style>{STYLE}</style><h1>{dashboard["title"]}</h1>{"".join(parts)}', height
