"""What every figure shares: how it behaves, its axes, the room around it."""

CONFIG = {"responsive": True, "displayModeBar": False, "displaylogo": False, "scrollZoom": False, "doubleClick": False}
AXIS = {"fixedrange": True, "zeroline": False, "automargin": True, "ticks": "outside", "ticklen": 4}


def frame(words: str, *, has_legend: bool) -> dict:
    """The layout all figures share, `words` above the plot; the page lays its font and its ink on top."""
    above = {"x": 0, "xanchor": "left", "yanchor": "bottom"}
    legend = {"orientation": "h", "y": 1.01, "itemclick": False, "itemdoubleclick": False}
    heading = {"text": words, "xref": "paper", "yref": "paper", "y": 1, "showarrow": False, "align": "left"}
    return {
        "height": 360,
        "margin": {"l": 44, "r": 12, "t": 36 + (30 if has_legend and words else 0), "b": 56},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "dragmode": False,
        "showlegend": has_legend,
        "legend": above | legend,
        "annotations": [above | heading | {"yshift": 36 if has_legend else 10}] if words else [],
    }
