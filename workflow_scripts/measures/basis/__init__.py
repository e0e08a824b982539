"""Beyond the paper: what kurtosis owes to the basis, and what the components behind it do."""
