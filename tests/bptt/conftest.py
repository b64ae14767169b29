"""The comparisons with PyTorch and JAX are collected where these are installed; nothing else here needs them."""

from importlib.util import find_spec

collect_ignore_glob = [f"test_*_{peer}.py" for peer in ("torch", "jax") if not find_spec(peer)]
