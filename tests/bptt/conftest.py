"""The comparison with PyTorch is collected where PyTorch is installed; nothing else here needs it."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("torch") else ["test_backward_torch.py"]
