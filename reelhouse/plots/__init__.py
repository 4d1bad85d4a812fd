"""Pictures of the clusters of users, as PNG files with their data beside them."""
