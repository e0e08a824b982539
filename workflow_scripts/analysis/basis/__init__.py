"""Beyond the paper: changes of h that leave a model's predictions alone, and some that need not.

Rotations of the basis, components that are held, a bias that no head sees.
"""
