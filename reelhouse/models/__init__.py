"""Matrix factorization, autoencoders and graph models of ratings, behind one interface."""
