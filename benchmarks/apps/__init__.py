"""One module a framework; each function in it builds the application of one site (see `benchmarks.works`).

They are written the way each framework's own documentation shows, and import nothing else: the time that they take to
import is measured too.
"""
