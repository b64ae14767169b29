"""The text that the book learns from, and moby-dick.json, which says where it is from: read both by `bptt.text`."""
