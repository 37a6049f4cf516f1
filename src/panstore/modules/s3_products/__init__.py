"""S3: a product that was made or changed in one system is so in the other."""
