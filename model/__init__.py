"""Photos in, TorchScript out. One folder per step, `python -m model.STEP`; contract/ is what the server shares."""

import os

# PyTorch's threads wait for each other after every operation. By default they spin while they wait, and where other
# programs need the processors too, a training step takes 40 times as long. Must be set before torch is imported.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
