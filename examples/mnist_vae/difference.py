"""Prints how far two arrays differ; exits 1 beyond 1e-4."""
import sys

import numpy as np

a, b = (np.load(path) for path in sys.argv[1:3])
error = float(np.max(np.abs(a - b)))
print(f"largest difference between CPU and Vulkan: {error:.2e} (values in [0, 1])")
sys.exit(a.shape != b.shape or not error <= 1e-4)
