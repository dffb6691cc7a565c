"""Gets photos of cats and dogs into one folder: drawings, a public data set, or copies of your own."""
