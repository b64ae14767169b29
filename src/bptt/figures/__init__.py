"""Figures of the book, drawn as SVG from computed values.

Import the module of the figure that you need::

    from bptt import draws
    from bptt.figures import nudge
    nudge.draw(**draws.example())  # last line of a notebook cell: the figure appears

``product_rule`` shows the product rule as a rectangle, ``nudge`` a network re-run
beside one whose state is frozen, ``unrolled`` the network drawn out step by step.
``svg`` holds what they share.
"""
