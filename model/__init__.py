"""Photos in, TorchScript out: data, network, training, evaluation and export."""
