"""The text that the book learns from.

Beside it lies moby-dick.json, which says where it is from. Both are read by
`bptt.text`.
"""
