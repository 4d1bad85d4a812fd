"""The explorer page: a static folder that a browser opens from a disk or a bucket."""
