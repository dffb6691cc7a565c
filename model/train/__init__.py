"""Trains the network: its layers, augmentation, distillation, the loop over epochs, checkpoints."""
