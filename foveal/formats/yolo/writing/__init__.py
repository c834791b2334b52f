"""Writer of YOLO data sets: class numbers, rows, lists of images, `data.yaml`."""
