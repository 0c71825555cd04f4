"""One module a framework; each function in it builds the application of one site whose view does something.

As in `benchmarks.apps`, each is written the way the framework's own documentation shows. What a framework does not
have, its module leaves out: a micro framework without sessions is no slower at them.
"""
