"""Photos in, TorchScript out: data, network, training, evaluation and export."""

import os

# PyTorch's threads wait for each other after every operation. By default they burn their processors meanwhile, and
# where other programs want those too, a training step takes 40 times as long. Must be set before torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
