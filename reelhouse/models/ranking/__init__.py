"""Models that rank titles by factors, by titles, and by a graph's filter; none needs torch."""
