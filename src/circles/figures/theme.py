"""One look for every chart: colours that survive colour blindness, on a light and on a dark page."""

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

# Okabe and Ito's eight colours, without yellow (too pale on white) and black (lost on a dark page).
LIGHT_COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#B87D00", "#56B4E9", "#6B7280"]
# The same hues in the same order, lightened until each has a contrast of at least 4.5 on the dark page.
DARK_COLOURS = ["#5AB4F0", "#FF8A4C", "#2CC79A", "#E39AC5", "#E8B53A", "#A5D8FF", "#9CA3AF"]

ACCENT = "#D55E00"
MUTED = "#8A929C"
PHASE_COLOURS = {"memorisation": "#E69F00", "circuit formation": "#56B4E9", "cleanup": "#009E73"}

# What a picture is painted on, and a chart that cannot ask which theme it stands in.
GROUND = {"light": "#FFFFFF", "dark": "#14181D"}

# Fits a 390 pixel phone beside an axis with labels; single views take the container's width instead.
NARROW = 250
WIDE = 560


def _config(*, text: str, quiet: str, grid: str, colours: list[str], ramp: list[str], diverging: list[str]) -> dict:
    return {
        "background": "transparent",
        "font": FONT,
        "view": {"stroke": None},
        "axis": {
            "labelColor": quiet,
            "titleColor": text,
            "tickColor": grid,
            "domainColor": grid,
            "gridColor": grid,
            "labelFontSize": 11,
            "titleFontSize": 12,
            "titleFontWeight": 500,
            "titlePadding": 6,
            "labelOverlap": "greedy",
            "labelSeparation": 8,  # pixels between two labels: less reads as one number
            "tickSize": 4,
        },
        "axisX": {"grid": False, "titleAlign": "center"},
        "legend": {
            "labelColor": text,
            "titleColor": text,
            "labelFontSize": 11,
            "titleFontSize": 12,
            "titleFontWeight": 500,
            "orient": "bottom",
            "direction": "horizontal",
            "titleAnchor": "start",
            "labelLimit": 260,
            "layout": {"bottom": {"direction": "vertical", "anchor": "start", "margin": 4}},
        },
        "title": {
            "color": text,
            "subtitleColor": quiet,
            "fontSize": 13,
            "fontWeight": 600,
            "anchor": "start",
            "subtitleFontSize": 12,
            "offset": 8,
        },
        "header": {
            "labelColor": text,
            "titleColor": text,
            "labelFontSize": 12,
            "labelFontWeight": 600,
            "labelAnchor": "start",
        },
        "range": {"category": colours, "heatmap": ramp, "ramp": ramp, "diverging": diverging},
        "mark": {"color": colours[0]},
        "rule": {"color": quiet},
        "text": {"color": text, "fontSize": 11},
        "style": {
            "guide": {"strokeDash": [4, 3], "strokeWidth": 1},
            "thread": {"stroke": quiet, "strokeWidth": 0.7, "opacity": 0.55},
            "note": {"fill": text, "fontSize": 11},
            "quiet": {"fill": quiet, "fontSize": 11},
        },
    }


LIGHT = _config(
    text="#1F2933",
    quiet="#52606D",
    grid="#D5DAE0",
    colours=LIGHT_COLOURS,
    ramp=["#F3F6F9", "#B9D6EA", "#6AAAD3", "#0072B2", "#003A5C"],
    diverging=["#0072B2", "#8FC1E0", "#F5F5F5", "#F0A878", "#D55E00"],
)
DARK = _config(
    text="#E6E9ED",
    quiet="#A9B2BC",
    grid="#3A424B",
    colours=DARK_COLOURS,
    ramp=["#1B232B", "#17456B", "#2278B5", "#6DBDF2", "#E3F3FF"],
    diverging=["#5AB4F0", "#2A5A80", "#20262C", "#8A4A26", "#FF8A4C"],
)
