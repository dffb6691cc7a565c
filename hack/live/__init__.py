"""How good the model is where it runs: `hack/assess`, `hack/feedback`, and the photos of the prober."""
