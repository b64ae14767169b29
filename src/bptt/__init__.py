"""Backpropagation through time by hand, in NumPy.

It is the mathematics of the book as a programmer would write it.

Import the module that you need; importing this package imports none of them::

    from bptt import draws, rnn
    rnn.loss(**draws.rnn())

``scalar`` is the recursion with one number per state, ``rnn`` the network, ``oracle``
differentiates any program without knowing what it computes, ``draws`` holds the numbers
behind the letters, ``figures`` draws.
"""
