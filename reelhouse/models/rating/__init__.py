"""Models that predict ratings by biases and factors of users and titles."""
