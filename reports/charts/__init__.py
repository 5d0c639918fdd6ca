"""What a figure shows, and its two drawings: on the page by Plotly, in print by matplotlib."""
